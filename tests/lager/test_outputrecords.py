"""Records of the output channel: what was written comes out, in whatever pieces; and nobody's code is run."""

import base64
import datetime
import io
import json
import pickle  # noqa: TID251  # the attacks

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lager import OutputEncoders, errors, outputchannel
from lager.outputrecords import Record, Records, decode, jsonable

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary() | st.datetimes(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=10,
)


def framed(encoder, data):
    return b"%d %d " % (encoder, len(data)) + data


def one(data):
    (record,) = Records().feed(data)
    return record


@given(st.lists(VALUES, min_size=1, max_size=4), st.integers(1, 40))
def test_what_was_written_comes_out_in_whatever_pieces(values, size):
    data = b"".join(framed(2, outputchannel.encoded(one, OutputEncoders.Pickle)) for one in values)
    records, found = Records(), []
    for start in range(0, len(data), size):
        found += records.feed(data[start : start + size])
    assert found == [Record(2, value) for value in values]
    assert records.end() == []


@pytest.mark.parametrize(
    ("encoder", "value", "data"),
    [
        ("Raw", b"\0 1", b"\0 1"), ("Raw", "ä", b"\xc3\xa4"), ("JSON", {"a": [1, None]}, b'{"a": [1, null]}'),
        ("YAML", {"b": 1, "a": "ä"}, "b: 1\na: ä\n".encode()),
    ],
)  # fmt: skip
def test_encoders(encoder, value, data):
    kind = OutputEncoders[encoder]
    assert outputchannel.encoded(value, kind) == data
    assert one(framed(kind, data)) == Record(kind, data if encoder == "Raw" else value)


def test_pythons_plain_types_come_through_a_pickle():
    value = [range(3), 1j, {1}, frozenset({2}), slice(1), bytearray(b"x"), datetime.date(2026, 1, 2),
             datetime.timedelta(1), datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)]  # fmt: skip
    assert one(framed(2, pickle.dumps(value, 4))).value == value


class Evil:
    def __reduce__(self):
        return exec, ("raise SystemExit('it was run')",)


class Opcodes(pickle.Pickler):
    """Names a thing of a plain type's module that is none."""

    def reducer_override(self, obj):
        return (getattr, (int, "real")) if isinstance(obj, Evil) else NotImplemented


def test_a_pickle_runs_nobodys_code():
    assert one(framed(2, pickle.dumps(Evil()))).error == (
        "a result holds a builtins.exec, which is not one of Python's plain types"
    )
    sink = io.BytesIO()
    Opcodes(sink).dump(Evil())
    assert "builtins.getattr" in one(framed(2, sink.getvalue())).error


@given(st.integers(0, 9), st.binary(max_size=60))
def test_broken_records_are_errors(encoder, data):
    record = decode(encoder, data)
    assert record.value is None or not record.error


@given(st.binary(max_size=80))
def test_what_is_no_record_is_said_once(data):
    records = Records()
    found = records.feed(b"no record " + data)
    assert [one.error for one in found] == ["the output channel holds what is no record of lager.output"]
    assert records.feed(framed(1, b"x")) == records.end() == []


def test_a_record_that_is_cut_off():
    records = Records()
    assert records.feed(framed(1, b"one") + b"1 10 abc") == [Record(1, b"one")]
    assert [one.error for one in records.end()] == ["the last record of lager.output is cut off after 8 bytes"]
    begun = Records()
    assert begun.feed(b"1 1") == []
    assert begun.feed(b"0 0123456789") == [Record(1, b"0123456789")]


def test_a_newer_encoder_is_named():
    assert one(framed(7, b"x")).error == (
        "a result of 1 bytes cannot be read (ValueError: encoder 7 is unknown here; a newer lager may know it)"
    )


def test_yaml_runs_nobodys_code_either():
    assert "could not determine a constructor" in one(framed(4, b"!!python/object/apply:os.system ['true']")).error


@given(VALUES)
def test_every_value_can_be_json(value):
    json.loads(json.dumps(jsonable(value), allow_nan=False))


def test_how_values_look_as_json():
    inside_itself = []
    inside_itself.append(inside_itself)
    assert jsonable({1: b"text", "b": b"\xff", "c": (1, {2})}) == {
        "1": "text", "b": base64.b64encode(b"\xff").decode(), "c": [1, [2]],
    }  # fmt: skip
    assert jsonable([datetime.date(2026, 1, 2), 1j, float("nan")]) == ["2026-01-02", "1j", "nan"]
    assert jsonable(10**20_000).startswith("0x")
    assert "in itself" in jsonable(inside_itself)


@pytest.mark.parametrize(
    ("value", "encoder"),
    [
        (object(), OutputEncoders.Pickle), (lambda: 1, OutputEncoders.Pickle), (Evil, OutputEncoders.Pickle),
        (object(), OutputEncoders.JSON), (object(), OutputEncoders.YAML), (5.0, OutputEncoders.Raw), (1, 9),
    ],
    ids=["object", "lambda", "class", "as JSON", "as YAML", "raw number", "no encoder"],
)  # fmt: skip
def test_what_nobody_could_read_is_refused_where_it_is_written(value, encoder):
    with pytest.raises(errors.UsageError, match=r"lager\.output\(\) cannot send") as caught:
        outputchannel.encoded(value, encoder)
    assert "OutputEncoders.JSON" in caught.value.hint
    assert caught.value.__suppress_context__  # one error, not one for each way that was tried
    assert "<" not in str(caught.value).partition(": ")[0]
