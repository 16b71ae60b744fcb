"""A minute of twenty clients, fifty deaths of everything under load, five hundred changes of role."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from hammering import alternate, hammer, kill
from traffic import ON_LABJACK, TWENTY

pytestmark = pytest.mark.timeout(3600)


def test_twenty_clients_get_what_they_asked_for(box, seed, pytestconfig, tell):
    hammer(box, TWENTY, pytestconfig.getoption("seconds"), seed, tell)


def test_a_death_costs_a_client_at_most_one_error(box, seed, pytestconfig, tell):
    kill(box, TWENTY + ON_LABJACK, pytestconfig.getoption("kills"), seed, tell)


def test_roles_alternate_on_one_session(box, pytestconfig, tell):
    alternate(box, pytestconfig.getoption("alternations"), tell)
