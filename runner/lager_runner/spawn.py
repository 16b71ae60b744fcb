"""Starts the supervisor of a run, in a session of its own; and the environment its script gets."""

from __future__ import annotations

import math
import os
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lager import errors, settings, wire
from lager_runner import supervisor
from lager_runner.rundirectory import RunDirectory, Spec

STARTUP = Path(__file__).with_name("startup")
EVALUATOR = "lager_debugbridge.evaluator"
DEBUGGER = "lager_debugbridge.debugger"
CONSOLE = "from lager_debugbridge.alone import main; main()"  # what Python runs where there is no script
_NOT_FOR_SCRIPTS = {settings.TOKEN, settings.BOX}  # the box's own; a script has the box of its own run


@dataclass(frozen=True)
class Sockets:
    """Where a script finds the box: `run` for its pauses, `hardware` for its nets."""

    run: str
    hardware: str


def environment(
    request: wire.RunRequest, run: str, work: Path, sockets: Sockets, inherited: Mapping[str, str]
) -> dict[str, str]:
    """Give the environment of a script: the runner's, then the user's, then what Lager needs."""
    env = {name: value for name, value in inherited.items() if name not in _NOT_FOR_SCRIPTS}
    env.update(request.env)
    env.update(
        LAGER_PROCESS_ID=run,
        LAGER_RUNNABLE=request.name,
        LAGER_RUN_SOCKET=sockets.run,
        LAGER_HARDWARE_SOCKET=sockets.hardware,
        LAGER_RUN_DIR_ROOT=str(work),
        LAGER_EVALUATOR=EVALUATOR,
        LAGER_DEBUGGER=DEBUGGER,
    )
    if request.box:
        env[settings.BOX] = request.box
    theirs = env.get("PYTHONPATH")
    env["PYTHONPATH"] = os.pathsep.join([str(STARTUP), theirs] if theirs else [str(STARTUP)])
    return env


def check(request: wire.RunRequest) -> None:
    """Look whether a process can be started with these arguments and this environment.

    Raises:
        UsageError: It cannot, and why.
    """
    for name, value in request.env:
        if not name or "=" in name or "\0" in name + value:
            raise errors.UsageError(f"{name!r} cannot be the name of an environment variable", "use --env NAME=VALUE")
    if request.kind not in (wire.SCRIPT, wire.CONSOLE):
        raise errors.UsageError(f"this box does not know what a {request.kind!r} is", "use a newer lager on the box")
    if any("\0" in arg for arg in request.args):
        raise errors.UsageError("an argument contains a NUL byte, which no process can be given")
    if not 0 <= request.timeout < math.inf:
        raise errors.UsageError(f"a run cannot have a timeout of {request.timeout} s", "use 0 for no limit")


def spawn(directory: RunDirectory, spec: Spec, env: Mapping[str, str], listener: socket.socket) -> int:
    """Start the supervisor of a run, which starts its script; give its process id.

    All the supervisor gets of this process is the listening control socket.
    """
    script = [spec.script if not spec.script.startswith("-") else f"./{spec.script}"]
    what = ["-c", CONSOLE] if spec.kind == wire.CONSOLE else script
    argv = supervisor.command(str(directory.path), [sys.executable, "-u", *what, *spec.args])
    notes = os.open(directory.path / "supervisor.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return os.posix_spawn(
            argv[0],
            argv,
            env,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, listener.fileno(), 0),
                (os.POSIX_SPAWN_DUP2, notes, 1),
                (os.POSIX_SPAWN_DUP2, notes, 2),
            ],
            setsid=True,
            setsigmask=[],
            # A shell starts what it puts in the background with interrupts ignored; a script must not inherit that.
            setsigdef=[number for number in signal.valid_signals() if number not in {signal.SIGKILL, signal.SIGSTOP}],
        )
    finally:
        os.close(notes)
