"""Lager, as a test script sees it: nets of the bench, and pauses.

Nothing heavy is imported here: a script that imports lager starts at once.
"""

from lager.breakpoint import pause
from lager.errors import LagerError
from lager.errors import NetNotFound as InvalidNetError
from lager.net import Net
from lager.nettype import NetType

__version__ = "0.1.0"
__all__ = ["InvalidNetError", "LagerError", "Net", "NetType", "pause"]
