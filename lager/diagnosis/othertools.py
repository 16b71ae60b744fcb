"""Devices on USB that are no USB-TMC instruments, and the tools that test them instead. By vendor."""

from __future__ import annotations

from typing import NamedTuple

from lager import addresses


class Maker(NamedTuple):
    """A maker of such devices.

    Attributes:
        device: What to call one.
        tool: The maker's own tool, which tests it.
        by_lager: How Lager reaches it all the same, by another address.
        address: That address.
    """

    device: str
    tool: str
    by_lager: str = ""
    address: str = ""


BY_VENDOR = {
    0x0CD5: Maker(
        "a LabJack",
        "Kipling (T4, T7, T8), or LJControlPanel (U3, U6)",
        "Lager reaches a T7 by its network port; give the net that address",
        "modbus-tcp://HOST",
    ),
    0x0CE9: Maker("a PicoScope", "the PicoScope application"),
    0x24FF: Maker("an Acroname hub", "HubTool or StemTool"),
    0x1366: Maker("a SEGGER J-Link", "J-Link Commander (`JLinkExe`)"),
    0x0483: Maker("an STMicroelectronics device", "STM32CubeProgrammer"),
    0x0403: Maker("an FTDI adapter", "a terminal program on its /dev/ttyUSB*"),
    0x10C4: Maker("a Silicon Labs adapter", "a terminal program on its /dev/ttyUSB*"),
    0x1FC9: Maker("an NXP debug probe", "MCUXpresso's tools"),
    0x0D28: Maker("an Arm DAPLink probe", "`pyocd list`"),
}
BY_ROLE = {
    "debug": Maker("a debug probe", "its maker's tool, such as J-Link Commander (`JLinkExe`)"),
    "uart": Maker("a serial port", "a terminal program"),
    "webcam": Maker("a camera", "`v4l2-ctl --list-devices`"),
}
UNKNOWN = Maker("such a device", "its maker's own tool")


def of(vid: str | None, address: str) -> Maker:
    """Find what a device is, by its vendor's number in hexadecimal, or by that in its address."""
    named = addresses.usb(address)
    for number in (_hexadecimal(vid or ""), named.vendor if named else None):
        if number in BY_VENDOR:
            return BY_VENDOR[number]
    return UNKNOWN


def _hexadecimal(text: str) -> int | None:
    try:
        return int(text.strip(), 16)
    except ValueError:
        return None
