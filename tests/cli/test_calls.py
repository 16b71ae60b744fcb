"""Which call is being typed, and signatures as lists."""

import pytest

from lager_cli.console.calls import current, opening, split


@pytest.mark.parametrize(
    ("source", "at"),
    [
        ("f(", 1),
        ("f(1, ", 1),
        ("f(g(1), ", 1),
        ("f(g(1", 3),
        ("f(g(1)) + 1", None),
        ("x = (1, ", None),
        ("f([1, (2, ", 1),
        ("a.b[0](", 6),
        ("f('(', ", 1),
        ('f("""(\n(', 1),
        ("f(1,  # g(\n", 1),
        ("f(1)\ng(", 6),
        ("f)(", 2),
        ("", None),
        ("'f(", None),
    ],
)
def test_the_innermost_call(source, at):
    assert opening(source, len(source)) == at


def test_only_what_is_before_the_cursor_counts():
    assert opening("f(1) + g(2)", 3) == 1


@pytest.mark.parametrize(
    ("signature", "name", "parameters"),
    [
        ("f()", "f", []),
        ("a.f(x, y: int = 1) -> None", "a.f", ["x", "y: int = 1"]),
        ("f(x: tuple[int, str] = (1, 2), *, k={})", "f", ["x: tuple[int, str] = (1, 2)", "*", "k={}"]),
        ("f(a, /, b) -> dict[str, int]", "f", ["a", "/", "b"]),
        ("f(x", "f", []),
        ("f", "f", []),
    ],
)
def test_a_signature_in_parts(signature, name, parameters):
    assert split(signature) == (name, parameters)


def test_the_parameter_at_the_cursor():
    parts = ["a", "/", "b", "*", "c"]
    assert [current(parts, number) for number in (-1, 0, 1, 2, 3)] == [-1, 0, 2, 4, -1]
