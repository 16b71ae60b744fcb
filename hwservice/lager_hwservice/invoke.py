"""`POST :8080/invoke`: which net, call and arguments a request of a released client means. Calls nothing.

A function is looked up in the contract of the net's role, and in the table of released names: never in an object.
"""

from __future__ import annotations

import contextlib
from typing import Any, NamedTuple

import msgspec

from lager import addresses, errors, wire
from lager_drivers import catalog
from lager_drivers.entry import Entry
from lager_hwservice import released
from lager_hwservice.bench import Bench


class Asked(msgspec.Struct, frozen=True):
    """A request's body. `holder` as in `wire.NetCall`; released clients do not say it."""

    device: str = ""
    function: str = ""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    net_info: dict[str, Any] | None = None
    holder: str = ""


class Meant(NamedTuple):
    """What is to be called.

    Attributes:
        answers: Whether the client is given what the call returns; null otherwise.
    """

    net: wire.NetRecord
    method: str
    args: list[Any]
    answers: bool


class NotInvoked(Exception):
    """A request that means no call, with the status and the words that released clients expect."""

    def __init__(self, status: int, words: str, error: errors.LagerError) -> None:
        super().__init__(words)
        self.status, self.words, self.error = status, words, error


def read(body: bytes) -> Asked:
    """Decode a body.

    Raises:
        NotInvoked: It is empty, or says no device or no function, or is no such request at all.
    """
    try:
        raw: Any = wire.from_json(body or b"null", Any)
        asked: Asked = msgspec.convert(raw or {}, Asked)
    except (errors.UsageError, msgspec.ValidationError) as exc:
        what = exc.what if isinstance(exc, errors.UsageError) else str(exc)
        raise NotInvoked(400, f"Bad request: {what}", _usage(what)) from exc
    if not raw:
        raise NotInvoked(400, "Missing JSON payload", _usage("the request has no JSON in it"))
    for field in ("device", "function"):
        if not getattr(asked, field):
            raise NotInvoked(400, f'Missing "{field}" field', _usage(f"the request says no {field}"))
    return asked


def understand(bench: Bench, asked: Asked) -> Meant:
    """Find out what a request means on this bench.

    Raises:
        NotInvoked: Nothing; or its arguments are wrong.
    """
    entries = _entries(bench)
    instruments = {one.name: one.devices[asked.device] for one in entries if asked.device in one.devices}
    if not instruments:
        known = ", ".join(sorted({name for one in entries for name in one.devices}))
        error = errors.UsageError(f"this version knows no device {asked.device}", f"it knows {known}")
        raise NotInvoked(404, f"Hardware module not found: {asked.device}", error)
    try:
        net = _net(bench, instruments, asked)
    except errors.LagerError as exc:
        raise NotInvoked(exc.http_status, exc.what, exc) from exc
    try:
        method, spelling = released.spelled(net.role, asked.function)
    except errors.UsageError as exc:
        raise NotInvoked(404, f"Function not found: {asked.function}", exc) from exc
    try:
        args = method.arguments(released.plain(asked.args), released.plain(asked.kwargs))
        if spelling.values is not None and len(args) != spelling.values:
            raise errors.UsageError(f"{asked.function}: its value is missing", f"call it as {asked.function}(value)")
    except errors.UsageError as exc:
        raise NotInvoked(400, f"Function call failed: {exc.what}", exc) from exc
    except RecursionError as exc:
        raise NotInvoked(400, "Bad request: its arguments are nested too deeply", _usage("too deeply nested")) from exc
    return Meant(net, method.name, args, spelling.values is None)


def _entries(bench: Bench) -> list[Entry]:
    """Give our own instruments, and those of other packages that the bench has: who has none of theirs loads none.

    Their modules may take their time, or end this process.
    """
    found = {entry.name: entry for entry in catalog.CATALOG}
    for instrument in {net.instrument for net in bench.nets}:
        with contextlib.suppress(errors.UsageError):  # no driver: nobody can mean it
            found.setdefault((entry := catalog.find(instrument)).name, entry)
    return list(found.values())


def _net(bench: Bench, instruments: dict[str, tuple[str, ...]], asked: Asked) -> wire.NetRecord:
    """Find the net that has the channel: it must be on this bench."""
    info = asked.net_info or {}
    address, role = str(info.get("address") or ""), info.get("role") or ""
    place = addresses.canonical(address)
    pin = info.get("channel", info.get("pin"))
    there = [
        net
        for net in bench.nets
        if net.role in instruments.get(_catalogued(net.instrument), ())
        and (not place or addresses.canonical(net.address) == place)
        and (not role or net.role == role)
        and (pin in (None, "") or _bare(net.role, net.pin) == _bare(net.role, str(pin)))
    ]
    said = {"address": address, "role": role, "channel": pin}
    words = " ".join(f"{key} {value}" for key, value in said.items() if value not in (None, ""))
    channels = {(net.address, net.role, net.pin): net for net in reversed(there)}  # the first of several names
    if not channels:
        raise errors.NetNotFound(
            f"this bench has no {asked.device} with {words or 'any channel'}", "`lager nets` lists what it has"
        )
    if len(channels) > 1:
        names = ", ".join(net.name for net in reversed(channels.values()))
        raise errors.UsageError(
            f"{asked.device} with {words or 'no channel named'} can be each of {names}",
            "say address, channel and role in net_info",
        )
    return next(iter(channels.values()))


_PREFIXES = {"adc": "AIN", "dac": "DAC", "gpio": "FIO", "power-supply": "CH", "battery": "CH", "eload": "CH"}


def _bare(role: str, pin: str) -> str:
    """Give a pin without what its role's pins all begin with: clients say 3, AIN3 or CH3."""
    return pin.upper().removeprefix(_PREFIXES.get(role, ""))


def _catalogued(instrument: str) -> str:
    try:
        return catalog.find(instrument).name
    except errors.UsageError:
        return ""  # no driver: nobody can mean it


def _usage(what: str) -> errors.UsageError:
    return errors.UsageError(what, 'send {"device", "function", "args", "kwargs", "net_info"} as JSON')
