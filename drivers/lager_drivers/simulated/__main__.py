"""Start a simulated bench: `python -m lager_drivers.simulated --state DIR [--description FILE] [--usbip-port N]`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from lager.errors import LagerError
from lager_drivers.simulated import description, instruments
from lager_drivers.simulated.bench import Bench, Ports, serve


def main() -> None:
    """Serve until told to end."""
    logging.basicConfig(format="simulated bench %(levelname)s %(message)s")
    given = _given()
    own = given.description != description.DEFAULT
    file = given.state / (f"simulated-{given.description.name}.json" if own else "simulated-bench.json")

    def bench(on_use: Callable[[], None]) -> Bench:
        described = description.load(given.description)
        return Bench(instruments.build(described).every, described.nets, on_use)

    try:
        asyncio.run(serve(bench, file, Ports(given.usbip_port, dict(given.tcp_port))))
    except LagerError as error:
        logging.error("%s", error)
        sys.exit(error.exit_code)
    except OSError as error:
        sys.exit(f"the simulated bench cannot start: {error}")


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lager_drivers.simulated", description="Serve a simulated bench.")
    parser.add_argument("--state", type=Path, required=True, help="directory the bench file goes to")
    parser.add_argument(
        "--description", type=Path, default=description.DEFAULT, help="what there is, TOML (default: all there is)"
    )
    parser.add_argument("--usbip-port", type=int, default=0, help="TCP port of the USB (default: a free one)")
    parser.add_argument(
        "--tcp-port",
        type=_port,
        action="append",
        default=[],
        metavar="NAME=N",
        help="TCP port of an instrument on the network (default: a free one)",
    )
    return parser.parse_args()


def _port(text: str) -> tuple[str, int]:
    name, _, port = text.rpartition("=")
    return name, int(port)


if __name__ == "__main__":
    main()
