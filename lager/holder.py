"""Who has an instrument: a process, as people are told of it. Looks it up in /proc; searches for nobody."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lager import errors

PROC = Path("/proc")
RUN = "LAGER_PROCESS_ID"  # in the environment of every run
_WORKER = b"lager_hwservice.worker"  # what the command line of every worker begins with


@dataclass(frozen=True)
class Holder:
    """A process that has an instrument.

    Attributes:
        process: Its name, as `ps` shows it.
        run: The id of the run it belongs to; empty for none.
        serves: Whether it is a worker of a box, which shares the instrument with everybody.
    """

    pid: int
    process: str = ""
    run: str = ""
    serves: bool = False

    def __str__(self) -> str:
        """Say who it is, in the middle of a sentence."""
        if self.serves:
            return f"the hardware service of a box (pid {self.pid})"
        if self.run:
            return f"run {self.run[:8]} (pid {self.pid}, {self.process or 'ended'})"
        return f"{self.process or 'a process'} (pid {self.pid})"

    @property
    def hint(self) -> str:
        """Get what to do about it."""
        if self.pid == os.getpid():
            return "it is this very process: let its other thread close the instrument first"
        if self.serves:
            return "share it: use Net in a script that is run by `lager python` on that box, or stop that box"
        if self.run:
            console = f"lager python --console {self.run[:8]}"
            return f"while that run is paused, read it through `{console}`; else let it close the instrument, or end"
        return f"let it close the instrument, or end it (kill {self.pid})"


def of_process(pid: int, run: str = "", proc: Path = PROC) -> Holder | None:
    """Describe a process; None where there is none of that number, or it has as good as ended.

    Args:
        pid: Its number.
        run: The id of its run, where that is known from elsewhere.
        proc: Where processes are listed.
    """
    place = proc / str(pid)
    try:
        name = (place / "comm").read_text(errors="replace").strip()
        words = (place / "cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return None
    except OSError:  # listed, but not for us to look at
        return Holder(pid, "", run)
    if words == [b""]:  # its memory is gone already; what it has open goes next
        return None
    serves = words[0].partition(b" ")[0] == _WORKER
    return Holder(pid, name, "" if serves else run or _run_of(place), serves)


def _run_of(place: Path) -> str:
    with contextlib.suppress(OSError):  # another user's: then it is no run of ours either
        for word in (place / "environ").read_bytes().split(b"\0"):
            name, _, value = word.partition(b"=")
            if name == os.fsencode(RUN):
                return value.decode(errors="replace")
    return ""


def in_use(instrument: str, holders: Sequence[Holder], besides: str = "") -> errors.InstrumentBusy:
    """Make the error that names who has an instrument.

    Args:
        instrument: What it is called, such as its address.
        holders: Who has it; nobody where that could not be found out.
        besides: A clause to follow.
    """
    who = " and ".join(map(str, holders)) or "another process"
    has = "have" if len(holders) > 1 else "has"
    hint = holders[0].hint if holders else "end what has opened it by itself, then call again"
    return errors.InstrumentBusy(f"{instrument} is in use: {who} {has} it{besides}", hint)
