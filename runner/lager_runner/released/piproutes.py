"""`/pip`: pip for the Python that scripts run with, its output as it comes."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import signal
import sys
import sysconfig
import tempfile
from collections.abc import AsyncIterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from lager import boxlock, errors, releasedpaths, wire
from lager.lockfile import LockFile
from lager_runner import answers
from lager_runner.released import frames, replies

_WRITES = {"install", "uninstall"}
_ELSEWHERE = ("-t", "--target", "--prefix", "--root", "--user", "--dry-run")  # then it is not this Python's folder
_OWN_FILE = "put a requirements.txt beside your script: the box installs it for that run"
_PART = 65536  # bytes
_LOOK_EVERY = 1.0  # s between two looks at whether the client is there
_KEEPALIVE = 20.0  # s
_PATIENCE = 10.0  # s for pip to clean up


class _Pip(msgspec.Struct, frozen=True):
    """What pip is told."""

    args: list[str] = []


class PipRoutes:
    """The endpoint.

    Args:
        lock: The box's lock.
    """

    def __init__(self, lock: LockFile) -> None:
        self._lock = lock

    def routes(self) -> list[BaseRoute]:
        """Give the endpoint."""
        return [Route("/pip", self._pip, methods=["POST"])]

    async def _pip(self, request: Request) -> Response:
        asked: _Pip = wire.from_json(await answers.body_of(request, answers.LARGEST_QUESTION), _Pip)
        other = self._lock.shuts_out(request.query_params.get("holder", ""), "")
        if other and not releasedpaths.is_released(request.scope):  # those look at the lock themselves
            raise boxlock.locked_by(other)
        refuse(asked.args, sysconfig.get_path("purelib"))
        command = [sys.executable, "-I", "-m", "pip", "--no-input", "--disable-pip-version-check", *asked.args]
        return StreamingResponse(_output_of(command, request), headers=replies.STREAM, media_type="text/plain")


def refuse(args: list[str], packages: str) -> None:
    """Refuse what cannot be done.

    Args:
        args: What pip is told.
        packages: Where this Python has its packages.

    Raises:
        NotProcessed: It cannot be done.
    """
    if any("\0" in one for one in args):
        raise errors.UsageError("an argument of pip has a NUL character", "leave it out")
    if importlib.util.find_spec("pip") is None:
        raise errors.NotProcessed("Pip install failed: the box's Python has no pip", _OWN_FILE)
    writes = args[:1] and args[0] in _WRITES and not any(one.startswith(_ELSEWHERE) for one in args)
    if writes and not os.access(packages, os.W_OK):
        what = f"Pip install failed: the packages of this box's Python, in {packages}, cannot be changed"
        raise errors.NotProcessed(what, _OWN_FILE)


async def _output_of(command: list[str], request: Request) -> AsyncIterator[bytes]:
    """Run a program, and give its output as frames; it ends with its client."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=tempfile.gettempdir(),  # what it is told to download is no part of the box's state
        start_new_session=True,
    )
    assert process.stdout is not None
    silent, reading = 0.0, asyncio.ensure_future(process.stdout.read(_PART))
    try:
        while True:
            done, _ = await asyncio.wait([reading], timeout=_LOOK_EVERY)
            if done and not reading.result():
                break
            if done:
                yield frames.frame(1, reading.result())
                silent, reading = 0.0, asyncio.ensure_future(process.stdout.read(_PART))
                continue
            silent += _LOOK_EVERY
            if await request.is_disconnected():
                return
            if silent >= _KEEPALIVE:
                yield frames.frame(0, b"")
                silent = 0.0
        yield frames.exit_frame(await process.wait())
    finally:
        reading.cancel()
        if process.returncode is None:
            await asyncio.shield(_end(process))


async def _end(process: asyncio.subprocess.Process) -> None:
    """End pip, and what it has started, as Ctrl-C does: it puts back what it has begun to change."""
    for number in (signal.SIGINT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):  # it has ended just now
            os.killpg(process.pid, number)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(process.wait(), _PATIENCE)
            return
