"""When a statement is whole."""

import pytest

from lager_cli.console.plain import is_whole


@pytest.mark.parametrize(
    ("source", "whole"),
    [
        ("1 + 1", True),
        ("x = (1,", False),
        ("for n in x:", False),
        ("for n in x:\n    print(n)", False),
        ("for n in x:\n    print(n)\n", True),
        ("def f():\n    '''\n", False),
        ("1 +* 1", True),
        ("await x", True),
        ("async with a as b:\n  c", False),
        ("'\\q'", True),
        ("\0", True),
        ("", True),
    ],
)
def test_is_whole(source, whole):
    assert is_whole(source) is whole
