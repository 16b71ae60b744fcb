"""What the system's number of a trouble with an instrument on USB means, and what to do about it.

By the number alone, which the hardware service gives (`faults.number_of`): it gives none where an instrument is on the
network, and none for the network between this machine and the box.
"""

from __future__ import annotations

import errno
from typing import NamedTuple


class Advice(NamedTuple):
    """What is known of a number.

    Attributes:
        headline: What happened, in one sentence.
        actions: What to do, a line each.
    """

    headline: str
    actions: tuple[str, ...]


BY_NUMBER = {
    errno.EBUSY: Advice(
        "USB device busy — another process holds the libusb interface.",
        (
            "If it stays so: `lager runs` shows what runs on the box;",
            "on the box, `sudo lsof /dev/bus/usb/*/*` shows what else has it open.",
        ),
    ),
    errno.ENODEV: Advice(
        "Instrument disappeared from USB (re-enumeration).",
        (
            "The box finds it by itself on the next call, at whatever port;",
            "`lager instruments` shows what is plugged in.",
        ),
    ),
    errno.ETIMEDOUT: Advice(
        "Instrument did not respond to SCPI within the timeout — firmware may be wedged.",
        (
            "If it stays so, switch it off and on at the mains, and call again;",
            "`lager instruments test NET` then says whether it is well.",
        ),
    ),
}
