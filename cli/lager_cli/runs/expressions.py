"""Expressions given on the command line, for a paused script to evaluate. Here they are only read: `3.3 +` is none."""

from __future__ import annotations

import keyword
import warnings
from typing import Any

import click

from lager import errors

_AROUND = 40  # characters of a long line that are shown on either side of what is wrong in it


class Expression(click.ParamType[str]):
    """EXPR."""

    name = "expression"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002
        """Give it without the blanks around it."""
        return checked(str(value), param.opts[0] if param else "EXPR")


class Assignment(click.ParamType[Any]):
    """NAME=EXPR."""

    name = "assignment"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,  # noqa: ARG002  # click's interface
        ctx: click.Context | None,  # noqa: ARG002  # click's interface
    ) -> tuple[str, str]:
        """Split at the first equals sign."""
        if isinstance(value, tuple):
            return value[0], value[1]
        name, equals, expression = str(value).partition("=")
        name = name.strip()
        if not equals:
            raise errors.UsageError(
                f"--set {value} has no value", f"write --set NAME=EXPR, such as --set {_example(name)}"
            )
        if not name.isidentifier() or keyword.iskeyword(name):
            raise errors.UsageError(
                f"{name!r} in --set {value} is not the name of a variable",
                "write --set NAME=EXPR; what is inside of an object is changed by an expression, such as "
                "--value \"setattr(dut, 'rev', 2)\""
                if name
                else "write --set NAME=EXPR; was a variable of the shell not set?",
            )
        if expression.startswith("="):
            raise errors.UsageError(
                f"--set {value} compares, and sets nothing",
                f"write it with one equals sign: --set {name}{expression}",
            )
        return name, checked(expression, f"--set {name}")


def checked(text: str, option: str) -> str:
    """Give an expression without the blanks around it.

    Args:
        text: The expression.
        option: What it was given to, for the message.

    Raises:
        UsageError: It is none.
    """
    source = text.strip()
    if not source:
        raise errors.UsageError(
            f"{option} has no expression", "write one, such as 3.3; was a variable of the shell not set?"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the script says it, where the expression is evaluated
            compile(source, option, "eval", dont_inherit=True)
    except SyntaxError as exc:
        why = exc.msg if exc.offset else "it ends too early"
        raise _no_expression(option, why, _shown(source, exc.lineno or 1, exc.offset or 0)) from exc
    except (ValueError, OverflowError, MemoryError, RecursionError) as exc:
        raise _no_expression(option, str(exc) or "it is nested too deep", "") from exc
    return source


def _no_expression(option: str, why: str, shown: str) -> errors.UsageError:
    return errors.UsageError(
        f"{option} wants an expression of Python, and this is none: {why}{shown}",
        "write what has a value, such as 3.3, volts / 2 or '\"a text\"'; "
        "statements are for the console: `lager python --console ID`",
    )


def _shown(source: str, number: int, offset: int) -> str:
    """Show the line that is wrong, and where; at its end where the offset is 0."""
    lines = source.splitlines() or [""]
    line = lines[min(number, len(lines)) - 1]
    at = min(offset - 1, len(line)) if offset else len(line)
    begin, end = max(at - _AROUND, 0), at + _AROUND
    part = "".join(one if one.isprintable() else " " for one in line[begin:end])
    before, after = "…" if begin else "", "…" if end < len(line) else ""
    return f"\n    {before}{part}{after}\n    {' ' * (len(before) + at - begin)}^"


def _example(name: str) -> str:
    return f"{name if name.isidentifier() and not keyword.iskeyword(name) else 'volts'}=3.3"
