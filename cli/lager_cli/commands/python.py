"""`lager python`: run a script on a box; pause it, let it go on, end it, look into it."""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import uuid
from typing import TYPE_CHECKING, Any

import click

from lager import errors
from lager_cli.app import App, box_option
from lager_cli.runs.expressions import Assignment, Expression
from lager_cli.units import SECONDS, NumberCommand

if TYPE_CHECKING:
    from lager import wire
    from lager.client import Stream
    from lager_cli.selection import Box

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Settings of this terminal that are meant for the script, too.
_ON_EXCEPTION = "LAGER_ON_EXCEPTION"
_PASSED_ON = ("LAGER_BREAKPOINTS", "LAGER_BREAKPOINT_TIMEOUT", _ON_EXCEPTION)


class Variable(click.ParamType[Any]):
    """NAME=VALUE."""

    name = "variable"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Split at the first equals sign."""
        name, equals, content = str(value).partition("=")
        if not equals or not _VARIABLE.fullmatch(name):
            self.fail(f"{value!r} is not NAME=VALUE.", param, ctx)
        return name, content


# What can be done, and what each option goes with.
_ACTIONS = {
    "script": "SCRIPT",
    "resume": "--continue ID",
    "pause": "--pause ID",
    "abort": "--abort ID",
    "console": "--console ID",
    "view": "--view ID",
    "dap": "--dap ID",
    "snapshot": "--snapshot ID",
}
_GOES_WITH = {
    "env": ("--env", ["script"]),
    "timeout": ("--timeout", ["script"]),
    "on_exception": ("--on-exception", ["script"]),
    "expression": ("-c", ["console"]),
    "port": ("--port", ["dap"]),
    "output": ("-o", ["snapshot"]),
    "sets": ("--set", ["resume"]),
    "value": ("--value", ["resume"]),
    "every": ("--all", ["resume", "abort"]),
    "as_json": ("--json", ["view"]),
}
_SECTIONS = {
    "Running SCRIPT": ("env", "timeout", "on_exception"),
    "While it runs, or is paused": (
        "pause",
        "resume",
        "sets",
        "value",
        "abort",
        "every",
        "console",
        "expression",
        "view",
        "as_json",
        "snapshot",
        "output",
        "dap",
        "port",
    ),
    "Options": ("help",),
}


class PythonCommand(NumberCommand):
    """The command with its options in groups."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the options by what they are for."""
        records = {one.name: one.get_help_record(ctx) for one in self.get_params(ctx) if isinstance(one, click.Option)}
        grouped = {name for names in _SECTIONS.values() for name in names}
        for title, names in _SECTIONS.items():
            last = title == "Options"
            wanted = [one for one in records if one not in grouped or one in names] if last else names
            with formatter.section(title):
                formatter.write_dl([record for one in wanted if (record := records[one])])


@click.command(cls=PythonCommand, context_settings={"ignore_unknown_options": True})
@box_option
@click.option("--env", type=Variable(), multiple=True, metavar="NAME=VALUE", help="Set a variable for the script.")
@click.option("--timeout", type=SECONDS, help="Stop the script after so many seconds; 0 is never.")
@click.option(
    "--on-exception",
    type=click.Choice(["pause", "ignore"]),
    help="Whether to pause where an exception is raised that nobody catches.",
)
@click.option("--pause", metavar="ID", help="Pause a running script at its next line.")
@click.option("--continue", "resume", metavar="ID", help="Let a paused script go on.")
@click.option(
    "--set",
    "sets",
    type=Assignment(),
    multiple=True,
    metavar="NAME=EXPR",
    help="With --continue: set a variable before.",
)
@click.option("--value", type=Expression(), metavar="EXPR", help="With --continue: what pause() gives the script.")
@click.option("--abort", metavar="ID", help="End a paused script; what it has to clean up is done.")
@click.option("--all", "every", is_flag=True, help="With --continue, --abort: all pauses of that script.")
@click.option("--console", metavar="ID", help="Open a Python console in a paused script.")
@click.option("-c", "expression", metavar="EXPR", help="With --console: evaluate this one statement.")
@click.option("--dap", metavar="ID", help="Open a port for an IDE, to debug a paused script.")
@click.option("--port", type=click.IntRange(0, 65535), metavar="PORT", help="With --dap: which one; else any.")
@click.option("--snapshot", metavar="ID", help="Save what a paused script has, to look into it later.")
@click.option("-o", "output", metavar="FILE", help="With --snapshot: into this file.")
@click.option("--view", metavar="ID", help="Watch what others do in the consoles of a paused script.")
@click.option("--json", "as_json", is_flag=True, help="With --view: show it as JSON, a line each.")
@click.argument("script", required=False)
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def python(ctx: click.Context, /, script: str | None, args: tuple[str, ...], **options: Any) -> int:
    """Run SCRIPT, or the main.py of a folder, on a box, with ARGS. Put -- before those that look like our options.

    Ends with the script's exit status. Ctrl-C stops the script. `lager runs` shows the ID of what runs; its first
    characters are enough.
    """
    app = ctx.ensure_object(App)
    given = {"script": script, **options}
    _check_ids(given)
    if script is not None and script.startswith("-"):
        raise click.NoSuchOption(script, possibilities=_near(ctx, script), ctx=ctx)
    action = _chosen(given)
    if action == "script":
        return _run(app, str(script), list(args), options)
    if action in ("resume", "pause", "abort"):
        _ask(app, action, options)
        return 0
    return _look(app, action, options)


def _look(app: App, action: str, options: dict[str, Any]) -> int:
    """Look into a paused script; give the exit status."""
    if action == "console":
        from lager_cli.console.attaching import attach

        return attach(app, options["console"], options["expression"])
    if action == "snapshot":
        from lager_cli.console.taking import take

        return take(app, options["snapshot"], options["output"])
    if action == "view":
        from lager_cli.console.following import follow

        app.as_json = options["as_json"]
        return follow(app, options["view"])
    from lager_cli.runs import debugging

    debugging.serve(app, options["dap"], options["port"] or 0)
    return 0


def _ask(app: App, action: str, options: dict[str, Any]) -> None:
    """Have a script pause, go on, or end."""
    from lager_cli.runs import resuming

    if action == "resume":
        resuming.go_on(app, options["resume"], list(options["sets"]), options["value"], options["every"])
    elif action == "abort":
        resuming.abort(app, options["abort"], options["every"])
    else:
        resuming.pause(app, options["pause"])


def _check_ids(given: dict[str, Any]) -> None:
    """Refuse what stands where an ID would, if the shell has put nothing there."""
    if any(isinstance(given[one], str) and not given[one].strip() for one in _ACTIONS):
        raise click.UsageError("SCRIPT or ID is empty; was a variable of the shell not set?")
    for name, shown in _ACTIONS.items():
        if name != "script" and str(given[name] or "").startswith("."):
            raise click.UsageError(f"{given[name]!r} is no ID; was a variable of the shell not set?")
        if name != "script" and str(given[name] or "").startswith("-"):
            option, what = shown.partition(" ")[0], f"{given[name]!r} is none"
            raise click.UsageError(f"{option} wants an ID, and {what}; was a variable of the shell not set?")


def _chosen(given: dict[str, Any]) -> str:
    """Give what is to be done, of what was given.

    Raises:
        UsageError: That is nothing, or several things, or there are options that do not go with it.
    """
    actions = [name for name in _ACTIONS if given[name] is not None]
    if not actions:
        *most, last = _ACTIONS.values()
        raise click.UsageError(f"Say one of {', '.join(most)} and {last}.")
    if len(actions) > 1:
        raise click.UsageError(_several(actions, given["script"]))
    after = "; put -- before arguments of the script." if given["script"] is not None else "."
    for name, (option, wanted) in _GOES_WITH.items():
        absent = given[name] is None or given[name] is False or given[name] == ()
        if not absent and actions[0] not in wanted:
            what = " or ".join(_ACTIONS[one] for one in wanted)
            raise click.UsageError(f"{option} goes with {what}{after}")
    if given["every"] and (given["sets"] or given["value"] is not None):
        raise click.UsageError("--set and --value are for one pause: name it, such as ID.2, and leave --all out.")
    return actions[0]


def _several(actions: list[str], script: str | None) -> str:
    *most, last = [f"SCRIPT (here {script!r})" if one == "script" else _ACTIONS[one] for one in actions]
    meant = "; put quotes around an expression with blanks, and -- before arguments of the script"
    return f"{', '.join(most)} and {last} exclude each other{meant if script is not None else ''}."


def _near(ctx: click.Context, word: str) -> list[str]:
    known = [name for one in ctx.command.get_params(ctx) for name in one.opts if name.startswith("--")]
    return difflib.get_close_matches(word.partition("=")[0], known)


def _run(app: App, script: str, args: list[str], options: dict[str, Any]) -> int:
    from lager import wire
    from lager_cli.runs.keyboard import Keyboard
    from lager_cli.runs.packing import pack
    from lager_cli.runs.stream import RunStream
    from lager_cli.runs.watching import Interrupts, Watch
    from lager_cli.selection import user_name

    packed = pack(script)
    box = app.box()
    passed_on = [(name, os.environ[name]) for name in _PASSED_ON if name in os.environ]
    on_exception = [(_ON_EXCEPTION, options["on_exception"])] if options["on_exception"] else []
    request = wire.RunRequest(
        name=script,
        script=packed.script,
        content=packed.content,
        args=args,
        env=[*passed_on, *on_exception, *options["env"]],
        box=app.asked or "",
        user=user_name(),
        timeout=options["timeout"] or 0.0,
    )
    run = str(uuid.uuid4())
    with Interrupts() as interrupts:
        _start(box, run, request)
        with contextlib.closing(RunStream(_Line(app, box, run).connect)) as stream:
            return Watch(stream, interrupts, Keyboard()).until_end()


def _start(box: Box, run: str, request: wire.RunRequest) -> None:
    from lager import wire

    try:
        box.runner.put(f"/runs/{run}", request, wire.RunInfo, timeout=60.0)
    except errors.ServiceUnreachable:  # the id is ours: asking twice starts it once
        box.runner.put(f"/runs/{run}", request, wire.RunInfo, timeout=60.0)


class _Line:
    """The way to a run's stream, also after its box has moved to other ports."""

    def __init__(self, app: App, box: Box, run: str) -> None:
        self._app, self._box, self._run = app, box, run

    def connect(self, offset: int) -> Stream:
        """Open the stream from `offset` on."""
        try:
            return self._box.runner.connect(f"/runs/{self._run}/stream?from={offset}")
        except errors.ServiceUnreachable:
            self._box = self._app.whereabouts(self._box)
            raise
