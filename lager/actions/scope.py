"""What can be done to a channel of an oscilloscope by one word; all else is in its contract."""

from __future__ import annotations

from typing import Any

from lager.actions.given import Act, Done, Given


def _plain(method: str, words: str) -> Act:
    def act(given: Given) -> Done:
        given.call(method)
        return Done(words)

    return act


def _measure(given: Given) -> Done:
    item = str(given.required("item"))
    other = given["other"]
    value: float | None = given.call("measure", item, *([] if other is None else [other]))
    return Done(f"{item}: {'n/a' if value is None else value}", value)


def _state(given: Given) -> Done:
    state: dict[str, Any] = given.call("state")
    return Done(f"Channel {state['channel']}: {'ON' if state['enabled'] else 'OFF'}, {state['status']}", state)


def _setting(method: str, parameter: str, words: str) -> Act:
    """Make an action of released clients that sets a number; what the scope made of it is said."""

    def act(given: Given) -> Done:
        given.required(parameter)
        now: float = given.call(method, given.number(parameter))
        return Done(words.format(f"{now:g}"), now)

    return act


def _coupling(given: Given) -> Done:
    now: str = given.call("coupling", str(given.required("mode")))
    return Done(f"Channel coupling set to {now}", now)


def _one(item: str, words: str) -> Act:
    """Make an action of released clients that measures one item."""

    def act(given: Given) -> Done:
        value: float | None = given.call("measure", item)
        name, _, _ = words.partition(":")
        return Done(f"{name}: n/a" if value is None else words.format(value), value)

    return act


_ENABLED, _DISABLED = _plain("enable", "Channel enabled"), _plain("disable", "Channel disabled")
_SINGLE = _plain("start_single_capture", "Single capture started")
_RELEASED: dict[str, Act] = {
    "enable_net": _ENABLED,
    "disable_net": _DISABLED,
    "start_single": _SINGLE,
    "set_scale": _setting("volts_per_div", "volts_per_div", "Channel vertical scale set to {} V/div"),
    "set_timebase": _setting("time_per_div", "seconds_per_div", "Timebase set to {} s/div"),
    "set_probe": _setting("probe", "ratio", "Channel probe attenuation set to {}x"),
    "set_coupling": _coupling,
    "measure_freq": _one("frequency", "Frequency: {:g} Hz"),
    "measure_period": _one("period", "Period: {:g} s"),
    "measure_vpp": _one("voltage_peak_to_peak", "Vpp: {:g} V"),
    "measure_vavg": _one("voltage_average", "Vavg: {:g} V"),
    "measure_vmax": _one("voltage_max", "Vmax: {:g} V"),
    "measure_vmin": _one("voltage_min", "Vmin: {:g} V"),
    "measure_vrms": _one("voltage_rms", "Vrms: {:g} V"),
    "measure_dc_pos": _one("duty_cycle_positive", "Duty cycle (+): {:.2%}"),
    "measure_dc_neg": _one("duty_cycle_negative", "Duty cycle (-): {:.2%}"),
    "measure_pulse_width_pos": _one("pulse_width_positive", "Pulse width (+): {:g} s"),
    "measure_pulse_width_neg": _one("pulse_width_negative", "Pulse width (-): {:g} s"),
}
ACTIONS: dict[str, Act] = {
    "enable": _ENABLED,
    "disable": _DISABLED,
    "start_capture": _plain("start_capture", "Capture started"),
    "stop_capture": _plain("stop_capture", "Capture stopped"),
    "start_single_capture": _SINGLE,
    "force_trigger": _plain("force_trigger", "Trigger forced"),
    "autoscale": _plain("autoscale", "Autoscale completed"),
    "measure": _measure,
    "state": _state,
    **_RELEASED,
}
