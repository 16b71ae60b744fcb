"""Files that keep USB instruments usable: udev's rules, the blacklist of the kernel's usbtmc, and that module."""

from __future__ import annotations

import contextlib

from lager import shipped, usbdrivers
from lager.selfcheck import usbnodes
from lager.selfcheck.place import AGAIN, Place
from lager.wire.checks import OK, PROBLEM, UNSEEN, WARNING, Finding

MODULE = "usbtmc"


def rules(place: Place) -> Finding:
    """Compare udev's rules with what ships."""
    return _compared("udev rules", shipped.RULES, place, "only root may open a USB instrument that is plugged in")


def blacklist(place: Place) -> Finding:
    """Compare the blacklist with what ships."""
    without = f"the kernel loads {MODULE} when an instrument is plugged in"
    return _compared("modprobe.d", shipped.MODPROBE, place, without)


def _compared(name: str, file: shipped.Shipped, place: Place, without: str) -> Finding:
    try:
        installed = place.file(file.path).read_bytes()
    except FileNotFoundError:
        if place.set_up:
            return Finding(name, PROBLEM, f"{file.path} is missing: {without}", AGAIN)
        if _plugged(place) and place.contained:
            return Finding(
                name, UNSEEN, "it counts on the machine around this container", f"look for {file.path} there"
            )
        if _plugged(place):
            hint = "set this machine up by `lager install`"
            return Finding(name, WARNING, f"{file.path} is not installed: {without}", hint)
        return Finding(name, OK, f"{file.path} is not installed; without USB instruments it need not be")
    if installed != file.content():
        return Finding(name, WARNING, f"{file.path} differs from what this version ships", AGAIN)
    return Finding(name, OK, f"{file.path} is as this version ships it")


def module(place: Place) -> Finding:
    """See whether the kernel's own driver for USB instruments is there."""
    how = usbdrivers.standing(MODULE, place.file(usbdrivers.DRIVERS), place.file(usbdrivers.MODULES))
    if how == usbdrivers.ABSENT:
        return Finding(MODULE, OK, "the kernel's module is not loaded")
    loaded = how == usbdrivers.LOADED
    so = f"the kernel's module {MODULE} is loaded" if loaded else f"{MODULE} is built into this kernel"
    hint = _unloaded(place) if loaded else f"start the kernel with `initcall_blacklist={MODULE}_driver_init`"
    taken = [one.name for one in _plugged(place) if MODULE in one.drivers]
    if taken:
        return Finding(MODULE, PROBLEM, f"{so}, and has taken {', '.join(taken)}", hint)
    return Finding(MODULE, WARNING, f"{so}: it takes the next instrument that is plugged in", hint)


def _unloaded(place: Place) -> str:
    hint = f"sudo modprobe -r {MODULE}"
    return f"on the machine around this container: {hint}" if place.contained else hint


def _plugged(place: Place) -> list[usbnodes.Node]:
    with contextlib.suppress(OSError):  # that it cannot be told is what `instruments` says
        return usbnodes.instruments(place)
    return []
