"""What `/diagnose/usb` answers: whether a USB device is there, who has it, and what the kernel has to say of it.

Opens nothing and changes nothing. What could not be looked at is null, and `could_not_look` says why.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from lager import addresses, usbdrivers, wire
from lager.addresses import UsbAddress
from lager.holder import PROC
from lager_hwservice import usb
from lager_hwservice.diagnosis import kernelmessages, rivals, sight
from lager_hwservice.diagnosis.looks import Looks, seen

T = TypeVar("T")
_BUS_WITHIN = 2.5  # s for the bus, the modules and the messages, all at once
_HOLDERS_WITHIN = 2.5  # s for looking at all processes
_GRACE = 0.5  # s for the process that was being looked at then
_HINT = "instrument not enumerated on USB \N{EM DASH} check power and cabling"  # as released boxes say it
_NO_CONFIGURATION = "the device has no active configuration, and shows no interfaces until it has one"
_NOWHERE = "without the device's place on the bus, nobody can be found who has it open"


class NotUsb(Exception):
    """The address is not one of a USB device."""


class Looking:
    """All looks at the USB of one machine.

    Args:
        machine: Where its kernel tells of its USB.
        proc: Where its processes are listed.
        messages: Gives the kernel's messages.
        clock: Monotonic time, s.
    """

    def __init__(
        self,
        machine: usb.Machine = usb.THIS,
        proc: Path = PROC,
        messages: Callable[[], list[kernelmessages.Message]] = kernelmessages.newest,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._machine = machine
        self._proc = proc
        self._messages = messages
        self._clock = clock
        self._looks = Looks()

    def at(self, address: str, nets: Sequence[wire.NetRecord]) -> dict[str, Any]:
        """Look at the device of an address.

        Args:
            address: The address.
            nets: The nets of the bench, which say how it is reached.

        Raises:
            NotUsb: It is no address of a USB device.
        """
        named = addresses.usb(address)
        if named is None:
            raise NotUsb(address)
        via = via_of(address, nets)
        untold: dict[str, str] = {}
        found, loaded, said = self._bus(named, via, untold)
        device = found.device if found else None
        if device is not None and device.kinds is None:
            untold["sysfs"] = _NO_CONFIGURATION
        return {
            "address": address,
            "via": via,
            **_of_bus(found),
            "same_kind": None if found is None else _strangers(found, named, nets),
            **self._holders(found, address, via, untold),
            "usbtmc_loaded": loaded,
            "dmesg_tail": None if said is None else self._tail(said, device),
            "could_not_look": untold,
        }

    def _bus(
        self, named: UsbAddress, via: str, untold: dict[str, str]
    ) -> tuple[sight.Sight | None, bool | None, list[kernelmessages.Message] | None]:
        """Look at all that does not need to know where the device is, at once."""
        until = self._clock() + _BUS_WITHIN
        bus = self._looks.begin(("the USB", named, via), functools.partial(self._sight, named, via))
        modules = self._looks.begin(("the modules", via), functools.partial(self._has_usbtmc, via))
        messages = self._looks.begin(("the messages", via), functools.partial(self._newest, via))

        def given(what: str, look: Future[T]) -> T | None:
            return _given(what, look, _BUS_WITHIN, untold, max(0.0, until - self._clock()))

        loaded, said = given("modules", modules), given("messages", messages)
        return given("sysfs", bus), loaded, said  # it is the bus that may keep one waiting

    def _sight(self, named: UsbAddress, via: str) -> sight.Sight:
        return sight.over_usbip(named, via) if via else sight.in_kernel(named, self._machine)

    def _has_usbtmc(self, via: str) -> bool:
        _refuse_elsewhere(via)
        how = usbdrivers.standing("usbtmc", self._machine.devices.parent / "drivers", self._proc / "modules")
        return how != usbdrivers.ABSENT

    def _newest(self, via: str) -> list[kernelmessages.Message]:
        _refuse_elsewhere(via)
        return self._messages()

    def _tail(self, said: Sequence[kernelmessages.Message], device: sight.Device | None) -> str:
        about = kernelmessages.about(said, device.place if device else "")
        return kernelmessages.dated(about, time.time(), self._clock())

    def _holders(self, found: sight.Sight | None, address: str, via: str, untold: dict[str, str]) -> dict[str, Any]:
        held: rivals.Found | None = None
        if found is None:
            untold["holders"] = _NOWHERE
        else:
            nodes = found.device.nodes if found.device else ()
            look = functools.partial(self._rivals, nodes, address, via)
            begun = self._looks.begin(("the holders", nodes, address, via), look)
            held = _given("holders", begun, _HOLDERS_WITHIN + _GRACE, untold)
        if held is None:
            return {"lsof": None, "holders_ours": None, "hidden": None}
        if held.trouble:
            untold["holders"] = held.trouble
        others = [one.facts() for one in held.rivals if not one.ours]
        return {
            "lsof": others if others or not held.trouble else None,
            "holders_ours": [one.facts() for one in held.rivals if one.ours],
            "hidden": held.hidden,
        }

    def _rivals(self, nodes: Sequence[Path], address: str, via: str) -> rivals.Found:
        until = self._clock() + _HOLDERS_WITHIN
        lock = rivals.lock_of(address, via)
        if via:
            return rivals.over_usbip(lock, self._proc)
        return rivals.of(nodes, lock, lambda: self._clock() > until, self._proc)


def via_of(address: str, nets: Sequence[wire.NetRecord]) -> str:
    """Give how the nets of an address are reached; empty for this machine's own buses."""
    place = addresses.canonical(address)
    return next((net.via for net in nets if net.via and addresses.canonical(net.address) == place), "")


def _given(what: str, look: Future[T], within: float, untold: dict[str, str], left: float | None = None) -> T | None:
    """Wait for what a look finds; `left` is what is left of the time it gets, s."""
    try:
        return seen(look, within, left)
    except usb.CouldNotLook as exc:
        untold[what] = str(exc)
        return None


def _refuse_elsewhere(via: str) -> None:
    if via:
        raise usb.CouldNotLook(f"it is reached over {via}, not through this machine's kernel")


def _of_bus(found: sight.Sight | None) -> dict[str, Any]:
    """Say what the bus shows."""
    device = found.device if found else None
    facts: dict[str, Any] = {
        "enumerated": None if found is None else device is not None,
        **_of_device(device),
    }
    return facts | ({"classification_hint": _HINT} if facts["enumerated"] is False else {})


def _strangers(found: sight.Sight, named: UsbAddress, nets: Sequence[wire.NetRecord]) -> list[str]:
    """Give the serial numbers of others of its make that no net is for: such a one may have been put in its place."""
    known = [one for one in (addresses.usb(net.address) for net in nets) if one is not None]
    return [each for each in found.same_kind if not any(one.names(*named[:2], each) for one in known)]


def _of_device(device: sight.Device | None) -> dict[str, Any]:
    if device is None:
        names = ("sysfs_path", "device_path", "vid", "pid", "serial", "is_usbtmc", "driver", "authorized", "interfaces")
        return dict.fromkeys(names)
    kinds = device.kinds
    return {
        "sysfs_path": device.path or None,
        "device_path": device.node,
        "vid": f"{device.vendor:04x}",
        "pid": f"{device.product:04x}",
        "serial": device.serial,
        "is_usbtmc": None if kinds is None else usb.TEST_AND_MEASUREMENT in kinds,
        "driver": device.driver,
        "authorized": device.authorized,
        "interfaces": None if kinds is None else [f"{one:02x}/{sub:02x}" for one, sub in kinds],
    }
