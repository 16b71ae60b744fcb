"""`--view`: what others do in their consoles, as it comes. It asks nothing and changes nothing."""

from __future__ import annotations

import json
import queue
import sys
import time
import uuid
from collections.abc import Callable

import click
import msgspec

from lager import wire
from lager_cli.app import App
from lager_cli.console.course import Course
from lager_cli.console.door import Door
from lager_cli.console.link import Heard, Link
from lager_cli.console.notices import Notices
from lager_cli.console.parting import takes_leave
from lager_cli.console.playing import Play
from lager_cli.console.session import failure, farewell


class _Changed:
    """In the queue of what came: the connection is lost, or there again."""


def follow(app: App, run: str) -> int:
    """Show what is done in the consoles of a paused script until the pause is over; give the exit status."""
    from lager_cli.selection import user_name

    came: queue.SimpleQueue[Heard | _Changed] = queue.SimpleQueue()
    course = Course(uuid.uuid4().hex, user_name(), view=True)
    link = Link(Door(app, run).open, course, came.put, lambda: came.put(_Changed()))
    with takes_leave():
        return _follow(app, link, came)


def _follow(app: App, link: Link, came: queue.SimpleQueue[Heard | _Changed]) -> int:
    ready = link.open()
    try:
        click.echo(f"{_greeting(ready)} Ctrl-C ends it.", err=True)
        closed = _show(came, _writer(app, ready.pause.number), link)
    except KeyboardInterrupt:  # its normal end, as of every --watch
        click.echo("\n" if sys.stderr.isatty() else "", nl=False, err=True)  # after the ^C that the terminal shows
        return 0
    finally:
        link.close()
    click.echo(farewell(closed, ready.pause.kind), err=True)
    return failure(closed)


def _greeting(ready: wire.ConsoleReady) -> str:
    if ready.pause.kind == wire.CONSOLE:
        return f"Following the console {ready.pause.name}."
    return f"Following the consoles of {ready.pause.name}, paused at {ready.pause.file}:{ready.pause.line}."


def _show(came: queue.SimpleQueue[Heard | _Changed], write: Callable[[Heard], None], link: Link) -> wire.ConsoleClosed:
    silence = Notices()
    while True:
        message = came.get()
        if isinstance(message, _Changed):
            lost = link.lost_since is not None
            click.echo(
                f"[{'the connection to the box is lost; trying again' if lost else 'connected again'}]", err=True
            )
        elif isinstance(message, wire.ConsoleClosed):
            return message
        elif isinstance(message, wire.NotAnswering):
            said = silence.silent(message.seconds)
            if said:
                words = f"[the script has not answered for {message.seconds:.0f} s]\n" if message.seconds else said
                click.echo(words, nl=False, err=True)
        else:
            if isinstance(message, wire.ConsoleResult):
                click.echo(silence.answers(), nl=False, err=True)
            write(message)


def _writer(app: App, pause: int) -> Callable[[Heard], None]:
    play = Play(pause)
    if app.as_json:

        def write(message: Heard) -> None:
            entry = play.entry(message, time.time())
            if entry is not None:
                click.echo(json.dumps(msgspec.to_builtins(entry), ensure_ascii=False))
                sys.stdout.flush()

        return write

    def say(message: Heard) -> None:
        for line in play.lines(message):
            click.echo(f"{click.style(line.who, fg='cyan')} {click.style(line.text, **line.style)}")
        sys.stdout.flush()

    return say
