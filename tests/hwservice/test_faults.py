"""Exceptions of the stack become faults by type and number."""

import errno

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


def test_a_bare_value_error_at_the_open_is_a_missing_device():
    assert classify(ValueError("No device found."), opening=True) is Fault.GONE
    assert classify(UnicodeDecodeError("ascii", b"", 0, 0, ""), opening=True) is Fault.BUG


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
