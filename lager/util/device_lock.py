"""Where released scripts import these from; `from lager import device_lock` is the same."""

from __future__ import annotations

from lager.devicelock import DeviceLock, device_lock
from lager.exceptions import DeviceLockError

__all__ = ["DeviceLock", "DeviceLockError", "device_lock"]
