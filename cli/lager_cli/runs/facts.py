"""A run as JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from lager import wire


def facts(box: str, run: wire.RunInfo) -> dict[str, Any]:
    """Give all that is known of a run; its `box` is what that is called here, whatever the run was started with."""
    told: dict[str, Any] = msgspec.to_builtins(run)
    return told | {"box": box}
