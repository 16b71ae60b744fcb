"""How a value is written by `lager.output`. The numbers are the wire's."""

from __future__ import annotations

import enum


class OutputEncoders(enum.IntEnum):
    """How a value is written: `Raw` takes bytes or text, `Pickle` Python's plain types, `JSON` and `YAML` theirs."""

    Raw = 1
    Pickle = 2
    JSON = 3
    YAML = 4
