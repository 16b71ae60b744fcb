"""What is wrong with an instrument on USB: the rows of one table, of which the first that fits says it.

A row knows errors by their class and number, never by their words.
"""

from __future__ import annotations

import errno
import shlex

from lager import addresses
from lager.diagnosis import othertools
from lager.diagnosis.facts import Facts, Holder
from lager.diagnosis.verdict import RED, YELLOW, Row, Verdict, healthy, in_use, unclear, wrong_instrument

_MOST_NAMES = 4
_FORBIDDEN = (errno.EACCES, errno.EPERM)


def usbtmc_loaded(facts: Facts) -> Verdict | None:
    """The kernel's own driver is loaded: it takes each instrument as it is plugged in."""
    if not facts.usb.usbtmc_loaded:
        return None
    bound = "and it has this instrument" if facts.usb.driver == "usbtmc" else "it takes what is plugged in"
    blacklist = facts.there("echo blacklist usbtmc | sudo tee /etc/modprobe.d/blacklist-usbtmc.conf")
    steps = (
        *([f"{facts.lager('update')} keeps it away, and unloads it; or by hand:"] if facts.box else []),
        f"unload it: {facts.there('sudo modprobe -r usbtmc')};",
        f"keep it away: {blacklist}.",
    )
    return Verdict("usbtmc-loaded", RED, f"HOST-SIDE: usbtmc kernel module loaded, {bound}.", steps)


def claimed(facts: Facts) -> Verdict | None:
    """Several processes have it open."""
    rivals = facts.usb.rivals
    if facts.visa.error_class != "busy" or len(rivals) < 2:
        return None
    names = ", ".join(map(str, rivals[:_MOST_NAMES])) + (", ..." if len(rivals) > _MOST_NAMES else "")
    steps = (
        "programs that open it by themselves race the box for it: end them, or let them close it;",
        *_ending_runs(facts, rivals),
        f"scripts share it through Net: {facts.lager('python', 'SCRIPT')}.",
    )
    return Verdict("claimed", RED, f"HOST-SIDE: USB device claimed by multiple processes ({names}).", steps)


def busy(facts: Facts) -> Verdict | None:
    """Somebody else has it."""
    if facts.visa.error_class != "busy":
        return None
    rivals = facts.usb.rivals
    return Verdict("busy", RED, f"HOST-SIDE: USB device busy: {_who(facts)} has it.", _freeing(facts, rivals))


def _who(facts: Facts) -> str:
    if facts.usb.rivals:
        return str(facts.usb.rivals[0])
    driver = facts.usb.driver
    return f"the kernel's driver {driver}" if driver and driver != "usbfs" else "another process"


def _freeing(facts: Facts, rivals: list[Holder]) -> tuple[str, ...]:
    if rivals and rivals[0].serves:
        first = "another box on that machine has it: give the instrument to one of them;"
    elif rivals and not rivals[0].run:
        first = f"let that program close it, or end it: {facts.there(f'sudo kill {rivals[0].pid}')};"
    elif rivals:
        first = "let that script close it: scripts share it through Net;"
    elif facts.usb.via:  # the simulated bench's: no process of this machine
        first = f"see what was done to the simulated bench: {facts.lager('sim', 'list')};"
    else:
        place = facts.usb.device_path or "/dev/bus/usb/*/*"
        first = f"see who has it: {facts.there(f'sudo lsof {place}')};"
    return (first, *_ending_runs(facts, rivals), f"then ask again: {facts.again}.")


def _ending_runs(facts: Facts, rivals: list[Holder]) -> tuple[str, ...]:
    runs = dict.fromkeys(one.run[:8] for one in rivals if one.run)
    return tuple(f"end the run: {facts.lager('python', '--kill', run)};" for run in runs)


def unauthorized(facts: Facts) -> Verdict | None:
    """It is there, and somebody told the kernel to leave it alone: it has no interfaces then, nor can be opened."""
    if facts.usb.enumerated is not True or facts.usb.authorized is not False:
        return None
    path = facts.usb.sysfs_path or "/sys/bus/usb/devices/..."
    step = f"let the kernel use it: {facts.there(f'echo 1 | sudo tee {path}/authorized')}."
    return Verdict("no-access", RED, "NO ACCESS: the kernel was told not to use this device.", (step,))


def disappeared(facts: Facts) -> Verdict | None:
    """It has left the bus under somebody who used it. What was not there before is `not-enumerated`."""
    never_there = facts.usb.enumerated is False and facts.visa.via == "fresh"
    if facts.visa.error_class != "nodev" or never_there:
        return None
    found = f"the box finds it by itself on the next call, at whatever port: {facts.again}"
    away = "see its power, its cable, and the hub's port"
    steps = (
        (f"it is not back: {away};", f"when it is back, {found}.")
        if facts.usb.enumerated is False
        else (f"{found};", f"if it stays away, {away}.")
    )
    return Verdict("disappeared", YELLOW, "TRANSIENT: device disappeared from USB (re-enumeration).", steps)


def wedged(facts: Facts) -> Verdict | None:
    """It is there, and does not answer."""
    if facts.visa.error_class != "timeout":
        return None
    steps = (
        "switch it off and on at the mains: nothing on USB reaches firmware that hangs;",
        f"then ask again: {facts.again}.",
    )
    return Verdict("wedged", RED, "INSTRUMENT WEDGED: it is there, and does not answer *IDN?.", steps)


def not_enumerated(facts: Facts) -> Verdict | None:
    """There is no such device on the box's USB."""
    if facts.usb.enumerated is not False:
        return None
    steps = (
        *_exchanged(facts),
        "see that it is switched on, and its cable at both ends;",
        "try another port of the box, without a hub in between;",
        f"then ask again: {facts.again}.",
    )
    return Verdict("not-enumerated", RED, "NOT ENUMERATED: the box's USB has no such device.", steps)


def _exchanged(facts: Facts) -> tuple[str, ...]:
    """Ask about one with another serial number, which no other net is for: kinds of a maker may share their number."""
    known = [one.serial for one in map(addresses.usb, facts.others) if one]
    free = [one for one in facts.usb.same_kind or () if one.strip().upper() not in known]
    missed = addresses.usb(facts.address)
    if not free or missed is None:
        return ()
    address = addresses.canonical(f"USB0::{missed.vendor}::{missed.product}::{free[0]}::INSTR")
    asked = f"was it exchanged? One with another serial number is there ({', '.join(free)}); to use that one:"
    return (f"{asked} {facts.readdressed(address if len(free) == 1 else 'ADDRESS')};",)


def another(facts: Facts) -> Verdict | None:
    """Another kind of instrument answers than the net is for."""
    if not facts.visa.idn or facts.visa.matches is not False:
        return None
    return wrong_instrument(facts, facts.visa.idn, facts.visa.expected)


def answers(facts: Facts) -> Verdict | None:
    """It has said who it is."""
    return healthy(facts, facts.visa) if facts.visa.idn else None


def not_asked(facts: Facts) -> Verdict | None:
    """Somebody uses it. Older boxes asked nothing that was in use, and called it healthy: that is not known."""
    return in_use(facts, facts.visa.reason) if facts.visa.skipped else None


def no_access(facts: Facts) -> Verdict | None:
    """It is there, and the box may not open it."""
    if not facts.visa.error or facts.visa.errno not in _FORBIDDEN:
        return None
    what = facts.usb.device_path or "its node"
    older = f"{facts.lager('update')} installs the udev rules that let it" if facts.box else ""
    cure = facts.visa.hint or older  # an older box does not say
    steps = (*([f"{cure};"] if cure else []), f"{facts.lager('doctor')} says which permissions are wrong.")
    return Verdict("no-access", RED, f"NO ACCESS: the box's service may not open {what}.", steps)


def stale(facts: Facts) -> Verdict | None:
    """The kernel has it, and libusb in the box's service does not find it."""
    seen = facts.usb.enumerated is True and facts.usb.is_usbtmc is True
    unheard = facts.visa.error_class == "other" and not facts.visa.errno  # all that an older box says of it
    if not seen or not (unheard if facts.visa.stale is None else facts.visa.stale):
        return None
    opening = (
        f"run any command of the net, which opens it anew{f': {facts.lager(facts.command)}' * bool(facts.command)};"
    )
    restart = facts.there("sudo systemctl restart lager-box") if facts.box else "`lager box stop`"
    return Verdict(
        "stale",
        YELLOW,
        "TRANSIENT: device is enumerated as USB-TMC but a fresh open fails (stale libusb context).",
        (opening, f"if that does not help, restart the box's service: {restart}."),
    )


def not_usbtmc(facts: Facts) -> Verdict | None:
    """It is there, and speaks its maker's own protocol."""
    if facts.usb.enumerated is not True or facts.usb.is_usbtmc is not False:
        return None
    maker = othertools.of(facts.usb.vid, facts.address)
    served = ""
    if maker.by_lager:
        served = f"{maker.by_lager}: {facts.readdressed(maker.address)};"
    elif facts.command:
        served = f"if Lager has a driver for it, read the net: {facts.lager(facts.command)};"
    steps = (*([served] if served else []), f"test {maker.device} with {maker.tool}.")
    return Verdict("not-usbtmc", YELLOW, f"NOT USB-TMC: {maker.device} does not speak VISA.", steps)


def no_visa(facts: Facts) -> Verdict | None:
    """Its address is none that VISA knows: that of a serial port, a camera, a debug probe; or it is misspelt."""
    if addresses.usb(facts.address) is not None:
        return None
    path = shlex.quote(facts.address.strip().removeprefix("ASRL").removesuffix("::INSTR"))
    maker = othertools.BY_ROLE.get(facts.role, othertools.UNKNOWN)
    steps: tuple[str, ...] = (f"test {maker.device} with {maker.tool}.",)
    if path.startswith("/dev/"):
        steps = (
            f"see that it is there: {facts.there(f'ls -l {path}')};",
            f"see who has it: {facts.there(f'sudo lsof {path}')};",
            *steps,
        )
    elif facts.command:
        steps = (
            f"see which addresses there are: {facts.lager('instruments')};",
            f"give the net the right one: {facts.readdressed('ADDRESS')}.",
        )
    headline = f"NOT USB-TMC: {facts.address} is no VISA address, so these checks do not apply."
    return Verdict("not-usbtmc", YELLOW, headline, steps)


def rest(facts: Facts) -> Verdict:
    """Nothing of that."""
    unlooked = None if facts.usb.via else facts.usb.could_not_look  # a simulated bench is in nobody's kernel
    return unclear(facts, facts.visa, unlooked)


ROWS: tuple[Row, ...] = (
    usbtmc_loaded,
    claimed,
    busy,
    unauthorized,
    disappeared,
    wedged,
    not_enumerated,
    another,
    answers,
    not_asked,
    no_access,
    stale,
    not_usbtmc,
    no_visa,
    rest,
)
