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


ACTIONS: dict[str, Act] = {
    "enable": _plain("enable", "Channel enabled"),
    "disable": _plain("disable", "Channel disabled"),
    "start_capture": _plain("start_capture", "Capture started"),
    "stop_capture": _plain("stop_capture", "Capture stopped"),
    "start_single_capture": _plain("start_single_capture", "Single capture started"),
    "force_trigger": _plain("force_trigger", "Trigger forced"),
    "autoscale": _plain("autoscale", "Autoscale completed"),
    "measure": _measure,
    "state": _state,
}
