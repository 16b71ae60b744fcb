"""`Net`: where a script gets the nets of its bench. Says which class of `lager.proxies` serves which type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, overload

import msgspec

from lager import errors, hardware
from lager.nettype import NetType
from lager.proxies import ADC, DAC, GPIO, PROXIES, Battery, PowerSupply, Proxy

Hook = Callable[..., Any] | None


class Net:
    """The nets of the bench this run has: `Net.get("supply1", type=NetType.PowerSupply)`."""

    @overload
    @staticmethod
    def get(
        name: str,
        type: Literal[NetType.PowerSupply],
        *,
        setup_function: Hook = None,
        teardown_function: Hook = None,
    ) -> PowerSupply: ...
    @overload
    @staticmethod
    def get(
        name: str, type: Literal[NetType.Battery], *, setup_function: Hook = None, teardown_function: Hook = None
    ) -> Battery: ...
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
            UsageError: No net of this type is served.
        """
        if not isinstance(name, str):
            raise TypeError(f"name must be text, such as 'supply1', not {name!r}")
        if not isinstance(type, NetType):
            raise TypeError(f"type must be a NetType, such as NetType.PowerSupply, not {type!r}")
        _, bench = hardware.of_this_run()
        net = bench.net(name, type.role)
        if type.role not in PROXIES:
            raise errors.UsageError(f"{name}: nets of type {type.role} are not served yet", "update lager")
        if setup_function is not None or teardown_function is not None:
            raise errors.UsageError(
                f"{name}, of type {type.role}, has no multiplexer to set up", "call your function yourself"
            )
        return PROXIES[type.role](net, bench)

    @staticmethod
    def list_saved() -> list[dict[str, Any]]:
        """List the nets of the bench, as their records in the bench file.

        Raises:
            ServiceUnreachable: This is not a run, or its box does not answer.
        """
        service, _ = hardware.of_this_run()
        return [msgspec.structs.asdict(net) for net in service.nets()]
