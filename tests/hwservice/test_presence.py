"""The wait for an instrument that is away."""

from lager_hwservice.presence import BACK_WITHIN, LOOK_EVERY, Presence


class Bus:
    """Time passes by waiting; the instrument is there from `back` on."""

    def __init__(self, back):
        self.now, self.back, self.looks = 0.0, back, 0

    def look(self):
        self.looks += 1
        return self.now >= self.back

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds

    def presence(self):
        return Presence(self.look, self.clock, self.sleep)


def test_what_is_there_is_looked_for_once():
    bus = Bus(0.0)
    assert bus.presence().returns()
    assert (bus.looks, bus.now) == (1, 0.0)


def test_it_is_seen_at_once_when_it_is_back():
    bus = Bus(0.3)
    assert bus.presence().returns()
    assert 0.3 <= bus.now <= 0.3 + LOOK_EVERY


def test_nobody_waits_again_for_what_has_been_away_for_long():
    bus = Bus(100.0)
    presence = bus.presence()
    assert not presence.returns()
    assert BACK_WITHIN <= bus.now <= BACK_WITHIN + 2 * LOOK_EVERY
    then = bus.now
    assert not presence.returns()
    assert bus.now == then
    bus.now = 100.0
    assert presence.returns()
    bus.back = 100.5
    assert presence.returns()  # it left again: that is another wait


def test_where_nobody_can_tell_nobody_waits():
    presence = Presence()
    assert presence.returns()
    assert not presence.gone()
