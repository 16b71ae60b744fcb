"""Pauses of real scripts at a real bridge."""

import contextlib
import os
import socket

import pytest

from lager import errors, wire
from lager_debugbridge import bridge

PAUSE = "from lager.breakpoint import pause\n"


def test_a_pause_is_seen_resumed_and_over(box, script):
    run = script(PAUSE + "def step():\n    pause('look', timeout=0)\nstep()\nprint('on')\n")
    pause = box.paused()
    assert (pause.name, pause.number, pause.label, pause.file, pause.line) == ("run", 1, "look", "test.py", 3)
    assert (pause.function, pause.timeout, pause.interactive, pause.thread) == ("step", 0, False, "MainThread")
    assert box.ask("pauses", "run") == [pause]
    assert run.error_lines(3)[-1] == "    no auto-resume\n"
    assert box.resume() == "run"
    assert box.event(wire.PauseEnded) == wire.PauseEnded(1, "resumed", "me")
    assert run.end() == (0, "on\n", "=== resumed\n")
    with pytest.raises(errors.NothingPaused, match="run is not paused"):
        box.resume()


def test_the_timeout_resumes(box, script):
    run = script(PAUSE + "pause(timeout=0.3)\n")
    assert box.paused().timeout == 0.3
    assert box.event(wire.PauseEnded).reason == "timed out"
    status, _, err = run.end()
    assert (status, err.splitlines()[-2:]) == (0, ["    auto-resume in 0.3s", "=== auto-resumed after 0.3s"])


def test_a_late_or_repeated_resume_frees_nothing_else(box, script):
    run = script(PAUSE + "pause(timeout=0)\npause(timeout=0)\n")
    first = box.paused()
    box.resume("run", first.number)
    box.event(wire.PauseEnded)
    second = box.paused()
    assert second.number == 2
    with pytest.raises(errors.NothingPaused):
        box.resume("run", first.number)
    assert box.ask("pauses", "run") == [second]
    box.resume("run", second.number)
    assert run.end()[0] == 0


def test_threads_pause_and_resume_apart(box, script):
    run = script(
        PAUSE
        + """
import threading
def work(name):
    pause(name, timeout=0)
    print(name, "on")
first = threading.Thread(target=work, args=["a"], name="A")
first.start()
second = threading.Thread(target=work, args=["b"], name="B")
second.start()
"""
    )
    pauses = {pause.label: pause for pause in (box.paused(), box.paused())}
    assert pauses["a"].thread == "A"
    with pytest.raises(errors.AmbiguousId):
        box.resume()
    assert box.resume("run", pauses["b"].number) == f"run.{pauses['b'].number}"
    assert run.line() == "b on"
    assert box.event(wire.PauseEnded).number == pauses["b"].number
    assert box.resume() == "run"
    assert run.line() == "a on"
    assert run.end()[0] == 0


def test_a_forked_child_has_a_pause_of_its_own(box, script):
    run = script(
        PAUSE
        + """
import os, threading
def work():
    pause("parent", timeout=0)
threading.Thread(target=work, daemon=True).start()
pause("main", timeout=0)
if os.fork() == 0:
    pause("child", timeout=0)
    print("child on")
    os._exit(0)
os.kill(os.getpid(), 9)
"""
    )
    labels = {pause.label: pause for pause in (box.paused(), box.paused())}
    box.resume("run", labels["main"].number)
    events = [box.events.get(timeout=20)[1] for _ in range(3)]
    ended = {event.number: event.reason for event in events if isinstance(event, wire.PauseEnded)}
    assert ended == {labels["main"].number: "resumed", labels["parent"].number: "script ended"}
    (child,) = box.ask("pauses", "run")
    assert (child.label, child.number) == ("child", 3)
    box.resume()
    assert run.line() == "child on"


def test_a_killed_script_leaves_no_pause(box, script):
    run = script(PAUSE + "pause(timeout=0)\n")
    box.paused()
    run.process.kill()
    assert box.event(wire.PauseEnded).reason == "script ended"
    assert box.ask("pauses", "run") == []


def test_sigint_while_paused_runs_finally_and_ends_the_pause(box, script):
    run = script(PAUSE + "try:\n    pause(timeout=0)\nfinally:\n    print('cleaned')\n")
    box.paused()
    run.error_lines(3)
    run.interrupt()
    assert box.event(wire.PauseEnded).reason == "interrupted"
    status, out, err = run.end()
    assert (status, out) == (-2, "cleaned\n")
    assert err.endswith("KeyboardInterrupt\n")


def test_a_restarted_box_finds_the_pause_again(box, script, folder, make_box):
    run = script(PAUSE + "pause(timeout=0)\npause(timeout=60)\npause(timeout=0)\n")
    box.paused()
    box.resume()
    box.event(wire.PauseEnded)
    before = box.paused()
    run.error_lines(7)
    box.close()
    again = make_box(folder / "s")
    after = again.paused()
    assert (after.number, after.name, after.timeout) == (before.number, "run", 60)
    assert abs(after.since - before.since) < 0.001
    again.resume("run", before.number)
    assert again.event(wire.PauseEnded).reason == "resumed"
    assert again.paused().number == 3


def test_without_a_box_the_deadline_is_kept_by_the_script(box, script):
    run = script(PAUSE + "pause(timeout=0.8)\nprint('on')\n")
    box.paused()
    box.close()
    status, out, err = run.end()
    assert (status, out, err.splitlines()[-1]) == (0, "on\n", "=== auto-resumed after 0.8s")


def test_no_frame_is_kept(box, script):
    run = script(
        PAUSE
        + """
import gc, weakref
class Held: pass
def step():
    held = Held()
    global ref
    ref = weakref.ref(held)
    pause(timeout=0, interactive=True)
step()
print(ref() is None)
"""
    )
    box.paused()
    with box.console() as console:
        console.next()
        console.run("held")
        console.run("1/0")
        box.resume()
        assert console.closed().reason == "resumed"
    assert run.line() == "True"


def said(key, **more):
    """What a script says that is paused."""
    fields = {"pid": 1, "label": None, "file": "t.py", "line": 3, "function": "f", "thread": "T", "interactive": False}
    return wire.to_json(wire.Hit(run="run", key=key, timeout=0, left=None, **(fields | more))) + b"\n"


def test_a_script_that_does_not_read_cannot_fill_the_box(box, script, folder):
    most = 100_000_000  # bytes
    line = said("k" * 500_000)  # so long is the answer, too
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(folder / "s"))
        client.settimeout(0.5)
        sent = 0
        with contextlib.suppress(TimeoutError):  # the box does not take it any more
            while sent < most:
                client.sendall(line)
                sent += len(line)
        assert sent < most
        box.paused()
        run = script(PAUSE + "pause(timeout=0)\n")
        box.resume("run", box.paused().number)
        assert run.end()[0] == 0


def test_nonsense_on_the_socket_ends_nothing(box, script, folder):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(folder / "s"))
        client.sendall(b'nonsense\n{"type":"unheard"}\n\xff\xff\n' + said("far", number=2**64, line=2**64))
        run = script(PAUSE + "pause(timeout=0)\n")
        assert box.paused().number == 1
        box.resume()
        assert run.end()[0] == 0
    assert oct(os.stat(folder / "s").st_mode)[-3:] == "600"


def test_the_socket_is_made_again_when_its_directory_was_taken_away(make_box, folder, script, monkeypatch):
    monkeypatch.setattr(bridge, "LOOK_SECONDS", 0.2)
    box = make_box(folder / "s")
    box.socket_path.unlink()
    run = script(PAUSE + "pause(timeout=0)\nprint('on')\n")
    box.paused()
    box.resume()
    assert run.end()[:2] == (0, "on\n")
