"""What `lager sim` says before a box is needed: its help, and every mistake that is noticed here."""

import pytest

from lager_cli.commands.sim import ACTIONS, listed


def test_without_a_command_each_fault_has_its_line(cli):
    for words in (["sim"], ["sim", "--help"]):
        done = cli(*words)
        assert (done.status, done.err) == (0, "")
        lines = [line.strip() for line in done.out.splitlines()]
        for name, (_, told, _) in ACTIONS.items():
            assert any(line.split() == [name, *told.split()] for line in lines), name
        commands = [line.split()[0] for line in lines[lines.index("Commands:") + 1 : lines.index("Examples:") - 1]]
        assert commands == ["list", *ACTIONS, "plug", "describe"]


@pytest.mark.parametrize(
    ("words", "last"),
    [
        (["sim", "grable", "supply1"], "Error: No such command 'grable'. Did you mean 'garble'?"),
        (["sim", "unplug"], "Error: Missing argument 'NET'."),
        (["sim", "unplug", " "], "Try: see `lager nets` for those the bench has."),
        (["sim", "unplug", "supply1", "3"], "Error: Got unexpected extra argument (3)"),
        *(
            (
                ["sim", "delay", "supply1", text],
                f"Error: Invalid value for '[SECONDS]': {text!r} is not in s; write 2.5, 2.5s, 2500ms or 5m.",
            )
            for text in ("soon", "nan", "inf", "1x", "")
        ),
        (
            ["sim", "delay", "supply1", "-1"],
            "Error: Invalid value for '[SECONDS]': '-1' is negative; write a number from 0 on, such as 2.5, 2.5s, "
            "2500ms or 5m.",
        ),
        *(
            (["sim", fault, "supply1", text], f"Error: Invalid value for '[TIMES]': {text!r} {TIMES}.")
            for fault in ("stall", "garble")
            for text in ("often", "1.5", "nan")
            for TIMES in ["is no whole number; write one from 1 to 1000000"]
        ),
        *(
            (["sim", "stall", "supply1", text], f"Error: Invalid value for '[TIMES]': {text} is {TIMES}.")
            for text in ("0", "-1", "1000001")
            for TIMES in ["not between 1 and 1000000"]
        ),
        (["sim", "wedge", "supply1", "--box", "nowhere"], "Try: add it with `lager boxes add --name nowhere --ip IP`."),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else None,
)
def test_each_mistake_is_one_clear_error(cli, words, last):
    done = cli(*words)
    assert (done.status, done.out) == (2, "")
    assert done.err.splitlines()[-1] == last


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], ""),
        (["supply1", "battery1"], "supply1, battery1"),
        (["supply2", "supply3"], "supply2, supply3"),
        (["adc1", "adc2", "adc3", "dac1", "dac2"], "adc1..adc3, dac1, dac2"),
        (["a9", "a10", "a11", "b12"], "a9..a11, b12"),
        (["x", "x", "7", "8", "9"], "x, x, 7..9"),
    ],
)
def test_names_in_a_row(names, words):
    assert listed(names) == words
