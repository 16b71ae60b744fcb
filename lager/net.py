"""`Net`: where a script gets the nets of its bench, and what is saved of them.

Says which class of `lager.proxies` serves which type. The bench file itself belongs to the hardware service: it
is asked to change it, so that two who change it at once do not undo each other.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from typing import Any, Literal, overload

import msgspec

from lager import errors, hardware, unserved, wire
from lager.abilities import abilities
from lager.nettype import NetType
from lager.proxies import ADC, DAC, GPIO, PROXIES, Battery, ELoad, PowerSupply, Proxy, Scope, Thermocouple
from lager.service import Service

Hook = Callable[..., Any] | None
Record = dict[str, Any]
MUXES = "LAGER_MUXES"  # nets of this run alone, as JSON; set by the client that started it


class Net:
    """The nets of the bench this run has: `Net.get("supply1", type=NetType.PowerSupply)`."""

    @overload
    @staticmethod
    def get(
        name: str, type: Literal[NetType.PowerSupply], *, setup_function: Hook = None, teardown_function: Hook = None
    ) -> PowerSupply: ...
    @overload
    @staticmethod
    def get(
        name: str, type: Literal[NetType.Battery], *, setup_function: Hook = None, teardown_function: Hook = None
    ) -> Battery: ...
    @overload
    @staticmethod
    def get(
        name: str, type: Literal[NetType.ELoad], *, setup_function: Hook = None, teardown_function: Hook = None
    ) -> ELoad: ...
    @overload
    @staticmethod
    def get(
        name: str, type: Literal[NetType.ADC], *, setup_function: Hook = None, teardown_function: Hook = None
    ) -> ADC: ...
    @overload
    @staticmethod
    def get(
        name: str, type: Literal[NetType.DAC], *, setup_function: Hook = None, teardown_function: Hook = None
    ) -> DAC: ...
    @overload
    @staticmethod
    def get(
        name: str, type: Literal[NetType.GPIO], *, setup_function: Hook = None, teardown_function: Hook = None
    ) -> GPIO: ...
    @overload
    @staticmethod
    def get(
        name: str, type: Literal[NetType.Analog], *, setup_function: Hook = None, teardown_function: Hook = None
    ) -> Scope: ...
    @overload
    @staticmethod
    def get(
        name: str, type: Literal[NetType.Thermocouple], *, setup_function: Hook = None, teardown_function: Hook = None
    ) -> Thermocouple: ...
    @overload
    @staticmethod
    def get(name: str, type: NetType, *, setup_function: Hook = None, teardown_function: Hook = None) -> Proxy: ...
    @staticmethod
    def get(name: str, type: NetType, *, setup_function: Hook = None, teardown_function: Hook = None) -> Proxy:
        """Get a net of the bench. Nothing is sent to its instrument.

        Args:
            name: The net's name, as `lager nets` lists it.
            type: What it must be.
            setup_function: For multiplexed nets; no type served yet is one.
            teardown_function: For multiplexed nets; no type served yet is one.

        Raises:
            TypeError: `name` is no text, or `type` is not a NetType.
            NetNotFound: The bench has no such net (`InvalidNetError`), or one of another role (`WrongNetType`).
            ServiceUnreachable: This is not a run, or its box does not answer.
            UsageError: It is of a type that is not served here; says which box does, and what this bench can do.
        """
        _check(name, type)
        service, bench = hardware.of_this_run()
        if type.role not in PROXIES:
            nets = service.nets()
            raise unserved.refusal(name, type, nets, abilities(nets, PROXIES))
        net = _found(name, type, bench)
        if setup_function is not None or teardown_function is not None:
            raise errors.UsageError(
                f"{name}, of type {type.role}, has no multiplexer to set up", "call your function yourself"
            )
        return PROXIES[type.role](net, bench)

    @overload
    @staticmethod
    def get_from_saved_json(name: str, role: Literal[NetType.PowerSupply]) -> PowerSupply | None: ...
    @overload
    @staticmethod
    def get_from_saved_json(name: str, role: Literal[NetType.Battery]) -> Battery | None: ...
    @overload
    @staticmethod
    def get_from_saved_json(name: str, role: Literal[NetType.ELoad]) -> ELoad | None: ...
    @overload
    @staticmethod
    def get_from_saved_json(name: str, role: Literal[NetType.ADC]) -> ADC | None: ...
    @overload
    @staticmethod
    def get_from_saved_json(name: str, role: Literal[NetType.DAC]) -> DAC | None: ...
    @overload
    @staticmethod
    def get_from_saved_json(name: str, role: Literal[NetType.GPIO]) -> GPIO | None: ...
    @overload
    @staticmethod
    def get_from_saved_json(name: str, role: Literal[NetType.Analog]) -> Scope | None: ...
    @overload
    @staticmethod
    def get_from_saved_json(name: str, role: Literal[NetType.Thermocouple]) -> Thermocouple | None: ...
    @overload
    @staticmethod
    def get_from_saved_json(name: str, role: NetType) -> Proxy | None: ...
    @staticmethod
    def get_from_saved_json(name: str, role: NetType) -> Proxy | None:
        """Get a net of the bench as `get` does; None where the bench has none of that name and type."""
        try:
            return Net.get(name, role)
        except errors.NetNotFound:
            return None

    @staticmethod
    def list_saved() -> list[Record]:
        """List the nets of the bench: `name`, `role`, `instrument`, `address`, `pin` of each, and all saved with it.

        Raises:
            ServiceUnreachable: This is not a run, or its box does not answer.
        """
        saved = _service().saved()
        return [record | msgspec.structs.asdict(net) for net, record in zip(saved.nets, saved.records, strict=True)]

    @staticmethod
    def get_local_nets() -> list[Record]:
        """List the records of the bench file as they stand there.

        Raises:
            UsageError: The file was changed, and is broken; says in which line, and why.
            ServiceUnreachable: This is not a run, or its box does not answer.
        """
        saved = _service().saved()
        if saved.error:
            raise errors.UsageError(saved.error, "correct that; until then the bench stays as it was")
        return saved.records

    @staticmethod
    def save_local_nets(nets: list[Record]) -> None:
        """Make these all the nets the bench has. What others saved since they were read is lost: see `save_local_net`.

        Raises:
            UsageError: One of them is no net, or the file is broken; nothing was written.
            LagerError: The file cannot be written; it is as it was.
            ServiceUnreachable: This is not a run, or its box does not answer.
        """
        _service().change(wire.SaveNets(1, [_plain(net) for net in nets], alone=True))

    @staticmethod
    def save_local_net(net: Record) -> None:
        """Save a net, in the place of the one of its name and role if there is one; raises as `save_local_nets` does.

        Args:
            net: `name`, `role` (a word, or a NetType) and `instrument` at least; any other key is kept.
        """
        _service().change(wire.SaveNets(1, [_plain(net)]))

    @staticmethod
    def delete_local_net(name: str, role: NetType | str | None = None) -> bool:
        """Delete a net, whatever its role if none is given; gives whether there was one.

        Raises:
            UsageError: The file is broken.
            LagerError: The file cannot be written; it is as it was.
            ServiceUnreachable: This is not a run, or its box does not answer.
        """
        return _service().change(wire.DeleteNets(1, _text(name), _role(role)))

    @staticmethod
    def delete_all_local_nets() -> bool:
        """Delete all nets; gives whether there were any. Raises as `delete_local_net` does."""
        return _service().change(wire.DeleteNets(1))

    @staticmethod
    def rename_local_net(old: str, new: str) -> bool:
        """Give a net another name; gives whether there was one of the old name.

        Raises:
            UsageError: The new name is taken, or none; or the file is broken.
            LagerError: The file cannot be written; it is as it was.
            ServiceUnreachable: This is not a run, or its box does not answer.
        """
        return _service().change(wire.RenameNet(1, _text(old), _text(new)))

    @staticmethod
    def filter_nets(all: Iterable[Record], name: str, role: NetType | str | None = None) -> list[Record]:
        """Give those records that have this name, and this role if one is given."""
        word = _role(role)
        return [net for net in all if net.get("name") == name and word in ("", _role(net.get("role")))]

    @staticmethod
    def list_all_from_env() -> list[Record]:
        """List the nets that whoever started this run gave to it alone, in LAGER_MUXES.

        Raises:
            UsageError: What stands there is no list of nets.
        """
        given = os.environ.get(MUXES) or "[]"
        try:
            return msgspec.convert(json.loads(given), list[Record])
        except (ValueError, RecursionError, msgspec.ValidationError) as exc:
            raise errors.UsageError(f"{MUXES} is no list of nets: {exc}", "start the run without it") from None


def _check(name: object, type: object) -> None:
    if not isinstance(name, str):
        raise TypeError(f"name must be text, such as 'supply1', not {name!r}")
    if not isinstance(type, NetType):
        raise TypeError(f"type must be a NetType, such as NetType.PowerSupply, not {type!r}")


def _found(name: str, type: NetType, bench: hardware.Hardware) -> wire.NetRecord:
    try:
        return bench.net(name, type.role)
    except errors.WrongNetType:
        raise
    except errors.NetNotFound:
        if not Net.filter_nets(Net.list_all_from_env(), name):
            raise
        raise errors.SetupFunctionRequired(
            f"{name} is a net behind a multiplexer ({MUXES}), and none is served yet",
            "connect the instrument to the test point itself, and save a net for it",
        ) from None


def _service() -> Service:
    return hardware.of_this_run()[0]


def _plain(net: Record) -> Record:
    """Check a record; give it with its role as a word."""
    if not isinstance(net, dict):
        raise TypeError(f"a net must be a dict with name, role and instrument, not {net!r}")
    return net | {"role": net["role"].role} if isinstance(net.get("role"), NetType) else net


def _text(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"name must be text, such as 'supply1', not {name!r}")
    return name


def _role(role: NetType | str | None) -> str:
    """Give the word of a role: `scope` for `analog`; a word of another version stays as it is."""
    if role is None or isinstance(role, NetType):
        return role.role if role else ""
    try:
        return NetType.from_role(role).role
    except KeyError:
        return role
