"""Where released scripts import these from; `from lager import output, OutputEncoders` is the same.

What else `lager` exports is here, too, and is imported when it is first asked for.
"""

from __future__ import annotations

from typing import Any

import lager
from lager.outputchannel import output
from lager.outputencoders import OutputEncoders

__all__ = ["OutputEncoders", "output"]


def __getattr__(name: str) -> Any:
    """Give what `lager` exports under that name."""
    if name not in lager.__all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(lager, name)
