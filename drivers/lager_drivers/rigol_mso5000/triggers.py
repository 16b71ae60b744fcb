"""The parameters of an MSO5000's trigger, as the command reference lists them: a table, and how its words are written.

The types of serial buses need the scope's options. Their commands are from memory of the programming guide, no page of
which was seen; a firmware that has others does not answer when they are read back, and that is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from lager_drivers.rigol_mso5000.values import choice, number
from lager_drivers.scpi import Kind, quantity


def _counted(reply: str) -> int:
    value = float(quantity(reply, ""))
    if not value.is_integer():
        raise ValueError("expected a whole number")
    return int(value)


VOLTS, SECONDS, EDGES = number("V"), number("s"), number("edges")
COUNT: Kind[int] = Kind("", _counted, lambda value: str(_counted(str(value))))  # what is compared bit by bit
LINES = 20  # of a pattern: CHAN1..CHAN4, then D0..D15


class Parameter(NamedTuple):
    """One parameter.

    Attributes:
        header: Its command, without `?`.
        kind: Its kind.
        low: Least number accepted.
        high: Greatest number accepted.
        source: For a level: the command of the source whose screen bounds it; `own` where the level is this channel's.
        settable: Whether it can be set.
    """

    header: str
    kind: Kind[Any]
    low: float | None = None
    high: float | None = None
    source: str = ""
    settable: bool = True

    @property
    def is_word(self) -> bool:
        """Get whether it is a word, not a number."""
        return self.low is None and self.kind is not VOLTS


TYPES = choice(
    "word",
    {
        "edge": "EDGE",
        "pulse": "PULSe",
        "slope": "SLOPe",
        "video": "VIDeo",
        "pattern": "PATTern",
        "duration": "DURation",
        "timeout": "TIMeout",
        "runt": "RUNT",
        "window": "WINDow",
        "delay": "DELay",
        "setup_hold": "SETup",
        "nth_edge": "NEDGe",
        "uart": "RS232",
        "i2c": "IIC",
        "spi": "SPI",
        "can": "CAN",
        "flexray": "FLEXray",
        "lin": "LIN",
        "i2s": "IIS",
        "mil_std_1553": "M1553",
    },
)
SWEEPS = choice("word", {"auto": "AUTO", "normal": "NORMal", "single": "SINGle"})
STATES = choice("word", {"triggered": "TD", "waiting": "WAIT", "running": "RUN", "auto": "AUTO", "stopped": "STOP"})
_COUPLINGS = {"AC": "AC", "DC": "DC", "low_freq_reject": "LFReject", "high_freq_reject": "HFReject"}
_SWITCH = choice("word", {"on": "1", "off": "0"})
_SLOPES = {"rising": "POSitive", "falling": "NEGative"}
_ANY_SLOPE = choice("word", {**_SLOPES, "both": "RFALl"})
_SLOPE = choice("word", _SLOPES)
_POLARITY = choice("word", {"positive": "POSitive", "negative": "NEGative"})
_WHEN = {"greater": "GREater", "less": "LESS", "between": "GLESs"}
_WHENS = choice("word", _WHEN)
_MODES = choice("word", {"odd_field": "ODDField", "even_field": "EVENfield", "line": "LINE", "all_lines": "ALINes"})
_STANDARDS = (
    *("480P", "576P", "720P60", "720P50", "720P30", "720P25", "720P24"),
    *("1080P60", "1080P50", "1080P30", "1080P25", "1080P24", "1080I60", "1080I50"),
)
_STANDARD = choice("word", {"PAL": "PALSecam", "NTSC": "NTSC"} | {name: name for name in _STANDARDS})


def _source(reply: str) -> str:
    text = reply.strip().upper()
    kind = text.rstrip("0123456789")
    number_of = text[len(kind) :]
    if kind in ("AC", "ACL", "ACLINE") and not number_of:
        return "AC"
    if kind in ("CHAN", "CHANNEL") and number_of in ("1", "2", "3", "4"):
        return f"CHAN{number_of}"
    if kind == "D" and number_of.isdigit() and int(number_of) < 16:
        return f"D{int(number_of)}"
    raise ValueError("expected CHAN1..CHAN4, D0..D15 or AC")


def _pattern(text: str) -> str:
    letters = "".join(text.upper().replace(",", "").split())
    if len(letters) > LINES or set(letters) - set("HLXRF"):
        raise ValueError(f"expected up to {LINES} letters H, L, X, R or F, for CHAN1..CHAN4, then D0..D15")
    if sum(letter in "RF" for letter in letters) > 1:
        raise ValueError("at most one of them can be an edge (R or F)")
    return letters.ljust(LINES, "X")


SOURCE: Kind[str] = Kind("source", _source, lambda said: _source(said).replace("AC", "ACL"))
PATTERN: Kind[str] = Kind("pattern", _pattern, lambda said: ",".join(_pattern(said)))


def _time(header: str, low: float, high: float = 10.0) -> Parameter:
    return Parameter(header, SECONDS, low, high)


def _level(header: str, source: str) -> Parameter:
    return Parameter(header, VOLTS, source=source)


_GENERAL = {
    "type": Parameter(":TRIG:MODE", TYPES),
    "sweep": Parameter(":TRIG:SWE", SWEEPS),
    "status": Parameter(":TRIG:STAT", STATES, settable=False),
    "coupling": Parameter(":TRIG:COUP", choice("word", _COUPLINGS)),
    "holdoff": _time(":TRIG:HOLD", 8e-9),
    "noise_reject": Parameter(":TRIG:NREJ", _SWITCH),
}
_EDGE = {
    "source": Parameter(":TRIG:EDGE:SOUR", SOURCE),
    "slope": Parameter(":TRIG:EDGE:SLOP", _ANY_SLOPE),
    # One number: with a second argument the firmware drops the command in silence (field report)
    "level": _level(":TRIG:EDGE:LEV", ":TRIG:EDGE:SOUR"),
}
_PULSE = {
    "source": Parameter(":TRIG:PULS:SOUR", SOURCE),
    # Polarity here, and the slope below, stand in no list that was seen, but the front panel has both
    "polarity": Parameter(":TRIG:PULS:POL", _POLARITY),
    "when": Parameter(":TRIG:PULS:WHEN", _WHENS),
    "upper": _time(":TRIG:PULS:UWID", 800e-12),
    "lower": _time(":TRIG:PULS:LWID", 800e-12),
    "level": _level(":TRIG:PULS:LEV", ":TRIG:PULS:SOUR"),
}
_SLOPE_TYPE = {
    "source": Parameter(":TRIG:SLOP:SOUR", SOURCE),
    "slope": Parameter(":TRIG:SLOP:SLOP", _SLOPE),
    "when": Parameter(":TRIG:SLOP:WHEN", _WHENS),
    "upper": _time(":TRIG:SLOP:TUPP", 800e-12),
    "lower": _time(":TRIG:SLOP:TLOW", 800e-12),
    "window": Parameter(":TRIG:SLOP:WIND", choice("word", {"upper": "TA", "lower": "TB", "both": "TAB"})),
    "upper_level": _level(":TRIG:SLOP:ALEV", ":TRIG:SLOP:SOUR"),
    "lower_level": _level(":TRIG:SLOP:BLEV", ":TRIG:SLOP:SOUR"),
}
_VIDEO = {
    "source": Parameter(":TRIG:VID:SOUR", SOURCE),
    "polarity": Parameter(":TRIG:VID:POL", _POLARITY),
    "mode": Parameter(":TRIG:VID:MODE", _MODES),
    "line": Parameter(":TRIG:VID:LINE", number("line"), 1, 1125),  # the longest standard's
    "standard": Parameter(":TRIG:VID:STAN", _STANDARD),
    "level": _level(":TRIG:VID:LEV", ":TRIG:VID:SOUR"),
}
_PATTERN = {
    "source": Parameter(":TRIG:PATT:SOUR", SOURCE),
    "pattern": Parameter(":TRIG:PATT:PATT", PATTERN),
    "level": _level(":TRIG:PATT:LEV", "own"),
}
_DURATION = {
    "source": Parameter(":TRIG:DUR:SOUR", SOURCE),
    "pattern": Parameter(":TRIG:DUR:TYPE", PATTERN),
    "when": Parameter(":TRIG:DUR:WHEN", choice("word", {**_WHEN, "outside": "UNGLess"})),
    "upper": _time(":TRIG:DUR:TUPP", 800e-12),
    "lower": _time(":TRIG:DUR:TLOW", 800e-12),
    "level": _level(":TRIG:DUR:LEV", "own"),
}
_TIMEOUT = {
    "source": Parameter(":TRIG:TIM:SOUR", SOURCE),
    "slope": Parameter(":TRIG:TIM:SLOP", _ANY_SLOPE),
    "time": _time(":TRIG:TIM:TIME", 16e-9),
    "level": _level(":TRIG:TIM:LEV", ":TRIG:TIM:SOUR"),
}
_RUNT = {
    "source": Parameter(":TRIG:RUNT:SOUR", SOURCE),
    "polarity": Parameter(":TRIG:RUNT:POL", _POLARITY),
    "when": Parameter(":TRIG:RUNT:WHEN", choice("word", {"any": "NONE", **_WHEN})),
    "upper": _time(":TRIG:RUNT:WUPP", 8.01e-9),
    "lower": _time(":TRIG:RUNT:WLOW", 8e-9, 9.9),
    "upper_level": _level(":TRIG:RUNT:ALEV", ":TRIG:RUNT:SOUR"),
    "lower_level": _level(":TRIG:RUNT:BLEV", ":TRIG:RUNT:SOUR"),
}
_WINDOW = {
    "source": Parameter(":TRIG:WIND:SOUR", SOURCE),
    "slope": Parameter(":TRIG:WIND:SLOP", _ANY_SLOPE),
    "position": Parameter(":TRIG:WIND:POS", choice("word", {"exit": "EXIT", "enter": "ENTer", "time": "TIME"})),
    "time": _time(":TRIG:WIND:TIME", 8e-9),
    "upper_level": _level(":TRIG:WIND:ALEV", ":TRIG:WIND:SOUR"),
    "lower_level": _level(":TRIG:WIND:BLEV", ":TRIG:WIND:SOUR"),
}
_DELAY = {
    "source_a": Parameter(":TRIG:DEL:SA", SOURCE),
    "source_b": Parameter(":TRIG:DEL:SB", SOURCE),
    "slope_a": Parameter(":TRIG:DEL:SLOPA", _SLOPE),
    "slope_b": Parameter(":TRIG:DEL:SLOPB", _SLOPE),
    "when": Parameter(":TRIG:DEL:TYPE", choice("word", {**_WHEN, "outside": "GOUT"})),
    "upper": _time(":TRIG:DEL:TUPP", 8.01e-9),
    "lower": _time(":TRIG:DEL:TLOW", 8e-9),
    "level_a": _level(":TRIG:DEL:ALEV", ":TRIG:DEL:SA"),
    "level_b": _level(":TRIG:DEL:BLEV", ":TRIG:DEL:SB"),
}
_SETUP_HOLD = {
    "data_source": Parameter(":TRIG:SHOL:DSRC", SOURCE),
    "clock_source": Parameter(":TRIG:SHOL:CSRC", SOURCE),
    "slope": Parameter(":TRIG:SHOL:SLOP", _SLOPE),
    "pattern": Parameter(":TRIG:SHOL:PATT", choice("word", {"high": "H", "low": "L"})),
    "violation": Parameter(":TRIG:SHOL:TYPE", choice("word", {"setup": "SETup", "hold": "HOLD", "both": "SETHold"})),
    "setup_time": _time(":TRIG:SHOL:STIM", 8e-9, 1.0),
    "hold_time": _time(":TRIG:SHOL:HTIM", 8e-9, 1.0),
    "data_level": _level(":TRIG:SHOL:DLEV", ":TRIG:SHOL:DSRC"),
    "clock_level": _level(":TRIG:SHOL:CLEV", ":TRIG:SHOL:CSRC"),
}
_NTH_EDGE = {
    "source": Parameter(":TRIG:NEDG:SOUR", SOURCE),
    "slope": Parameter(":TRIG:NEDG:SLOP", _SLOPE),
    "idle": _time(":TRIG:NEDG:IDLE", 16e-9),
    "edge": Parameter(":TRIG:NEDG:EDGE", EDGES, 1, 65535),
    "level": _level(":TRIG:NEDG:LEV", ":TRIG:NEDG:SOUR"),
}
_UART = {
    "source": Parameter(":TRIG:RS232:SOUR", SOURCE),
    "when": Parameter(
        ":TRIG:RS232:WHEN",
        choice("word", {"start": "STARt", "frame_error": "ERRor", "check_error": "CERRor", "data": "DATA"}),
    ),
    "baud": Parameter(":TRIG:RS232:BAUD", COUNT, 1, 20_000_000),
    "parity": Parameter(":TRIG:RS232:PAR", choice("word", {"none": "NONE", "even": "EVEN", "odd": "ODD"})),
    "stop_bits": Parameter(":TRIG:RS232:STOP", choice("word", {"1": "1", "1.5": "1.5", "2": "2"})),
    "data_bits": Parameter(":TRIG:RS232:WIDT", COUNT, 5, 8),
    "data": Parameter(":TRIG:RS232:DATA", COUNT, 0, 255),
    "level": _level(":TRIG:RS232:LEV", ":TRIG:RS232:SOUR"),
}
_I2C_WHEN = {"start": "STARt", "restart": "RESTart", "stop": "STOP", "nack": "NACKnowledge"}
_I2C_WHEN |= {"address": "ADDRess", "data": "DATA", "addr_data": "ADATa"}
_I2C = {
    "source_scl": Parameter(":TRIG:IIC:SCL", SOURCE),
    "source_sda": Parameter(":TRIG:IIC:SDA", SOURCE),
    "when": Parameter(":TRIG:IIC:WHEN", choice("word", _I2C_WHEN)),
    "address_bits": Parameter(":TRIG:IIC:AWID", choice("word", {"7": "7", "8": "8", "10": "10"})),
    "address": Parameter(":TRIG:IIC:ADDR", COUNT, 0, 1023),
    "direction": Parameter(":TRIG:IIC:DIR", choice("word", {"read": "READ", "write": "WRITe", "read_write": "RWRite"})),
    "data": Parameter(":TRIG:IIC:DATA", COUNT, 0, 255),
    "level_scl": _level(":TRIG:IIC:CLEV", ":TRIG:IIC:SCL"),
    "level_sda": _level(":TRIG:IIC:DLEV", ":TRIG:IIC:SDA"),
}
_SPI = {
    "source_sck": Parameter(":TRIG:SPI:SCL", SOURCE),
    "source_data": Parameter(":TRIG:SPI:SDA", SOURCE),
    "source_cs": Parameter(":TRIG:SPI:CS", SOURCE),
    "when": Parameter(":TRIG:SPI:WHEN", choice("word", {"cs": "CS", "timeout": "TIMeout"})),
    "slope": Parameter(":TRIG:SPI:SLOP", _SLOPE),
    "cs_active": Parameter(":TRIG:SPI:MODE", choice("word", {"high": "HIGH", "low": "LOW"})),
    "timeout": _time(":TRIG:SPI:TIM", 8e-9),
    "data_bits": Parameter(":TRIG:SPI:WIDT", COUNT, 4, 32),
    "data": Parameter(":TRIG:SPI:DATA", COUNT, 0, 2**32 - 1),
    "level_sck": _level(":TRIG:SPI:CLEV", ":TRIG:SPI:SCL"),
    "level_data": _level(":TRIG:SPI:DLEV", ":TRIG:SPI:SDA"),
    "level_cs": _level(":TRIG:SPI:SLEV", ":TRIG:SPI:CS"),
}
_CAN_WHEN = {"start": "SOF", "end": "EOF", "remote_id": "IDRemote", "overload": "OVERload", "frame_id": "IDFRame"}
_CAN_WHEN |= {"data_frame": "DATAframe", "data_id": "IDData", "error_frame": "ERFRame", "answer_error": "ERANswer"}
_CAN_WHEN |= {"check_error": "ERCHeck", "format_error": "ERFormat", "random_error": "ERRandom", "bit_error": "ERBit"}
_CAN_LINES = {"high": "H", "low": "L", "rxtx": "TXRX", "differential": "DIFF"}
_CAN = {
    "source": Parameter(":TRIG:CAN:SOUR", SOURCE),
    "when": Parameter(":TRIG:CAN:WHEN", choice("word", _CAN_WHEN)),
    "baud": Parameter(":TRIG:CAN:BAUD", COUNT, 10_000, 5_000_000),
    "line": Parameter(":TRIG:CAN:STYP", choice("word", _CAN_LINES)),
    "level": _level(":TRIG:CAN:LEV", ":TRIG:CAN:SOUR"),
}
_OF_TYPES = {
    "edge": _EDGE,
    "pulse": _PULSE,
    "slope": _SLOPE_TYPE,
    "video": _VIDEO,
    "pattern": _PATTERN,
    "duration": _DURATION,
    "timeout": _TIMEOUT,
    "runt": _RUNT,
    "window": _WINDOW,
    "delay": _DELAY,
    "setup_hold": _SETUP_HOLD,
    "nth_edge": _NTH_EDGE,
    "uart": _UART,
    "i2c": _I2C,
    "spi": _SPI,
    "can": _CAN,
}
PARAMETERS: Mapping[str, Parameter] = _GENERAL | {
    f"{name}.{parameter}": one for name, table in _OF_TYPES.items() for parameter, one in table.items()
}
