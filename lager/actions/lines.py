"""What can be done to single lines: analog and digital ones, and thermocouples. V and °C."""

from __future__ import annotations

from lager import errors
from lager.actions.given import Act, Done, Given
from lager.proxies.waiting import Wait, wait
from lager.roles.gpio import as_level

_EVERY = 0.01  # s
_MOST_WAIT = 300.0  # s: a caller that is gone is not waited for longer than that
_NAMES = ("LOW", "HIGH")


def _adc_read(given: Given) -> Done:
    volts: float = given.call("input")
    return Done(f"{volts:.6f} V", volts)


def _dac_set(given: Given) -> Done:
    given.required("value")
    volts = given.number()
    given.call("output", volts)
    now: float = given.call("input")
    return Done(f"Set to {volts:.6f} V", now)


def _dac_read(given: Given) -> Done:
    volts: float = given.call("input")
    return Done(f"{volts:.6f} V", volts)


def _input(given: Given) -> Done:
    level: int = given.call("input")
    return Done(f"{_NAMES[level]} ({level})", level)


def _output(given: Given) -> Done:
    wanted = given.required("level" if given["value"] is None else "value")
    if isinstance(wanted, str) and wanted.strip().lower() == "toggle":
        return _toggle(given)
    return _drive(given, as_level(wanted))


def _drive(given: Given, level: int, words: str = "Set to") -> Done:
    given.call("output", level)
    return Done(f"{words} {_NAMES[level]}", level)


def _toggle(given: Given) -> Done:
    level: int = given.call("input")
    return _drive(given, 1 - level, "Toggled to")


def _wait_for_level(given: Given) -> Done:
    level = as_level(given.required("level"))
    within = given.seconds("timeout", _MOST_WAIT)
    if not 0 <= within <= _MOST_WAIT:
        raise errors.UsageError(f"one wait takes at most {_MOST_WAIT:g} s, not {within:g}", "wait again after it")
    every = given.seconds("poll_interval", _EVERY, _EVERY)
    elapsed = wait(lambda: int(given.call("input")), Wait(given.net, level, within, every), given.clock)
    return Done(f"Reached level {level} in {elapsed:.4f}s", elapsed)


def _temperature(given: Given) -> Done:
    celsius: float = given.call("read")
    return Done(f"Temperature: {round(celsius, 2)}˚C", celsius)  # the ring that released clients print


ADC: dict[str, Act] = {"read": _adc_read}
DAC: dict[str, Act] = {"set": _dac_set, "read": _dac_read}
GPIO: dict[str, Act] = {
    "input": _input,
    "output": _output,
    "output_high": lambda given: _drive(given, 1),
    "output_low": lambda given: _drive(given, 0),
    "toggle": _toggle,
    "wait_for_level": _wait_for_level,
}
THERMOCOUPLE: dict[str, Act] = {"read": _temperature}
