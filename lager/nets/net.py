"""As `lager.nets`: released scripts import from here, too."""

from __future__ import annotations

from lager.nets import InvalidNetError, Net, NetType, SetupFunctionRequiredError

__all__ = ["InvalidNetError", "Net", "NetType", "SetupFunctionRequiredError"]
