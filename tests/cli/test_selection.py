"""Which box is meant, and how it is reached: as tables."""

import os
import pwd

import pytest

from lager import settings, wire
from lager.errors import TokenRefused, UsageError
from lager_cli.config import SavedBox
from lager_cli.selection import choose, own, reach, user_name

BOXES = {"a": SavedBox("a", "10.0.0.1"), "b": SavedBox("b", "10.0.0.2")}
INFO = wire.BoxInfo(
    host="127.0.0.1",
    runner=1001,
    hardware=1002,
    http=1003,
    bench="sim",
    version="1",
    pid=1,
    embedded=True,
    started=0,
)


@pytest.mark.parametrize(
    ("asked", "variable", "default", "boxes", "chosen"),
    [
        (None, "", "", {}, SavedBox("local", "")),
        ("a", "b", "b", BOXES, BOXES["a"]),
        (None, "b", "a", BOXES, BOXES["b"]),
        (None, "", "b", BOXES, BOXES["b"]),
        ("local", "a", "a", BOXES, SavedBox("local", "")),
        (None, "local", "a", BOXES, SavedBox("local", "")),
        ("10.0.0.9", "", "", BOXES, SavedBox("10.0.0.9", "10.0.0.9")),
        ("10.0.0.9:5001", "", "", {}, SavedBox("10.0.0.9:5001", "10.0.0.9", port=5001)),
        ("[::1]:5001", "", "", {}, SavedBox("[::1]:5001", "::1", port=5001)),
        ("localhost", "", "", {}, SavedBox("localhost", "localhost")),
    ],
)
def test_choosing(asked, variable, default, boxes, chosen):
    assert choose(asked, {"LAGER_BOX": variable}, boxes, default) == chosen


@pytest.mark.parametrize(
    ("asked", "boxes", "what", "hint"),
    [
        ("", BOXES, "--box was given without a name", "lager defaults add --box a"),
        ("  ", {}, "--box was given without a name", "--box local"),
        (None, BOXES, "no box was chosen; saved are a (10.0.0.1), b (10.0.0.2)", "--box local"),
        ("c", BOXES, "there is no box 'c'; saved are a (10.0.0.1), b (10.0.0.2)", "lager boxes add --name c"),
        ("c", {}, "there is no box 'c'; no boxes are saved", "lager boxes add --name c"),
    ],
)
def test_what_cannot_be_chosen(asked, boxes, what, hint):
    with pytest.raises(UsageError) as caught:
        choose(asked, {}, boxes, "")
    assert caught.value.what == what
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("saved", "alive", "runner", "http"),
    [
        (SavedBox("m", "127.0.0.1"), None, 5000, 9000),
        (SavedBox("m", "127.0.0.1"), INFO, 1001, 1003),
        (SavedBox("m", "127.0.0.1", port=5000), INFO, 5000, 9000),
        (SavedBox("m", "10.0.0.1", token="t"), INFO, 5000, 9000),
    ],
)
def test_ports(folder, saved, alive, runner, http):
    box = reach(saved, {}, lambda: alive)
    assert (box.runner.port, box.bench.port) == (runner, http)


def test_the_own_token_is_for_this_machine(folder):
    assert reach(SavedBox("m", "127.0.0.1"), {}, lambda: None).token == settings.own_token()
    assert reach(SavedBox("m", "127.0.0.1", token="t"), {}, lambda: None).token == "t"
    assert reach(SavedBox("m", "10.0.0.1"), {"LAGER_TOKEN": "v"}, lambda: None).token == "v"
    with pytest.raises(TokenRefused) as caught:
        reach(SavedBox("m", "10.0.0.1"), {}, lambda: None)
    assert "lager boxes add --name m --ip 10.0.0.1 --token" in caught.value.hint
    assert "t" not in repr(reach(SavedBox("x", "1.1.1.1", token="ttt"), {}, lambda: None)).partition("token")[2]


@pytest.mark.parametrize(
    ("host", "reached"), [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("127.0.0.1", "127.0.0.1"), ("10.1.1.1", "10.1.1.1")]
)
def test_the_own_box_is_reached_from_here(folder, host, reached):
    import msgspec

    assert own(msgspec.structs.replace(INFO, host=host)).host == reached


def test_who_asks_has_a_name_where_the_environment_has_none(monkeypatch):
    """A container's shell, cron and ssh's commands set no USER."""
    for name, value in (("LAGER_USER", "alice"), ("USER", "bob")):
        monkeypatch.delenv("LAGER_USER", raising=False)
        monkeypatch.setenv(name, value)
        assert user_name() == value
    monkeypatch.setenv("USER", "\udcffada")  # bytes that are no text, which no message can hold
    assert user_name() == "?ada"
    monkeypatch.delenv("USER")
    assert user_name() == pwd.getpwuid(os.getuid()).pw_name
