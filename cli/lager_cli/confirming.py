"""Asking before something is done: the one way a command asks yes or no.

It is asked at a terminal only, and before the box is asked. Where nobody is there to answer, a command goes ahead, as
scripts expect; one that takes away what cannot be had back refuses, and says `--yes`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

yes_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option("--yes", is_flag=True, help="Do not ask.")


def confirm(question: str, yes: bool, *, default: bool = False, destructive: bool = False) -> None:
    """Ask, where somebody is there to answer; end with status 0 when the answer is no.

    Args:
        question: Such as `Enable Net?`.
        yes: Whether `--yes` was given: nothing is asked then.
        default: What Enter alone means.
        destructive: Refuse, where nobody is there to answer.

    Raises:
        UsageError: Nobody is there to answer, and it has to be asked.
        Exit: The answer is no (status 0), or the terminal was closed over it (status 1).
    """
    if yes:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        if destructive:
            raise click.UsageError(f"{question} Nobody is here to answer: say --yes if it is to be done.")
        return
    try:
        agreed = click.confirm(question, default=default)
    except click.Abort as exc:
        if not isinstance(exc.__context__, EOFError):
            raise  # Ctrl-C
        click.secho("Aborted!", fg="red", err=True)
        raise click.exceptions.Exit(1) from exc
    if not agreed:
        click.echo("Aborting")
        raise click.exceptions.Exit(0)
