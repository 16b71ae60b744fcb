"""The command line: the tree of commands, and the one place where an error becomes words and an exit status.

Commands are imported when they are run, and what they need inside them, so that `lager --help` is quick.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import click

from lager import __version__, errors
from lager_cli.likeness import near
from lager_cli.tasks import COMMANDS, FIRST_STEPS, TASKS

if TYPE_CHECKING:
    from lager_cli.selection import Box

__all__ = ["COMMANDS", "DEBUG", "App", "box_option", "json_option", "lager", "main", "near", "run"]
DEBUG = "LAGER_DEBUG"


class App:
    """What a command is given: the box that was chosen, and how to speak."""

    def __init__(self) -> None:
        self.asked: str | None = None
        self.as_json = False
        self.quiet = False

    def ask_for(self, name: str) -> None:
        """Take note of a --box. Given twice, both must mean the same."""
        if self.asked not in (None, name):
            raise click.UsageError(f"--box was given twice, as {self.asked!r} and as {name!r}.")
        self.asked = name

    def box(self) -> Box:
        """Find the box this command is for; a private one is started if need be."""
        from lager_cli import config, selection
        from lager_cli.box import embedded

        saved = config.Config()
        chosen = selection.choose(self.asked, os.environ, saved.boxes, saved.default_box)
        if chosen.ip:
            return selection.reach(chosen, os.environ, embedded.alive)
        return selection.own(embedded.ensure(self.quiet))

    def whereabouts(self, box: Box) -> Box:
        """Look where a box of this machine listens now: a new one of the same user adopts the runs of the old."""
        from dataclasses import replace

        from lager_cli.box import embedded

        info = embedded.alive() if box.ports is not None else None
        return replace(box, port=info.runner, ports=info) if info else box

    def show(self, facts: Any, words: str) -> None:
        """Show an answer: as `words`, or with --json the facts they were made of."""
        import json

        import msgspec

        click.echo(json.dumps(msgspec.to_builtins(facts), ensure_ascii=False) if self.as_json else words)


class CommandTree(click.Group):
    """The group `lager`, whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Name the commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        from lager_cli import teaching

        module = importlib.import_module(f"lager_cli.commands.{cmd_name}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return teaching.taught(command, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands by task, without importing them."""
        width = max(map(len, COMMANDS))
        for task, commands in TASKS.items():
            with formatter.section(task):
                formatter.write_dl([(name.ljust(width), line) for name, line in commands.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Show what to type first."""
        with formatter.section("First steps"):
            formatter.write_dl(FIRST_STEPS, col_max=40)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Say of an option that commands take, where it stands."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as unknown:
            if unknown.option_name not in ("--box", "--json", "--yes"):
                raise
            shown = f"{unknown.option_name}{' NAME' if unknown.option_name == '--box' else ''}"
            ctx.fail(f"{unknown.option_name} stands behind the command: lager nets {shown}.")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command meant, or the near ones."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            whose = f"{args[1]} " if args[0] == "help" and args[1:] and args[1] in COMMANDS else ""
            meant = f" Did you mean `lager {whose}--help`?" if args[0] == "help" else near(args[0], COMMANDS)
            ctx.fail(f"There is no command {args[0]!r}.{meant}")
        return super().resolve_command(ctx, args)


def debug_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --debug."""
    described = "Show where an error came from, and what it was."
    return click.option("--debug", is_flag=True, expose_value=False, callback=_debug, help=described)(command)


def _debug(_ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        os.environ[DEBUG] = "1"  # what is started by this command says it, too


@click.group(cls=CommandTree, context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100})
@click.version_option(__version__, message="lager %(version)s")
@debug_option
@click.pass_context
def lager(ctx: click.Context) -> None:
    """Run test scripts on a bench of real instruments; stop them with one line, look around live, and go on."""
    ctx.obj = App()


def box_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --box."""

    def take(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
        if value is not None:
            ctx.ensure_object(App).ask_for(value)

    described = "The box to use: its name, or its IP address, with :PORT if need be.  [env var: LAGER_BOX]"
    return click.option("--box", metavar="NAME", expose_value=False, callback=take, help=described)(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --json."""

    def take(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            ctx.ensure_object(App).as_json = True

    described = "Show the facts as JSON."
    return click.option("--json", is_flag=True, expose_value=False, callback=take, help=described)(command)


def main() -> NoReturn:
    """Run the command line and exit with its status."""
    _have_streams()
    status = run(lager, sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # its reader has gone or its disk is full: that was said where it could be
            from lager_cli import telling

            telling.forget(stream)
    sys.exit(status)


def _have_streams() -> None:
    """Put the null device where a standard stream is closed (`<&-`), before a socket takes its number."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
            setattr(sys, name, open(number, mode, encoding="utf-8"))  # noqa: SIM115  # as long as the process


def run(group: click.Command, args: list[str]) -> int:
    """Run one command line and give its exit status: the one place where an error becomes words."""
    debugged = os.environ.get(DEBUG)
    try:
        with click.Context(group, color=_colors()) as ctx:  # what is said after the command's end is said in it, too
            return _run(group, args, ctx.color)
    finally:  # --debug is for this command line only
        if debugged is None:
            os.environ.pop(DEBUG, None)


def _invoke(group: click.Command, args: list[str], color: bool | None) -> Any:
    streams = sys.stdout, sys.stderr
    try:
        return group.main(args, prog_name="lager", standalone_mode=False, color=color)
    except SystemExit:
        if sys.stdout is streams[0]:
            raise
        sys.stdout, sys.stderr = streams  # click wraps them, and exits with 1, where nobody reads any more
        raise BrokenPipeError from None


def _run(group: click.Command, args: list[str], color: bool | None) -> int:
    try:
        status = _invoke(group, args, color)
        sys.stdout.flush()
    except errors.LagerError as exc:
        from lager_cli import telling

        return telling.say(exc)
    except click.ClickException as exc:
        with contextlib.suppress(OSError):  # nobody can read it; the status remains
            exc.show()
        return exc.exit_code
    except (KeyboardInterrupt, click.Abort) as exc:
        if not isinstance(exc.__cause__, EOFError):  # click makes that of any, also where nothing was asked
            return _aborted()
        from lager_cli import telling

        return telling.say_unexpected(exc.__cause__)
    except BrokenPipeError:
        from lager_cli import telling

        telling.forget(sys.stdout)
        return 128 + signal.SIGPIPE
    except OSError as exc:
        from lager_cli import telling

        return _aborted() if telling.interrupted(exc) else telling.say_system(exc)
    except Exception as exc:  # noqa: BLE001  # the edge: whatever it is, it is told in words
        from lager_cli import telling

        return _aborted() if telling.interrupted(exc) else telling.say_unexpected(exc)
    return status if isinstance(status, int) else 0


def _aborted() -> int:
    with contextlib.suppress(OSError):  # whoever would read it was interrupted, too
        click.secho("Aborted!", fg="red", err=True)
    return 128 + signal.SIGINT


def _colors() -> bool | None:
    """Give False where nobody wants them; None leaves it to whether a terminal is there."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None
