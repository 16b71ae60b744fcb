"""The tree of errors: codes are unique, everything survives the wire, the docstring tells the truth."""

import re

import pytest

from lager import errors, wire

EVERY = list(errors.every_error())


def test_codes_are_unique():
    assert len({one.code for one in EVERY}) == len(EVERY)


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_an_error_arrives_as_the_class_it_was(kind):
    sent = kind("the DP832 left the bus", "check its cable")
    body = wire.from_json(wire.to_json(wire.ErrorBody.of(sent)), wire.ErrorBody)
    got = body.as_error()
    assert (type(got), got.what, got.hint) == (kind, sent.what, sent.hint)


def test_a_code_from_a_newer_box_is_still_an_error():
    assert type(wire.ErrorBody("from-the-future", "x").as_error()) is errors.LagerError


def test_the_hint_is_part_of_what_a_traceback_shows():
    assert str(errors.NetNotFound("Invalid Net: x", "try y")) == "Invalid Net: x\n  Try: try y"
    assert str(errors.NetNotFound("Invalid Net: x")) == "Invalid Net: x"


def test_the_docstring_lists_every_error_with_its_statuses():
    listed = dict(re.findall(r"\* (\w+) .*?(exit \d, HTTP \d+|$)", errors.__doc__, re.MULTILINE))
    assert set(listed) == {one.__name__ for one in EVERY}
    for one in EVERY:
        if listed[one.__name__]:
            assert listed[one.__name__] == f"exit {one.exit_code}, HTTP {one.http_status}", one
