"""What is said to nets: the bodies that no message is declared for, and the frames of the live monitors."""

import json

import nearly
import surface
from hypothesis import strategies as st

from lager import actions

NETS = ["supply1", "battery1", "adc1", "gpio1", "dac1", "thermocouple1", "nothing"]
# What takes as long as it is told to is none of these.
ACTIONS = sorted({one for role in actions.roles() for one in actions.of(role) if not actions.takes_time(role, one)})
VALUES = st.one_of(
    nearly.plain, st.sampled_from([0, 1, 3.3, "3.3", "1", -1, 1e9, float("nan"), "high", "toggle", True])
)
KEYS = ["value", "ocp", "ovp", "mode_type", "partnumber", "level", "netname", "esr"]
names, params = st.sampled_from(NETS), st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3)
commands = st.fixed_dictionaries(
    {"netname": names, "action": st.sampled_from(ACTIONS), "params": params},
    optional={"role": st.sampled_from(actions.roles())},
)
_limit = st.one_of(nearly.real, nearly.whole, nearly.plain)
_BODIES = {
    "/safety-limits": st.dictionaries(st.sampled_from(["max_voltage", "max_current", "x"]), _limit, max_size=2),
    "/safe": st.dictionaries(
        st.sampled_from(["output", "input", "level", "voltage", "order"]),
        st.one_of(st.sampled_from(["off", 0, 1, 0.0]), nearly.plain),
        max_size=2,
    ),
    "/while-connected": st.dictionaries(
        st.just("parameters"), st.one_of(st.sampled_from(["refuse", "reconnect"]), nearly.plain), max_size=1
    ),
    "/command": commands,
    "/act": st.fixed_dictionaries(
        {"role": st.sampled_from(actions.roles()), "action": st.sampled_from(ACTIONS), "params": params}
    ),
    "/nets/{name:path}": st.fixed_dictionaries(
        {"name": st.sampled_from([*NETS, "new", "a/b"]), "role": st.sampled_from(actions.roles()),
         "instrument": st.sampled_from(["Keithley_2281S", "LabJack_T7", "Rigol_DP832", "x"])},
        optional={"address": nearly.texts, "pin": nearly.plain, "mappings": nearly.plain, "safe": nearly.plain,
                  "safety_limits": nearly.plain, "while_connected": nearly.plain, "via": nearly.texts},
    ),
}  # fmt: skip


def bodies(endpoint):
    """Give a strategy of bodies that an endpoint is for, as plain data; None where its messages say enough."""
    if not set(endpoint.methods) & {"POST", "PUT"} or endpoint.port != "http":
        return None
    return next((made for end, made in _BODIES.items() if endpoint.path.endswith(end)), None)


_starts = st.fixed_dictionaries(
    {"netname": names},
    optional={"interval": st.one_of(st.just(0.1), nearly.plain), "details": nearly.plain, "caller": nearly.plain},
)
_SAID = {f"start_{kind}_monitor": _starts for kind in ("supply", "battery")}
_SAID |= {f"{kind}_command": commands for kind in ("supply", "battery")}
_SAID |= {f"stop_{kind}_monitor": nearly.plain for kind in ("supply", "battery")}
_SAID |= dict.fromkeys(["connect", "disconnect", "message", "no such event", "connect_error"], nearly.plain)


@st.composite
def events(draw):
    """Give a frame of Socket.IO: mostly an event that means something, sometimes with an id to be answered to."""
    name = draw(st.sampled_from(sorted(_SAID)))
    payload = draw(st.one_of(_SAID[name], _SAID[name], nearly.plain))
    kind = "battery" if "battery" in name else "supply"
    return f"42/{kind},{draw(st.sampled_from(['', '', '1', '99999999999']))}" + _text([name, payload])


_ODD = [
    "", "2", "3", "5", "6", "1", "4", "40", "41/supply,", "42/supply,[]", "42/supply,{}", '42/supply,["connected"]',
    "43/supply,1[]", "40/no such,", "40/supply,{}", "42" + "[" * 5000,
    '451-/supply,["x",{"_placeholder":true,"num":0}]',
    "42/supply," + "9" * 5000 + "[]", "4" + "9" * 300, "b4AAAA", b"\x04\x00\xff", b"", "42/supply,[NaN]", "🦊",
]  # fmt: skip


@st.composite
def frames(draw):
    """Give what one client of the live monitors sends, having said which namespaces it is for."""
    begun = draw(st.sampled_from([["40/supply,"], ["40/battery,"], ["40/supply,", "40/battery,"], []]))
    return [*begun, *draw(st.lists(st.one_of(events(), events(), st.sampled_from(_ODD)), max_size=5))]


def live_path(draw, otherwise):
    """Give the path of a connection, mostly one that is taken."""
    usual = f"{surface.LIVE}?EIO=4&transport=websocket"
    return draw(st.sampled_from([usual, usual, usual, otherwise]))


def _text(data):
    return json.dumps(data)
