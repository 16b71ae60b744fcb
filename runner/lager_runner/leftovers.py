"""Ends the processes of a run whose supervisor was killed. They are known by their environment, never by a number."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path


def kill_leftovers(run: str) -> None:
    """Kill every process of this user that belongs to the run.

    A process is held by a pidfd before its environment is read: the signal cannot reach another one that got its id.
    """
    mark = f"LAGER_PROCESS_ID={run}".encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        # Gone by now, or another user's.
        with contextlib.suppress(ProcessLookupError, PermissionError, FileNotFoundError):
            handle = os.pidfd_open(int(entry.name))
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
            finally:
                os.close(handle)
