"""Released clients at the hardware service: whose their requests are, what they were refused, how nets are saved."""

import json

import pytest

from lager import releasednets, wire
from lager.releasedpaths import MARK
from lager_hwservice.diagnosis import told
from lager_hwservice.refusals import Refusals
from lager_hwservice.whose import as_said, by_lock

RELEASED = {"state": {MARK: True}}
NET = wire.NetRecord("adc8", "adc", "LabJack_T7", "modbus-tcp://1.2.3.4", "AIN7")
SAVED = wire.SavedNets([NET], [{}])


@pytest.mark.parametrize(
    ("scope", "said", "holder", "whose"),
    [
        (RELEASED, "", "alice", "alice"),  # it has looked at the lock itself
        (RELEASED, "", "", ""),
        (RELEASED, "bob", "alice", "bob"),
        ({}, "", "alice", ""),  # with a token: our own clients say who they are
    ],
)
def test_whose_a_request_is(scope, said, holder, whose):
    assert by_lock(lambda: holder)(scope, said) == whose
    assert as_said(scope, said) == said


def test_the_last_refusal_of_a_net_is_kept_for_a_while():
    now = [0.0]
    refusals = Refusals(lambda: now[0])
    refusals.note("1.2.3.4", "supply1", "first")
    refusals.note("1.2.3.4", "supply1", "too much")
    assert refusals.last("1.2.3.4", "supply1") == "too much"
    assert refusals.last("1.2.3.5", "supply1") == refusals.last("1.2.3.4", "supply2") == ""
    now[0] = 31
    assert refusals.last("1.2.3.4", "supply1") == ""


def test_of_many_refusals_the_oldest_are_forgotten():
    refusals = Refusals()
    for n in range(150):
        refusals.note("1.2.3.4", f"net{n}", "no")
    assert refusals.last("1.2.3.4", "net49") == ""
    assert refusals.last("1.2.3.4", "net50") == "no"


@pytest.mark.parametrize(
    ("change", "new_name"),
    [({"name": "door"}, "door"), ({}, ""), ({"name": "door", "pin": "AIN6"}, ""), ({"name": 3}, "")],
)
def test_a_record_under_another_name_renames(change, new_name):
    record = {"name": "adc8", "role": "adc", "instrument": "LabJack_T7", "address": NET.address, "pin": "AIN7"}
    assert releasednets.renamed(json.dumps(record | change).encode(), "adc8", SAVED) == new_name
    assert releasednets.renamed(b"no json", "adc8", SAVED) == ""


def test_what_could_not_be_looked_at_is_said_in_words():
    found = {"dmesg_tail": None, "lsof": None, "could_not_look": {"messages": "no right"}}
    words = told.unknown_in_words(found)
    assert words["dmesg_tail"] == "(dmesg unavailable: no right)"
    assert words["lsof"] == [{"command": "(not known: nobody could look)", "pid": "?", "user": ""}]
    seen = {"dmesg_tail": "usb 1-1", "lsof": [], "could_not_look": {}}
    assert told.unknown_in_words(seen) == seen
