"""What was said to a console: everybody gets all of it once, in order, or is told how much of the text is missing."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from lager import wire
from lager_debugbridge import replay

LIMIT = 4 * replay.OVERHEAD + 100

TEXTS = st.integers(0, 120).map(
    lambda size: wire.ConsoleOutput(1, 1, "x" * size, "c"),
)
OTHERS = st.sampled_from(
    [wire.ConsoleResult(1, True, "c"), wire.Said(1, "1 + 1", "alice", 0.0, "c"), wire.Wrote(1, "supply1.on()", "c")]
)
STEPS = st.lists(st.one_of(TEXTS, OTHERS, st.just("read")), max_size=80)


class Reader:
    """Somebody who reads one message at a time, and remembers."""

    def __init__(self, one):
        self.one = one
        self.seen = 0
        self.got = []

    def read(self):
        message = self.one.after(self.seen)
        if message is not None:
            assert message.number > self.seen
            self.seen = message.number
            self.got.append(message)
        return message is not None


def missing(message):
    """Give how many characters a message says are missing; None if it is not about that."""
    text = getattr(message, "text", "")
    return int(text[2:].split(" ")[0]) if "left out here" in text else None


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_a_reader_misses_no_result_and_knows_how_much_text(steps):
    one = replay.Replay(LIMIT)
    reader, said = Reader(one), []
    for step in steps:
        if step == "read":
            reader.read()
        else:
            one.add(step)
            said.append(msgspec.structs.replace(step, number=len(said) + 1))
    while reader.read():
        pass
    gaps = [message for message in reader.got if missing(message) is not None]
    whole = [message for message in reader.got if missing(message) is None]
    assert all(message == said[message.number - 1] for message in whole)
    there = {message.number for message in whole}
    absent = [message for message in said if message.number not in there]
    assert not any(isinstance(message, wire.ConsoleResult) for message in absent)
    assert sum(map(missing, gaps)) == sum(map(replay._characters, absent))
    assert one.last == reader.seen == len(said)


@settings(max_examples=100, deadline=None)
@given(STEPS.filter(lambda steps: "read" not in steps), st.integers(0, 90))
def test_who_comes_back_gets_what_comes_after_what_he_has(steps, seen):
    one = replay.Replay(LIMIT)
    for step in steps:
        one.add(step)
    whole, rest = Reader(one), Reader(one)
    rest.seen = min(seen, one.last)
    while whole.read():
        pass
    while rest.read():
        pass
    assert rest.got == [message for message in whole.got if message.number > seen]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(TEXTS, OTHERS), max_size=200))
def test_it_is_bounded(messages):
    one = replay.Replay(LIMIT)
    for message in messages:
        one.add(message)
        kept = list(one._new)
        assert sum(replay.OVERHEAD + replay._characters(each) for each in kept) <= LIMIT
        assert len(one._old) <= 2 * sum(isinstance(each, wire.ConsoleResult) for each in messages) + 1


def test_even_results_are_bounded(monkeypatch):
    monkeypatch.setattr(replay, "KEPT_LIMIT", 3)
    one = replay.Replay(LIMIT)
    for statement in range(50):
        one.add(wire.ConsoleResult(statement, True))
    reader = Reader(one)
    while reader.read():
        pass
    assert len(reader.got) == 3 + 4
    assert missing(reader.got[0]) == 0
    assert reader.got[-1] == wire.ConsoleResult(49, True, number=50)


def test_a_text_that_is_larger_than_all_there_is_room_for():
    one = replay.Replay(LIMIT)
    one.add(wire.ConsoleOutput(1, 1, "x" * 10_000))
    assert missing(one.after(0)) == 10_000
    one.add(wire.ConsoleResult(1, True))
    assert one.after(1) == wire.ConsoleResult(1, True, number=2)
    assert one.after(2) is None
