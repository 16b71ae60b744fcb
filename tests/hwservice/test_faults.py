"""Exceptions of the stack become faults by type and number."""

import errno
import socket

import pytest
from pyvisa.constants import StatusCode
from pyvisa.errors import VisaIOError
from usb.core import USBError, USBTimeoutError

from lager import errors
from lager_hwservice.faults import Fault, as_error, classify


def caused(exc, cause):
    exc.__cause__ = cause
    return exc


def while_handling(exc, first):
    """Raise inside an `except`, as pyvisa-py does on a write."""
    try:
        try:
            raise first
        except type(first):
            raise exc  # noqa: B904
    except type(exc):
        return exc


@pytest.mark.parametrize(
    ("exc", "fault"),
    [
        (USBError("whatever", -6, errno.EBUSY), Fault.BUSY),
        (USBError("whatever", -4, errno.ENODEV), Fault.GONE),
        (USBError("whatever", -3, errno.ENOENT), Fault.GONE),
        (USBTimeoutError("whatever", -7, errno.ETIMEDOUT), Fault.SLOW),
        (caused(ValueError("whatever"), USBError("x", -4, errno.ENODEV)), Fault.GONE),
        (caused(ValueError("whatever"), USBTimeoutError("x", -7, errno.ETIMEDOUT)), Fault.SLOW),
        (caused(ValueError("whatever"), USBError("x", -1, errno.EIO)), Fault.GONE),
        (while_handling(ValueError("whatever"), USBError("x", -4, errno.ENODEV)), Fault.GONE),
        (VisaIOError(StatusCode.error_timeout), Fault.SLOW),
        (VisaIOError(StatusCode.error_invalid_object), Fault.STALE),
        (VisaIOError(StatusCode.error_nonsupported_operation), Fault.BUG),
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), Fault.GONE),
        (ConnectionResetError("no number"), Fault.GONE),
        (TimeoutError("no number"), Fault.SLOW),
        (errors.InstrumentRefused("x"), Fault.REFUSED),
        (errors.OutOfRange("x"), Fault.REFUSED),
        (errors.RoleConflict("x"), Fault.REFUSED),
        (errors.InstrumentError("garbled"), Fault.GARBLED),
        (ValueError("resource busy errno 16"), Fault.BUG),
        (ValueError("[Errno 19] No such device"), Fault.BUG),
        (KeyError("x"), Fault.BUG),
    ],
    ids=repr,
)
def test_type_and_number_name_the_fault(exc, fault):
    assert classify(exc) is fault


# Each exception that was seen on a real kernel, with udev and without: type, number, and what it was raised from.
SEEN = {
    "another process, or our own, has claimed it": (USBError("Resource busy", -6, 16), True, Fault.BUSY),
    "not plugged in, or no permission, or no node": (ValueError("No device found."), True, Fault.GONE),
    "its strings cannot be read": (ValueError("The device has no langid"), True, Fault.GONE),
    "deauthorised": (USBError("Entity not found", -5, 2), True, Fault.GONE),
    "unplugged while a read waits": (USBError("No such device", -4, 19), False, Fault.GONE),
    "unplugged, at the next write": (
        caused(ValueError("[Errno 19] No such device"), USBError("No such device", -4, 19)),
        False,
        Fault.GONE,
    ),
    "unplugged, in a look-up of pyusb's": (
        while_handling(USBError("No such device", -4, 19), KeyError(1)),
        False,
        Fault.GONE,
    ),
    "deauthorised in a session": (
        caused(ValueError("[Errno 5] Input/Output Error"), USBError("Input/Output Error", -1, 5)),
        False,
        Fault.GONE,
    ),
    "answers no request at all": (
        caused(ValueError("[Errno 110] Operation timed out"), USBTimeoutError("Operation timed out", -7, 110)),
        False,
        Fault.SLOW,
    ),
    "wedged": (VisaIOError(StatusCode.error_timeout), False, Fault.SLOW),
    "a call pyvisa-py has not": (VisaIOError(StatusCode.error_nonsupported_operation), False, Fault.BUG),
    "the kernel driver's file, taken away": (OSError(19, "No such device"), False, Fault.GONE),
    "the kernel driver's file, gone": (FileNotFoundError(2, "No such file or directory"), False, Fault.GONE),
    "a stalled endpoint, reading": (USBError("Pipe error", -9, 32), False, Fault.STALLED),
    "a stalled endpoint, writing": (
        while_handling(ValueError("[Errno 32] Pipe error"), USBError("Pipe error", -9, 32)),
        False,
        Fault.STALLED,
    ),
    "more than was asked for": (USBError("Overflow", -8, 75), False, Fault.GARBLED),
    "no permission": (USBError("Access denied", -3, 13), True, Fault.DENIED),
    "a TCP connection that was closed at the other end": (BrokenPipeError(32, "Broken pipe"), False, Fault.GONE),
}


@pytest.mark.parametrize(("exc", "opening", "fault"), SEEN.values(), ids=SEEN)
def test_what_the_stack_raises_is_named(exc, opening, fault):
    assert classify(exc, opening=opening) is fault


def test_a_stall_has_its_own_words():
    error = as_error(Fault.STALLED, USBError("Pipe error", -9, 32), "K at A")
    assert type(error) is errors.InstrumentError
    assert error.what == "the K at A stalled: it refused a transfer on its USB ([Errno 32] Pipe error)"
    assert "opened anew" in error.hint


def test_every_fault_can_be_said():
    for fault in set(Fault) - {Fault.HELD}:  # who raises that says it himself
        assert as_error(fault, OSError(1, "x"), "K at A").hint


def test_a_bare_value_error_at_the_open_is_a_missing_device():
    assert classify(ValueError("No device found."), opening=True) is Fault.GONE
    assert classify(UnicodeDecodeError("ascii", b"", 0, 0, ""), opening=True) is Fault.BUG


@pytest.mark.parametrize("name", ["a..b", "x" * 70, "no name of a host"])
def test_a_host_that_cannot_be_found_by_its_name_is_not_there(name):
    with pytest.raises((OSError, UnicodeError)) as caught:
        socket.create_connection((name, 1), 5)
    assert classify(caught.value, opening=True) is Fault.GONE
    assert classify(socket.gaierror(socket.EAI_AGAIN, "no name server"), opening=True) is Fault.GONE


def test_people_are_told_which_instrument_and_what_is_not_known():
    error = as_error(Fault.GONE, USBError("No such device", -4, 19), "K at A", "; it is not known whether X reached it")
    assert type(error) is errors.InstrumentGone
    assert error.what == ("the K at A is not there ([Errno 19] No such device); it is not known whether X reached it")
    assert error.hint


def test_what_a_driver_says_is_left_as_it_is():
    said = errors.OutOfRange("voltage 99 V", "less")
    assert as_error(Fault.REFUSED, said, "K at A", "; doubt") is said


def test_what_a_library_says_in_several_lines_is_said_in_one():
    error = as_error(Fault.GONE, ValueError("No device found.\n  No backend.\n"), "K at A")
    assert "\n" not in error.what
