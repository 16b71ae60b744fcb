"""What kind of trouble it was: an exception of the libraries below becomes a `Fault`, by type and number.

The words of a message never count. What to do about a fault is `recovery`'s affair; what people are told of it is said
here, because here is where the exception is understood.
"""

from __future__ import annotations

import enum
import errno
import socket

from lager import addresses, errors


class Fault(enum.Enum):
    """What kind of trouble an instrument call ran into."""

    BUSY = "another process holds the interface"
    HELD = "a process that is known has it, and keeps it"
    GONE = "the device left the bus"
    STALE = "our session handle is no longer valid"
    SLOW = "no answer in time"
    STALLED = "the device stalled an endpoint"
    DENIED = "this user may not open it"
    GARBLED = "the answer made no sense"
    REFUSED = "the request was wrong, or the instrument said no"
    BUG = "a defect in our own code"


# What the stack raises where was looked at on a real kernel (the comments name the layer).
_BY_ERRNO = {
    errno.EBUSY: Fault.BUSY,  # libusb, at the claim
    errno.ENODEV: Fault.GONE,  # libusb, in a transfer
    errno.ENOENT: Fault.GONE,  # libusb, at the open of a deauthorised device
    errno.EIO: Fault.GONE,  # libusb, in a transfer to a deauthorised device
    errno.EPIPE: Fault.STALLED,  # libusb; of a socket it is a BrokenPipeError, which stands in `_BY_CLASS`
    errno.EBADMSG: Fault.GARBLED,  # our USB-TMC: an answer to another question
    errno.EOVERFLOW: Fault.GARBLED,  # libusb: the device sent more than it was asked for
    errno.EACCES: Fault.DENIED,
    errno.EPERM: Fault.DENIED,
    errno.ECONNREFUSED: Fault.GONE,
    errno.ECONNRESET: Fault.GONE,
    errno.ECONNABORTED: Fault.GONE,
    errno.EHOSTUNREACH: Fault.GONE,
    errno.ENETUNREACH: Fault.GONE,
    errno.EBADF: Fault.STALE,
    errno.ETIMEDOUT: Fault.SLOW,
}
_BY_VISA = {
    "VI_ERROR_RSRC_BUSY": Fault.BUSY,
    "VI_ERROR_RSRC_LOCKED": Fault.BUSY,
    "VI_ERROR_CONN_LOST": Fault.GONE,
    "VI_ERROR_RSRC_NFOUND": Fault.GONE,
    "VI_ERROR_IO": Fault.GONE,
    "VI_ERROR_INV_OBJECT": Fault.STALE,
    "VI_ERROR_TMO": Fault.SLOW,
}
_NOWHERE = (ValueError, UnicodeError, UnicodeEncodeError)  # at an open: no such device; no name of a host
_BY_CLASS = (
    (errors.InstrumentBusy, Fault.HELD),
    (errors.InstrumentGone, Fault.GONE),
    (errors.InstrumentSilent, Fault.SLOW),
    (errors.InstrumentRefused, Fault.REFUSED),
    (errors.RoleConflict, Fault.REFUSED),
    (errors.InstrumentRestarted, Fault.REFUSED),
    (errors.Defect, Fault.BUG),
    (errors.InstrumentError, Fault.GARBLED),
    (errors.LagerError, Fault.REFUSED),
    (TimeoutError, Fault.SLOW),
    (socket.gaierror, Fault.GONE),  # a host's name that nobody knows; its errno is a number of another kind
    (ConnectionError, Fault.GONE),
)


def classify(exc: BaseException, *, opening: bool = False) -> Fault:
    """Name the trouble by type and number.

    Args:
        exc: What was raised.
        opening: Whether it was while opening the session: there, pyvisa-py says that a device is missing by a bare
            ValueError; and Python that no host can have such a name by a UnicodeError.
    """
    if isinstance(exc, ValueError) and not isinstance(exc, errors.LagerError):  # of which OutOfRange is one, too
        wrapped = exc.__cause__ or exc.__context__
        if isinstance(wrapped, OSError):
            return classify(wrapped, opening=opening)  # pyvisa-py raises it for the USBError of a write
        return Fault.GONE if opening and type(exc) in _NOWHERE else Fault.BUG
    if (visa := getattr(exc, "abbreviation", None)) in _BY_VISA:  # pyvisa.errors.VisaIOError
        return _BY_VISA[visa]
    if isinstance(exc, OSError) and not isinstance(exc, BrokenPipeError) and exc.errno in _BY_ERRNO:
        return _BY_ERRNO[exc.errno]  # usb.core.USBError is an OSError
    return next((fault for kind, fault in _BY_CLASS if isinstance(exc, kind)), Fault.BUG)


def as_error(fault: Fault, exc: BaseException, instrument: str, doubt: str = "") -> errors.LagerError:
    """Say it to people.

    Args:
        fault: What kind of trouble it is.
        exc: What was raised; a LagerError of a driver already says it, and some others have a `hint`.
        instrument: Model and address.
        doubt: A clause for a call of which it is not known whether it reached the instrument.
    """
    number, raw = number_of(fault, exc, instrument), _raw(exc)
    if isinstance(exc, errors.LagerError):
        told = type(exc)(f"{exc.what}{doubt}", exc.hint) if doubt and fault is not Fault.REFUSED else exc
        return told.because(number, raw)
    kind, what, hint = _WORDS[fault]
    said = " ".join(str(exc).split())  # some libraries say it in several lines
    what = f"{what.format(instrument=instrument, exc=said, kind=type(exc).__name__)}{doubt}"
    return kind(what, getattr(exc, "hint", hint)).because(number, raw)


def number_of(fault: Fault, exc: BaseException, instrument: str) -> int:
    """Give the system's number for a kind of trouble, by which people are advised; 0 where there is none.

    Only of what is on USB: on a network, it may be the network. And a driver that says by itself that something takes
    long is no instrument that does not answer.
    """
    if addresses.usb(instrument.rpartition(" at ")[2]) is None:
        return 0
    if fault is Fault.SLOW and isinstance(exc, errors.LagerError) and exc.__cause__ is None:
        return 0
    return _NUMBERS.get(fault, 0)


def _raw(exc: BaseException) -> str:
    """Give what was said at the very bottom, of all that led to an exception."""
    while (below := exc.__cause__ or (None if exc.__suppress_context__ else exc.__context__)) is not None:
        exc = below
    return "" if isinstance(exc, errors.LagerError) else f"{type(exc).__name__}: {exc}"


_NUMBERS = {
    Fault.BUSY: errno.EBUSY,
    Fault.HELD: errno.EBUSY,
    Fault.GONE: errno.ENODEV,
    Fault.STALE: errno.ENODEV,
    Fault.SLOW: errno.ETIMEDOUT,
}


_WORDS: dict[Fault, tuple[type[errors.LagerError], str, str]] = {
    Fault.BUSY: (
        errors.InstrumentBusy,
        "the {instrument} is in use by another process",
        "end what has opened it by itself (`lager python` scripts share it through Net), then call again",
    ),
    Fault.GONE: (
        errors.InstrumentGone,
        "the {instrument} is not there ({exc})",
        "check its cable and its power, then call again: nothing needs a restart",
    ),
    Fault.STALE: (errors.InstrumentGone, "the session with the {instrument} ended ({exc})", "call again"),
    Fault.SLOW: (
        errors.InstrumentSilent,
        "the {instrument} did not answer in time",
        "look at its front panel for a message or a running measurement, then call again",
    ),
    Fault.STALLED: (
        errors.InstrumentError,
        "the {instrument} stalled: it refused a transfer on its USB ({exc})",
        "call again: the session is opened anew, which ends the stall; if that does not help, switch it off and on",
    ),
    Fault.DENIED: (
        errors.InstrumentError,
        "the box's user may not open the {instrument} ({exc})",
        "give that user access to it (a udev rule for USB devices), then call again",
    ),
    Fault.GARBLED: (
        errors.InstrumentError,
        "the {instrument} gave an answer that makes no sense ({exc})",
        "call again",
    ),
    Fault.REFUSED: (errors.InstrumentRefused, "the {instrument} refused: {exc}", "change the request"),
    Fault.BUG: (
        errors.Defect,
        "a defect of lager in a call to the {instrument}: {kind}: {exc}",
        "the box's log has the details; please report them",
    ),
}
