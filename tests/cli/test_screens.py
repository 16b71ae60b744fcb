"""Whole screens of commands that need no box: help, and every mistake that is noticed here."""

import pytest

from lager import __version__


def test_help_lists_the_commands(cli):
    done = cli("--help")
    assert (done.status, done.err) == (0, "")
    for name in ("adc", "battery", "box", "boxes", "dac", "defaults", "nets", "python", "supply"):
        assert f"\n  {name} " in done.out


def test_version(cli):
    assert cli("--version").out == f"lager {__version__}\n"


@pytest.mark.parametrize(
    ("words", "last"),
    [
        (["suply"], "Error: There is no command 'suply'. Did you mean supply?"),
        (["qqq"], "Error: There is no command 'qqq'."),
        (["supply", "s", "enabel"], "Error: No such command 'enabel'. Did you mean 'enable'?"),
        (["supply", "state"], "Error: Say which net: lager supply NET state."),
        (
            ["supply", "s", "voltage", "abc"],
            "Error: Invalid value for '[VOLTS]': 'abc' is not in V; write 3.3, 3.3V or 3300mV.",
        ),
        (
            ["supply", "s", "voltage", "-5"],
            "Error: Invalid value for '[VOLTS]': '-5' is negative; write a number from 0 on, such as 3.3, "
            "3.3V or 3300mV.",
        ),
        (
            ["supply", "s", "voltage", "--jsn"],
            "Error: No such option '--jsn'. (Did you mean one of: '--json', '--yes'?)",
        ),
        (["supply", "--box", "a", "s", "state", "--box", "b"], "Error: --box was given twice, as 'a' and as 'b'."),
        (["python"], "Error: Say one of SCRIPT, --continue ID and --console ID."),
        (["python", "x.py", "--continue", "1"], "Error: Say one of SCRIPT, --continue ID and --console ID."),
        (["python", "--continue", "1", "--console", "1"], "Error: Say one of SCRIPT, --continue ID and --console ID."),
        (["python", "-c", "1", "x.py"], "Error: -c goes with --console ID; put -- before arguments of the script."),
        (
            ["python", "--timeout", "abc", "x.py"],
            "Error: Invalid value for '--timeout': 'abc' is not in s; write 2.5, 2.5s or 2500ms.",
        ),
        (["python", "--env", "FOO", "x.py"], "Error: Invalid value for '--env': 'FOO' is not NAME=VALUE."),
        (["python", "--env", "1A=x", "x.py"], "Error: Invalid value for '--env': '1A=x' is not NAME=VALUE."),
        (["python", "--bx", "b", "x.py"], "Error: No such option '--bx'."),
        (["defaults", "add"], "Error: Say which default to set: --box NAME."),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else None,
)
def test_usage_errors(cli, words, last):
    done = cli(*words)
    assert (done.status, done.out) == (2, "")
    assert done.err.splitlines()[-1] == last


@pytest.mark.parametrize(
    ("words", "status", "screen"),
    [
        (
            ["nets", "--box", "127.0.0.1:1"],
            5,
            "Error: the box at 127.0.0.1:1 does not answer: connection refused.\n"
            "Try: see that the box is on and `lager box serve` is running there.\n",
        ),
        (
            ["adc", "adc1", "--box", "nowhere"],
            2,
            "Error: there is no box 'nowhere'; no boxes are saved.\n"
            "Try: add it with `lager boxes add --name nowhere --ip IP`.\n",
        ),
        (
            ["supply", "--box", "", "s", "state"],
            2,
            "Error: --box was given without a name.\nTry: --box NAME, or `lager defaults add --box NAME` for always, "
            "or --box local for your private box.\n",
        ),
        (
            ["python", "no_such.py"],
            2,
            "Error: there is no script 'no_such.py'.\n"
            "Try: check the path; it is looked for from the directory you are in.\n",
        ),
        (
            ["boxes", "add", "--name", "local", "--ip", "1.2.3.4"],
            2,
            "Error: a box cannot be called 'local'.\nTry: choose another name; `local` is your private box.\n",
        ),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else None,
)
def test_errors_say_what_happened_and_what_to_try(cli, words, status, screen):
    done = cli(*words)
    assert (done.status, done.out, done.err) == (status, "", screen)


def test_boxes_and_defaults(cli, folder):
    assert cli("boxes").out == "No boxes found. Add boxes with: lager boxes add --name <NAME> --ip <IP>\n"
    assert cli("boxes", "add", "--name", "bb", "--ip", "127.0.0.1").out == "Added box 'bb' with IP '127.0.0.1'\n"
    assert (
        cli("boxes", "add", "--name", "lab", "--ip", "10.0.0.6:5001", "--user", "pi", "--token", "secret").status == 0
    )
    assert cli("defaults").out == "No defaults are currently set. Add one with: lager defaults add\n"
    assert cli("defaults", "add", "--box", "bb").out == "Set default box: bb\n"
    assert cli("defaults", "add", "--box", "cc").status == 2
    assert cli("boxes").out == (
        "name   ip              user   version\n"
        "====   =============   ====   =======   =======\n"
        "bb     127.0.0.1       -      -         default\n"
        "lab    10.0.0.6:5001   pi     -\n"
    )
    assert "secret" not in cli("boxes", "--json").out
    assert cli("defaults").out == "Default   Value\n=======   =====\nbox       bb\n"
    assert cli("boxes", "delete", "--name", "bb").out == "Deleted box 'bb' from .lager file\n"
    assert cli("defaults", "delete", "box").status == 1
    assert cli("boxes", "delete", "--name", "bb").status == 2


def test_saved_boxes_of_which_none_was_chosen(cli):
    cli("boxes", "add", "--name", "a", "--ip", "10.0.0.1")
    done = cli("nets")
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        "Error: no box was chosen; saved are a (10.0.0.1).\n"
        "Try: --box a, or `lager defaults add --box a` for always, or --box local for your private box.\n"
    )


def test_an_unexpected_exception_is_one_line(cli, monkeypatch):
    monkeypatch.setattr("lager_cli.config.Config", lambda: 1 / 0)
    done = cli("boxes")
    assert (done.status, done.out) == (1, "")
    assert done.err == (
        "Error: ZeroDivisionError: division by zero. This is a defect of lager.\n"
        "Try: run it again with LAGER_DEBUG=1 to see where it happened, and report that.\n"
    )
    monkeypatch.setenv("LAGER_DEBUG", "1")
    assert "Traceback" in cli("boxes").err


def test_no_box_is_nothing_to_stop(cli):
    assert cli("box", "status").out == "No box of yours runs on this machine.\n"
    assert cli("box", "stop").out == "No box of yours runs on this machine.\n"
