"""Several consoles of one pause share its thread: who waits for another's statement is told, and may take his back."""

import queue
import time

from lager import wire
from lager_debugbridge.queueing import STOPPED, Queue

PAUSED = "import time\nimport lager\nlager.pause(timeout=0, interactive=True)\n"
WAITS = "while True: time.sleep(0.05)"


def ready(console):
    assert isinstance(console.next(), wire.ConsoleReady)


def transcript(box, console):
    """Give what is written down of a console, up to the result of its first statement."""
    kept = []
    while not kept or kept[-1].kind != "result":
        entry = box.notes.get(timeout=20)[1]
        kept += [entry] if entry.console == console and entry.statement else []
    return [(one.kind, one.user, one.text, one.ok) for one in kept]


def test_who_waits_is_told_for_whom_and_takes_his_statement_back(box, script):
    script(PAUSED)
    box.paused()
    with box.console(by="alice") as alice, box.console(by="bob") as bob:
        ready(alice)
        ready(bob)
        running = alice.start(f"print('begun')\n{WAITS}")
        assert alice.next().text == "begun"
        begun = time.monotonic()
        waiting = bob.start("print('bob')")
        told = bob.next()
        assert time.monotonic() - begun > 0.5
        whose = f"alice's statement (console {alice.name[:8]})"
        assert (told.statement, told.stream) == (waiting, 2)
        assert told.text == f"[waiting for {whose}: `print('begun') ...`; Ctrl-C takes yours back]\n"
        back = "KeyboardInterrupt\n[taken back: it waited for another console's statement, and had not begun]\n"
        bob.send(wire.Interrupt(waiting))
        assert bob.result(waiting) == back
        assert [entry[1:] for entry in transcript(box, bob.name)] == [
            ("bob", "print('bob')", None),
            ("bob", told.text, None),
            ("bob", back, None),
            ("bob", "", False),
        ]
        second = bob.start("print('again')")  # and this one waits until its turn comes
        bob.send(wire.Interrupt(waiting))  # it is over
        alice.send(wire.Interrupt(running))
        assert alice.result(running).lstrip() == "KeyboardInterrupt\n"  # `print` may not have come to the line's end
        assert bob.result(second) == "again\n"
        assert alice.run("1 + 1") == "2\n"


def test_a_statement_of_somebody_who_has_gone_is_not_waited_for(box, script):
    script(PAUSED)
    box.paused()
    with box.console(by="alice") as alice, box.console(by="bob") as bob:
        ready(alice)
        running = alice.start(f"print('begun')\n{WAITS}")
        assert alice.next().text == "begun"
        with box.console(by="carol") as carol:
            ready(carol)
            carol.start("print('never')")
        ready(bob)
        own = alice.start("'mine, next'")  # of one's own statements nobody is told
        alice.send(wire.Interrupt(running))
        assert alice.result(running).lstrip() == "KeyboardInterrupt\n"  # `print` may not have come to the line's end
        assert alice.result(own) == "'mine, next'\n"
        assert bob.run("1 + 1") == "2\n"
    texts = []
    while True:
        try:
            texts.append(box.notes.get_nowait()[1].text)
        except queue.Empty:
            break
    assert "never" not in texts


def test_a_statement_is_taken_back_once_however_often_that_is_asked_for():
    sent = []
    waiting = Queue(sent.append)
    statement, back = wire.Evaluate(1, "1 + 1", "c"), wire.Interrupt(1, "c")
    waiting.add(statement)
    assert [waiting.take_back(back, STOPPED), waiting.take_back(back, STOPPED)] == [True, True]
    assert not waiting.begins(statement)
    assert sent == [wire.ConsoleOutput(1, 2, STOPPED, "c"), wire.ConsoleResult(1, False, "c")]
    waiting.add(second := wire.Evaluate(2, "1 + 1", "c"))
    assert waiting.begins(second)
