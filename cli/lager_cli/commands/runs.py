"""`lager runs`: what runs, what is paused, where and until when; on one box, or on all of them."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import re
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click
import msgspec

from lager import errors, wire
from lager_cli.app import App, box_option, json_option
from lager_cli.runs.choosing import checked_id
from lager_cli.selection import LOCAL

_ID = re.compile(r"[0-9a-fA-F][0-9a-fA-F-]*(\.\d+)?")

if TYPE_CHECKING:
    from lager_cli.runs.places import Answer, Place


class RunsGroup(click.Group):
    """The command, which is often given an ID where its own command is wanted."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command meant."""
        if args and args[0] not in self.commands and _ID.fullmatch(args[0]):
            ctx.fail(f"There is no command {args[0]!r}. Did you mean `lager runs show {args[0]}`?")
        return super().resolve_command(ctx, args)


class Age(click.ParamType[float]):
    """A duration."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Give it in s."""
        from lager_cli import measures

        try:
            return measures.seconds(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time; {measures.TIME_FORMS}.", param, ctx)


@click.group(cls=RunsGroup, invoke_without_command=True)
@click.option("--paused", is_flag=True, help="Only what is paused.")
@click.option("--watch", is_flag=True, help="Go on showing it until Ctrl-C.")
@click.option("--all-boxes", is_flag=True, help="Of all boxes you have saved, and of your private one.")
@click.option("--ended", is_flag=True, help="What has ended, and how; the newest first.")
@box_option
@json_option
@click.pass_context
def runs(ctx: click.Context, paused: bool, watch: bool, all_boxes: bool, ended: bool) -> int:
    """Show the scripts that run on a box, and where they are paused: a line for each pause.

    A paused one goes on with `lager python --continue ID`, ends with `--abort ID`, and is looked into with
    `--console ID`. A box is never started to be asked. With --ended: the runs that a box still keeps.
    """
    app = ctx.ensure_object(App)
    if ctx.invoked_subcommand is not None:
        if paused or watch or all_boxes or ended:
            raise click.UsageError(f"`lager runs {ctx.invoked_subcommand}` takes none of the options of `lager runs`.")
        return 0
    if ended:
        if paused or watch or all_boxes:
            raise click.UsageError("--ended shows what one box keeps; it goes with --box and --json only.")
        return _list_ended(app)
    return _show_live(app, paused, watch, all_boxes)


def _show_live(app: App, paused: bool, watch: bool, all_boxes: bool) -> int:
    from lager_cli.runs import places

    if all_boxes and app.asked is not None:
        raise click.UsageError("--all-boxes asks all of them; leave --box out.")
    if all_boxes:
        asked = places.every()
        if not asked:
            return _nowhere(app, watch, "No boxes are saved, and your private box does not run")
        return _watch(app, asked, paused, True) if watch else _list(app, asked, paused, True)
    one = places.chosen(app.asked)
    if one is None:
        return _nowhere(app, watch, "Your private box does not run")
    return _watch(app, [one], paused, False) if watch else _list(app, [one], paused, False)


@runs.command(short_help="What was done in a run's consoles, by whom and when.")
@click.argument("run", metavar="ID")
@box_option
@json_option
@click.pass_obj
def transcript(app: App, run: str) -> int:
    """Show what was done in the consoles of a run, by whom and when: statements, results, writes to instruments.

    ID may be the beginning of a run's id. A run that has ended has its transcript as long as the box keeps the run.
    """
    from lager_cli.runs.transcript import fetch, told

    run = checked_id(run)  # before a box is asked, or even started
    entries = fetch(app.box(), run)
    if app.as_json:
        for entry in entries:
            click.echo(wire.to_json(entry))
        return 0
    nothing = True
    for line in told(entries, lambda at: datetime.datetime.fromtimestamp(at).astimezone()):
        nothing = False
        click.echo(line)
    if nothing:
        click.echo("Nobody has looked into this run.")
    return 0


@runs.command("show", short_help="All that is known of one run.")
@click.argument("run", metavar="ID")
@box_option
@json_option
@click.pass_obj
def show_(app: App, run: str) -> None:
    """Show how a run is, or how it ended and what was done to it; its pauses, its output, its files.

    ID may be the beginning of a run's id.
    """
    from lager_cli.runs.account import lines
    from lager_cli.runs.facts import facts

    path = f"/runs/{quote(checked_id(run), safe='')}"
    box = app.box()
    info: wire.RunInfo = box.runner.get(path, wire.RunInfo)
    files: list[wire.FileInfo] | None = None
    with contextlib.suppress(errors.LagerError):  # there are very many: `lager runs files` says so
        files = box.runner.get(f"/runs/{info.id}/files", list[wire.FileInfo])
    told = facts(app.asked or info.box, info) | {"files": None if files is None else msgspec.to_builtins(files)}
    app.show(told, "\n".join(lines(info, files, datetime.datetime.now().astimezone())))


@runs.command(short_help="The files in a run's own directory.")
@click.argument("run", metavar="ID")
@click.argument("folder", required=False, default="")
@box_option
@json_option
@click.pass_obj
def files(app: App, run: str, folder: str) -> None:
    """List the files in a run's own directory, or in a FOLDER of it: what was sent, and what it has written."""
    from lager_cli.measures import size_words
    from lager_cli.output import table
    from lager_cli.runs.listing import clock, one_line

    path = f"/runs/{quote(checked_id(run), safe='')}/files?below={quote(folder, safe='')}"
    found: list[wire.FileInfo] = app.box().runner.get(path, list[wire.FileInfo])
    now = datetime.datetime.now().astimezone()
    rows = [[one_line(one.path), size_words(one.size), clock(one.modified, now)] for one in found]
    app.show(found, table(["file", "size", "written"], rows) if rows else "No files there.")


@runs.command(short_help="Fetch a file of a run.")
@click.argument("run", metavar="ID")
@click.argument("file")
@click.option("-o", "output", metavar="PATH", help="Where to; - for standard output.  [the file's own name, here]")
@click.option("--allow-overwrite", is_flag=True, help="Replace what is there.")
@box_option
@click.pass_obj
def download(app: App, run: str, file: str, output: str | None, allow_overwrite: bool) -> None:
    """Fetch FILE of a run, exactly as it is now, while the run goes on and after."""
    from lager_cli.measures import size_words
    from lager_cli.runs import fetching

    size = fetching.fetch(app, checked_id(run), file, output, allow_overwrite)
    if output != "-":
        click.echo(f"{fetching.place(file, output)}: {size_words(size)}", err=True)


@runs.command(short_help="Remove runs that have ended.")
@click.option("--older", type=Age(), metavar="TIME", help="Those that ended longer ago than that, such as 7d.")
@click.option("--all", "every", is_flag=True, help="All that have ended.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@box_option
@json_option
@click.pass_obj
def prune(app: App, older: float | None, every: bool, dry_run: bool, yes: bool) -> None:
    """Remove what a box keeps of runs that have ended: output, files, transcripts.

    A box does so by itself beyond its limits (`lager box limits`: keep_runs, keep_bytes, keep_days); with no option
    that is done now. A run that lives, or that somebody follows, always stays.
    """
    from lager_cli.runs import tidying

    if every and older is not None:
        raise click.UsageError("--older and --all exclude each other.")
    tidying.prune(app, wire.PruneRequest(older, every, dry_run), yes)


def _list_ended(app: App) -> int:
    from lager_cli.runs.ended import listed

    box = app.box()  # the private one is started for it: it keeps what ran before
    there: list[wire.RunInfo] = box.runner.get("/runs", list[wire.RunInfo])
    where = box.name if box.name not in ("", LOCAL) else "your box on this machine"
    over = [run for run in there if run.ended is not None]
    app.show(over, listed(there, where, datetime.datetime.now().astimezone()))
    return 0


def _nowhere(app: App, watch: bool, what: str) -> int:
    from lager_cli.runs.places import left_alone

    left = left_alone()
    if left:
        its = f"{len(left)} run{'s' if len(left) > 1 else ''} of it still live{'' if len(left) > 1 else 's'}"
        raise errors.ServiceUnreachable(
            f"your private box has died, but {its}: {', '.join(one[:8] for one in left)}",
            "start it again, with `lager nets` or any other command; it takes them up where they are",
        )
    if watch:
        raise errors.ServiceUnreachable(
            f"{what[0].lower()}{what[1:]}", "start a script first: `lager python SCRIPT`, or choose a box with --box"
        )
    app.show([], f"{what}, so nothing runs there.")
    return 0


def _list(app: App, asked: Sequence[Place], paused: bool, several: bool) -> int:
    from lager_cli.runs import places
    from lager_cli.runs.board import nothing
    from lager_cli.runs.facts import facts
    from lager_cli.runs.listing import living, rows, table

    answers = places.ask(asked)
    if not several and answers[0].error is not None:
        raise answers[0].error
    told = [(one.place.name, one.runs) for one in answers if one.runs is not None]
    now = datetime.datetime.now().astimezone()
    lines = [row for name, found in told for row in rows(name, found, paused, now)]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    if app.as_json:
        found = [facts(name, run) for name, there in told for run in living(there, paused)]
        click.echo(json.dumps(found, ensure_ascii=False))
    elif lines:
        click.echo("\n".join(table(lines, room, several)))
    elif told:
        click.echo(nothing([name for name, _ in told], paused))
    _complain(answers)
    return 0 if told else errors.ServiceUnreachable.exit_code


def _complain(answers: Sequence[Answer]) -> None:
    from lager_cli.runs.board import sentence

    for one in answers:
        if one.error is not None:
            click.secho(sentence(one.error), fg="red", err=True)


def _watch(app: App, asked: Sequence[Place], paused: bool, several: bool) -> int:
    from lager_cli.runs.board import Lines, Screen, watch
    from lager_cli.runs.feed import Feed

    live = sys.stdout.isatty() and not app.as_json and os.environ.get("TERM") != "dumb"
    feed = Feed(asked, app.whereabouts)
    try:
        watch(feed, asked, Screen(paused, several) if live else Lines(paused, app.as_json, several))
    except KeyboardInterrupt:  # its normal end, as of every --watch
        if live:
            click.echo()  # after the ^C that the terminal shows
        return 0
    finally:
        feed.close()
    return 0
