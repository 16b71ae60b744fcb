"""Starts a script's process: its own process group, two pipes, and no way to outlive its supervisor.

Only for a process with a single thread (it forks). It imports next to nothing: the script waits for it.
"""

from __future__ import annotations

import ctypes
import os

_PR_SET_PDEATHSIG = 1
_SIGKILL, _SIGPIPE, _SIGXFSZ = 9, 13, 25  # the signal module takes longer to import than all of this does


def launch(command: list[str], directory: str) -> tuple[int, int, int]:
    """Start `command` in `directory`; give its process id and the reading ends of its stdout and stderr."""
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    libc = ctypes.CDLL(None)
    parent = os.getpid()
    child = os.fork()
    if not child:
        _become(libc, parent, command, (directory, out_write, err_write))
    _give_group(child)
    os.close(out_write)
    os.close(err_write)
    return child, out_read, err_read


def _give_group(child: int) -> None:
    """Do what the child does, too: then it is done, whoever comes first."""
    try:
        os.setpgid(child, child)
    except (PermissionError, ProcessLookupError):
        return  # the child was first, and runs already, or has even ended


def _become(libc: ctypes.CDLL, parent: int, command: list[str], place: tuple[str, int, int]) -> None:
    """Turn this forked process into the script; does not return."""
    directory, out, err = place
    try:
        libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL)
        if os.getppid() != parent:
            os._exit(128 + _SIGKILL)  # the supervisor died before that was in force
        os.setpgid(0, 0)
        for number in (_SIGPIPE, _SIGXFSZ):
            libc.signal(number, None)  # Python ignores them, and what is ignored stays so after exec
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.chdir(directory)
        os.execv(command[0], command)
    except OSError as exc:
        os.write(2, f"lager: cannot run {command[0]}: {exc}\n".encode())
    finally:
        os._exit(127)
