"""Queries of the 2281S's battery simulator that released scripts send, as the only way they had to read a value.

Each is answered by the call that reads the same, so nothing but that goes to the instrument.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from typing import Any

from lager import errors

QUERIES = {
    ":BATT:SIM:SOC?": "soc",
    ":BATT:SIM:VOC?": "voc",
    ":BATT:SIM:VOC:FULL?": "voltage_full",
    ":BATT:SIM:VOC:EMPT?": "voltage_empty",
    ":BATT:SIM:CAP:LIM?": "capacity",
    ":BATT:SIM:CURR:LIM?": "current_limit",
    ":BATT:SIM:TVOL:PROT?": "ovp",
    ":BATT:SIM:CURR:PROT?": "ocp",
    ":BATT:SIM:TVOL?": "terminal_voltage",
    ":BATT:SIM:CURR?": "current",
    ":BATT:SIM:RES?": "esr",
    ":BATT:SIM:RES:OFFS?": "esr_offset",
    ":BATT:SIM:METH?": "mode",
    ":BATT:OUTP?": "output_is_enabled",
    ":BATT:MOD:RCL?": "model",
    ":OUTP:PROT:TRIP?": "state",
}
_METHODS = {"static": "STAT", "dynamic": "DYN"}


def answer(net: str, read: Callable[[str], Any], command: object) -> str:
    """Give what the instrument would answer.

    Args:
        net: Whose value is wanted, for the error.
        read: Calls one of the net's methods.
        command: The query, in its short form: `:BATT:SIM:SOC?`.

    Raises:
        UsageError: It is none of these.
    """
    asked = f":{command.strip().upper().removeprefix(':')}" if isinstance(command, str) else ""
    if asked not in QUERIES:
        raise errors.UsageError(
            f"{net}: {reprlib.repr(command)} is no query of something that can be read here",
            "call soc(), voc(), state() or whatever reads it; commands for the instrument itself are not passed on",
        )
    return _said(read(QUERIES[asked]))


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str):
        return _METHODS.get(value, value)
    return "OVP" if value.ovp_tripped else "OCP" if value.ocp_tripped else "NONE"
