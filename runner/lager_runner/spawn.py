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

from lager import errors, limits, settings, wire
from lager_runner import boxfacts, packages, requirements, supervisor
from lager_runner.rundirectory import RunDirectory, Spec
from lager_runner.safing import AT_END

STARTUP = Path(__file__).with_name("startup")
EVALUATOR = "lager_debugbridge.evaluator"
DEBUGGER = "lager_debugbridge.debugger"
CONSOLE = "from lager_debugbridge.alone import main; main()"  # what Python runs where there is no script
_NOT_FOR_SCRIPTS = {settings.TOKEN, settings.BOX}  # the box's own; a script has the box of its own run
# Where scripts find other services of the box's machine: a released box's ran in a container, and had to be told.
_MACHINE, _LOOPBACK = ("LAGER_HOST", "LOCAL_ADDRESS", "PIGPIO_ADDR"), "127.0.0.1"


@dataclass(frozen=True)
class Sockets:
    """Where a script finds the box: `run` for its pauses, `hardware` for its nets."""

    run: str
    hardware: str


def environment(
    request: wire.RunRequest, directory: RunDirectory, sockets: Sockets, inherited: Mapping[str, str], client: str = ""
) -> dict[str, str]:
    """Give the environment of a script: the runner's, then the user's, then what Lager needs.

    Args:
        request: What is to be run.
        directory: The run's directory.
        sockets: Where the script finds the box.
        inherited: The runner's own environment.
        client: The address of who has asked for the run.
    """
    env = {name: value for name, value in inherited.items() if name not in _NOT_FOR_SCRIPTS}
    where = boxfacts.places()
    env.update((f"LAGER_SECRET_{name}", value) for name, value in boxfacts.secrets(where).items())
    if request.user:
        env["LAGER_USER"] = request.user
    env.update(request.env)
    for name in _MACHINE:
        env.setdefault(name, _LOOPBACK)
    env.update(
        LAGER_PROCESS_ID=directory.path.name,
        LAGER_LOCK_HOLDER=request.holder or request.user,
        LAGER_RUNNABLE=request.name,
        LAGER_RUN_SOCKET=sockets.run,
        LAGER_HARDWARE_SOCKET=sockets.hardware,
        LAGER_RUN_DIR_ROOT=str(directory.work),
        LAGER_HOST_MODULE_FOLDER=str(directory.work),
        LAGER_OUTPUT_CHANNEL=str(directory.channel),
        LAGER_STDOUT_IS_STDERR=str(request.one_stream),
        LAGER_BINARIES_DIR=str(settings.binaries_dir()),
        LAGER_BOX_ID=boxfacts.box_id(where),
        LAGER_CLIENT_IP=client,
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
    if request.module.startswith("-") or {"/", "\0"} & set(request.module):
        raise errors.UsageError(f"{request.module!r} cannot be the name of a module", "use names with dots, no path")
    if any("\0" in arg for arg in request.args):
        raise errors.UsageError("an argument contains a NUL byte, which no process can be given")
    if request.at_end not in AT_END:
        raise errors.UsageError(f"this box does not know what {request.at_end!r} at a run's end is", "use safe or keep")
    if not 0 <= request.timeout < math.inf:
        raise errors.UsageError(f"a run cannot have a timeout of {request.timeout} s", "use 0 for no limit")


def command(directory: RunDirectory, spec: Spec) -> list[str]:
    """Give the command line of the script, to be run in its own directory."""
    if spec.kind == wire.CONSOLE:
        what = ["-c", CONSOLE]
    elif spec.module:
        what = ["-m", spec.module]
    else:
        what = [spec.script if not spec.script.startswith("-") else f"./{spec.script}"]
    script = [sys.executable, "-u", *what, *spec.args]
    if not (directory.work / requirements.FILE).is_file():
        return script
    return packages.command(str(settings.state_dir() / "packages"), limits.read().packages, str(directory.work), script)


def spawn(directory: RunDirectory, spec: Spec, env: Mapping[str, str], listener: socket.socket) -> int:
    """Start the supervisor of a run, which starts its script; give its process id.

    All the supervisor gets of this process is the listening control socket.
    """
    argv = supervisor.command(str(directory.path), command(directory, spec), spec.one_stream)
    return os.posix_spawn(
        argv[0],
        argv,
        env,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, listener.fileno(), 0),
            # By the new process: where the file is, there is a supervisor, or was (`RunDirectory.begun`).
            (os.POSIX_SPAWN_OPEN, 1, str(directory.notes), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
        setsigmask=[],
        # A shell starts what it puts in the background with interrupts ignored; a script must not inherit that.
        setsigdef=[number for number in signal.valid_signals() if number not in {signal.SIGKILL, signal.SIGSTOP}],
    )
