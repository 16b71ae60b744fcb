"""The numbers scripts give: any sort one may have computed, or a refusal that says what was given. Sends nothing."""

from __future__ import annotations

import math
import operator
import reprlib
from collections.abc import Iterable, Mapping
from typing import SupportsFloat

from lager import errors


def number(net: str, value: object) -> float:
    """Take an int, a float, numpy's, a Decimal, a Fraction.

    Args:
        net: Whose value it is, for the error.
        value: What a script gave.

    Raises:
        UsageError: It is no number.
    """
    if _only_looks_like_one(value) or not isinstance(value, SupportsFloat):
        hint = "give one, such as 3.3" + " (float() makes one of text)" * isinstance(value, str)
        raise errors.UsageError(f"{net}: {reprlib.repr(value)} is not a number", hint)
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as exc:
        raise errors.UsageError(
            f"{net}: {reprlib.repr(value)} is no number to set: {exc}", "give another one, such as 3.3"
        ) from None


def finite(net: str, value: object) -> float:
    """Take a number that something can be set to.

    Raises:
        UsageError: It is no number; OutOfRange where it is one, and not finite.
    """
    found = number(net, value)
    if not math.isfinite(found):
        raise errors.OutOfRange(f"{net}: {found} is not a number to set anything to", "give a finite one")
    return found


def points(net: str, values: object) -> list[float]:
    """Take a list of numbers, a numpy array, or whatever else gives one after the other.

    Raises:
        UsageError: It is none, or not all of them are finite numbers.
    """
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise errors.UsageError(f"{net}: {reprlib.repr(values)} is no list of numbers", "give one, such as [3.0, 4.2]")
    try:
        given = list(values)
    except TypeError as exc:  # a numpy array without dimensions
        raise errors.UsageError(
            f"{net}: {reprlib.repr(values)} is no list of numbers: {exc}", "give one, such as [3.0, 4.2]"
        ) from None
    found = [number(net, one) for one in given]
    if bad := [one for one in found if not math.isfinite(one)]:
        raise errors.UsageError(f"{net}: {bad[0]} in a list of numbers is not finite", "give finite numbers only")
    return found


def _only_looks_like_one(value: object) -> bool:
    """Tell whether it is a truth value or a text, numpy's included: each of those can be made into a number."""
    return isinstance(value, (bool, str)) or getattr(getattr(value, "dtype", None), "kind", "") == "b"


def whole(net: str, value: object) -> int:
    """Take a number, and give the nearest whole one.

    Raises:
        UsageError: It is no number, or infinite.
    """
    found = number(net, value)
    if not math.isfinite(found):
        raise errors.UsageError(f"{net}: {found} is no whole number", "give one, such as 1000")
    return round(found)


def exactly(net: str, value: object) -> int:
    """Take an int, numpy's included, that counts or numbers something.

    Raises:
        UsageError: It is none.
    """
    refusal = errors.UsageError(f"{net}: {reprlib.repr(value)} is no whole number", "give one, such as 3")
    if _only_looks_like_one(value) or not hasattr(value, "__index__"):
        raise refusal
    try:
        return operator.index(value)
    except TypeError:  # a numpy array that is no single whole number
        raise refusal from None


def at_least_0(net: str, name: str, value: object) -> float:
    """Take a number that is not below 0; infinity is one.

    Raises:
        UsageError: It is no number, or below 0.
    """
    found = number(net, value)
    if not found >= 0:
        raise errors.UsageError(f"{net}: {name} is {value!r}", "give 0 or more")
    return found


def more_than_0(net: str, name: str, value: object) -> float:
    """Take a number above 0; infinity is one.

    Raises:
        UsageError: It is no number, or not above 0.
    """
    found = number(net, value)
    if not found > 0:
        raise errors.UsageError(f"{net}: {name} is {value!r}", "give more than 0")
    return found
