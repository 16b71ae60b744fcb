"""`lager logs`: what a run has written, also after its end."""

from __future__ import annotations

import contextlib
import datetime
from typing import Any

import click

from lager_cli.app import App, box_option, json_option
from lager_cli.runs.choosing import checked_id


class Moment(click.ParamType[float]):
    """How long ago, or when."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Give the Unix time, s."""
        from lager_cli import measures

        try:
            return measures.moment(str(value), datetime.datetime.now().astimezone())
        except ValueError:
            self.fail(f"{value!r} is no time; {measures.MOMENT_FORMS}.", param, ctx)


@click.command()
@click.argument("run", metavar="ID")
@click.option("-f", "--follow", is_flag=True, help="Go on until the run has ended, or until Ctrl-C.")
@click.option("--since", type=Moment(), metavar="TIME", help="Only what was written since: 5m (ago), 14:05.")
@click.option("--stdout", "only", flag_value=1, type=int, default=None, help="Only its standard output.")
@click.option("--stderr", "only", flag_value=2, type=int, default=None, help="Only its standard error.")
@box_option
@json_option
@click.pass_obj
def logs(app: App, run: str, follow: bool, since: float | None, only: int | None) -> int:
    """Show what a run has written, while it runs and after.

    Its standard output and standard error are yours. Ctrl-C ends the showing, not the run. `lager runs` shows the ID of
    what runs; its first characters are enough.
    """
    from lager_cli.runs.logs import Wanted, show

    checked_id(run)
    streams = frozenset({1, 2, 3} if only is None else {only})
    with contextlib.suppress(KeyboardInterrupt) if follow else contextlib.nullcontext():  # then it is the normal end
        return show(app, run, Wanted(follow, since, streams, app.as_json))
    return 0
