"""Reading the bench file, and finding nets in it."""

import json
import os
import resource
import time

import hypothesis
import hypothesis.strategies as st
import pytest

from lager import errors, wire
from lager.wire import NetRecord
from lager_hwservice import benchreading, benchwriting
from lager_hwservice.benchfile import BenchFile

RELEASED = """[
 {"name":"psu1","role":"power-supply","address":"USB0::0x05E6::0x2281::4381218::INSTR","instrument":"Keithley_2281S","pin":"1",
  "mappings":[{"net":"psu1","pin":"1","location":null,"device_override":null}], "scope_points":[["1","1"]]},
 {"name":"ain","role":"adc","instrument":"LabJack_T7","pin":3,"tags":["x"],"description":null},
 {"name":"sun","role":"solar","instrument":"EA","mappings":5},
 {"name":"scope1","role":"scope","instrument":"Rigol_MSO5204","channel":2}
]"""


def load(tmp_path, text):
    path = tmp_path / "saved_nets.json"
    path.write_text(text)
    return benchreading.load(path)


def test_records_of_the_released_lager_are_understood(tmp_path):
    assert load(tmp_path, RELEASED).nets == (
        NetRecord("psu1", "power-supply", "Keithley_2281S", "USB0::0x05E6::0x2281::4381218::INSTR", "1"),
        NetRecord("ain", "adc", "LabJack_T7", "", "3"),
        NetRecord("sun", "solar", "EA"),
        NetRecord("scope1", "scope", "Rigol_MSO5204", "", "2"),
    )


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('[\n{"name":\n}]', 3, "Expecting value"),
        ('{"name":"a"}', 1, "it must be a list of nets"),
        ("", 1, "Expecting value"),
        ('[{"name":"a","role":"adc","instrument":"i"},\n\n 5]', 3, "must be an object"),
        ('[{"name":"a","role":"adc","instrument":"i"},\n {"name":"b","role":"adc"}]', 2, "needs an instrument"),
        ('[{"name":"a","role":"adc","instrument":7}]', 1, "Expected `str`"),
        ('[{"name":"a","role":"adc","instrument":"i"},\n{"name":"a","role":"adc","instrument":"i"}]', 2, "already"),
        (
            '[{"name":"a","role":"adc","instrument":"i","address":"x"},'
            '\n{"name":"b","role":"adc","instrument":"j","address":"x"}]',
            2,
            "same address",
        ),
        ('[{"name":"","role":"adc","instrument":"i"}]', 1, "needs a name"),
        ("[" * 100_000 + "]" * 100_000, 1, "nested too deeply"),
        ('[{"name":"a","role":"adc","instrument":"i","pin":' + "1" * 5000 + "}]", 1, "Exceeds the limit"),
        ('[\n\n{"name":"a","role":"adc","instrument":"i","params":{"x":-1e999}}]', 3, "number -1e999 is too large"),
        ('[\n{"name":"a\\ud800","role":"adc","instrument":"i"}]', 2, "no text"),
        ('[\n{"name":"a","role":"adc","instrument":"i","pin":"\\udfff"}]', 2, "no text"),
        ('[{"name":"a","role":"adc","instrument":"i","address":"x\\u0000y"}]', 1, "no text"),
        (
            '[{"name":"a","role":"adc","instrument":"i","address":"USB0::0x05E6::0x2281::12AB::INSTR"},'
            '\n{"name":"b","role":"adc","instrument":"i","via":"v","address":"usb::1510::8833::12ab::0::INSTR"}]',
            2,
            "same address",
        ),
    ],
)
def test_a_broken_file_says_where_and_why(tmp_path, text, line, reason):
    with pytest.raises(errors.UsageError, match=f"broken in line {line}: .*{reason}"):
        load(tmp_path, text)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(errors.UsageError, match="cannot be read"):
        benchreading.load(tmp_path / "none.json")


def test_nets_are_found_by_name_and_role(tmp_path):
    found = load(tmp_path, RELEASED)
    assert found.find("ain", "adc").pin == "3"
    with pytest.raises(errors.NetNotFound) as caught:
        found.find("psu", "adc")
    assert caught.value.what == "Invalid Net: psu"
    assert caught.value.hint == "did you mean psu1? this bench has psu1, ain, sun, scope1"
    with pytest.raises(errors.NetNotFound) as caught:
        found.find("p" * 1_000_000, "adc")
    assert caught.value.what == f"Invalid Net: {'p' * 200}..."
    with pytest.raises(errors.NetNotFound) as caught:
        found.find("psu2", "power-supply")
    assert caught.value.hint == "this bench has psu1, ain, sun, scope1"  # another number is another net
    with pytest.raises(errors.WrongNetType) as caught:
        found.find("ain", "battery")
    assert caught.value.what == "ain is an adc net, not a battery net"
    assert caught.value.hint == "use it as an adc net (in a script: NetType.ADC)"
    with pytest.raises(errors.WrongNetType):
        found.find("sun", "battery")


def test_an_empty_bench(tmp_path):
    empty = load(tmp_path, json.dumps([]))
    with pytest.raises(errors.NetNotFound) as caught:
        empty.find("a", "adc")
    assert "no nets at all" in caught.value.hint


def test_what_is_no_file_is_not_read_for_ever(tmp_path):
    pipe, endless, folder = tmp_path / "pipe", tmp_path / "zero", tmp_path / "folder"
    os.mkfifo(pipe)
    endless.symlink_to("/dev/zero")
    folder.mkdir()
    for path in (pipe, endless, folder):
        with pytest.raises(errors.UsageError, match=r"cannot be read: (it is no file|.*Is a directory)"):
            benchreading.load(path)


def test_a_file_that_is_far_too_large_is_not_read(tmp_path):
    path = tmp_path / "bench.json"
    with path.open("wb") as written:
        written.truncate(benchreading.LARGEST + 1)
    with pytest.raises(errors.UsageError, match="cannot be read: it is larger than"):
        benchreading.load(path)


def test_a_file_that_could_not_be_read_for_a_moment_is_read_when_it_can_be(tmp_path):
    path = tmp_path / "bench.json"
    path.write_text("[]")
    file = BenchFile(path)
    path.write_text('[{"name":"a","role":"adc","instrument":"i"}]')
    os.utime(path, (1, 1))  # settled long ago
    kept = [os.open("/dev/null", os.O_RDONLY)]
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (kept[0] + 1, limits[1]))
    try:
        assert file.bench().nets == ()
        assert "cannot be read" in file.error
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        os.close(kept[0])
    assert [net.name for net in file.bench().nets] == ["a"]
    assert file.error == ""


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["name", "role", "instrument", "address", "pin", "mappings", "via", "x"]), inner
        )
    ),
    max_leaves=20,
)


@hypothesis.given(JSONS | st.lists(st.fixed_dictionaries({"name": JSONS, "role": JSONS, "instrument": JSONS})))
def test_whatever_is_in_it_it_is_a_bench_or_said_to_be_broken(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / f"any-{os.getpid()}.json"
    path.write_text(json.dumps(value))
    try:
        found = benchreading.load(path)
    except errors.UsageError as exc:
        assert "is broken in line" in exc.what  # noqa: PT017 - either is right
    else:
        assert wire.from_json(wire.to_json(found.nets), list[NetRecord]) == list(found.nets)


@pytest.mark.parametrize(
    ("content", "line"),
    [(b'[\n\n{"name":"caf\xe9"}]', 3), ('[{"name":"a"}]'.encode("utf-16"), 1)],
    ids=["latin-1", "utf-16"],
)
def test_what_is_no_utf_8_is_broken_in_its_line(tmp_path, content, line):
    path = tmp_path / "saved_nets.json"
    path.write_bytes(content)
    with pytest.raises(errors.UsageError) as caught:
        benchreading.load(path)
    assert f"is broken in line {line}: it is not UTF-8" in caught.value.what
    assert caught.value.hint == "correct that line"


def test_a_file_of_many_nets_is_read_and_changed_soon(tmp_path):
    """Every record looks at those before it: once that was a minute for these, and the whole service waited."""
    nets = [
        {"name": f"n{number}", "role": "adc", "instrument": "LabJack_T7", "address": "x", "pin": number}
        for number in range(20_000)
    ]
    path = tmp_path / "saved_nets.json"
    path.write_bytes(benchwriting.encoded(nets))
    begun = time.process_time()
    assert len(benchreading.load(path).nets) == 20_000
    assert benchwriting.change(path, wire.SaveNets(1, nets, alone=True))
    assert time.process_time() - begun < 10  # s; it is 1
