"""The settings of each type of trigger of a simulated MSO5000, as the programming guide's tables have them.

The nodes of RS232, IIC, SPI and CAN, and the polarity of pulse and slope, are from memory of the guide, as are all
defaults.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lager_drivers.rigol_mso5000.simulated_settings import Levels, Number, Word, between, whole
from lager_drivers.simulated.scpi_parser import ScpiError

MODES = (
    "EDGE PULSe SLOPe VIDeo PATTern DURation TIMeout RUNT WINDow DELay SETup NEDGe RS232 IIC SPI CAN FLEXray LIN IIS"
    " M1553"
)
TREES = {
    "EDGE": "EDGE",
    "PULS": "PULSe",
    "SLOP": "SLOPe",
    "PATT": "PATTern",
    "DUR": "DURation",
    "TIM": "TIMeout",
    "RUNT": "RUNT",
    "WIND": "WINDow",
    "DEL": "DELay",
    "SET": "SHOLd",
    "NEDG": "NEDGe",
    "RS232": "RS232",
}
ANALOG = "CHANnel1 CHANnel2 CHANnel3 CHANnel4"
DIGITAL = " ".join(f"D{number}" for number in range(16))

_ANY = f"{ANALOG} {DIGITAL}"
_SLOPE, _BOTH = "POSitive NEGative", "POSitive NEGative RFALl"
_WHEN = "GREater LESS GLESs"
_STANDARDS = (
    "PALSecam NTSC 480P 576P 720P60 720P50 720P30 720P25 720P24 1080P60 1080P50 1080P30 1080P25 1080P24 1080I60 1080I50"
)
_CAN = "SOF EOF IDRemote OVERload IDFRame DATAframe IDData ERFRame ERANswer ERCHeck ERFormat ERRandom ERBit"

Tree = dict[str, Any]  # of settings


class Pattern:
    """A sign for each line, CHAN1 to CHAN4 and D0 to D15; of R and F there is one at most, a second one becomes X."""

    def __init__(self, signs: str) -> None:
        self._signs = signs
        self.value = ["X"] * 20

    def ask(self, arguments: list[str]) -> str:  # noqa: ARG002  # as every setting
        """Answer it."""
        return ",".join(self.value)

    def do(self, arguments: list[str]) -> None:
        """Set it; lines that are not named keep theirs."""
        signs = [one.upper() for one in arguments]
        if not 1 <= len(signs) <= len(self.value):
            raise ScpiError(-109, "Missing parameter")
        if any(one not in self._signs or len(one) != 1 for one in signs):
            raise ScpiError(-224, "Illegal parameter value")
        edges = [number for number, one in enumerate(signs) if one in "RF"]
        for number in edges[1:]:
            signs[number] = "X"
        self.value[: len(signs)] = signs

    def reset(self) -> None:
        """Make every line not matter."""
        self.value = ["X"] * 20


class _Edge(Number):
    """The level of the edge trigger: with a second argument it is refused, and nothing tells (field report)."""

    def do(self, arguments: list[str]) -> None:
        """Set it."""
        if len(arguments) < 2:
            super().do(arguments)


def settings(bounds: Callable[[str], tuple[float, float]], form: Callable[[float], str]) -> dict[str, Tree]:
    """Make the trees, by their names in the commands.

    Args:
        bounds: Gives the range of a level on a source, V.
        form: Writes numbers.
    """

    def level(source: Word, kind: type[Number] = Number) -> Number:
        return kind(0.0, lambda: bounds(source.value), form)

    def seconds(default: float, low: float, high: float = 10.0) -> Number:
        return Number(default, between(low, high), form)

    return {
        **_edges(level, seconds),
        **_two_levels(level, seconds),
        **_logic(level, seconds, form),
        **_buses(level, seconds, form),
    }


def _edges(level: Callable[..., Number], seconds: Callable[..., Number]) -> dict[str, Tree]:
    edge, pulse, video, silence, nth = (Word(f"{_ANY} ACLine"), *(Word(_ANY) for _ in range(4)))
    return {
        "EDGE": {"SOURce": edge, "SLOPe": Word(_BOTH), "LEVel": level(edge, _Edge)},
        "PULSe": {
            "SOURce": pulse,
            "POLarity": Word(_SLOPE),
            "WHEN": Word(_WHEN),
            "UWIDth": seconds(2e-6, 800e-12),
            "LWIDth": seconds(1e-6, 800e-12),
            "LEVel": level(pulse),
        },
        "VIDeo": {
            "SOURce": video,
            "POLarity": Word(_SLOPE),
            "MODE": Word("ODDField EVENfield LINE ALINes", "ALIN"),
            "LINE": whole(1, 1, 1125),
            "STANdard": Word(_STANDARDS, "NTSC"),
            "LEVel": level(video),
        },
        "TIMeout": {
            "SOURce": silence,
            "SLOPe": Word(_BOTH),
            "TIME": seconds(1e-6, 16e-9),
            "LEVel": level(silence),
        },
        "NEDGe": {
            "SOURce": nth,
            "SLOPe": Word(_SLOPE),
            "IDLE": seconds(1e-6, 16e-9),
            "EDGE": whole(2, 1, 65535),
            "LEVel": level(nth),
        },
    }


def _two_levels(level: Callable[..., Number], seconds: Callable[..., Number]) -> dict[str, Tree]:
    slope, runt, window = (Word(ANALOG) for _ in range(3))
    return {
        "SLOPe": {
            "SOURce": slope,
            "SLOPe": Word(_SLOPE),
            "WHEN": Word(_WHEN),
            "TUPPer": seconds(1e-6, 800e-12),
            "TLOWer": seconds(1e-6, 800e-12),
            "WINDow": Word("TA TB TAB"),
            "ALEVel": level(slope),
            "BLEVel": level(slope),
        },
        "RUNT": {
            "SOURce": runt,
            "POLarity": Word(_SLOPE),
            "WHEN": Word(f"NONE {_WHEN}"),
            "WUPPer": seconds(2e-6, 8.01e-9),
            "WLOWer": seconds(1e-6, 8e-9, 9.9),
            "ALEVel": level(runt),
            "BLEVel": level(runt),
        },
        "WINDow": {
            "SOURce": window,
            "SLOPe": Word(_BOTH),
            "POSition": Word("EXIT ENTer TIME", "ENT"),
            "TIME": seconds(1e-6, 8e-9),
            "ALEVel": level(window),
            "BLEVel": level(window),
        },
    }


def _logic(
    level: Callable[..., Number], seconds: Callable[..., Number], form: Callable[[float], str]
) -> dict[str, Tree]:
    first, second, data, clock = Word(_ANY), Word(_ANY, "CHAN2"), Word(_ANY), Word(_ANY, "CHAN2")
    return {
        "PATTern": {"PATTern": Pattern("HLXRF"), "LEVel": Levels(form), "SOURce": Word(_ANY)},
        "DURation": {
            "SOURce": Word(_ANY),
            "TYPE": Pattern("HLX"),
            "WHEN": Word(f"{_WHEN} UNGLess"),
            "TUPPer": seconds(2e-6, 0.8e-9),
            "TLOWer": seconds(1e-6, 0.8e-9),
            "LEVel": Levels(form),
        },
        "DELay": {
            "SA": first,
            "SB": second,
            "SLOPA": Word(_SLOPE),
            "SLOPB": Word(_SLOPE),
            "TYPE": Word("GREater LESS GLESs GOUT"),
            "TUPPer": seconds(2e-6, 8.01e-9),
            "TLOWer": seconds(1e-6, 8e-9),
            "ALEVel": level(first),
            "BLEVel": level(second),
        },
        "SHOLd": {
            "DSRC": data,
            "CSRC": clock,
            "SLOPe": Word(_SLOPE),
            "PATTern": Word("H L"),
            "TYPE": Word("SETup HOLD SETHold"),
            "STIMe": seconds(1e-6, 8e-9, 1.0),
            "HTIMe": seconds(1e-6, 8e-9, 1.0),
            "DLEVel": level(data),
            "CLEVel": level(clock),
        },
    }


def _buses(
    level: Callable[..., Number], seconds: Callable[..., Number], form: Callable[[float], str]
) -> dict[str, Tree]:
    serial, can = Word(_ANY), Word(_ANY)
    return {
        "RS232": {
            "SOURce": serial,
            "WHEN": Word("STARt ERRor CERRor DATA"),
            "DATA": whole(90, 0, 255),
            "BAUD": whole(9600, 1, 20_000_000),
            "WIDTh": whole(8, 5, 8),
            "STOP": Word("1 1.5 2"),
            "PARity": Word("NONE EVEN ODD"),
            "LEVel": level(serial),
        },
        "CAN": {
            "SOURce": can,
            "BAUD": whole(1_000_000, 10_000, 5_000_000),
            "STYPe": Word("H L TXRX DIFF RX TX", "TXRX"),
            "WHEN": Word(_CAN),
            "SPOint": Number(50.0, between(10.0, 90.0), form),
            "LEVel": level(can),
        },
        "IIC": _iic(level),
        "SPI": _spi(level, seconds),
    }


def _iic(level: Callable[..., Number]) -> Tree:
    clock, data = Word(_ANY), Word(_ANY, "CHAN2")
    return {
        "SCL": clock,
        "SDA": data,
        "CLEVel": level(clock),
        "DLEVel": level(data),
        "WHEN": Word("STARt RESTart STOP NACKnowledge ADDRess DATA ADATa"),
        "AWIDth": Word("7 8 10"),
        "ADDRess": whole(0, 0, 1023),
        "DIRection": Word("READ WRITe RWRite"),
        "DATA": whole(0, 0, 255),
    }


def _spi(level: Callable[..., Number], seconds: Callable[..., Number]) -> Tree:
    clock, data, select = Word(_ANY), Word(_ANY, "CHAN2"), Word(_ANY, "CHAN3")
    return {
        "CLK": clock,
        "SCL": clock,
        "SDA": data,
        "MISO": data,
        "CS": select,
        "SLOPe": Word(_SLOPE),
        "WHEN": Word("CS TIMeout"),
        "TIMeout": seconds(1e-6, 8e-9),
        "MODE": Word("HIGH LOW"),
        "WIDTh": whole(8, 4, 32),
        "DATA": whole(0, 0, 2**32 - 1),
        "CLEVel": level(clock),
        "DLEVel": level(data),
        "SLEVel": level(select),
    }
