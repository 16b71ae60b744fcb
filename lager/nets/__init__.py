"""Where released scripts import these from; `from lager import Net, NetType` is the same."""

from __future__ import annotations

from lager.errors import NetNotFound as InvalidNetError
from lager.errors import SetupFunctionRequired as SetupFunctionRequiredError
from lager.net import Net
from lager.nettype import NetType

__all__ = ["InvalidNetError", "Net", "NetType", "SetupFunctionRequiredError"]
