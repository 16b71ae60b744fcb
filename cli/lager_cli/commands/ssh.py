"""`lager ssh`: a command, or a shell, on the machine of a box."""

from __future__ import annotations

from typing import Any

import click

from lager_cli.app import App, box_option
from lager_cli.machine.sshoptions import ssh_options


class _Separated(click.Command):
    """A command whose words may look like options of ours: it says what keeps them apart."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words; of an option that is unknown, say where those of the command there go."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as unknown:
            name = unknown.option_name
            ctx.fail(f"No such option {name!r}; one of the command there stands behind --: lager ssh -- CMD {name}")


@click.command(cls=_Separated)
@box_option
@ssh_options
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- CMD ...]")
@click.pass_obj
def ssh(app: App, /, command: tuple[str, ...], **way: Any) -> int:
    """Run a command on the machine of a box, or open a shell there; ends with the command's status.

    The words behind -- are for the shell there, as with ssh itself.
    """
    from lager_cli.machine import choosing, visiting

    known = choosing.box(app.asked)
    return visiting.visit(choosing.of_box(known, **way), command)
