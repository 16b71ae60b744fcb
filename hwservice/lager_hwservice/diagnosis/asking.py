"""Asks the instrument at an address whether it is well, through the worker that has it, within one time.

No session is opened beside a worker's own. An address that no worker serves gets one for as long as this takes, so that
whatever a library does there, it does to a process that can be ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Sequence
from typing import Any, NamedTuple

import msgspec

from lager import addresses, errors, wire
from lager.lines import Lines
from lager_hwservice.diagnosis.probing import OTHER, SILENT
from lager_hwservice.lanes import Lanes
from lager_hwservice.links import ANSWER_TIMEOUT
from lager_hwservice.switchboard import Switchboard
from lager_hwservice.workerlink import WorkerLink, ask_all

ASKED_WITHIN = 2.0  # s an instrument may take to be opened, and at least for its answer
USUAL_PATIENCE = ANSWER_TIMEOUT  # s it may take, where who asks does not say: as any call waits for one answer
MOST_PATIENCE = 10.0  # s, where who asks waits for longer than `WHOLE_WITHIN`
TURN_WITHIN = ANSWER_TIMEOUT + 0.2  # s that the call under way is waited for: it may wait for one answer itself
WHOLE_WITHIN = 7.6  # s for all of it, as released clients wait for 8 s; more where more patience is asked for
_ON_ITS_WAY = 0.4  # s of it that are not the worker's
_LIVES_WITHIN = 2.5  # s; a worker says how it is at once, whatever is running, but on a machine that is busy
_LOOK_EVERY = 0.05  # s between two looks for a worker that is starting
_MOST = 80  # characters of an address that are said again
_WRITTEN = "write USB0::0xVENDOR::0xPRODUCT::SERIAL::INSTR, or TCPIP0::HOST::PORT::SOCKET, in the bench file"
_VISITORS = 3.0  # s that one visitor of an address waits for another


class Asked(NamedTuple):
    """What came of it.

    Attributes:
        expected: The instrument that should be there, by the bench file; empty where it says none.
    """

    probed: wire.Probed
    expected: str


class Asking:
    """Asks instruments.

    Args:
        switchboard: The bench and its workers.
        within: How long all of it may take, s.
    """

    def __init__(self, switchboard: Switchboard, within: float = WHOLE_WITHIN) -> None:
        self._switchboard = switchboard
        self._within = within
        self._visitors = Lanes(1, _VISITORS)
        self._late: set[asyncio.Future[Any]] = set()

    async def ask(self, address: str, caller: str, patience: float = USUAL_PATIENCE) -> Asked:
        """Ask the instrument at an address.

        Args:
            address: The address, in any spelling.
            caller: Who asks, for the message others get while they wait.
            patience: How long a slow one may take for its answer, s; `MOST_PATIENCE` at most.
        """
        place = addresses.canonical(address)
        if addresses.usb(address) is None and addresses.network(address) is None:
            return Asked(_not_asked(errors.UsageError(f"{address[:_MOST]!r} is no VISA address", _WRITTEN)), "")
        nets = self.nets_at(address)
        expected = nets[0].instrument if nets else ""
        within = self._within + (patience - ASKED_WITHIN if patience > USUAL_PATIENCE else 0.0)
        request = wire.Probe(1, ASKED_WITHIN, TURN_WITHIN, caller, patience, within - _ON_ITS_WAY)
        until = time.monotonic() + within
        try:
            probed = await self._of_worker(place, request, until)
            if probed is None:
                probed = await self._of_visitor(_visit(address, nets), request, until)
        except errors.LagerError as exc:
            probed = _not_asked(exc)
        return Asked(probed, expected)

    def nets_at(self, address: str) -> list[wire.NetRecord]:
        """Give the nets of the instrument at an address, in any spelling."""
        place = addresses.canonical(address)
        return [one for one in self._switchboard.bench.nets if addresses.canonical(one.address) == place]

    async def _of_worker(self, place: str, request: wire.Probe, until: float) -> wire.Probed | None:
        """Ask the worker of a place; one that is starting, or being replaced, is waited for. None where none can be."""
        path = ""
        while self._switchboard.workers.serves(place) and (left := until - time.monotonic()) > 0:
            path = await self._path(place)
            if not path:
                await asyncio.sleep(_LOOK_EVERY)
                continue
            try:
                reply = await asyncio.wait_for(_exchange(path, request), left)
            except asyncio.TimeoutError:
                return await self._silent(path)
            if reply is not None and not isinstance(reply, wire.Retired):
                return _probed(reply)
            await asyncio.sleep(_LOOK_EVERY)  # it has ended, which the service is about to notice
        if not self._switchboard.workers.serves(place):
            return None
        if not path:
            raise errors.ServiceUnreachable(
                "the box's process for it does not start", "call again; the log of the box says why"
            )
        return await self._silent(path)

    async def _path(self, place: str) -> str:
        """Give the socket of the worker of a place; of several, of the one that has it open. Empty for none yet.

        Raises:
            ServiceUnreachable: It does not answer.
        """
        paths = {key: path for key, path in self._switchboard.workers.sockets().items() if key.address == place}
        begun = time.monotonic()
        replies = await ask_all(paths, wire.Describe(1), _LIVES_WITHIN)
        states = {
            paths[key]: msgspec.convert(reply.value, wire.WorkerState)
            for key, reply in replies.items()
            if isinstance(reply, wire.Answer)
        }
        if not states and time.monotonic() - begun > _LIVES_WITHIN:
            raise _dead()
        return max(states, key=lambda path: states[path].session, default="")

    async def _of_visitor(self, net: wire.NetRecord, request: wire.Probe, until: float) -> wire.Probed:
        def ask() -> wire.WorkerReply:
            with self._switchboard.workers.visitor(net) as path:
                link = Lines(path, max(0.1, until - time.monotonic()))
                with contextlib.closing(link):
                    link.send(request)
                    reply: wire.WorkerReply = link.receive(wire.WorkerReply)
                    return reply

        try:
            return _probed(await self._in_time(self._visitors.run(addresses.canonical(net.address), ask), until))
        except (asyncio.TimeoutError, TimeoutError):
            return _hangs(self._within)
        except ConnectionError as exc:
            raise errors.ServiceUnreachable(
                "the process that asked it has ended", "call again; the log of the box says why"
            ) from exc

    async def _in_time(self, work: Coroutine[Any, Any, Any], until: float) -> Any:
        """Wait for work in a thread until a time; it goes on by itself then, to its own end."""
        task = asyncio.ensure_future(work)
        self._late.add(task)
        task.add_done_callback(self._done)
        return await asyncio.wait_for(asyncio.shield(task), max(0.0, until - time.monotonic()))

    def _done(self, task: asyncio.Future[Any]) -> None:
        self._late.discard(task)
        if not task.cancelled():
            task.exception()  # who has gone, does not want it

    async def _silent(self, path: str) -> wire.Probed:
        """Say what is with a worker that has not answered: it may be stuck in its instrument's USB, or not live."""
        reply = (await ask_all({path: path}, wire.Describe(1), 0.5))[path]
        if isinstance(reply, wire.Answer):
            return _hangs(self._within)
        raise _dead()


def _dead() -> errors.ServiceUnreachable:
    return errors.ServiceUnreachable(
        "the box's process for it does not answer", "call a net of it: the box replaces the process then"
    )


def _visit(address: str, nets: Sequence[wire.NetRecord]) -> wire.NetRecord:
    """Describe what a visitor is for: whatever is there, as nobody has a driver for it."""
    net = nets[0] if nets else wire.NetRecord("", "", "", address)
    return msgspec.structs.replace(net, instrument="")


async def _exchange(path: str, request: wire.Probe) -> wire.WorkerReply | None:
    try:
        async with await WorkerLink.open(path) as link:
            link.send(request)
            return await link.receive()
    except OSError:
        return None


def _probed(reply: wire.WorkerReply) -> wire.Probed:
    """Give what a worker says.

    Raises:
        LagerError: It failed.
    """
    if isinstance(reply, wire.Failed):
        raise reply.error.as_error()
    assert isinstance(reply, wire.Answer)
    return msgspec.convert(reply.value, wire.Probed)


def _not_asked(exc: errors.LagerError) -> wire.Probed:
    return wire.Probed(via="", error=exc.what, hint=exc.hint, code=exc.code, kind=OTHER)


def _hangs(within: float) -> wire.Probed:
    error = errors.InstrumentSilent(
        f"it was being opened or asked for {within:g} s, and that did not come back",
        "switch it off and on again; then call again",
    )
    return msgspec.structs.replace(_not_asked(error), kind=SILENT, errno=110, elapsed=within)
