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
    from lager.errors import NetNotFound as InvalidNetError
    from lager.excepthook import install_excepthook, lager_excepthook, restore_excepthook
    from lager.net import Net
    from lager.nettype import NetType
    from lager.outputchannel import output
    from lager.outputencoders import OutputEncoders

__version__ = "0.1.0"
__all__ = [
    "Aborted",
    "InvalidNetError",
    "LagerError",
    "Net",
    "NetType",
    "OutputEncoders",
    "apause",
    "device_lock",
    "install_excepthook",
    "lager_excepthook",
    "output",
    "pause",
    "restore_excepthook",
]

# The room of each name, and what it is called there if that is not the same.
_LATE = {
    "Aborted": "lager.errors",
    "InvalidNetError": "lager.errors:NetNotFound",
    "LagerError": "lager.errors",
    "Net": "lager.net",
    "NetType": "lager.nettype",
    "OutputEncoders": "lager.outputencoders",
    "apause": "lager.breakpoint",
    "device_lock": "lager.devicelock",
    "install_excepthook": "lager.excepthook",
    "lager_excepthook": "lager.excepthook",
    "output": "lager.outputchannel",
    "pause": "lager.breakpoint",
    "restore_excepthook": "lager.excepthook",
}
_ROOMS = ("breakpoint", "errors", "hardware", "net", "nettype", "wire")  # `lager.errors` needs no import of its own


def __getattr__(name: str) -> "Any":
    """Import what a name stands for when it is first asked for."""
    if name not in _LATE and name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    if name in _ROOMS:
        return import_module(f"lager.{name}")
    room, _, there = _LATE[name].partition(":")
    found = globals()[name] = getattr(import_module(room), there or name)
    return found


def __dir__() -> "list[str]":
    """Name what is here, imported or not."""
    return sorted({*globals(), *__all__})
