"""Calls to nets, as the commands of nets make them."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any, TypeVar, cast
from urllib.parse import quote

import click
import msgspec

from lager import errors, wire
from lager.times import ANSWER_WITHIN
from lager_cli.app import App
from lager_cli.holder import holder
from lager_cli.lockwaiting import patiently
from lager_cli.selection import Box, user_name

T = TypeVar("T")


class RemoteNet:
    """One net of the chosen box, in one role.

    Args:
        app: Knows the box.
        name: The net.
        role: Its role.
        as_it_is: Refuse to be called where its instrument would have to be brought into that role first.
    """

    def __init__(self, app: App, name: str, role: str, as_it_is: bool = False) -> None:
        if not name.strip():
            raise errors.UsageError("the name of the net is empty", "see `lager nets` for those the bench has")
        self._app, self.name, self.role, self._as_it_is = app, name, role, as_it_is
        self._said = {""}  # of notices: a command may take several calls

    @cached_property
    def _box(self) -> Box:
        return self._app.box()

    def call(self, method: str, *args: Any, kind: type[T] | Any = None) -> T:
        """Call a method of the role's contract.

        Raises:
            BoxLocked: It changes something, and somebody else has the box, for longer than LAGER_LOCK_WAIT.
            LagerError: As the bench answers.
        """
        caller, (who, _) = f"lager command of {user_name()}", holder(os.environ)
        message = wire.NetCall(self.role, method, list(args), caller, self._as_it_is, who)
        path, bench = f"/nets/{quote(self.name, safe='')}/call", self._box.bench
        answer: wire.NetValue = patiently(
            self._box, lambda: bench.post(path, message, wire.NetValue, timeout=ANSWER_WITHIN + 2)
        )
        if answer.notice not in self._said:
            self._said.add(answer.notice)
            click.secho(f"Note: {answer.notice}.", fg="yellow", err=True)
        return cast("T", msgspec.convert(answer.value, kind))


class NetGroup(click.Group):
    """A group `lager ROLE [NET] COMMAND`: a command where NET is expected means that NET was left out."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read NET. Where no command follows it, options may: `lager supply NET --json`."""
        ctx.allow_interspersed_args = not any(one in self.commands for one in args)
        rest = super().parse_args(ctx, args)
        name = ctx.params.get("net")
        if name in self.commands and not ctx.resilient_parsing and "--help" not in rest:
            ctx.fail(f"Say which net: lager {self.name} NET {name}.")
        return rest


def list_nets(app: App, role: str, label: str) -> None:
    """Show the nets of one role."""
    from lager_cli.output import table

    nets: list[wire.NetRecord] = app.box().bench.get("/nets/list", list[wire.NetRecord])
    mine = [net for net in nets if net.role == role]
    rows = [[net.name, net.role, net.instrument, net.pin, net.address] for net in mine]
    head = ["Name", "Net Type", "Instrument", "Channel", "Address"]
    app.show(mine, table(head, rows) if rows else f"No {label} nets found on this box.")
