"""`lager console`: a Python console on a box, without a script."""

from __future__ import annotations

import click

from lager_cli.app import App, box_option


@click.command(context_settings={"allow_extra_args": True})
@click.option("-c", "expression", metavar="EXPR", help="Evaluate this one statement; exit status 1 if it raises.")
@box_option
@click.pass_context
def console(ctx: click.Context, expression: str | None) -> int:
    """Open a Python console in a fresh process on a box, to try nets by hand; Net, NetType and the like are imported.

    Tab completes, F1 shows docs, `:help` lists the commands, `%run FILE ARGS` runs a file of this machine. Ctrl-C stops
    a statement. Ctrl-D ends the console and its process. In a pipe it evaluates what it reads.

    Others may look in, or open a console on what you have there: `lager python --view ID`, `--console ID`; the ID is in
    `lager runs`. What was done stays in `lager runs transcript ID`.
    """
    if ctx.args:
        what = f"There is nothing to name here, and {ctx.args[0]!r} was given."
        raise click.UsageError(f"{what} A console in a paused script: `lager python --console ID`.")
    from lager_cli.console.alone import open_console

    return open_console(ctx.ensure_object(App), expression)
