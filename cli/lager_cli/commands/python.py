"""`lager python`: run a script on a box; follow it, end it; pause it, let it go on, look into it."""

from __future__ import annotations

import sys
from typing import Any

import click

from lager_cli.app import App, box_option
from lager_cli.runs.choosing import RUNNING, chosen, sorted_out
from lager_cli.runs.expressions import Assignment, Expression
from lager_cli.runs.options import NAMED, PythonCommand, Variable
from lager_cli.units import SECONDS

_STDIN = "-"
_HIGHEST_PORT = 65535
_SIGNALS = ("SIGINT", "SIGQUIT", "SIGABRT", "SIGKILL", "SIGUSR1", "SIGUSR2", "SIGTERM", "SIGSTOP")


@click.command(cls=PythonCommand, context_settings={"ignore_unknown_options": True})
@box_option
@click.option("-c", "expression", metavar="CODE", help="Run CODE; with --console: evaluate it there.")
@click.option("-m", "module", metavar="MODULE", help="Run a module; the current folder is sent.")
@click.option("--add-file", multiple=True, metavar="FILE", help="Put FILE beside the script.")
@click.option("--env", type=Variable(), multiple=True, metavar="NAME=VALUE", help="Set a variable for the script.")
@click.option("--passenv", multiple=True, metavar="NAME", help="Pass a variable of yours on to it.")
@click.option("--on-exception", type=click.Choice(["pause", "ignore"]), help="Whether to pause at one nobody catches.")
@click.option("--timeout", type=SECONDS, help="Stop the script after so many seconds; 0: never.")
@click.option("--finally", "at_end", type=click.Choice(["safe", "keep"]), help="What becomes of its nets at its end.")
@click.option("-d", "--detach", is_flag=True, help="Leave it to itself, and say its ID.")
@click.option("--keep", is_flag=True, help="Let it go on without this terminal.")
@click.option(
    "-p",
    "--port",
    multiple=True,
    metavar="HERE[:THERE]",
    help="Forward TCP to the box; with --dap: listen there.",
)
@click.option("--download", multiple=True, metavar="FILE", help="Fetch a file it wrote, at its end.")
@click.option("--allow-overwrite", is_flag=True, help="With --download: even if it is here already.")
@click.option("--junit", metavar="FILE", help="Fetch the report of its tests, at its end.")
@click.option("--json", "as_json", is_flag=True, help="Show what happens as JSON, a line each.")
@click.option("--quiet", is_flag=True, help="Show only what the script writes.")
@click.option("--reattach", metavar="ID", help="Follow a script again, from its first output.")
@click.option("--kill", metavar="ID", help="End a script: Ctrl-C for it, later harder.")
@click.option("--kill-all", is_flag=True, help="End all scripts of the box.")
@click.option("--signal", type=click.Choice(_SIGNALS), metavar="NAME", help="With --kill, --kill-all: send just that.")
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
@click.option("--value", type=Expression(), metavar="EXPR", help="With --continue: what pause() gives it.")
@click.option("--abort", metavar="ID", help="End a paused script; it cleans up.")
@click.option("--all", "every", is_flag=True, help="With --continue, --abort: all its pauses.")
@click.option("--console", metavar="ID", help="Open a Python console in a paused script.")
@click.option("--view", metavar="ID", help="Watch the consoles of a paused script.")
@click.option("--snapshot", metavar="ID", help="Save what a paused script has.")
@click.option("-o", "output", metavar="FILE", help="With --snapshot: into this file.")
@click.option("--dap", metavar="ID", help="Open a port for an IDE, to debug it.")
@click.argument("script", required=False)
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def python(ctx: click.Context, /, script: str | None, args: tuple[str, ...], **options: Any) -> int:
    """Run SCRIPT on a box, or the main.py of a folder, or what comes from standard input (-), with ARGS.

    Put -- before those that look like our options. Ends with the script's exit status. Ctrl-C stops it. `lager runs`
    shows the ID of what runs; its first characters are enough.
    """
    app = ctx.ensure_object(App)
    given, words = sorted_out(script, args, options)
    named = given["script"]
    if named is not None and named.startswith("-") and named != _STDIN and not ctx.meta[NAMED]:
        raise click.NoSuchOption(named, possibilities=_near(ctx, named), ctx=ctx)
    action = chosen(given)
    if action in RUNNING:
        return _run(app, given, words)
    if action in ("reattach", "kill", "kill_all"):
        return _attend(app, action, options)
    if action in ("resume", "pause", "abort"):
        _ask(app, action, options)
        return 0
    return _look(app, action, options)


def _run(app: App, given: dict[str, Any], args: list[str]) -> int:
    """Run a script; give its exit status."""
    from lager_cli.runs.packing import Source, piped
    from lager_cli.runs.running import run

    if given["code"] is not None:
        source = Source(code=given["code"])
    elif given["module"] is not None:
        source = Source(module=given["module"])
    elif given["script"] == _STDIN:
        source = Source(text=piped(sys.stdin.buffer))
    else:
        source = Source(path=given["script"])
    return run(app, source, args, given)


def _attend(app: App, action: str, options: dict[str, Any]) -> int:
    """Follow a script again, or end it; give the exit status."""
    if action == "reattach":
        from lager_cli.runs.reattaching import reattach

        return reattach(app, options["reattach"], options)
    from lager_cli.runs import killing

    app.as_json = options["as_json"]
    if action == "kill":
        return killing.kill(app, options["kill"], options["signal"] or "")
    return killing.kill_all(app, options["signal"] or "")


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

    debugging.serve(app, options["dap"], _listening(options["port"]))
    return 0


def _listening(given: tuple[str, ...]) -> int:
    """Give the one port that an IDE shall find; 0 for any."""
    if len(given) > 1:
        raise click.UsageError("--dap opens one port; give --port once.")
    port = given[0] if given else "0"
    if not port.isascii() or not port.isdigit() or int(port) > _HIGHEST_PORT:
        raise click.UsageError(f"--port {port!r} is no port to listen on; they go from 0, for any, to {_HIGHEST_PORT}.")
    return int(port)


def _ask(app: App, action: str, options: dict[str, Any]) -> None:
    """Have a script pause, go on, or end."""
    from lager_cli.runs import resuming

    if action == "resume":
        resuming.go_on(app, options["resume"], list(options["sets"]), options["value"], options["every"])
    elif action == "abort":
        resuming.abort(app, options["abort"], options["every"])
    else:
        resuming.pause(app, options["pause"])


def _near(ctx: click.Context, word: str) -> list[str]:
    import difflib

    known = [name for one in ctx.command.get_params(ctx) for name in one.opts if name.startswith("--")]
    return difflib.get_close_matches(word.partition("=")[0], known)
