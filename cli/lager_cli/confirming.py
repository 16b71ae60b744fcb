"""Asking before something is done: the one way a command asks yes or no.

It is asked at a terminal only, and before the box is asked. Where nobody is there to answer, a command goes ahead, as
scripts expect; one that takes away what cannot be had back refuses, and says `--yes`.
"""

from __future__ import annotations

import select
import signal
import socket
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
    if not agreed(question, default):
        click.echo("Aborting")
        raise click.exceptions.Exit(0)


def agreed(question: str, default: bool = False) -> bool:
    """Ask at the terminal until the answer is yes or no.

    Raises:
        Exit: The terminal was closed over it (status 1).
    """
    answers = {"y": True, "yes": True, "n": False, "no": False, "": default}
    while True:
        click.echo(f"{question} [{'Y/n' if default else 'y/N'}]: ", nl=False)
        answer = _line()
        if not answer:
            click.secho("Aborted!", fg="red", err=True)
            raise click.exceptions.Exit(1)
        if (word := answer.strip().lower()) in answers:
            return answers[word]
        click.echo("Error: invalid input")


def _line() -> str:
    """Read a line from the terminal; empty when it was closed.

    A signal in the moment before `read` blocks would be seen after it only, and Ctrl-C would do nothing: it is waited
    for beside the terminal.
    """
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setblocking(False)
        before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        try:
            while sys.stdin not in select.select([sys.stdin, ours], [], [])[0]:
                ours.recv(64)
        finally:
            signal.set_wakeup_fd(before)
    return sys.stdin.readline()
