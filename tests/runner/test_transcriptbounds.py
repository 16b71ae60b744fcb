"""What of a transcript is kept, whatever consoles do."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from lager import wire
from lager_runner.transcriptbounds import Bounds

STATEMENT = 20  # characters
WHOLE = 1500  # bytes
KINDS = st.sampled_from(["statement", "result", "wrote", "left"])
CONSOLES = st.sampled_from("ab")


def entry(kind, console, statement, text="", stream=0):
    return wire.TranscriptEntry(time=1.0, kind=kind, console=console, statement=statement, text=text, stream=stream)


OUTPUT = st.builds(
    lambda console, statement, text, stream: entry("output", console, statement, text, stream),
    CONSOLES,
    st.integers(1, 3),
    st.text("xyä\n", max_size=15),
    st.sampled_from([1, 2]),
)
OTHER = st.builds(entry, KINDS, CONSOLES, st.integers(1, 3), st.just("1"))


def lines(data):
    return [msgspec.json.decode(line, type=wire.TranscriptEntry) for line in data.split(b"\n") if line]


def outputs(entries, console):
    """Give what each stretch of output of one statement says, in order."""
    stretches = []
    for one in entries:
        if one.console != console or one.kind != "output" or not one.text:
            continue
        if stretches and stretches[-1][0] == one.statement:
            stretches[-1][1].append(one.text)
        else:
            stretches.append((one.statement, [one.text]))
    return [(statement, "".join(texts)) for statement, texts in stretches]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(OUTPUT, OTHER), max_size=60))
def test_all_but_too_much_output_is_kept_in_order(entries):
    entries = [msgspec.structs.replace(one, time=float(at)) for at, one in enumerate(entries)]
    bounds = Bounds(0, statement=STATEMENT)
    kept = lines(b"".join([*map(bounds.take, entries), bounds.rest()]))
    assert [one.time for one in kept] == sorted(one.time for one in kept)
    for console in "ab":
        mine = [one for one in entries if one.console == console]
        there = [one for one in kept if one.console == console]
        others = [one for one in mine if one.kind != "output"]
        assert [one for one in there if one.kind not in ("output", "gap")] == others
    assert all(len(text) <= STATEMENT for console in "ab" for _, text in outputs(kept, console))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text("xyz", max_size=15), max_size=10))
def test_the_output_of_a_statement_is_whole_or_its_gap_is_said(texts):
    bounds = Bounds(0, statement=STATEMENT)
    data = b"".join(bounds.take(entry("output", "a", 1, text, 1)) for text in texts)
    kept = lines(data + bounds.take(entry("result", "a", 1)))
    said = "".join(texts)
    assert "".join(one.text for one in kept if one.kind == "output") == said[:STATEMENT]
    assert sum(one.kind == "gap" for one in kept) == (len(said) > STATEMENT)
    assert kept[-1].kind == "result"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(OUTPUT, OTHER), max_size=80), st.integers(0, 2 * WHOLE))
def test_it_is_bounded_in_all_and_says_so_once(entries, before):
    bounds = Bounds(before, whole=WHOLE, statement=STATEMENT)
    data = b"".join([*map(bounds.take, entries), bounds.rest()])
    ends = [one for one in lines(data) if one.kind == "gap" and "ends here" in one.text]
    assert len(ends) <= 1
    assert before + len(data) - sum(len(wire.to_json(one)) + 1 for one in ends) <= max(before, WHOLE)
    if ends:
        assert lines(data)[-1] == ends[0]


def test_many_small_outputs_are_one_line():
    bounds = Bounds(0)
    kept = lines(b"".join(bounds.take(entry("output", "a", 1, "x", 1)) for _ in range(10_000)) + bounds.rest())
    assert len(kept) == 3
    assert "".join(one.text for one in kept) == "x" * 10_000
