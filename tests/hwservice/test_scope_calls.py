"""Calls on oscilloscopes as they come over the wire: enums of released clients become words, and nothing else does."""

import pytest

from lager import errors, roles
from lager_hwservice import dispatch, released


def enum(value):
    return {"__enum__": {"type": "TriggerEdgeSlope", "value": value}}


def test_an_enum_becomes_its_word():
    """In the released service its dictionary was written into the SCPI command."""
    args = released.plain(["edge.slope", enum("RFAL")])
    assert dispatch.find("scope", "trigger_set").arguments(args, {}) == ["edge.slope", "RFAL"]


@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("trigger_set", ["edge.slope", enum("RFAL")]),
        ("trigger_set", ["edge.level", True]),
        ("trigger_set", ["edge.level", float("nan")]),
        ("measure", [enum("VPP")]),
        ("coupling", [{"value": "AC"}]),
        ("volts_per_div", ["1"]),
        ("move_cursor", ["A", 1.5]),
        ("download", ["memory", 1.5, None]),
        ("memory_depth", [1.5]),
    ],
)
def test_what_is_no_word_or_number_never_reaches_a_driver(method, args):
    with pytest.raises(errors.UsageError, match="cannot be"):
        dispatch.find("scope", method).arguments(args, {})


@pytest.mark.parametrize(
    ("method", "args", "reads"),
    [
        ("measure", ["frequency"], True),
        ("download", ["screen"], True),
        ("trigger_get", ["type"], True),
        ("state", [], True),
        ("volts_per_div", [], True),
        ("volts_per_div", [1.0], False),
        ("show_measurement", ["frequency"], False),
        ("trigger_set", ["type", "edge"], False),
        ("start_single_capture", [], False),
        ("force_trigger", [], False),
        ("stop_capture", [], False),
    ],
)
def test_only_what_reads_may_be_sent_twice(method, args, reads):
    assert roles.reads_only("scope", method, args) is reads
