"""`lager diagnose`: what is wrong with a net, and the next thing to do."""

from __future__ import annotations

import click

from lager_cli import watching
from lager_cli.app import App, box_option, json_option
from lager_cli.diagnosis.choosing import AUTO, TYPES


@click.command()
@click.argument("net")
@click.option(
    "--type",
    "role",
    metavar="ROLE",
    type=click.Choice(TYPES),
    default=AUTO,
    help="Which net is meant, where several have that name: adc, scope.",
)
@watching.options
@box_option
@json_option
@click.pass_obj
def diagnose(app: App, net: str, role: str, watch: bool, interval: float | None) -> int:
    """Find out what is wrong with NET, and what to do next. Nothing is set, opened for long, or taken from anybody.

    The box looks at its USB or its network, asks the instrument who it is, for up to 10 s, and says who has it.

    \b
    The exit status says what was found:
       0 healthy                  16 not enumerated
      10 usbtmc module loaded     17 not USB-TMC
      11 claimed by several       18 unclear
      12 busy                     19 no access
      13 disappeared, transient   on a network:
      14 stale, transient         20 name        23 silent port
      15 wedged                   21 route       24 silent instrument
                                  22 refused     25 wrong instrument
    """  # noqa: D301  # click's own sign: the lines after it stay as they are
    from lager_cli.diagnosis import asking, choosing, report
    from lager_cli.lockwaiting import name_of

    every = watching.pace(watch, interval)
    box = app.box()
    typed = app.asked or box.name
    chosen = choosing.chosen(asking.nets(box, typed), net, role, typed)
    if every is not None:
        from lager_cli.diagnosis.watching import follow

        follow(app, box, chosen, every)
        return 0
    found = asking.answered(box, chosen, lambda words: click.secho(f"Note: {words}.", fg="yellow", err=True))
    app.show(report.facts(name_of(box), found), report.words(name_of(box), found))
    return found.verdict.status
