"""What live monitors say, and how readings reach those who listen: rules and tasks, without a service."""

import asyncio
import math

import pytest

from lager import errors, wire
from lager_hwservice import livefeed, livemessages
from lager_hwservice.lanes import Lanes
from lager_hwservice.livefeed import Feed, Feeds, Wanted
from lager_hwservice.livemessages import BATTERY, SUPPLY


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (errors.InstrumentGone("it is away"), "Hardware service error: it is away"),
        (errors.ServiceUnreachable("its worker ended"), "Hardware service unreachable: its worker ended"),
        (errors.Defect("a defect"), "Monitoring error: a defect"),
        (errors.RoleConflict("in use as a battery"), "in use as a battery"),
    ],
)
def test_a_reading_that_failed(error, words):
    assert SUPPLY.unread("s", wire.ErrorBody.of(error), ready=True) == words
    assert BATTERY.unread("b", wire.ErrorBody.of(error), ready=False) == words


def test_a_net_that_cannot_be_watched():
    assert SUPPLY.refused("s", errors.NetNotFound("no such net")) == "Could not resolve supply 's': no such net"
    assert BATTERY.refused("b", errors.Defect("odd")) == "Internal error registering battery 'b' session: odd"
    assert BATTERY.refused("b", errors.RoleConflict("the conflict")) == "the conflict"


def test_a_command_that_was_not_done():
    assert livemessages.refusal(errors.OutOfRange("too much")) == "too much"
    assert livemessages.refusal(errors.BoxLocked("bob has it")) == "bob has it"
    assert livemessages.refusal(errors.InstrumentSilent("no answer")) == "Hardware service error: no answer"


def test_what_is_not_known_is_zero_and_a_model_without_a_name_is_custom():
    ready = SUPPLY.ready("s", {"channel": 2}, {})
    assert (ready["channel"], ready["voltage_max"], ready["current_max"]) == (2, 0, 0)
    assert BATTERY.update("b", {"model": ""}, {}) == {"state": {"netname": "b", "model": "Custom"}}


@pytest.mark.parametrize(
    ("given", "seconds"), [(None, 1.0), (2, 2.0), (0, 0.1), (-5, 0.1), (1e9, 3600.0), (0.25, 0.25)]
)
def test_intervals(given, seconds):
    assert livemessages.interval_of(given) == seconds


@pytest.mark.parametrize("given", ["1", True, math.nan, math.inf, [], {}])
def test_what_is_no_interval(given):
    with pytest.raises(errors.UsageError, match="interval cannot be"):
        livemessages.interval_of(given)


class Scripted:
    """A following that gives these readings, and ends in that error."""

    def __init__(self, readings, error):
        self._readings, self._error = readings, error

    async def run(self, give):
        for one in self._readings:
            await give(one)
        raise self._error


class Listening:
    """Somebody who keeps what he is given."""

    def __init__(self):
        self.readings, self.over = [], asyncio.Event()

    async def take(self, feed, reading, limits):
        self.readings.append((reading.state, limits))

    async def end(self, feed, error):
        self.error = error
        self.over.set()


@pytest.mark.parametrize(
    ("error", "kind"), [(errors.NetNotFound("gone"), errors.NetNotFound), (ValueError("odd"), errors.Defect)]
)
def test_all_who_listen_hear_the_same_and_of_the_end(monkeypatch, error, kind):
    readings = [wire.Watched(0, 0.0, None, wire.ErrorBody("x", "y")), *(wire.Watched(0, 0.0, n) for n in range(3))]
    monkeypatch.setattr(livefeed, "Following", lambda *_: Scripted(readings, error))
    asked, used = [], []

    def limits(net, role):
        asked.append((net, role))
        return {"voltage_max": 5}

    async def listen():
        feeds, both = Feeds(None, Lanes(), limits, lambda: used.append(1)), [Listening(), Listening()]
        wanted = Wanted("s", "power-supply", 1.0)
        for one in both:
            feeds.join(wanted, one, "a test")
        for one in both:
            await asyncio.wait_for(one.over.wait(), 10)
        again = Listening()
        assert isinstance(feeds.join(wanted, again, "a test"), Feed)  # what has ended is begun anew
        await asyncio.wait_for(again.over.wait(), 10)
        return both

    for one in asyncio.run(listen()):
        assert one.readings == [(None, {}), *((n, {"voltage_max": 5}) for n in range(3))]
        assert type(one.error) is kind
    assert asked == [("s", "power-supply")] * 2  # once for all who listen
    assert used
