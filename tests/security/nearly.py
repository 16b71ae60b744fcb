"""Messages that are nearly right, made from the types they have (`msgspec.inspect`), and then broken a little."""

import functools
import json

import msgspec
from hypothesis import strategies as st
from msgspec import inspect as typed

# What occurs in a box, so that some of it fits: a run, nets, roles, methods, signals, users.
WORDS = [
    "RUN", "RUN.1", "PAUSED", "PAUSED.1", "PAUSED.7", "ENDED", "supply1", "battery1", "adc1", "gpio1", "dac1",
    "power-supply", "battery", "adc", "gpio", "dac", "voltage", "set_voltage", "measure", "enable", "input", "read",
    "SIGINT", "SIGTERM", "SIGUSR1", "ada", "user", "ci", "ephemeral", "script", "console", "main.py", "test.py",
    "json", "unplug", "plug", "hang", "nothing", "1 + 1", "x = 1", "keithley_2281s", "labjack_t7", "written.txt",
]  # fmt: skip
ODD = [
    "", ".", "..", "../../etc/passwd", "/etc/passwd", "a" * 300, "a/b", "\\..\\", "\0", "\n", "\r\nX: 1", "%00", "é́",
    "\u202e", "🦊", "nan", "-1", "1e999", "0", "1", "' or 1=1", "{}", "$(id)", "\ud7ff", "__class__", "-c", "--help",
]  # fmt: skip
texts = st.one_of(st.sampled_from(WORDS), st.sampled_from(WORDS), st.sampled_from(ODD), st.text(max_size=12))
whole = st.one_of(
    st.sampled_from([0, 1, 2, -1, 2**31, 2**32, 2**53, 2**63 - 1, -(2**63), 2**64 - 1]), st.integers(-100, 100)
)
real = st.one_of(st.sampled_from([0.0, -0.0, 0.1, 1.0, -1.0, 1e-300, 1e300, 3.3]), st.floats(width=32))
plain = st.recursive(
    st.one_of(st.none(), st.booleans(), whole, real, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=4,
)
# For these somebody may rightly be kept waiting, or an instrument kept busy.
_PATIENCE = {"wait", "lock_wait", "timeout", "interval", "seconds"}
_OFTEN = {"script": "main.py"}  # else what is sent is no zip either, and no script is ever started
_patience = st.sampled_from([0.0, 0.01, 0.05, -1.0, float("nan")])


@functools.cache
def right(kind):
    """Give a strategy of messages of a kind, as plain data."""
    return _of(typed.type_info(kind))


def _of(info):
    return _MADE.get(type(info), lambda _: plain)(info)


def _union(info):
    return st.one_of(*[_of(one) for one in info.types if not isinstance(one, typed.StructType)] or [plain])


def _struct(info):
    fields = {one.encode_name: one for one in info.fields}
    must = {name: _field(one) for name, one in fields.items() if one.required or name in _OFTEN}
    may = {name: _field(one) for name, one in fields.items() if name not in must}
    if info.tag_field:
        must[info.tag_field] = st.just(info.tag)
    return st.fixed_dictionaries(must, optional=may)


def _field(field):
    found = _patience if field.encode_name in _PATIENCE else _of(field.type)
    if field.encode_name in _OFTEN:
        return st.one_of(st.just(_OFTEN[field.encode_name]), found)
    if isinstance(field.default, str | int | float):
        usual = st.just(field.default)
    elif field.default_factory in (list, dict):
        usual = st.builds(field.default_factory)
    else:
        return found
    # What is usual comes more often: a request with a dozen of fields would else never be one that is carried out.
    return st.one_of(usual, usual, usual, found)


_MADE = {
    typed.StructType: _struct,
    typed.StrType: lambda _: texts,
    typed.BoolType: lambda _: st.booleans(),
    typed.IntType: lambda _: whole,
    typed.FloatType: lambda _: real,
    typed.NoneType: lambda _: st.none(),
    typed.BytesType: lambda _: st.one_of(st.sampled_from([b"", b"print(1)\n", b"\x1b[A"]), st.binary(max_size=20)),
    typed.ListType: lambda info: st.lists(_of(info.item_type), max_size=3),
    typed.VarTupleType: lambda info: st.lists(_of(info.item_type), max_size=3),
    typed.TupleType: lambda info: st.tuples(*map(_of, info.item_types)).map(list),
    typed.DictType: lambda info: st.dictionaries(texts, _of(info.value_type), max_size=3),
    typed.LiteralType: lambda info: st.sampled_from(info.values),
    typed.UnionType: _union,
}


@st.composite
def nearly(draw, kinds, binary=False):
    """Give the bytes of a message, whole or damaged; `binary` ones are MessagePack mostly.

    Args:
        kinds: Of which kinds; or a strategy of them.
    """
    if isinstance(kinds, st.SearchStrategy):
        message = draw(kinds)
    else:
        message = draw(right(draw(st.sampled_from(kinds)))) if kinds else draw(plain)
    how = draw(st.sampled_from(["whole"] * 6 + ["missing", "other", "more", "cut", "flipped", "strange"]))
    if isinstance(message, dict) and message and how in ("missing", "other"):
        name = draw(st.sampled_from(sorted(message)))
        message = {**message, name: draw(plain)} if how == "other" else {k: v for k, v in message.items() if k != name}
    elif how == "more":
        message = {"message": message, **(message if isinstance(message, dict) else {}), draw(texts): draw(plain)}
    elif how == "strange":
        return draw(st.sampled_from(_STRANGE))
    body = draw(st.sampled_from([_as_json, _as_msgpack, *[_as_msgpack if binary else _as_json] * 6]))(message)
    if how == "cut":
        return body[: draw(st.integers(0, len(body)))]
    if how == "flipped" and body:
        place = draw(st.integers(0, len(body) - 1))
        return body[:place] + bytes([draw(st.integers(0, 255))]) + body[place + 1 :]
    return body


def _as_json(message):
    return msgspec.json.encode(message)


def _as_msgpack(message):
    return msgspec.msgpack.encode(message)


_STRANGE = [
    b"", b"null", b"[]", b"{", b"\0", b"\xff\xfe", b"NaN", b'{"a": NaN}', b"1e400", b'"\\ud800"', b"1" * 5000,
    b"[" * 5000, b'{"a":' * 5000, b"\x91" * 5000, b"\xdd\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xc1",
    b"\xd6\xff\0\0\0\0",
    b'{"user": "a", "user": "b"}', json.dumps({"x": "y" * 100_000}).encode(), b"a=b&c=d", b"\x1f\x8b\x08\0",
]  # fmt: skip
