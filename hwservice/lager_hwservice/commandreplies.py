"""What released clients send to `/supply/command`, `/battery/command` and `/net/command`, and how they are answered.

Tables and shapes; nothing that acts. A client of these must look at `success`: what the instrument refuses is no error
of HTTP there, as these clients would then try another way.
"""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec

from lager import actions, errors, wire
from lager_drivers import catalog
from lager_hwservice.bench import Bench

NET_COMMAND_ROLES = ("gpio", "adc", "dac", "thermocouple", "watt-meter", "eload", "energy-analyzer", "scope")
# Served on paths of their own. What is asked for any other role here is answered with 400: at 501, these clients tell
# their user to update the box, and their `update` puts another product on it.
_ROLES_ELSEWHERE = ("power-supply", "battery")
_OF_OUR_CLIENT = {"scope": ": use `lager scope` of the box's own client"}
CAPABILITIES = {
    "netCommand": True,
    "netCommandRoles": NET_COMMAND_ROLES,
    "bleCommand": False,
    "wifiCommand": False,
    "blufiCommand": False,
    "customDevices": False,
    "binaries": True,
    "safetyLimits": True,
}
# What clients of the released interface call a field of a role's state; they end badly where it is missing.
_STATE_FIELDS = {
    "eload": {
        "input_enabled": "enabled",
        "measured_voltage": "voltage",
        "measured_current": "current",
        "measured_power": "power",
    }
}
_SHAPE = 'send {"netname": ..., "action": ..., "params": {}}'
Reply = tuple[int, dict[str, Any]]


class Asked(msgspec.Struct, frozen=True):
    """A request's body. `holder` as in `wire.NetAction`; released clients do not say it."""

    netname: str = ""
    action: str = ""
    params: dict[str, Any] | None = None
    role: str = ""
    holder: str = ""


class Refused(Exception):
    """A request that is not served, with the status that released clients expect."""

    def __init__(self, status: int, error: errors.LagerError) -> None:
        super().__init__(error.what)
        self.status, self.error = status, error


def read(body: bytes) -> Asked:
    """Decode a body.

    Raises:
        UsageError: It is none, or does not say the net or the action.
    """
    if not body.strip():
        raise _incomplete()
    try:
        asked: Asked = wire.from_json(body, Asked)
    except errors.UsageError as exc:
        raise errors.UsageError(exc.what, _SHAPE) from exc
    if not asked.netname or not asked.action:
        raise _incomplete()
    return asked


def _incomplete() -> errors.UsageError:
    return errors.UsageError("netname and action are required", _SHAPE)


def role_of(bench: Bench, asked: Asked) -> str:
    """Decide which role a request of `/net/command` means: the one it says, or that of the net.

    Raises:
        Refused: It is one that `/net/command` does not serve.
        NetNotFound: There is no such net.
    """
    role = asked.role
    if not role:
        named = [net.role for net in bench.nets if net.name == asked.netname]
        if not named:
            raise errors.NetNotFound(f"Net '{asked.netname}' not found", "`lager nets` lists the nets of the bench")
        role = next((one for one in named if one in NET_COMMAND_ROLES), named[0])
    if role not in NET_COMMAND_ROLES:
        words = f"Role '{role}' is not supported by /net/command"
        status = 501 if role in _ROLES_ELSEWHERE else 400
        raise Refused(status, errors.UsageError(words, f"it serves {', '.join(NET_COMMAND_ROLES)}"))
    return role


def refuse_unsupported(net: wire.NetRecord) -> None:
    """Refuse a net whose instrument has no driver, in the words released clients expect.

    Raises:
        Refused: It has none.
    """
    with contextlib.suppress(errors.UsageError):
        catalog.find(net.instrument)
        return
    words = f"Unsupported instrument '{net.instrument}' for {net.role} net '{net.name}'."
    raise Refused(404, errors.NetNotFound(words, "correct the net's instrument: `lager nets show NET`"))


def succeeded(asked: Asked, done: wire.NetDone, role: str = "") -> Reply:
    """Answer what was done. A value goes with it; a state also under the name later clients look for."""
    body: dict[str, Any] = {"success": True, "action": asked.action, "message": done.message}
    if done.value is not None:
        body["value"] = done.value
    if asked.action in ("state", "print_state") and isinstance(done.value, dict):
        known = {name: done.value[ours] for name, ours in _STATE_FIELDS.get(role, {}).items()}
        body["value"] = done.value | known
        body["state"] = {"netname": asked.netname, **body["value"]}
    if asked.action == "export_model" and isinstance(done.value, dict):  # the place where released clients look for it
        points = zip(done.value["voc"], done.value["resistance"], strict=True)
        body["model"] = {"points": [{"voc": voc, "resistance": ohm} for voc, ohm in points]}
    return 200, body | ({"notice": done.notice} if done.notice else {})


def failed(error: errors.LagerError, asked: Asked | None) -> Reply:
    """Answer an error of `/supply/command` and `/battery/command`."""
    if isinstance(error, errors.NetNotFound):
        return _failure(404, error, asked)
    if isinstance(error, errors.InstrumentError):
        return _failure(200, error, asked)
    if isinstance(error, errors.ServiceUnreachable):
        return _failure(502, error, asked, f"Hardware service error: {error.what}")
    return _failure(error.http_status, error, asked)


def not_found(bench: Bench, asked: Asked, role: str, error: errors.NetNotFound) -> errors.NetNotFound:
    """Say that there is no such net in the words released clients expect, of `/supply/command` and its like."""
    roles = [net.role for net in bench.nets if net.name == asked.netname]
    if roles:
        return errors.WrongNetType(f"Net '{asked.netname}' is a '{roles[0]}' net, not '{role}'.", error.hint)
    return errors.NetNotFound(f"Net '{asked.netname}' not found. Create it with 'lager nets create'.", error.hint)


def net_command_failed(error: errors.LagerError, asked: Asked | None, role: str) -> Reply:
    """Answer an error of `/net/command`."""
    if isinstance(error, errors.RoleConflict):
        return _failure(200, error, asked)
    if isinstance(error, errors.InstrumentError | errors.ServiceUnreachable):
        return _failure(502, error, asked, f"Hardware error: {error.what}")
    if isinstance(error, actions.UnknownAction) and asked is not None:
        words = f"Unknown action '{asked.action}' for role '{role}'{_OF_OUR_CLIENT.get(role, '')}"
        return _failure(400, error, asked, words)
    return _failure(404 if isinstance(error, errors.NetNotFound) else error.http_status, error, asked)


def refused(error: Refused, asked: Asked | None) -> Reply:
    """Answer what is not served."""
    return _failure(error.status, error.error, asked)


def _failure(status: int, error: errors.LagerError, asked: Asked | None, words: str = "") -> Reply:
    body: dict[str, Any] = {"success": False, "error": " ".join((words or error.what).split())}
    if asked is not None:
        body["action"] = asked.action
    return status, body | {"code": error.code, "what": error.what, "hint": error.hint}
