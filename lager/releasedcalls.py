"""Functions that released scripts call beside `Net`: what is on the bench, and one input by its instrument's pin."""

from __future__ import annotations

import os
from typing import Any

import msgspec

from lager import errors, hardware, wire

LAGER_HOST = os.environ.get("LAGER_HOST", "127.0.0.1")  # the box's machine, as a script on the box reaches it


def get_saved_nets() -> list[dict[str, Any]]:
    """List the nets of the bench; the same as `Net.list_saved()`.

    Raises:
        ServiceUnreachable: This is not a run, or its box does not answer.
    """
    from lager.net import Net

    return Net.list_saved()


def get_available_instruments() -> list[dict[str, Any]]:
    """List what is plugged into the bench now: `name`, `address`, `serial`, `channels` by role, `nets` of each.

    Instruments that a net names and that are not there are listed, too, with `present` False.

    Raises:
        LagerError: The box cannot look.
        ServiceUnreachable: This is not a run, or its box does not answer.
    """
    return [msgspec.to_builtins(one) for one in hardware.of_this_run()[0].instruments()]


def read_adc(kind: str = "T7", interface: str = "AIN0") -> float:
    """Measure the voltage at an analog input, V, by the pin of its instrument.

    It goes by the net that is saved for the pin, as the box owns the instrument.

    Args:
        kind: Part of the instrument's name, such as `T7`.
        interface: The pin, such as `AIN0`.

    Raises:
        UsageError: The bench has no such net, or several.
        InstrumentError: The instrument or its cable is in trouble.
        ServiceUnreachable: This is not a run, or its box does not answer.
    """
    service, bench = hardware.of_this_run()
    inputs = [net for net in service.nets() if net.role == "adc" and _is(net, str(kind), str(interface))]
    addresses = {net.address for net in inputs}
    if not inputs:
        raise errors.UsageError(
            f"no net of the bench is input {interface} of a {kind}",
            f"save one, as in `lager nets add my-adc adc {interface} ADDRESS`; `lager instruments` lists addresses",
        )
    if len(addresses) > 1:
        names = ", ".join(net.name for net in inputs)
        raise errors.UsageError(
            f"input {interface} of a {kind} can be {names}", "get the one you mean by Net.get(NAME, NetType.ADC)"
        )
    return float(bench.call(inputs[0].name, "adc", "input"))


def _is(net: wire.NetRecord, kind: str, interface: str) -> bool:
    pin = f"AIN{net.pin}" if net.pin.isdigit() and "labjack" in net.instrument.lower() else net.pin
    return kind.lower() in net.instrument.lower() and pin.upper() == interface.upper()
