"""Power and energy, of any net that measures voltage and current: V, A, W, J and C.

What is between two samples is not known: energy is the area under straight lines between them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from lager import errors
from lager.actions.given import Act, Call, Done, Given

_LEAST, _MOST = 0.1, 120.0  # s
_ENERGY_FOR, _STATS_FOR, _POWER_FOR = 10.0, 1.0, 0.1  # s
_PER_HOUR = 3600.0
_METHODS = {
    "power-supply": {"voltage": "voltage", "current": "current"},
    "battery": {"voltage": "terminal_voltage", "current": "current"},
    "eload": {"voltage": "measured_voltage", "current": "measured_current"},
}


def served_by(role: str, net_role: str) -> Callable[[Call], Call] | None:
    """Say how a net of one role serves another: what makes of its `call` the one that actions of `role` want.

    Gives None where it does not.
    """
    if role == net_role:
        return lambda call: call
    methods = _METHODS.get(net_role)
    if methods is None or role not in ("watt-meter", "energy-analyzer"):
        return None
    return lambda call: lambda method, *args: call(methods[method], *args)


class _Sample(NamedTuple):
    at: float  # s
    volts: float
    amps: float

    @property
    def watts(self) -> float:
        return self.volts * self.amps


def _samples(given: Given, seconds: float) -> list[_Sample]:
    """Measure again and again for so long, at least twice; each sample's time is the middle of its measurement."""
    samples: list[_Sample] = []
    began = given.clock.now()
    while True:
        before = given.clock.now()
        volts, amps = float(given.call("voltage")), float(given.call("current"))
        after = given.clock.now()
        samples.append(_Sample((before + after) / 2, volts, amps))
        if after - began >= seconds and len(samples) > 1:
            return samples
        given.clock.sleep(max(0.0, min(0.01, seconds - (after - began))))


def _power(given: Given) -> Done:
    return _mean(given, lambda one: one.watts, "W")


def _mean(given: Given, of: Callable[[_Sample], float], unit: str) -> Done:
    samples = _samples(given, given.seconds("duration", _POWER_FOR, 0.0, _MOST))
    value = math.fsum(of(one) for one in samples) / len(samples)
    return Done(f"{value:.4g} {unit}", value)


def _all(given: Given) -> Done:
    samples = _samples(given, given.seconds("duration", _POWER_FOR, 0.0, _MOST))
    means = {
        name: math.fsum(getattr(one, field) for one in samples) / len(samples)
        for name, field in (("power", "watts"), ("voltage", "volts"), ("current", "amps"))
    }
    return Done(f"{means['power']:.4g} W, {means['voltage']:.4g} V, {means['current']:.4g} A", means)


def _energy(given: Given) -> Done:
    samples = _samples(given, given.seconds("duration", _ENERGY_FOR, _LEAST, _MOST))
    joules, coulombs = _area(samples, lambda one: one.watts), _area(samples, lambda one: one.amps)
    facts = {
        "energy_j": joules,
        "energy_wh": joules / _PER_HOUR,
        "charge_c": coulombs,
        "charge_ah": coulombs / _PER_HOUR,
        "duration_s": samples[-1].at - samples[0].at,
        "samples": len(samples),
    }
    return Done(f"Energy: {joules:.4g} J, Charge: {coulombs:.4g} C in {facts['duration_s']:.4g} s", facts)


def _area(samples: Sequence[_Sample], of: Callable[[_Sample], float]) -> float:
    pairs = itertools.pairwise(samples)
    return math.fsum((of(one) + of(next_one)) / 2 * (next_one.at - one.at) for one, next_one in pairs)


def _stats(given: Given) -> Done:
    samples = _samples(given, given.seconds("duration", _STATS_FOR, _LEAST, _MOST))
    facts: dict[str, Any] = {
        name: _spread([float(getattr(one, field)) for one in samples])
        for name, field in (("current", "amps"), ("voltage", "volts"), ("power", "watts"))
    }
    facts |= {"duration_s": samples[-1].at - samples[0].at, "samples": len(samples)}
    return Done(f"Power: {facts['power']['mean']:.4g} W mean of {len(samples)} samples", facts)


def _spread(values: Sequence[float]) -> dict[str, float]:
    mean = math.fsum(values) / len(values)
    std = math.sqrt(math.fsum((one - mean) ** 2 for one in values) / len(values))
    return {"mean": mean, "min": min(values), "max": max(values), "std": std}


def unmeasured(name: str, net_role: str, role: str) -> errors.WrongNetType:
    """Say that a net measures no power."""
    article = "an" if net_role[:1] in "aeiou" else "a"
    why = "and no instrument of that kind is supported" if net_role == role else "which measures no power"
    return errors.WrongNetType(
        f"{name} is {article} {net_role} net, {why}: it cannot be used as {role}",
        f"use a net of one of the roles {', '.join(_METHODS)}",
    )


WATT_METER: dict[str, Act] = {
    "read": _power,
    "power": _power,
    "current": lambda given: _mean(given, lambda one: one.amps, "A"),
    "voltage": lambda given: _mean(given, lambda one: one.volts, "V"),
    "all": _all,
}
ENERGY_ANALYZER: dict[str, Act] = {"read_energy": _energy, "read_stats": _stats}
