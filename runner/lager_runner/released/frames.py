"""The frames of a run's stream, as released clients read them: `<stream> <length> <bytes>`, with nothing in between.

Pure. Streams 1 and 2 are what the script prints, 3 is the output channel, 0 says only that the box is still there, and
`-` is the last one: how the script has ended.
"""

from __future__ import annotations

import signal

KEEPALIVE = b"0 0 "
TIMED_OUT, KILLED_BY_TIMEOUT = 124, 137  # as timeout(1) has it, which those clients know
UNKNOWN = -1  # they say that the exit code could not be had
_FIRST_OF_SIGNALS = 128  # as a shell shows an end by a signal: 128 + its number


def frame(stream: int, data: bytes) -> bytes:
    """Give the frame of some output."""
    return b"%d %d %b" % (stream, len(data), data)


def exit_frame(code: int) -> bytes:
    """Give the last frame."""
    text = b"%d" % code
    return b"- %d %b" % (len(text), text)


def exit_code(status: int, reason: str, did: list[str]) -> int:
    """Give how a run ended as the last frame says it: an exit status; -N for an end by signal N.

    Args:
        status: As a shell would show it.
        reason: As in `Outcome`.
        did: What was done to end it.
    """
    if reason == "timeout":
        killed = any(step.startswith(signal.SIGKILL.name) for step in did)
        return KILLED_BY_TIMEOUT if killed else TIMED_OUT
    if reason == "lost":
        return UNKNOWN
    number = status - _FIRST_OF_SIGNALS
    # A run that was stopped may have caught its interrupt, and ended with a status of its own.
    by_signal = reason == "signal" or (reason == "stopped" and 0 < number < signal.NSIG)
    return -number if by_signal else status
