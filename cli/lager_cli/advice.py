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
        actions: What to do, a line each; `{net}` stands for the net, and its box.
    """

    headline: str
    actions: tuple[str, ...]


BY_NUMBER = {
    errno.EBUSY: Advice(
        "USB device busy — another process holds the libusb interface.",
        (
            "`lager diagnose {net}` says who has it;",
            "on the box, `sudo lsof /dev/bus/usb/*/*` shows what else has it open.",
        ),
    ),
    errno.ENODEV: Advice(
        "Instrument disappeared from USB (re-enumeration).",
        (
            "The box finds it by itself on the next call, at whatever port;",
            "`lager diagnose {net}` says what became of it.",
        ),
    ),
    errno.ETIMEDOUT: Advice(
        "Instrument did not respond to SCPI within the timeout — firmware may be wedged.",
        (
            "`lager diagnose {net}` says whether it is; then switch it off and on at the mains;",
            "`lager instruments test {net}` says whether it is well after that.",
        ),
    ),
}
