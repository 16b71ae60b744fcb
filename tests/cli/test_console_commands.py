"""Commands of the console that are carried out at this end."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from answering import answering
from consoles import READY, Talk
from msgspec.structs import replace
from scripted import playing

from lager import errors, wire
from lager.client import Service
from lager_cli.console.commands import Commands, wants_file
from lager_cli.console.session import Over, Session


class Desk:
    """A console with what was shown in it."""

    def __init__(self, port, http=0):
        self.session = Session(lambda: Service("", "127.0.0.1", port, "t").connect("/runs/r/console"), "ada")
        self.commands = Commands(self.session, lambda: Service("", "127.0.0.1", http, "t"), "ada")
        self.shown = []

    def type(self, source):
        self.shown.clear()
        ok = self.commands.carry_out(source, lambda one: self.shown.append((one.stream, one.text)))
        return ok, "".join(text for _, text in self.shown)


def idle(on):
    Talk(on)
    on.until(wire.Leave)


def test_help_lists_the_scripts_commands_and_ours():
    listed = [(":where", "show the stack"), (":full", "show all"), (":full FILE", "their words"), (":help", "theirs")]

    def scene(on):
        Talk(on, replace(READY, commands=listed))
        on.until(wire.Leave)

    with playing(scene) as port:
        desk = Desk(port)
        with desk.session:
            ok, shown = desk.type(":help")
    lines = [line.split()[:2] for line in shown.splitlines()]
    assert ok
    assert lines[:4] == [[":where", "show"], [":full", "show"], [":help", "list"], [":save", "FILE"]]
    assert sum(line[0] == ":help" for line in lines) == 1
    assert "their words" not in shown


@pytest.mark.parametrize(
    ("word", "path", "reason"), [(":continue", "continue", "resumed"), (":abort", "abort", "aborted")]
)
def test_the_pause_is_ended_and_only_this_one(word, path, reason):
    import threading

    asked, released = [], threading.Event()

    def answer(verb, where, body):
        asked.append((verb, where, b"ada" in body))
        released.set()
        return wire.Resumed("r", ["r"])

    def scene(on):
        Talk(on)
        assert released.wait(20)
        on.say(wire.ConsoleClosed(reason))

    with answering(answer) as http, playing(scene) as port:
        desk = Desk(port, http)
        with desk.session, pytest.raises(Over):
            desk.type(word)
    assert asked == [("POST", f"/runs/r.1/{path}", True)]
    assert desk.commands.ended
    assert reason in desk.session.farewell


def test_a_pause_that_cannot_be_ended():
    def answer(*_):
        raise errors.NothingPaused("it is being resumed by bob", "wait")

    with answering(answer) as http, playing(idle) as port:
        desk = Desk(port, http)
        with desk.session:
            assert desk.type(":continue") == (False, "it is being resumed by bob.\nTry: wait.\n")
            assert desk.shown[0][0] == 2


@pytest.mark.parametrize("typed", [":continue x = 1", ":help me", ":save", "%run"])
def test_words_that_do_not_fit(typed):
    with playing(idle) as port:
        desk = Desk(port)
        with desk.session:
            ok, shown = desk.type(typed)
    assert not ok
    assert f"Try: type {typed.split()[0]}" in shown


def test_what_is_meant_is_said_after_it_failed():
    wanted = {
        "up": "[did you mean `:up`?]\n",
        ":quit": "[did you mean Ctrl-D, which leaves the console?]\n",
        "psu.volts?": "[`help(psu.volts)` prints docs, F1 shows them.]\n",
        "run t.py": "[did you mean `%run FILE`?]\n",
        "ups": "",
        "up is 1": "",
    }

    def scene(on):
        talk = Talk(on)
        for number in range(1, len(wanted) + 1):
            on.until(wire.Evaluate)
            talk.done(number, ok=False)
        on.until(wire.Evaluate)
        talk.done(len(wanted) + 1)
        on.until(wire.Leave)

    with playing(scene) as port:
        desk = Desk(port)
        with desk.session:
            assert {typed: desk.type(typed)[1] for typed in wanted} == wanted
            assert desk.type("up") == (True, "")


def test_a_file_that_cannot_be_written_is_named():
    def scene(on):
        talk = Talk(on)
        for number in (1, 2):
            on.until(wire.Evaluate)
            talk.write(number, "[0, 1]\n")
            talk.done(number)
        on.until(wire.Leave)

    with playing(scene) as port:
        desk = Desk(port)
        with desk.session:
            assert desk.type(":full /dev/full")[1].startswith("/dev/full cannot be written: no space left on device.\n")
            assert desk.type(":full /proc/x")[1].startswith("/proc/x cannot be written: no such file or directory.\n")
            assert desk.type(":full -x f") == (
                False,
                ":full has no option -x.\nTry: `./-x` is a file of that name.\n",
            )


def test_all_that_was_cut_is_fetched(tmp_path):
    class File(wire.Resumed):
        pass

    def scene(on):
        talk = Talk(on)
        on.until(wire.Evaluate)
        talk.done(1, file="c-1.txt")
        on.until(wire.Leave)

    asked = []

    def answer(_, where, __):
        asked.append(where)
        return wire.Resumed("all of it")

    target = tmp_path / "all.txt"
    with answering(answer) as http, playing(scene) as port:
        desk = Desk(port, http)
        with desk.session:
            desk.type("x")
            ok, shown = desk.type(f":full {target}")
    assert (ok, shown) == (True, f"{target.stat().st_size} bytes written to {target}\n")
    assert asked == ["/runs/r/console-files/c-1.txt"]
    assert b"all of it" in target.read_bytes()
    assert list(tmp_path.iterdir()) == [target]


def test_all_of_a_value_is_written_to_a_file(tmp_path):
    def scene(on):
        talk = Talk(on)
        assert on.until(wire.Evaluate).source == ":full"
        talk.write(1, "[0, 1]\n")
        talk.done(1)
        on.until(wire.Leave)

    target = tmp_path / "value.txt"
    with playing(scene) as port:
        desk = Desk(port)
        with desk.session:
            assert desk.type(f":full '{target}'") == (True, f"7 bytes written to {target}\n")
    assert target.read_text() == "[0, 1]\n"


@pytest.mark.parametrize("command", [":full", ":save"])
def test_a_file_that_is_there_is_replaced_only_when_that_is_said(tmp_path, command):
    kept, folder = tmp_path / "kept.txt", tmp_path / "none" / "x"
    kept.write_text("of yesterday")
    asked = []

    def scene(on):
        talk = Talk(on)
        asked.append(on.until(wire.Evaluate).source)
        talk.write(1, "new\n")
        talk.done(1)
        on.until(wire.Leave)

    with answering(lambda *_: wire.Resumed("new")) as http, playing(scene) as port:
        desk = Desk(port, http)
        with desk.session:
            assert desk.type(f"{command} {kept}") == (
                False,
                f"{kept} exists already.\nTry: `{command} -f {kept}` replaces it.\n",
            )
            assert desk.type(f"{command} {tmp_path}") == (False, f"{tmp_path} is a folder.\nTry: name a file in it.\n")
            assert desk.type(f"{command} {folder}")[1].startswith(f"there is no folder {folder.parent}.\n")
            assert (asked, kept.read_text()) == ([], "of yesterday")
            assert desk.type(f"{command} -f {kept}")[0]
    assert len(asked) == 1
    assert "new" in kept.read_text()


def test_a_file_is_run_under_its_name(tmp_path):
    source = tmp_path / "helpers.py"
    source.write_bytes(b"\xef\xbb\xbfdef f():\n    return 1\n")

    def scene(on):
        talk = Talk(on)
        assert on.until(wire.Evaluate).source == f"%run {source}\ndef f():\n    return 1\n"
        talk.done(1)
        on.until(wire.Leave)

    with playing(scene) as port:
        desk = Desk(port)
        with desk.session:
            assert desk.type(f"%run {source}") == (True, "")


def test_a_file_that_is_no_text_or_not_there(tmp_path):
    (tmp_path / "noise.py").write_bytes(b"\xff\xfe")
    with playing(idle) as port:
        desk = Desk(port)
        with desk.session:
            assert "is no text in UTF-8" in desk.type(f"%run {tmp_path}/noise.py")[1]
            assert "no such file or directory" in desk.type(f"%run {tmp_path}/gone.py")[1]


def test_where_a_file_is_wanted():
    typed = (":save a", ":full ", ":save -f b", "%run x y", ":save", ":where x", "x")
    assert [wants_file(one) for one in typed] == ["a", "", "b", "x y", None, None, None]
