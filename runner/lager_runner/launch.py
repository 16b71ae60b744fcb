"""Starts a script's process: its own process group, its pipes, and no way to outlive its supervisor.

Only for a process with a single thread (it forks). It imports next to nothing: the script waits for it.
"""

from __future__ import annotations

import ctypes
import os

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
# The signal module takes longer to import than all of this does.
_SIGINT, _SIGKILL, _SIGPIPE, _SIGXFSZ = 2, 9, 13, 25
STDOUT, STDERR = 1, 2


def launch(command: list[str], directory: str, one_stream: bool) -> tuple[int, dict[int, int]]:
    """Start a script; whoever descends from it is this process' descendant for ever.

    Args:
        command: Its command line.
        directory: Its working directory.
        one_stream: Whether its stderr is its stdout.

    Returns:
        Its process id, and the reading ends of its output, by stream.
    """
    ends = {stream: os.pipe() for stream in ([STDOUT] if one_stream else [STDOUT, STDERR])}
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    libc.signal(_SIGINT, None)  # an interrupt that comes before the script is there must not get lost in a handler
    parent = os.getpid()
    child = os.fork()
    if not child:
        out = ends[STDOUT][1]
        _become(libc, parent, command, (directory, out, out if one_stream else ends[STDERR][1]))
    _give_group(child)
    for _, writing in ends.values():
        os.close(writing)
    return child, {stream: reading for stream, (reading, _) in ends.items()}


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
