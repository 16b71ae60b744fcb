"""The errors that released scripts catch around calls on nets, where they import them from."""

from __future__ import annotations

from lager.exceptions import ConnectionFailed, DeviceError

__all__ = ["ConnectionFailed", "DeviceError"]
