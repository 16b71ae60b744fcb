"""Sizes and times as they are typed and read."""

import datetime

import pytest

from lager_cli import measures

ZONE = datetime.timezone(datetime.timedelta(hours=2))
NOW = datetime.datetime(2026, 11, 21, 14, 30, 0, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("4096", 4096),
        ("20MB", 20_000_000),
        ("1.5 gb", 1_500_000_000),
        ("2KiB", 2048),
        ("7b", 7),
        (".5kB", 500),
    ],
)
def test_sizes(text, size):
    assert measures.size(text) == size


@pytest.mark.parametrize("text", ["", "x", "MB", "-1", "1e3", "20M", "5 5", "nan", "1" * 30, "1.2.3"])
def test_what_is_no_size(text):
    with pytest.raises(ValueError, match="is no size"):
        measures.size(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("90", 90), ("2.5s", 2.5), ("10m", 600), ("1h30m", 5400), ("1d 2h", 93_600), ("250ms", 0.25)],
)
def test_times(text, seconds):
    assert measures.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "x", "s", "-5m", "5 parsecs", "1h30", "1e5", "nan", "9" * 20])
def test_what_is_no_time(text):
    with pytest.raises(ValueError, match="is no time"):
        measures.seconds(text)


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("5m", "2026-11-21 14:25:00+02:00"),
        ("14:05", "2026-11-21 14:05:00+02:00"),
        ("14:29:59", "2026-11-21 14:29:59+02:00"),
        ("23:10", "2026-11-20 23:10:00+02:00"),
        ("2026-11-20", "2026-11-20 00:00:00+02:00"),
        ("2026-11-20 09:15", "2026-11-20 09:15:00+02:00"),
        ("2026-11-20T09:15:30Z", "2026-11-20 09:15:30+00:00"),
    ],
)
def test_moments(text, then):
    assert measures.moment(text, NOW) == datetime.datetime.fromisoformat(then).timestamp()


@pytest.mark.parametrize("text", ["", "25:00", "14:5", "2026-13-01", "2026-11-20 99:00", "soon"])
def test_what_is_no_moment(text):
    with pytest.raises(ValueError):  # noqa: PT011  # in words of Python's own, which nobody sees
        measures.moment(text, NOW)


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (40_000, "40 kB"), (1.234e9, "1.23 GB")]
)
def test_sizes_in_words(size, words):
    assert measures.size_words(size) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0s"), (0.5, "0.5s"), (60, "1m"), (90, "90s"), (300, "5m"), (5400, "90m"), (172_800, "2d")],
)
def test_times_in_words(seconds, words):
    assert measures.seconds_words(seconds) == words
