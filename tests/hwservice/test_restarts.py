"""What is kept of an instrument's restarts, and who is told."""

import math
import resource

import pytest

from lager import errors
from lager_hwservice.restarts import Kept, Record, is_news, noted, notice, refusal, refused


class Instrument:
    """One that tells of a power cycle once."""

    def __init__(self):
        self.on_anew = True
        self.asked = []

    def restarted(self, since):
        self.asked.append(since)
        on_anew, self.on_anew = self.on_anew, False
        return on_anew


@pytest.mark.parametrize(
    ("kept", "restarted", "after"),
    [
        (None, True, Kept(100.0)),
        (None, False, Kept(100.0)),
        (Kept(50.0), False, Kept(100.0)),
        (Kept(50.0), True, Kept(100.0, 100.0)),
        (Kept(50.0, 20.0), False, Kept(100.0, 20.0)),
        (Kept(50.0, 20.0), True, Kept(100.0, 100.0)),
        (Kept(150.0, 120.0), True, Kept(100.0, math.nextafter(120.0, 121))),  # the clock was put back
    ],
)
def test_what_is_kept(kept, restarted, after):
    assert noted(kept, restarted, 100.0) == after


@pytest.mark.parametrize(
    ("known", "restarted", "news"), [(None, 5.0, False), (0.0, 0.0, False), (0.0, 5.0, True), (5.0, 5.0, False)]
)
def test_who_is_told(known, restarted, news):
    assert is_news(known, restarted) is news


def test_what_is_refused():
    assert refused("set_voltage", False)
    assert refused("enable", False)
    assert not refused("disable", False)
    assert not refused("state", True)


def test_how_it_is_said():
    assert notice("K at A", 0.0).startswith("the K at A was switched off and on (seen at ")
    error = refusal("K at A", 0.0, "set_voltage")
    assert type(error) is errors.InstrumentRestarted
    assert error.what.endswith("its settings are its defaults, and set_voltage was not sent")


def test_what_was_heard_outlives_who_heard_it(tmp_path):
    times = iter([10.0, 20.0, 30.0, 40.0])
    instrument, path = Instrument(), tmp_path / "record"
    assert Record(path, lambda: next(times)).ask(instrument) == 0.0  # how it was found
    instrument.on_anew = True
    assert Record(path, lambda: next(times)).ask(instrument) == 20.0
    assert Record(path, lambda: next(times)).ask(instrument) == 20.0
    assert Record(path, lambda: next(times)).ask(instrument) == 20.0
    assert instrument.asked == [0.0, 10.0, 20.0, 30.0]
    assert [one.name for one in tmp_path.iterdir()] == ["record"]


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"asked": "x"}'])
def test_a_broken_record_is_none(tmp_path, content):
    path = tmp_path / "record"
    path.write_bytes(content)
    assert Record(path).ask(Instrument()) == 0.0


def test_without_a_place_for_it_a_process_still_remembers(tmp_path):
    record, instrument = Record(tmp_path / "no" / "record", iter([1.0, 2.0, 3.0]).__next__), Instrument()
    assert record.ask(instrument) == 0.0
    instrument.on_anew = True
    assert record.ask(instrument) == 2.0
    assert record.ask(instrument) == 2.0


def test_a_full_disk_leaves_nothing_behind(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))  # no file may grow: as on a disk that is full
    try:
        record = Record(tmp_path / "record")
        assert record.ask(Instrument()) == 0.0
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []
