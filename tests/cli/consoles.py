"""What scripted boxes say to consoles."""

import itertools

from lager import wire

PAUSE = wire.PauseInfo(
    number=1,
    name="r",
    label=None,
    file="t.py",
    line=1,
    function="f",
    thread="MainThread",
    since=0,
    timeout=0,
    interactive=True,
)
READY = wire.ConsoleReady("r", PAUSE)


class Talk:
    """A console at the box: what it is told has numbers."""

    def __init__(self, on, ready=READY):
        self.join = on.join(ready)
        self._on = on
        self.numbers = itertools.count(self.join.seen + 1)

    def write(self, statement, text, stream=1):
        self._on.say(wire.ConsoleOutput(statement, stream, text, self.join.console, next(self.numbers)))

    def done(self, statement, ok=True, file=""):
        self._on.say(wire.ConsoleResult(statement, ok, self.join.console, next(self.numbers), file))

    def wrote(self, statement, call):
        self._on.say(wire.Wrote(statement, call, self.join.console, next(self.numbers)))
