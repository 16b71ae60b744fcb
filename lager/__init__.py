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
__all__ = ["Aborted", "InvalidNetError", "LagerError", "Net", "NetType", "apause", "device_lock", "pause"]

if TYPE_CHECKING:
    from lager.devicelock import device_lock


def __getattr__(name: str) -> Any:
    """Import what few scripts need when they ask for it."""
    if name == "device_lock":
        from lager.devicelock import device_lock

        return device_lock
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
