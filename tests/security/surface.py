"""What can be asked of a box, taken from the route tables of its applications: a new endpoint is in it by itself."""

import functools
import importlib
import inspect
import pkgutil
import re
import types
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.routing import Mount, Route, WebSocketRoute

import lager_hwservice
import lager_runner
from lager import wire


@dataclass(frozen=True)
class Endpoint:
    """One endpoint.

    Attributes:
        port: The field of `wire.BoxInfo` with its port.
        path: As in the route table, with its parameters in braces.
        methods: HTTP methods it is for; none for a WebSocket.
        queries: Names that may stand in the query.
        bodies: Messages that it may be for.
        binary: Whether they are MessagePack, and not JSON.
    """

    port: str
    path: str
    methods: tuple[str, ...]
    queries: tuple[str, ...]
    bodies: tuple[Any, ...] = field(repr=False)
    binary: bool


@functools.cache
def endpoints():
    """Give all of them. The tables are read from the classes; what stands behind these is never called here."""
    found = []
    for kind in _having(lager_runner, "routes"):
        found += [_endpoint("runner", route) for route in object.__new__(kind).routes()]
    for kind in _having(lager_hwservice, "app"):
        port = {"ControlPlane": "hardware", "NetsPlane": "http"}[kind.__name__]
        found += [_endpoint(port, route) for route in object.__new__(kind).app().routes]
    for kind in _having(lager_hwservice, "routes"):
        for route in object.__new__(kind).routes():
            found += _mounted("http", route) if isinstance(route, Mount) else [_endpoint("http", route)]
    return found


LIVE = "/socket.io/"


def _mounted(port, mount):
    """Give the endpoints of Socket.IO, which has one path for HTTP and for WebSockets."""
    assert f"{mount.path}/" == LIVE, mount
    queries = ("EIO", "transport", "sid")
    return [Endpoint(port, LIVE, methods, queries, (), False) for methods in (("GET", "OPTIONS", "POST"), ())]


def _having(package, method):
    """Give the classes of a package that have such a method of no arguments."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if module.name.endswith("__main__"):
            continue
        for kind in vars(importlib.import_module(module.name)).values():
            own = isinstance(kind, type) and kind.__module__ == module.name
            if own and isinstance(vars(kind).get(method), types.FunctionType):
                yield kind


def _endpoint(port, route):
    handler = inspect.unwrap(route.endpoint)
    source = inspect.getsource(inspect.getmodule(handler))
    queries = sorted(set(re.findall(r"(?:query_params|asked)(?:\.get\(|\[)\"(\w+)\"", source)))
    if isinstance(route, WebSocketRoute):
        return Endpoint(port, route.path, (), tuple(queries), tuple(messages()), True)
    assert isinstance(route, Route)
    names = _named_in(handler)
    known = vars(inspect.getmodule(handler))
    bodies = [one for name in names for one in _meant(known, name)]
    if not bodies and not route.methods <= {"GET", "HEAD"}:  # decoded elsewhere
        bodies = [one for one in messages() if one.__name__.endswith("Request")]
    methods, binary = tuple(sorted(route.methods)), "from_msgpack" in names
    return Endpoint(port, route.path, methods, tuple(queries), tuple(bodies), binary)


_OF_WIRE = {name: getattr(wire, name) for name in wire.__all__}


def _meant(known, name):
    """Give the messages that a name of a handler stands for: one, each of several, or all of a module."""
    one = known.get(name) or _OF_WIRE.get(name)
    if isinstance(one, types.ModuleType):
        return [
            kind for kind in vars(one).values() if is_message(kind) and kind.__module__ == one.__name__ != "lager.wire"
        ]
    return [kind for kind in getattr(one, "__args__", (one,)) if is_message(kind)]


def _named_in(handler):
    """Give the names that a handler uses, with those of the methods of its class that it calls."""
    found, left = set(), [getattr(handler, "__func__", handler)]
    methods = vars(type(getattr(handler, "__self__", None)))
    while left:
        new = set(left.pop().__code__.co_names) - found
        found |= new
        left += [one for name in new if isinstance(one := methods.get(name), types.FunctionType)]
    return sorted(found)


def is_message(kind):
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind is not msgspec.Struct


@functools.cache
def messages():
    """Give every message there is."""
    return [kind for kind in map(wire.__dict__.get, wire.__all__) if is_message(kind)]
