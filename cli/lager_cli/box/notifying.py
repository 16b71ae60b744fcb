"""`lager box notify`: who is told when a run pauses, or ends. It changes the settings; the box does the telling.

On a screen a webhook shows only where it leads: its URL often is a secret in itself. `--json` shows all of it.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
import msgspec

from lager import errors
from lager_cli.app import App, json_option
from lager_runner.notifying import notices

if TYPE_CHECKING:
    from lager_runner.notifying.carriers import Outcome
    from lager_runner.notifying.targets import Target

_ALL = "all"


@click.command()
@click.option("--webhook", "webhooks", metavar="URL", multiple=True, help="POST to this URL; may be given again.")
@click.option("--command", "commands", metavar="CMD", multiple=True, help="Run this command, with /bin/sh.")
@click.option("--event", "events", type=click.Choice(notices.EVENTS), multiple=True, help="Only that; may be repeated.")
@click.option("--off", is_flag=False, flag_value=_ALL, metavar="[N]", help="Tell target N no more, or none of them.")
@click.option("--test", is_flag=True, help="Send one now to each, and say what came of it.")
@json_option
@click.pass_obj
def notify(
    app: App, /, webhooks: tuple[str, ...], commands: tuple[str, ...], events: tuple[str, ...], **others: Any
) -> int:
    """Choose who is told when a run pauses or ends; without options, show it.

    For the box of this machine. A webhook gets a POST with one JSON object; a command gets it on its input.
    """
    off: str | None = others["off"]
    if off is not None and (webhooks or commands):
        raise click.UsageError("--off ends what --webhook and --command set up; say one of them.")
    if events and not (webhooks or commands):
        raise click.UsageError("--event goes with --webhook URL or --command CMD.")
    if off is not None:
        _end(off)
    elif webhooks or commands:
        _add(_wanted(webhooks, commands, events))
    return _test(app) if others["test"] else _show(app)


def _wanted(webhooks: Sequence[str], commands: Sequence[str], events: Sequence[str]) -> list[Target]:
    from lager_runner.notifying.targets import Target, checked_url

    for option, given in (("--webhook", webhooks), ("--command", commands)):
        if not all(one.strip() for one in given):
            raise click.UsageError(f"{option} is empty; was a variable of the shell not set?")
    chosen = tuple(one for one in notices.EVENTS if not events or one in events)
    now, here = time.time(), os.getcwd()
    return [Target(webhook=checked_url(url), events=chosen, since=now) for url in webhooks] + [
        Target(command=command, folder=here, events=chosen, since=now) for command in commands
    ]


def _add(wanted: list[Target]) -> None:
    """Add targets; one that is there already gets the events that were chosen now."""
    from lager_runner.notifying import targets

    with targets.editing() as known:
        for new in wanted:
            places = [place for place, one in enumerate(known) if one.key == new.key]
            if places:
                known[places[0]] = new
            else:
                known.append(new)


def _end(which: str) -> None:
    from lager_runner.notifying import targets

    with targets.editing() as known:
        if which == _ALL:
            known.clear()
            return
        numbers = {str(number): number for number in range(1, len(known) + 1)}
        if which not in numbers:
            there = f"there are 1 to {len(known)}" if known else "there is none"
            raise errors.UsageError(f"no target has the number {which!r}: {there}", "see `lager box notify`")
        del known[numbers[which] - 1]


def _show(app: App) -> int:
    from lager_cli.output import table
    from lager_runner.notifying import targets

    known = targets.load()
    rows = [[str(number), one.words, ", ".join(one.events)] for number, one in enumerate(known, 1)]
    empty = "Nobody is notified. Set it up with: lager box notify --webhook <URL> | --command <CMD>"
    shown = table(["number", "target", "events"], rows) if rows else empty
    app.show([_facts(number, one) for number, one in enumerate(known, 1)], shown)
    return 0


def _facts(number: int, target: Target) -> dict[str, Any]:
    facts: dict[str, Any] = {name: getattr(target, name) or None for name in target.__struct_fields__}
    return {"number": number, **facts}


def _test(app: App) -> int:
    """Send a test to each target, and tell what came of it: status 0 where all of them got it."""
    from lager_runner.notifying import targets

    known = targets.load()
    if not known:
        raise errors.LagerError("nobody is notified", "set it up with `lager box notify --webhook URL`")
    facts, lines, good = [], [], True
    for number, target in enumerate(known, 1):
        outcome, seconds = _try(target)
        good = good and outcome.delivered
        facts.append({**_facts(number, target), **msgspec.structs.asdict(outcome), "seconds": round(seconds, 3)})
        lines.append(f"{number}  {target.words}: {_what_came(target, outcome, seconds)}")
    app.show(facts, "\n".join(lines))
    return 0 if good else 1


def _try(target: Target) -> tuple[Outcome, float]:
    from lager_runner.notifying.courier import carrier

    notice = notices.of_test(time.time(), socket.gethostname())
    began = time.monotonic()
    return carrier(target).deliver(notice.event, msgspec.json.encode(notice)), time.monotonic() - began


def _what_came(target: Target, outcome: Outcome, seconds: float) -> str:
    if not outcome.delivered:
        return f"failed after {seconds:.2f} s: {outcome.error}"
    said = f", HTTP status {outcome.status}" if target.webhook else ""
    return f"delivered in {seconds:.2f} s{said}"
