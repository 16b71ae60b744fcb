"""What clients of the released interface may ask without a token, where a box was started to serve them.

They know no token. So this is a list of what they use, and of nothing else: all of a box's own endpoints keep theirs.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

from lager import __version__

OPTION = "--allow-legacy-clients"
# The interface that is served to them. They compare it with their own version, and warn of an older one.
LEVEL = "0.55.0"
MARK = "released"  # in the state of a request that was let in without a token

_NAME = "[^/]+"
_LOCK = {"GET": ["/lock"], "POST": ["/lock", "/lock/heartbeat", "/unlock"]}
_BOX = ["/health", "/hello", "/status", "/nets/list", "/instruments/list", "/download-file"]
_BINARIES = {"GET": ["/binaries/list"], "POST": ["/binaries/add", "/binaries/remove"]}
_NETS = {"PUT": [f"/nets/{_NAME}"], "DELETE": [f"/nets/{_NAME}"]}
_RUNNER = {
    "GET": [*_BOX, "/version", "/cli-version", "/test-stream"],
    "POST": [
        *[f"/python{verb}" for verb in ("", "/kill", "/attach", "/continue", "/breakpoint")],
        "/pip",
    ],
}
_HARDWARE = {
    "GET": ["/health", "/cache/stats", "/diagnose/dispatcher"],
    "POST": ["/invoke", "/cache/clear", "/cache/clear_all", "/cache/release_direct_usb"],
}
_HTTP = {
    # Some of it is not served here, and they are told so.
    "GET": [
        *[*_BOX, "/nets/state", "/uart/nets/list", "/usb/devices", "/bench"],
        "/diagnose/(?:usb|visa|usbhub|jlink|lsmod)",
    ],
    "POST": ["/(?:supply|battery|net|usb|ble|wifi|blufi)/command", "/usb/dfu", "/uart/net/stream"],
    "PUT": [f"/nets/{_NAME}/safety-limits"],
    "DELETE": ["/nets"],
}
# Socket.IO has one path for everything.
_LIVE = {method: ["/socket[.]io/?"] for method in ("GET", "POST", "OPTIONS", "WEBSOCKET")}
_PAGES = ("none", "same-origin")  # of whom a browser may say that it asks for them

Scope = MutableMapping[str, Any]
Rule = Callable[[Scope], bool]


def _patterns(*tables: dict[str, list[str]]) -> re.Pattern[str]:
    """Make one pattern for `METHOD PATH`."""
    each = (f"{method} {path}" for table in tables for method, paths in table.items() for path in paths)
    return re.compile("|".join(each))


RUNNER = _patterns(_RUNNER, _NETS, _LOCK, _BINARIES)
HARDWARE = _patterns(_HARDWARE)
HTTP = _patterns(_HTTP, _NETS, _LOCK, _BINARIES, _LIVE)


def rule(paths: re.Pattern[str]) -> Rule:
    """Give what decides whether a request may come in without a token: its path is one of these, and no page sent it.

    Whether its Host is an address and its Origin the box's own, the gate has seen to.
    """

    def lets_in(scope: Scope) -> bool:
        method = scope.get("method", "WEBSOCKET")
        sent_by = _all_of(b"sec-fetch-site", scope["headers"])  # nothing but a browser says that
        return paths.fullmatch(f"{method} {scope['path']}") is not None and all(one in _PAGES for one in sent_by)

    return lets_in


def _all_of(name: bytes, headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    return [value.decode("latin-1").strip().lower() for known, value in headers if known == name]


def is_released(scope: Scope) -> bool:
    """Whether a request came in without a token."""
    return bool(scope.get("state", {}).get(MARK))


def versions(scope: Scope) -> dict[str, str]:
    """Give what `/status` says of the version: to who has no token the level that it is served, else our own."""
    return {"version": LEVEL, "updater_version": __version__} if is_released(scope) else {"version": __version__}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Let a service take the option."""
    parser.add_argument(OPTION, action="store_true", help="serve clients of the released interface without a token")
