"""What every command gets besides its own: `--debug`, and examples at the end of its help.

Here, so that no command can do without, and none has to think of it. Examples are imported where help is shown.
"""

from __future__ import annotations

import click

from lager_cli.app import debug_option

_WIDEST = 54  # columns of an example that its explanation stands beside


def taught(command: click.Command, path: str) -> click.Command:
    """Give a command, and all below it, with what every command has.

    Args:
        command: The command; it is changed.
        path: How it is called, such as `supply voltage`.
    """
    if not any("--debug" in one.opts for one in command.params):
        debug_option(command)
        _add_examples(command, path)
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            taught(below, f"{path} {name}")
    return command


def _add_examples(command: click.Command, path: str) -> None:
    own = command.format_epilog

    def format_epilog(ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from lager_cli import examples

        own(ctx, formatter)
        rows = examples.of(path)
        if rows:
            with formatter.section("Examples"):
                formatter.write_dl(rows, col_max=_WIDEST)

    command.format_epilog = format_epilog  # type: ignore[method-assign]  # nothing else is asked only for help
