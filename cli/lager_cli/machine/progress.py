"""How far setting up has come: a line for each step. On a terminal, what a step is at stands there while it lasts."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import click

from lager_cli.output import cells
from lager_cli.telling import interrupted

AGAIN = "Interrupted. Nothing that was done is undone: run the same command again, and it goes on from there."


@dataclass
class Step:
    """One step, while it lasts.

    Attributes:
        result: What is said of it in the end.
        say: Called with what it is at.
        warnings: What is not as it should be; it is said below the step.
    """

    say: Callable[[str], None]
    result: str = "done"
    warnings: list[str] = field(default_factory=list)


class Progress:
    """Says on standard error how far it has come: answers go to standard output."""

    def __init__(self) -> None:
        self._number = 0
        self._seen = sys.stderr.isatty()

    def title(self, words: str) -> None:
        """Say what is begun."""
        click.secho(words, bold=True, err=True)

    @contextlib.contextmanager
    def step(self, name: str, left: str = AGAIN, *, asks: bool = False) -> Iterator[Step]:
        """Say that a step begins, and how it ended.

        Args:
            name: What it does.
            left: What is said to who interrupts it.
            asks: Whether somebody else may ask at the terminal meanwhile: then its line is left to that.
        """
        self._number += 1
        head = f"{self._number:2}. {name}"
        step = Step(lambda words: self._while(f"{head}: {words}"))
        if not asks:
            self._while(head)
        try:
            yield step
        except BaseException as exc:
            with contextlib.suppress(OSError):  # nobody reads it any more
                self._clear()
                click.echo(f"{head}: {click.style('not done', fg='red')}", err=True)
                if interrupted(exc):
                    click.echo(left, err=True)
            raise
        self._clear()
        click.echo(f"{head}: {step.result}", err=True)
        for one in step.warnings:
            click.secho(f"    Note: {one}", fg="yellow", err=True)

    def _while(self, words: str) -> None:
        if not self._seen:
            return
        width = shutil.get_terminal_size().columns - 4
        while cells(words) > width:
            words = words[:-1]
        click.echo(f"\r\x1b[K{words} …", nl=False, err=True)

    def _clear(self) -> None:
        if self._seen:
            click.echo("\r\x1b[K", nl=False, err=True)
