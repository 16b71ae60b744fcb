"""Reading the bench file, and finding nets in it."""

import json

import pytest

from lager import errors
from lager.wire import NetRecord
from lager_hwservice import bench

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
    return bench.load(path)


def test_records_of_the_released_lager_are_understood(tmp_path):
    assert load(tmp_path, RELEASED).nets == (
        NetRecord("psu1", "power-supply", "Keithley_2281S", "USB0::0x05E6::0x2281::4381218::INSTR", "1"),
        NetRecord("ain", "adc", "LabJack_T7", "", "3"),
        NetRecord("sun", "solar", "EA"),
        NetRecord("scope1", "analog", "Rigol_MSO5204", "", "2"),
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
    ],
)
def test_a_broken_file_says_where_and_why(tmp_path, text, line, reason):
    with pytest.raises(errors.UsageError, match=f"broken in line {line}: .*{reason}"):
        load(tmp_path, text)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(errors.UsageError, match="cannot be read"):
        bench.load(tmp_path / "none.json")


def test_nets_are_found_by_name_and_role(tmp_path):
    found = load(tmp_path, RELEASED)
    assert found.find("ain", "adc").pin == "3"
    with pytest.raises(errors.NetNotFound) as caught:
        found.find("psu", "adc")
    assert caught.value.what == "Invalid Net: psu"
    assert caught.value.hint == "did you mean psu1? this bench has psu1, ain, sun, scope1"
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
