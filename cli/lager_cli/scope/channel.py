"""The scope net that a command is for: calls to it, and the proxy scripts have, whose calls go the same way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lager import errors, wire
from lager_cli.app import App, box_option, json_option
from lager_cli.netcall import RemoteNet

if TYPE_CHECKING:
    from lager.proxies.scope import Scope

T = TypeVar("T")
ROLE = "scope"


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --box, --json, and --mcu, which released clients had and which has no meaning here."""
    mcu = click.option("--mcu", metavar="NAME", hidden=True, expose_value=False, help="Has no meaning any more.")
    return box_option(json_option(mcu(command)))


class Channel:
    """A channel of an oscilloscope.

    Args:
        app: Knows the box.
        name: The net.
    """

    def __init__(self, app: App, name: str) -> None:
        self._app, self.name = app, name
        self.remote = RemoteNet(app, name, ROLE)

    def call(self, method: str, *args: Any, kind: type[T] | Any = None) -> T:
        """Call a method of the contract.

        Raises:
            LagerError: As the bench answers, with hints in the words of the command line.
        """
        try:
            found: T = self.remote.call(method, *args, kind=kind)
        except errors.ChannelHidden as exc:
            raise errors.ChannelHidden(exc.what, f"`lager scope {self.name} enable`, then capture again") from exc
        except errors.StillCapturing as exc:
            hint = f"`lager scope {self.name} stop`, or `lager scope {self.name} single --wait 10s`, then read it"
            raise errors.StillCapturing(exc.what, hint) from exc
        return found

    @property
    def number(self) -> str:
        """Get which channel of its instrument it is."""
        return self.record.pin

    @property
    def record(self) -> wire.NetRecord:
        """Get the net as the bench has it."""
        return self.net(self.name, ROLE)

    @cached_property
    def scope(self) -> Scope:
        """Get what a script holds of it: what takes several calls is decided there."""
        from lager.proxies.scope import Scope

        return Scope(self.record, self)

    def net(self, name: str, role: str) -> wire.NetRecord:
        """Find a net of the bench.

        Raises:
            NetNotFound: There is none.
        """
        found = next((net for net in self._nets if (net.name, net.role) == (name, role)), None)
        if found is None:
            from lager_cli.absentnets import absent

            raise absent(name, role, self._nets)
        return found

    def ask(self, name: str, role: str, method: str, args: Sequence[Any] = ()) -> wire.Answer:  # noqa: ARG002  # it is this one
        """Call a method for the proxy; what is to be noticed was said already."""
        return wire.Answer(0, self.call(method, *args, kind=object))

    @cached_property
    def _nets(self) -> list[wire.NetRecord]:
        nets: list[wire.NetRecord] = self.remote.box.bench.get("/nets/list", list[wire.NetRecord])
        return nets

    def show(self, facts: dict[str, Any], words: str) -> None:
        """Show an answer; the facts say of which net they are."""
        self._app.show({"net": self.name, **facts}, words)


def channel(ctx: click.Context) -> Channel:
    """Give the channel that was named before the command."""
    at = ctx
    while "net" not in at.params and at.parent is not None:
        at = at.parent
    return Channel(ctx.ensure_object(App), at.params["net"])
