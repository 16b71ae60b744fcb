"""The released names of errors, for scripts that catch them: each is the class of `lager.errors` that says the same.

Some were those of USB hubs and of the way to the instruments. Here every trouble with an instrument is an
`InstrumentError`, whatever it is connected by.
"""

from __future__ import annotations

from lager.errors import BinaryNotFound as BinaryNotFoundError
from lager.errors import InstrumentBusy as DeviceLockError
from lager.errors import InstrumentError as USBBackendError
from lager.errors import InstrumentGone as DeviceNotFoundError
from lager.errors import InstrumentRefused as PortStateError
from lager.errors import InstrumentSilent as HubOperationTimeout
from lager.errors import LagerError as DeviceError
from lager.errors import NetNotFound as InvalidNetError
from lager.errors import ServiceUnreachable as ConnectionFailed
from lager.errors import SetupFunctionRequired as SetupFunctionRequiredError

LibraryMissingError = ImportError  # what Python raises where a package is not installed

__all__ = [
    "BinaryNotFoundError",
    "ConnectionFailed",
    "DeviceError",
    "DeviceLockError",
    "DeviceNotFoundError",
    "HubOperationTimeout",
    "InvalidNetError",
    "LibraryMissingError",
    "PortStateError",
    "SetupFunctionRequiredError",
    "USBBackendError",
]
