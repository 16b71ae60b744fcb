"""Which USB drivers the kernel has, such as its own `usbtmc`, which takes instruments away from everybody else."""

from __future__ import annotations

from pathlib import Path

DRIVERS, MODULES = Path("/sys/bus/usb/drivers"), Path("/proc/modules")
LOADED, BUILT_IN, ABSENT = "loaded", "built in", ""


def standing(name: str, drivers: Path = DRIVERS, modules: Path = MODULES) -> str:
    """Tell whether a driver is there: `LOADED` as a module of that name, `BUILT_IN`, or `ABSENT`.

    Args:
        name: Of the driver, and of its module.
        drivers: Where the kernel lists the drivers it has.
        modules: Where it lists the modules it has loaded.

    Raises:
        OSError: Neither list is there to be read.
    """
    try:
        with modules.open() as listed:
            if any(line.partition(" ")[0] == name for line in listed):
                return LOADED
    except OSError:
        if not drivers.exists():  # where it does, this is a kernel without modules: all that it has is listed there
            raise
    return BUILT_IN if (drivers / name).exists() else ABSENT
