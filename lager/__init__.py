"""Lager, as a test script sees it: nets of the bench, and pauses.

Nothing is imported here: each name brings its own room when it is first asked for. So a script that imports lager
starts at once, and so does the command line, which imports `lager.errors` and little else.

Imported before pytest, it needs no rewriting of its asserts: PYTEST_DONT_REWRITE
"""

TYPE_CHECKING = False  # `typing` takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any

    from lager.breakpoint import apause, pause
    from lager.devicelock import device_lock
    from lager.errors import Aborted, LagerError
    from lager.excepthook import install_excepthook, lager_excepthook, restore_excepthook
    from lager.exceptions import (
        DeviceNotFoundError,
        HubOperationTimeout,
        InvalidNetError,
        LibraryMissingError,
        PortStateError,
        SetupFunctionRequiredError,
        USBBackendError,
    )
    from lager.firmware import Binfile, Hexfile, Interface, Transport
    from lager.net import Net
    from lager.nettype import NetType
    from lager.outputchannel import output
    from lager.outputencoders import OutputEncoders
    from lager.releasedcalls import LAGER_HOST, get_available_instruments, get_saved_nets, read_adc

__version__ = "0.1.0"
__all__ = [
    "LAGER_HOST",
    "Aborted",
    "Binfile",
    "DeviceNotFoundError",
    "Hexfile",
    "HubOperationTimeout",
    "Interface",
    "InvalidNetError",
    "LagerError",
    "LibraryMissingError",
    "Net",
    "NetType",
    "OutputEncoders",
    "PortStateError",
    "SetupFunctionRequiredError",
    "Transport",
    "USBBackendError",
    "apause",
    "device_lock",
    "get_available_instruments",
    "get_saved_nets",
    "install_excepthook",
    "lager_excepthook",
    "output",
    "pause",
    "read_adc",
    "restore_excepthook",
]

# The room of each name.
_LATE = {
    "LAGER_HOST": "lager.releasedcalls",
    "Aborted": "lager.errors",
    "Binfile": "lager.firmware",
    "DeviceNotFoundError": "lager.exceptions",
    "Hexfile": "lager.firmware",
    "HubOperationTimeout": "lager.exceptions",
    "Interface": "lager.firmware",
    "InvalidNetError": "lager.exceptions",
    "LagerError": "lager.errors",
    "LibraryMissingError": "lager.exceptions",
    "Net": "lager.net",
    "NetType": "lager.nettype",
    "OutputEncoders": "lager.outputencoders",
    "PortStateError": "lager.exceptions",
    "SetupFunctionRequiredError": "lager.exceptions",
    "Transport": "lager.firmware",
    "USBBackendError": "lager.exceptions",
    "apause": "lager.breakpoint",
    "device_lock": "lager.devicelock",
    "get_available_instruments": "lager.releasedcalls",
    "get_saved_nets": "lager.releasedcalls",
    "install_excepthook": "lager.excepthook",
    "lager_excepthook": "lager.excepthook",
    "output": "lager.outputchannel",
    "pause": "lager.breakpoint",
    "read_adc": "lager.releasedcalls",
    "restore_excepthook": "lager.excepthook",
}
# Those that are there without an import of their own: `lager.errors`, `lager.core.output(...)`.
_ROOMS = (
    "binaries",
    "breakpoint",
    "core",
    "errors",
    "exceptions",
    "hardware",
    "net",
    "nets",
    "nettype",
    "util",
    "wire",
)
# Rooms of the released Lager that are not here; `lager.absentrooms` says what to import instead.
_ABSENT = (
    "automation",
    "debug",
    "dispatchers",
    "instrument_wrappers",
    "io",
    "measurement",
    "power",
    "protocols",
)


def __getattr__(name: str) -> "Any":
    """Import what a name stands for when it is first asked for."""
    if name not in _LATE and name not in _ROOMS:
        if name in _ABSENT and _is_imported():
            from lager.absentrooms import refusal

            raise refusal(f"lager.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    if name in _ROOMS:
        return import_module(f"lager.{name}")
    found = globals()[name] = getattr(import_module(_LATE[name]), name)
    return found


def _is_imported() -> bool:
    """Tell `from lager import NAME` from who asks whether it is there: Python forgets why a module was not found."""
    from sys import _getframe

    return _getframe(2).f_code.co_name == "_handle_fromlist"


def __dir__() -> "list[str]":
    """Name what is here, imported or not."""
    return sorted({*globals(), *__all__})
