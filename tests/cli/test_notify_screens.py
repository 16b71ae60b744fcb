"""`lager box notify`: what it shows, and every mistake that is noticed there."""

import json
import os

import pytest

HOOK = "https://me:pw@hooks.example.com/s3cret"
NOBODY = "Nobody is notified. Set it up with: lager box notify --webhook <URL> | --command <CMD>\n"


@pytest.fixture
def notify(cli):
    return lambda *words: cli("box", "notify", *words)


@pytest.fixture
def file(folder):
    (folder / "state").mkdir(mode=0o700)
    return folder / "state" / "notify.json"


def facts(notify):
    return json.loads(notify("--json").out)


def test_nobody_at_first(notify, file):
    assert notify().out == NOBODY
    assert notify("--json").out == "[]\n"
    assert not file.exists()


def test_setting_up_showing_and_ending(notify, file):
    shown = notify("--webhook", HOOK, "--command", "cat\n>> x", "--event", "failed", "--event", "paused")
    assert (shown.status, shown.err) == (0, "")
    assert shown.out.splitlines()[2:] == [
        "1        webhook https://hooks.example.com/…   paused, failed",
        "2        command cat >> x                      paused, failed",
    ]
    assert file.stat().st_mode & 0o777 == 0o600
    first, second = facts(notify)
    assert (first["number"], first["webhook"], first["command"]) == (1, HOOK, None)
    assert (second["command"], second["folder"], second["events"]) == ("cat\n>> x", os.getcwd(), ["paused", "failed"])
    notify("--off", "1")
    assert [one["command"] for one in facts(notify)] == ["cat\n>> x"]
    assert notify("--off").out == NOBODY


def test_the_same_target_again_changes_its_events(notify):
    for event in ("paused", "finished"):
        notify("--webhook", HOOK, "--event", event)
    (only,) = facts(notify)
    assert only["events"] == ["finished"]


def test_a_test_says_what_came_of_each(notify, folder):
    notify("--command", "cat > got; echo $LAGER_EVENT > event", "--command", "echo no; exit 3")
    tested = notify("--test")
    first, second = tested.out.splitlines()
    assert tested.status == 1
    assert first.startswith("1  command cat > got; echo $LAGER_EVENT > event: delivered in 0.")
    assert second.startswith("2  command echo no; exit 3: failed after ")
    assert second.endswith(" s: status 3: no")
    assert (folder / "work" / "event").read_text() == "test\n"
    assert json.loads((folder / "work" / "got").read_text())["event"] == "test"
    good, bad = json.loads(notify("--test", "--json").out)
    assert (good["delivered"], good["status"], good["error"]) == (True, 0, "")
    assert (bad["number"], bad["delivered"], bad["status"], bad["error"]) == (2, False, 3, "status 3: no")
    assert bad["seconds"] >= 0
    notify("--off", "2")
    assert notify("--test").status == 0


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["--webhook", "example.com/s3cret"], 2, "that is no URL of a webhook: it begins with http:// or https://"),
        (["--webhook", "http://x:s3cret/"], 2, "that is no URL: its host or its port cannot be read"),
        (["--command", " "], 2, "--command is empty"),
        (["--webhook", ""], 2, "--webhook is empty; was a variable of the shell not set?"),
        (["--command"], 2, "Option '--command' requires an argument"),
        (["--event", "paused"], 2, "--event goes with --webhook URL or --command CMD"),
        (["--command", "cat", "--event", "never"], 2, "'never' is not one of"),
        (["--off", "--command", "cat"], 2, "--off ends what --webhook and --command set up"),
        (["--off", "1"], 2, "no target has the number '1': there is none"),
        (["--test"], 1, "nobody is notified"),
    ],
)
def test_mistakes(notify, file, words, status, told):
    done = notify(*words)
    assert (done.status, done.out) == (status, "")
    assert told in done.err
    assert "s3cret" not in done.err
    assert done.err.count("Error: ") == 1
    assert notify().out == NOBODY


@pytest.mark.parametrize("number", ["0", "3", "x", "²", "9" * 5000])
def test_numbers_of_no_target(notify, number):
    notify("--command", "cat", "--command", "tee")
    done = notify(f"--off={number}")
    assert done.status == 2
    assert "there are 1 to 2" in done.err
    assert len(facts(notify)) == 2


def test_a_file_that_cannot_be_used(notify, file):
    file.mkdir()
    for words in ((), ("--command", "cat"), ("--off",), ("--test",)):
        done = notify(*words)
        assert done.status == 1
        assert done.err.startswith(f"Error: {file} cannot be used: is a directory")
        assert "defect" not in done.err


def test_a_file_that_holds_something_else(notify, file):
    file.write_text("{")
    for words in ((), ("--command", "cat"), ("--off",), ("--test",)):
        done = notify(*words)
        assert done.status == 2
        assert f"{file} holds no settings of notifications" in done.err
        assert "Try: delete it, and set them up again" in done.err
    assert file.read_text() == "{"
