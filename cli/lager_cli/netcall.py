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
N = TypeVar("N", wire.NetValue, wire.NetDone)


def _asking() -> tuple[str, str]:
    """Say who asks: for others who wait, and for the box's lock."""
    return f"lager command of {user_name()}", holder(os.environ)[0]


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
    def box(self) -> Box:
        """Get the box it is on."""
        return self._app.box()

    def call(self, method: str, *args: Any, kind: type[T] | Any = None) -> T:
        """Call a method of the role's contract.

        Raises:
            BoxLocked: It changes something, and somebody else has the box, for longer than LAGER_LOCK_WAIT.
            LagerError: As the bench answers.
        """
        caller, who = _asking()
        message = wire.NetCall(self.role, method, list(args), caller, self._as_it_is, who)
        answer = self._post("call", message, wire.NetValue, ANSWER_WITHIN + 2)
        return cast("T", msgspec.convert(answer.value, kind))

    def act(self, action: str, /, *, lasting: float = 0.0, **params: Any) -> wire.NetDone:
        """Do an action of `lager.actions`, in one round trip.

        Args:
            action: Its name there.
            lasting: How long it lasts by itself, s: a wait, or a measurement over some time.
            params: Its parameters; those that are None are left out.

        Raises:
            BoxLocked: It changes something, and somebody else has the box, for longer than LAGER_LOCK_WAIT.
            LagerError: As the bench answers.
            KeyboardInterrupt: It was not waited for; where it may have changed something, that has been said.
        """
        caller, who = _asking()
        given = {name: value for name, value in params.items() if value is not None}
        message = wire.NetAction(self.role, action, given, caller, who)
        try:
            return self._post("act", message, wire.NetDone, 2 * ANSWER_WITHIN + lasting)
        except KeyboardInterrupt:
            if _changes(self.role, action, given):
                click.secho(f"\nNote: it may have been done all the same; look at {self.name}.", fg="yellow", err=True)
            raise

    def _post(self, what: str, message: Any, kind: type[N], timeout: float) -> N:
        path, bench = f"/nets/{quote(self.name, safe='')}/{what}", self.box.bench
        try:
            answer: N = patiently(self.box, lambda: bench.post(path, message, kind, timeout=timeout))
        except errors.NetNotFound as exc:
            raise self._absent(exc) from exc
        except errors.InstrumentError as exc:
            exc.net = self._typed()
            raise
        if answer.notice not in self._said:
            self._said.add(answer.notice)
            click.secho(f"Note: {answer.notice}.", fg="yellow", err=True)
        return answer

    def _typed(self) -> str:
        """Give the net as one types it, with its box."""
        import shlex

        box = self._app.asked or self.box.name
        return shlex.quote(self.name) + (f" --box {shlex.quote(box)}" if box else "")

    def _absent(self, error: errors.NetNotFound) -> errors.NetNotFound:
        """Say it with the nets there are; as the bench said it, where it is about something else."""
        from lager_cli.absentnets import absent

        nets: list[wire.NetRecord] = self.box.bench.get("/nets/list", list[wire.NetRecord])
        there = any((net.name, net.role) == (self.name, self.role) for net in nets)
        return error if there else absent(self.name, self.role, nets)


def _changes(role: str, action: str, params: dict[str, Any]) -> bool:
    """Tell whether an action changes something."""
    from lager import actions

    plain = action.partition("_")[0] in ("enable", "disable", "clear", "set")
    return not actions.only_reads(role, action) and (plain or bool(params))


_MEANT = {"on": "enable", "off": "disable", "status": "state", "volt": "voltage", "curr": "current"}


class NetGroup(click.Group):
    """A group `lager ROLE [NET] COMMAND`: a command where NET is expected means that NET was left out.

    Args:
        role: Of its nets: the default net of that role is meant then; empty where there is none.
    """

    def __init__(self, *args: Any, role: str = "", **attrs: Any) -> None:
        super().__init__(*args, **attrs)
        self.role = role

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read NET. Where no command follows it, options may: `lager supply NET --json`."""
        ctx.allow_interspersed_args = not any(one in self.commands for one in args)
        if not ctx.allow_interspersed_args:
            given, rest, _ = self.make_parser(ctx).parse_args(list(args))
            command = str(given.get("net"))
            if command in self.commands:
                at = len(args) - len(rest) - 1
                args = [*args[:at], self._left_out(ctx, command, rest), *args[at:]]
            elif rest and rest[0].startswith("-") and rest[0] != "--":
                args = self._options_first(ctx, args, rest)
        return super().parse_args(ctx, args)

    def _options_first(self, ctx: click.Context, args: list[str], rest: list[str]) -> list[str]:
        """Put the options between NET and its command before NET, where they are this group's."""
        given, behind, _ = self.make_parser(ctx).parse_args(list(rest))
        at = len(rest) - len(behind) - isinstance(given.get("net"), str)  # read as NET: the command
        return [*rest[:at], *args[: len(args) - len(rest)], *rest[at:]]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for a word or a number that people type in its place, say which it is."""
        word = args[0] if args else ""
        meant = _MEANT.get(
            word.lower(), f"voltage {word}" if self.role == "power-supply" and word[:1].isdigit() else ""
        )
        known = word in self.commands or ctx.resilient_parsing
        if meant.partition(" ")[0] in self.commands and not known:
            ctx.fail(f"No such command {word!r}. Did you mean {meant!r}?")
        return super().resolve_command(ctx, args)

    def _left_out(self, ctx: click.Context, command: str, rest: list[str]) -> str:
        from lager_cli.defaultnets import default_net

        if ctx.resilient_parsing or "--help" in rest or "-h" in rest:
            return "NET"
        net = default_net(self.role) if self.role else ""
        return net or ctx.fail(f"Say which net: lager {self.name} NET {command}.")


def list_nets(app: App, role: str, label: str) -> None:
    """Show the nets of one role."""
    from lager_cli.absentnets import fitting
    from lager_cli.output import table

    nets: list[wire.NetRecord] = app.box().bench.get("/nets/list", list[wire.NetRecord])
    mine = fitting(role, nets)
    rows = [[net.name, net.role, net.instrument, net.pin, net.address] for net in mine]
    head = ["Name", "Net Type", "Instrument", "Channel", "Address"]
    app.show(mine, table(head, rows) if rows else f"No {label} nets found on this box.")
