"""The processes of one run, as their supervisor has them: the script, its group, and whatever descends from it.

The supervisor is a subreaper: a process whose parent has died becomes its child, also one that was made a daemon. So
all of a run are its descendants, and when it has no child any more, nobody is left.
"""

from __future__ import annotations

import contextlib
import os
import signal

from lager_runner import family

_KILL_SECONDS = 5.0  # after which a process counts as one that cannot be killed
_OUT_OF_REACH = (ProcessLookupError, PermissionError)  # it has left its group, or has become another user's (sudo)


class Script:
    """The processes of a run.

    Args:
        pid: The script's process id, and its group's. The script must be this process' child.

    Attributes:
        status: How the script has ended: its exit status, or -N for signal N; None while it lives.
        alone: Whether nobody is left: neither the script nor anybody it has started.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.status: int | None = None
        self.alone = False
        self._worked: dict[str, bytes] = {}

    def reap(self) -> None:
        """See who has ended."""
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self.pid:
                    self.status = os.waitstatus_to_exitcode(ended[1])
        except ChildProcessError:
            self.alone = True

    def signal(self, number: int) -> None:
        """Send a signal to the group; SIGKILL to everybody."""
        if number == signal.SIGKILL:
            self.kill()
        elif self.status is None:
            # The group's leader is not reaped yet, so nobody else can have got this number.
            with contextlib.suppress(*_OUT_OF_REACH):
                os.killpg(self.pid, number)
        elif not self.alone:
            for pid in self._family():
                if (handle := family.send(pid, number, self._is_of_group)) is not None:
                    os.close(handle)

    def _is_of_group(self, pid: int) -> bool:
        kin = family.kin_of(pid)
        return kin is not None and kin.group == self.pid and self._is_ours(pid)

    def _is_ours(self, pid: int) -> bool:
        return family.descends(pid, os.getpid())

    def ask_to_pause(self) -> None:
        """Ask the script itself, and no child of it, to pause; what does not know of that ignores it."""
        if self.status is None:  # not reaped yet, so the number is its own
            with contextlib.suppress(*_OUT_OF_REACH):
                os.kill(self.pid, signal.SIGURG)

    def kill(self) -> list[int]:
        """Kill everybody; give those that cannot be killed."""
        if self.status is None:
            with contextlib.suppress(*_OUT_OF_REACH):
                os.killpg(self.pid, signal.SIGKILL)  # at once, before any of them can do more
        if self.alone:
            return []
        return family.kill(self._left, self._is_ours, _KILL_SECONDS)

    def _left(self) -> list[int]:
        self.reap()
        return [] if self.alone else self._family()

    def _family(self) -> list[int]:
        return family.own_descendants()

    def has_worked(self) -> bool:
        """Say whether any of them has run on a CPU since it was asked last."""
        before, self._worked = self._worked, family.worked(self._family())
        return self._worked != before
