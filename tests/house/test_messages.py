"""Every wire message survives its round trip, and looks as it did when it was released."""

import inspect
import json
import typing
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from lager import roles, wire

GOLDEN = Path(__file__).with_name("messages.golden.json")
MESSAGES = [
    one
    for module in (wire, roles)
    for _, one in inspect.getmembers(module, inspect.isclass)
    if issubclass(one, Struct) and one is not Struct
]


def sample(kind, name="x"):
    """Make a value of a type: the same one each time."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (list, tuple):
        return origin(sample(one, name) for one in args if one is not ...)
    if origin is dict:
        return {"key": sample(args[1], name)}
    if args:  # a union with None: the part that says more
        return sample(next(one for one in args if one is not type(None)), name)
    if isinstance(kind, type) and issubclass(kind, Struct):
        hints = typing.get_type_hints(kind)
        return kind(**{field: sample(hints[field], field) for field in kind.__struct_fields__})
    return {str: name, int: 7, float: 0.5, bool: True, bytes: b"\xc3\xa4\xff", typing.Any: [1, 2.5, "x", None]}[kind]


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_every_message_survives_both_encodings(kind):
    message = sample(kind)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(message), type=kind) == message
    assert msgspec.json.decode(msgspec.json.encode(message), type=kind) == message


def test_messages_look_as_they_did():
    """A difference here changes what released clients see: then this file is made anew, on purpose (python FILE)."""
    assert json.loads(GOLDEN.read_text()) == current()


UNIONS = ["WorkerRequest", "WorkerReply", "HardwareRequest", "HardwareReply", "SimulatedRequest", "SimulatedReply"]
UNIONS += ["FromRun", "ToRun"]
UNIONS += ["FromConsole", "ToConsole", "FromScript", "ToScript"]


@pytest.mark.parametrize("union", [getattr(wire, name) for name in UNIONS], ids=UNIONS)
def test_every_union_tells_its_members_apart(union):
    for kind in typing.get_args(union):
        assert type(wire.from_json(wire.to_json(sample(kind)), union)) is kind


def current():
    return {kind.__name__: json.loads(msgspec.json.encode(sample(kind))) for kind in MESSAGES}


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(current(), indent=1, sort_keys=True) + "\n")
