"""What every command gets besides its own: `--debug`, and examples at the end of its help; groups list whole sentences.

Here, so that no command can do without, and none has to think of it. Examples are imported where help is shown.
"""

from __future__ import annotations

import click

from lager_cli.app import debug_option, lager

_WIDEST = 54  # columns of an example that its explanation stands beside
_LONGEST = 400  # characters of a sentence
_OTHER = {"box": "boxes", "boxes": "box"}  # one is easily taken for the other


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
        _list_in_full(command)
        if path in _OTHER:
            _name_the_other(command, _OTHER[path])
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


def _list_in_full(group: click.Group) -> None:
    """Have a group show the whole sentence of each of its commands, in lines; click would cut it to one line."""

    def format_commands(ctx: click.Context, formatter: click.HelpFormatter) -> None:
        found = [(name, group.get_command(ctx, name)) for name in group.list_commands(ctx)]
        rows = [(name, one.get_short_help_str(_LONGEST)) for name, one in found if one and not one.hidden]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    group.format_commands = format_commands  # type: ignore[method-assign]  # as above


def _name_the_other(group: click.Group, other: str) -> None:
    """Have a group name a command that it has not, and the group it is easily taken for has."""
    own = group.resolve_command

    def resolve_command(ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in group.commands and not args[0].startswith("-"):
            there = lager.get_command(ctx, other)
            if isinstance(there, click.Group) and args[0] in there.commands:
                ctx.fail(f"No such command {args[0]!r}. Did you mean `lager {other} {args[0]}`?")
        return own(ctx, args)

    group.resolve_command = resolve_command  # type: ignore[method-assign]  # as above
