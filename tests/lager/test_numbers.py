"""Which of what a script may give is a number to set."""

import decimal
import fractions

import numpy as np
import pytest

from lager import errors
from lager.proxies import numbers


@pytest.mark.parametrize(
    "value",
    [*(3, 3.0, decimal.Decimal(3), fractions.Fraction(3)), *(np.float64(3), np.float32(3), np.int64(3), np.array(3.0))],
    ids=repr,
)
def test_any_sort_of_number(value):
    found = numbers.number("supply1", value)
    assert found == 3.0
    assert type(found) is float


@pytest.mark.parametrize(
    "value",
    [*(True, False, "3", b"3", None, [3], 3j), *(np.bool_(True), np.array(True), np.str_("3"), np.array([3.0, 4.0]))],
    ids=repr,
)
def test_what_only_could_be_made_into_one(value):
    with pytest.raises(errors.UsageError, match="supply1"):
        numbers.number("supply1", value)


@pytest.mark.parametrize("value", [4, np.int64(4), np.uint8(4), np.array(4)], ids=repr)
def test_any_sort_of_whole_number(value):
    found = numbers.exactly("battery1", value)
    assert found == 4
    assert type(found) is int


@pytest.mark.parametrize("value", [True, np.bool_(True), 4.0, "4", None, [4], np.array([4, 5])], ids=repr)
def test_what_is_no_slot(value):
    with pytest.raises(errors.UsageError, match=r"battery1: .* is no whole number"):
        numbers.exactly("battery1", value)
