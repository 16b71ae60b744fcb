"""What :8080 answers: calls of released clients, what the workers hold, and faults of the simulated bench.

Decodes, asks, encodes; decides nothing. The end of a script touches no session: `/cache/clear` keeps them all.
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lager import addresses, errors, wire
from lager.hardware import Hardware
from lager_hwservice import answers, invoke, released, safetylimits
from lager_hwservice.lanes import Lanes
from lager_hwservice.simulated import Simulations
from lager_hwservice.switchboard import Switchboard
from lager_hwservice.whose import Whose, as_said
from lager_hwservice.workerlink import ask_all
from lager_hwservice.workers import Key

_NAME = "hardware-invocation-service"


class ControlPlane:
    """The application on :8080.

    Args:
        switchboard: The bench and its workers.
        hardware: The way to the workers.
        lanes: Threads for calls.
        simulations: The way to the simulated bench, if there is one.
        whose: Says whose a call of a released client is.
    """

    def __init__(
        self,
        switchboard: Switchboard,
        hardware: Hardware,
        lanes: Lanes,
        simulations: Simulations,
        whose: Whose = as_said,
    ) -> None:
        self._switchboard = switchboard
        self._hardware = hardware
        self._lanes = lanes
        self._simulations = simulations
        self._whose = whose

    def app(self) -> Starlette:
        """Make the application."""
        return answers.application(
            [
                Route("/health", self.health),
                Route("/workers", self.workers),
                Route("/invoke", self.invoke, methods=["POST"]),
                Route("/cache/clear", self.clear, methods=["POST"]),
                Route("/cache/clear_all", self.clear_all, methods=["POST"]),
                Route("/cache/release_direct_usb", self.release, methods=["POST"]),
                Route("/cache/stats", self.stats),
                Route("/diagnose/dispatcher", self.dispatcher),
                Route("/simulated", self.simulated),
                Route("/simulated/{action}", self.inject, methods=["POST"]),
            ]
        )

    async def health(self, request: Request) -> Response:
        """Say that the service lives."""
        port = (request.scope.get("server") or ("", 0))[1]
        facts = {"status": "healthy", "service": _NAME, "version": "1.0.0", "port": port}
        return answers.Json(facts | _broken(self._switchboard))

    async def workers(self, _request: Request) -> Response:
        """List the worker processes."""
        return answers.Json(self._switchboard.workers.facts())

    async def invoke(self, request: Request) -> Response:
        """Call a net by the name of a device and its channel."""
        try:
            asked = invoke.read(await answers.body_of(request))
            # In a thread: the drivers of other packages are loaded when they are first asked for.
            meant = await self._lanes.run("", invoke.understand, self._switchboard.bench, asked)
        except invoke.NotInvoked as exc:
            return answers.failure(exc.error, exc.status, exc.words)
        caller = f"/invoke of {request.client.host}" if request.client else "/invoke"
        net, holder = meant.net, self._whose(request.scope, asked.holder)
        try:
            call = wire.NetCall(net.role, meant.method, meant.args, caller, holder=holder)
            value = (await self._lanes.run(net.address, self._hardware.answer, net.name, call)).value
        except errors.SafetyLimit as exc:
            excess = safetylimits.asked(self._limits_of(net), net.role, meant.method, meant.args)
            facts = {"error": exc.what, **safetylimits.told(net.name, asked.function, excess)}
            return answers.Json(msgspec.to_builtins(wire.ErrorBody.of(exc)) | facts, exc.http_status)
        except errors.LagerError as exc:
            status = exc.http_status if isinstance(exc, errors.BoxLocked) else 500
            return answers.failure(exc, status, f"Function call failed: {exc.what}")
        return answers.Json(value if meant.answers else None)

    def _limits_of(self, net: wire.NetRecord) -> safetylimits.Bounds:
        place = addresses.canonical(net.address)
        there = [one for one in self._switchboard.bench.nets if addresses.canonical(one.address) == place]
        return safetylimits.of_channel(there, net.role, net.pin)

    async def clear(self, _request: Request) -> Response:
        """Forget the drivers, and keep the sessions."""
        return await self._clear(sessions=False)

    async def clear_all(self, _request: Request) -> Response:
        """Forget the drivers, and close the sessions."""
        return await self._clear(sessions=True)

    async def release(self, _request: Request) -> Response:
        """Say that nothing had to be let go for a script: it uses the sessions that there are."""
        return answers.Json({"released": []})

    async def _clear(self, sessions: bool) -> Response:
        answered, missing = await self._ask(wire.Clear(1, sessions), wire.Cleared)
        return answers.Json(released.cleared(answered.values(), missing, sessions))

    async def stats(self, _request: Request) -> Response:
        """List the drivers there are."""
        answered, missing = await self._ask(wire.Describe(1), wire.WorkerState)
        return answers.Json(released.stats(_by_place(answered), missing))

    async def dispatcher(self, request: Request) -> Response:
        """Say what is held of one address."""
        address = request.query_params.get("address", "")
        if not address:
            words = "address parameter required"
            return answers.failure(errors.UsageError(words, "/diagnose/dispatcher?address=A"), 400, words)
        answered, missing = await self._ask(wire.Describe(1), wire.WorkerState)
        return answers.Json(released.dispatcher(address, _by_place(answered), missing))

    async def _ask(self, request: wire.WorkerRequest, kind: Any) -> tuple[dict[Key, Any], list[str]]:
        """Ask every worker that is ready; give the answers, and the addresses of those that gave none."""
        replies = await ask_all(self._switchboard.workers.sockets(), request)
        answered = {
            key: msgspec.convert(reply.value, kind) for key, reply in replies.items() if isinstance(reply, wire.Answer)
        }
        return answered, [key.address for key in replies if key not in answered]

    async def simulated(self, _request: Request) -> Response:
        """List the instruments of the simulated bench."""
        return answers.Json(await self._lanes.run("the simulated bench", self._simulations.listing))

    async def inject(self, request: Request) -> Response:
        """Put a fault where a simulated instrument is plugged in, or end one."""
        asked: _Injection = wire.from_json(await answers.body_of(request), _Injection)
        action = request.path_params["action"]
        given = await self._lanes.run("the simulated bench", self._simulations.inject, action, asked.net, asked.value)
        return answers.Json(given)


class _Injection(msgspec.Struct, frozen=True):
    net: str = ""
    value: float | None = None


def _broken(switchboard: Switchboard) -> dict[str, str]:
    error = switchboard.bench_error
    return {"bench_error": error} if error else {}


def _by_place(answered: dict[Key, wire.WorkerState]) -> dict[tuple[str, str], wire.WorkerState]:
    return {(key.address, key.instrument): state for key, state in answered.items()}
