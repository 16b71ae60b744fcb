"""What --set and --value take: refused here, with the place that is wrong, before anybody is asked."""

import warnings

import pytest

from lager import errors
from lager_cli.runs.expressions import Assignment, checked


def refused(call, *words):
    with pytest.raises(errors.UsageError) as caught:
        call(*words)
    assert caught.value.hint
    return caught.value.what


def set_(text):
    return Assignment().convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "name", "expression"),
    [
        ("volts=3.3", "volts", "3.3"),
        (" volts = volts * 2 ", "volts", "volts * 2"),
        ("same=a == b", "same", "a == b"),
        ("f=lambda x=1: x", "f", "lambda x=1: x"),
        ("text='a=b'", "text", "'a=b'"),
        ("größe=1", "größe", "1"),
        ("x=(y := 3)", "x", "(y := 3)"),
        ("x=[1,\n2]", "x", "[1,\n2]"),
    ],
)
def test_an_assignment_is_split_at_its_first_equals_sign(text, name, expression):
    assert set_(text) == (name, expression)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("volts", "--set volts has no value"),
        ("", "--set  has no value"),
        ("volts=", "--set volts has no expression"),
        ("volts= ", "--set volts has no expression"),
        ("a.b=1", "'a.b' in --set a.b=1 is not the name of a variable"),
        ("a['x']=1", "\"a['x']\" in --set a['x']=1 is not the name of a variable"),
        ("class=1", "'class' in --set class=1 is not the name of a variable"),
        ("=1", "'' in --set =1 is not the name of a variable"),
        ("3=1", "'3' in --set 3=1 is not the name of a variable"),
    ],
)
def test_what_is_no_assignment(text, what):
    assert refused(set_, text) == what


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("volts==1", "--set volts==1 compares, and sets nothing", "write it with one equals sign: --set volts=1"),
        ("=1", "'' in --set =1 is not the name of a variable", "was a variable of the shell not set?"),
        (
            "dut.rev=2",
            "'dut.rev' in --set dut.rev=2 is not the name of a variable",
            "--value \"setattr(dut, 'rev', 2)\"",
        ),
    ],
)
def test_it_is_said_what_was_perhaps_meant(text, what, hint):
    with pytest.raises(errors.UsageError) as caught:
        set_(text)
    assert caught.value.what == what
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("source", "why", "line", "at"),
    [
        ("3.3 +", "it ends too early", "3.3 +", 5),
        ("a b", "invalid syntax", "a b", 2),
        ("'abc", "unterminated string literal (detected at line 1)", "'abc", 0),
        ("[1, 2", "'[' was never closed", "[1, 2", 0),
        ("x = 3", "invalid syntax", "x = 3", 2),
        ("print(1); y", "invalid syntax", "print(1); y", 8),
        ("(1 +\n2 3\n)", "invalid syntax. Perhaps you forgot a comma?", "(1 +", 1),
    ],
)
def test_the_place_that_is_wrong_is_shown(source, why, line, at):
    told = refused(checked, source, "--value").splitlines()
    assert told[0].startswith("--value wants an expression of Python, and this is none: ")
    assert told[0].endswith(why)
    assert told[1:] == [f"    {line}", f"    {' ' * at}^"]


def test_of_a_long_line_the_part_that_is_wrong_is_shown():
    told = refused(checked, f"{'1 + ' * 500}* {'1 + ' * 500}1", "--value").splitlines()
    assert max(map(len, told[1:])) < 90
    assert told[1][told[2].index("^")] == "*"


def test_what_would_move_the_cursor_is_not_shown():
    assert "\x1b" not in refused(checked, "1 \x1b[2J", "--value")


def test_an_expression_that_is_nested_too_deep_is_an_error_like_any_other():
    assert refused(checked, "(" * 5000 + ")" * 5000, "--value").startswith("--value wants an expression of Python")
    assert refused(checked, "-" * 100_000 + "1", "--value").startswith("--value wants an expression of Python")


def test_a_warning_is_left_to_the_script():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert checked("1 is 1", "--value") == "1 is 1"
