"""What each type of trigger has to show: the contract's parameters, levels in V and times in s. Data."""

from __future__ import annotations

_TYPES = {
    "edge": "source slope level:V",
    "pulse": "source polarity when lower:s upper:s level:V",
    "slope": "source slope when lower:s upper:s window lower_level:V upper_level:V",
    "video": "source polarity mode line standard level:V",
    "pattern": "source pattern level:V",
    "duration": "source pattern when lower:s upper:s level:V",
    "timeout": "source slope time:s level:V",
    "runt": "source polarity when lower:s upper:s lower_level:V upper_level:V",
    "window": "source slope position time:s lower_level:V upper_level:V",
    "delay": "source_a source_b slope_a slope_b when lower:s upper:s level_a:V level_b:V",
    "setup_hold": "data_source clock_source slope pattern violation setup_time:s hold_time:s"
    " data_level:V clock_level:V",
    "nth_edge": "source slope idle:s edge level:V",
    "uart": "source when baud parity stop_bits data_bits data level:V",
    "i2c": "source_scl source_sda when address_bits address direction data level_scl:V level_sda:V",
    "spi": "source_sck source_data source_cs when slope cs_active timeout:s data_bits data"
    " level_sck:V level_data:V level_cs:V",
    "can": "source when baud line level:V",
}


def shown(type_: str) -> list[tuple[str, str]]:
    """Give the parameters of a type, each with its unit; none of a type that has no settings here."""
    parts = (one.partition(":") for one in _TYPES.get(type_, "").split())
    return [(name, unit) for name, _, unit in parts]
