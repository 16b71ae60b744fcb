"""How nets look: a tree of instruments."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from lager_cli.output import cells, filled

if TYPE_CHECKING:
    from lager import wire


def tree(nets: list[wire.NetRecord]) -> str:
    """Lay out nets as a tree of instruments."""
    name_width = max(len("Name"), *(cells(net.name) for net in nets))
    role_width = max(len("Net Type"), *(len(net.role) for net in nets))
    head = f"    {'Name':<{name_width}}  {'Net Type':<{role_width}}  Channel"
    lines = [head, "    " + "=" * (len(head) - 4)]
    places: dict[tuple[str, str], int] = {}
    for net in nets:
        places.setdefault((net.instrument, net.address), len(places))
    ordered = sorted(nets, key=lambda net: places[net.instrument, net.address])
    for (instrument, address), group in groupby(ordered, lambda net: (net.instrument, net.address)):
        lines += ["", f"{instrument.replace('_', ' ')} [{address[:50]}]"]
        mine = list(group)
        for net in mine:
            branch = "└── " if net is mine[-1] else "├── "
            lines.append(f"{branch}{filled(net.name, name_width)}  {net.role:<{role_width}}  {net.pin}".rstrip())
    return "\n".join(lines)
