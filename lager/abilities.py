"""Says in one line what a bench can do: its types of nets, with their names. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from lager import wire
from lager.nettype import NetType

_NUMBERED = re.compile(r"(.*?)(0|[1-9][0-9]*)")


def abilities(nets: Iterable[wire.NetRecord], served: Collection[str]) -> str:
    """List the types that are served, as scripts name them: `PowerSupply (supply1..supply3), ADC (adc1)`."""
    names: dict[str, list[str]] = {}
    for net in nets:
        if net.role in served:
            names.setdefault(NetType.from_role(net.role).name, []).append(net.name)
    return ", ".join(f"{kind} ({shortened(those)})" for kind, those in names.items())


def shortened(names: Iterable[str]) -> str:
    """List names, those numbered one after another as `adc1..adc8`."""
    runs: list[list[str]] = []
    for name in names:
        if runs and _follows(runs[-1][-1], name):
            runs[-1].append(name)
        else:
            runs.append([name])
    return ", ".join(f"{run[0]}..{run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs)


def _follows(one: str, next_one: str) -> bool:
    first, second = _NUMBERED.fullmatch(one), _NUMBERED.fullmatch(next_one)
    return bool(first and second and first[1] == second[1] and int(second[2]) == int(first[2]) + 1)
