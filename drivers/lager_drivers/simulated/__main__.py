"""Start the simulated bench: `python -m lager_drivers.simulated --state DIR [--usbip-port N] [--modbus-port N]`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from lager_drivers.simulated import instruments
from lager_drivers.simulated.bench import Bench, Ports, serve


def _bench(on_use: Callable[[], None]) -> Bench:
    usb, labjack = instruments.build()
    return Bench(usb, labjack, on_use)


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser(prog="python -m lager_drivers.simulated", description="Serve the simulated bench.")
    parser.add_argument("--state", type=Path, required=True, help="directory the bench file goes to")
    parser.add_argument("--usbip-port", type=int, default=0, help="TCP port of the USB (default: a free one)")
    parser.add_argument("--modbus-port", type=int, default=0, help="TCP port of the LabJack (default: a free one)")
    given = parser.parse_args()
    try:
        asyncio.run(serve(_bench, given.state, Ports(given.usbip_port, given.modbus_port)))
    except OSError as error:
        sys.exit(f"the simulated bench cannot start: {error}")


if __name__ == "__main__":
    main()
