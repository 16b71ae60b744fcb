"""Cables for tests: a scripted one, and one straight into a simulator."""

from lager.errors import InstrumentSilent
from lager_drivers import blocks


class Script:
    """A conversation that must go exactly so: (sent, answered) turns, None where there is no answer."""

    def __init__(self, *turns):
        self.turns = list(turns)

    def write(self, command):
        assert (command, None) == self._next(command)

    def query(self, command, within=None):
        sent, answered = self._next(command)
        assert command == sent
        assert answered is not None
        return answered

    def query_block(self, command):
        answered = self.query(command)
        assert isinstance(answered, bytes)
        return answered

    def _next(self, command):
        assert self.turns, f"{command} was not expected any more"
        return self.turns.pop(0)


class Direct:
    """A cable into a simulator; keeps what was sent."""

    def __init__(self, instrument):
        self.instrument = instrument
        self.sent = []

    def write(self, command):
        self.sent.append(command)
        assert self.instrument.handle(command) is None

    def query(self, command, within=None):
        self.sent.append(command)
        reply = self.instrument.handle(command)
        if reply is None:
            raise InstrumentSilent(f"no answer to {command}", "")
        return reply

    def query_block(self, command):
        return blocks.content(self.query(command).encode("latin-1"))

    @property
    def changes(self):
        return [command for command in self.sent if "?" not in command]
