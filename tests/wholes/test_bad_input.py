"""Wrong names, wrong numbers, dead boxes: one clear error each, with what to try, on stderr, and its exit status."""

import os
import uuid

import pytest

BENCH = "two_instruments.toml"

NOBODY = str(uuid.UUID(int=7))


def told(done, status, *words):
    """The command failed in words: one error, a hint, nothing on stdout, no traceback."""
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    for word in words:
        assert word in done.stderr
    return done.stderr


@pytest.fixture(scope="module", autouse=True)
def running(home):
    assert home.lager("nets").returncode == 0  # so that the line about the start is not in the way


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["supply", "supply9", "state"], 3, ["supply9", "Try: "]),
        (["supply", "adc1", "state"], 3, ["adc1", "adc", "Try: "]),
        (["adc", "supply1"], 3, ["supply1", "power-supply", "Try: "]),
        (["python", "no_such.py"], 2, ["no_such.py", "Try: "]),
        (["python", "empty_folder"], 2, ["main.py", "Try: "]),
        (["python", "--continue", NOBODY], 1, [NOBODY, "Try: "]),
        (["python", "--console", NOBODY], 1, [NOBODY, "Try: "]),
        (["python", "--continue", "not an id"], 2, ["'not an id' is no ID"]),
        (["python", "--timeout", "abc", "x.py"], 2, ["abc"]),
        (["python", "--timeout", "-3", "x.py"], 2, ["-3"]),
        (["python", "--env", "NOVALUE", "x.py"], 2, ["NOVALUE"]),
        (["python"], 2, ["SCRIPT"]),
        (["supply", "supply1", "voltage", "abc"], 2, ["abc"]),
        (["supply", "supply1", "voltage", "-5"], 2, ["-5"]),
        (["supply", "supply1", "voltage", "nan"], 2, ["nan"]),
        (["supply", "supply1", "voltage", "99"], 2, ["99", "20", "Try: "]),
        (["supply", "supply1", "current", "3V"], 2, ["3V"]),
        (["dac", "dac1", "7"], 2, ["7", "5", "Try: "]),
        (["supply", "supply1", "enabel"], 2, ["enabel"]),
        (["suply", "supply1", "state"], 2, ["suply", "supply"]),
        (["nets", "--box", "nowhere"], 2, ["nowhere", "Try: "]),
        (["nets", "--box", ""], 2, ["box"]),
        (["nets", "--box", "127.0.0.1:1"], 5, ["127.0.0.1:1", "refused", "Try: "]),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else None,
)
def test_each_mistake_is_one_clear_error(home, words, status, said):
    (home.folder / "empty_folder").mkdir(exist_ok=True)
    told(home.lager(*words), status, *said)


def test_a_mistake_changes_nothing_on_the_bench(home):
    before = home.lager("supply", "supply1", "state", "--json").stdout
    home.lager("supply", "supply1", "voltage", "99", "--yes")
    home.lager("supply", "supply1", "voltage", "-5", "--yes")
    after = home.lager("supply", "supply1", "state", "--json").stdout
    assert '"voltage_set": 0.0' in before
    assert '"voltage_set": 0.0' in after


def test_a_wrong_token(home):
    ours = home.lager("box", "status", "--json")
    port = __import__("json").loads(ours.stdout)["runner"]
    added = home.lager("boxes", "add", "--name", "shut", "--ip", f"127.0.0.1:{port}", "--token", "wrong", "--yes")
    assert added.returncode == 0
    try:
        told(home.lager("nets", "--box", "shut"), 6, "token", "Try: ")
        told(home.lager("python", home.script("print(1)"), "--box", "shut"), 6, "token", "Try: ")
    finally:
        home.lager("boxes", "delete", "--name", "shut", "--yes")


def test_nothing_paused_there_is_not_the_same_as_an_unknown_id(home):
    run = home.start("python", home.script("import time\nprint('in', flush=True)\ntime.sleep(60)\n"))
    try:
        assert run.stdout.readline() == "in\n"
        (info,) = [p for p in (home.folder / "state" / "runs").iterdir() if not (p / "exit.json").exists()]
        not_paused = told(home.lager("python", "--continue", info.name), 1, info.name, "not paused")
        unknown = told(home.lager("python", "--continue", NOBODY), 1, NOBODY)
        assert unknown.replace(NOBODY, info.name) != not_paused
    finally:
        run.terminate()
        run.communicate(timeout=30)


def test_an_ambiguous_prefix_lists_what_it_could_mean(home):
    script = home.script("import lager\nlager.pause('x')\n", "pausing.py")
    runs = [home.start("python", script) for _ in range(17)]  # two of 17 ids begin with the same hexadecimal digit
    ids = []
    try:
        ids = [next(line.split("(id ")[1][:36] for line in run.stderr if "(id " in line) for run in runs]
        first = next(one[0] for one in ids if sum(other[0] == one[0] for other in ids) > 1)
        answer = home.lager("python", "--continue", first)
        assert answer.returncode == 2
        assert sum(one in answer.stderr for one in ids) >= 2
    finally:
        for one in ids:
            home.lager("python", "--continue", one)
        for run in runs:
            run.terminate()  # where its pause was not seen, it would wait for ever
            run.communicate(timeout=30)


def test_a_script_that_cannot_be_read(home):
    script = home.script("print(1)\n", "secret.py")
    os.chmod(script, 0)
    done = home.lager("python", script)
    if os.getuid() == 0:  # root may read anything
        assert done.stdout == "1\n"
    else:
        told(done, 2, "secret.py", "Try: ")


def test_errors_of_nets_in_a_script_are_typed_and_say_what_to_try(home):
    script = home.script(
        "from lager import InvalidNetError, Net, NetType\n"
        "try:\n    Net.get('supply9', type=NetType.PowerSupply)\n"
        "except InvalidNetError as error:\n    print(error)\n"
        "try:\n    Net.get('supply1', type='supply')\n"
        "except TypeError as error:\n    print('TypeError')\n"
        "Net.get('supply1', type=NetType.PowerSupply).set_voltage(99)\n",
        "nets.py",
    )
    done = home.lager("python", script)
    assert done.returncode == 1
    assert done.stdout.startswith("Invalid Net: supply9")
    assert "supply1" in done.stdout
    assert "TypeError\n" in done.stdout
    assert "OutOfRange" in done.stderr
    assert "99" in done.stderr
