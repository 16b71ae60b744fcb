"""The standard event status register of a simulated SCPI instrument (IEEE 488.2, 11.5). Knows no command."""

from __future__ import annotations

_COMPLETE, _QUERY, _DEVICE, _EXECUTION, _COMMAND, _POWER_ON = 1, 4, 8, 16, 32, 128  # OPC, QYE, DDE, EXE, CME, PON
_CLASSES = {1: _COMMAND, 2: _EXECUTION, 3: _DEVICE, 4: _QUERY}  # of error codes, by their hundreds (SCPI-99 21.8)
_SUMMARY = 32  # ESB of the status byte


class EventStatus:
    """What has happened since somebody last asked. It begins with the power coming on.

    Attributes:
        enabled: The events that show in the status byte.
    """

    def __init__(self) -> None:
        self._events = _POWER_ON
        self.enabled = 0

    def failed(self, code: int) -> None:
        """Note an error; the device's own have positive codes."""
        self._events |= _CLASSES.get(-code // 100, _DEVICE)

    def completed(self) -> None:
        """Note that `*OPC` found every operation complete."""
        self._events |= _COMPLETE

    def read(self) -> str:
        """Give the register, as a decimal number, and clear it."""
        events, self._events = self._events, 0
        return str(events)

    def clear(self) -> None:
        """Forget all events, as `*CLS` does."""
        self._events = 0

    @property
    def summary(self) -> int:
        """Get its bit in the status byte."""
        return _SUMMARY if self._events & self.enabled else 0
