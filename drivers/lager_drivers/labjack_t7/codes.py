"""The T7's own error codes (LAST_ERR_DETAIL): what each means, and what to try. Data of LabJack's list; no logic."""

from __future__ import annotations

from typing import NamedTuple

AIN_RANGE, AIN_SETTLING, AIN_NEGATIVE, AIN_ALL, AIN_RESOLUTION = 2370, 2371, 2373, 2374, 2375
ANALOG_OFF, DAC1_TAKEN = 2460, 2523
EF_TYPE, EF_INACTIVE, EF_OUT_OF_RANGE, EF_CHANNEL, EF_COLD_JUNCTION = 2580, 2583, 2584, 2585, 2586
RESPONSE_TOO_LONG, COMMAND_TOO_LONG = 2300, 2301
WRONG_COUNT, READ_TOO_LARGE, ODD_COUNT, NO_END_OF_TEXT = 2313, 2314, 2315, 2316
REBOOT_CODE, NAME, POWER_SETTING, POWER_IN_USE, LEDS_TAKEN = 2402, 2420, 2450, 2456, 2524
STREAM_ACTIVE, STREAM_RATE, STREAM_STOPPED = 2605, 2608, 2620
WATCHDOG_ON = 2671


class Refusal(NamedTuple):
    """One code, for people."""

    meaning: str
    hint: str


_OURS = "switch the T7 off and on; if that does not help, its firmware may be too old"
_BY_ANOTHER = "another program may have set it so; switch the T7 off and on for its defaults"
REFUSALS = {
    WRONG_COUNT: Refusal("wrong number of registers", _OURS),
    ODD_COUNT: Refusal("half of a 32-bit register", _OURS),
    AIN_RANGE: Refusal("no such range", _OURS),
    AIN_SETTLING: Refusal("no such settling time", _OURS),
    2372: Refusal("the input gives binary codes", _BY_ANOTHER),
    AIN_NEGATIVE: Refusal("no such negative channel", _OURS),
    AIN_ALL: Refusal("only zero can be written for all inputs", _OURS),
    AIN_RESOLUTION: Refusal("no such resolution index", _OURS),
    ANALOG_OFF: Refusal("its analog inputs are without power", f"write 1 to POWER_AIN (48005); {_BY_ANOTHER}"),
    2500: Refusal("the line is in use for something else", _BY_ANOTHER),
    DAC1_TAKEN: Refusal(
        "a stream or the frequency output owns DAC1", f"end it: write 0 to STREAM_ENABLE (4990); {_BY_ANOTHER}"
    ),
    EF_TYPE: Refusal("no such extended feature", _OURS),
    EF_INACTIVE: Refusal("the input's extended feature is off", "call again; another program may have switched it off"),
    EF_OUT_OF_RANGE: Refusal(
        "what it calculates is out of range",
        "see that the thermocouple is connected at both screws and not broken, and that the net's pin names its type, "
        "such as AIN8-J",
    ),
    EF_CHANNEL: Refusal("the input has no extended feature", "use AIN0 to AIN13"),
    EF_COLD_JUNCTION: Refusal("no such register for the cold junction", _OURS),
    STREAM_ACTIVE: Refusal("a stream is running", "end the program that streams, or write 0 to STREAM_ENABLE (4990)"),
}
UNKNOWN = Refusal("see LabJack's list of error codes", _OURS)
