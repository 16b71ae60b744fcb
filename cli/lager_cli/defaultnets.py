"""Default nets: the net that is meant where none is named. `lager defaults add --supply-net NET` sets one.

The keys are those that released clients have in the same file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lager import wire

_WITHIN = 5.0  # s that a box may take to list its nets
# Role, and the word of its option: `--supply-net`. In the file it is the role's (`net_power_supply`).
WORDS = {
    "power-supply": "supply",
    "battery": "battery",
    "solar": "solar",
    "scope": "scope",
    "logic": "logic",
    "adc": "adc",
    "dac": "dac",
    "gpio": "gpio",
    "debug": "debug",
    "eload": "eload",
    "usb": "usb",
    "webcam": "webcam",
    "watt-meter": "watt-meter",
    "energy-analyzer": "energy",
    "thermocouple": "thermocouple",
    "uart": "uart",
    "arm": "arm",
}


def key_of(role: str) -> str:
    """Give the key of a role's default net in the configuration file."""
    return f"net_{role.replace('-', '_')}"


def default_net(role: str) -> str:
    """Give the net that is meant where none of that role is named; empty where there is none.

    Raises:
        UsageError: The configuration file cannot be understood.
    """
    from lager_cli.config import Config

    return Config().default_net(key_of(role))


def known(asked: str | None) -> tuple[list[wire.NetRecord], str]:
    """Ask a box for its nets, if it can be asked.

    Args:
        asked: The box; None for the one that commands take where none is said. None is started.

    Returns:
        Its nets, and why it could not be asked; empty where it was.
    """
    from dataclasses import replace

    from lager import errors, wire
    from lager_cli.completion.bench import chosen

    try:
        box = chosen(asked)
        if box is None:
            return [], "your box does not run"
        bench = replace(box.bench, patience=0.0)
        return bench.get("/nets/list", list[wire.NetRecord], timeout=_WITHIN), ""
    except errors.LagerError as exc:
        return [], exc.what
