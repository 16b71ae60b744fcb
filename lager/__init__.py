"""Lager, as a test script sees it: nets of the bench, and pauses.

Nothing heavy is imported here: a script that imports lager starts at once.

Imported before pytest, it needs no rewriting of its asserts: PYTEST_DONT_REWRITE
"""

from typing import TYPE_CHECKING, Any

from lager.breakpoint import apause, pause
from lager.errors import Aborted, LagerError
from lager.errors import NetNotFound as InvalidNetError
from lager.net import Net
from lager.nettype import NetType

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

if TYPE_CHECKING:
    from lager.devicelock import device_lock
    from lager.excepthook import install_excepthook, lager_excepthook, restore_excepthook
    from lager.outputchannel import output
    from lager.outputencoders import OutputEncoders

_LATE = {
    "device_lock": "lager.devicelock",
    "install_excepthook": "lager.excepthook",
    "lager_excepthook": "lager.excepthook",
    "restore_excepthook": "lager.excepthook",
    "output": "lager.outputchannel",
    "OutputEncoders": "lager.outputencoders",
}


def __getattr__(name: str) -> Any:
    """Import what few scripts need when they ask for it."""
    if name in _LATE:
        import importlib

        return getattr(importlib.import_module(_LATE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
