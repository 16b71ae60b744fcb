"""`lager scope NET trigger`: what starts a capture. Of each type, what its options mean to the instrument."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import click

from lager import errors
from lager_cli.scope.channel import Channel
from lager_cli.scope.quantities import VOLTS, scaled

Command = Callable[..., Any]
COUPLINGS = {"dc": "DC", "ac": "AC", "low_freq_rej": "low_freq_reject", "high_freq_rej": "high_freq_reject"}
_ROOM = 60  # characters of a line of help
_UNITS = {"V": "volts", "s": "seconds"}


class Part(NamedTuple):
    """A parameter of a trigger, and its value.

    Attributes:
        name: The contract's: `edge.level`.
        value: None leaves it as it is.
        unit: `V` or `s`; empty for a word or a count.
        is_source: Whether it names a net, or a line such as `CHAN2`.
    """

    name: str
    value: Any
    unit: str = ""
    is_source: bool = False

    @property
    def key(self) -> str:
        """Get what it is called in JSON."""
        last = self.name.rpartition(".")[2]
        return f"{last}_{_UNITS[self.unit]}" if self.unit else last

    @property
    def words(self) -> str:
        """Say it."""
        said = self.name.rpartition(".")[2].replace("_", " ")
        return f"{said} {scaled(self.value, self.unit) if self.unit else self.value}"


def common(command: Command) -> Command:
    """Add --mode and --coupling."""
    coupling = click.option(
        "--coupling",
        type=click.Choice(list(COUPLINGS)),
        default="dc",
        show_default=True,
        help="What the trigger sees of the signal; of edges, and of others where it is given.",
    )
    mode = click.option(
        "--mode",
        type=click.Choice(["normal", "auto", "single"]),
        default="normal",
        show_default=True,
        help="Capture when the trigger comes; also without one (auto); or once (single).",
    )
    return mode(coupling(command))


def level(command: Command) -> Command:
    """Add --source and --level."""
    volts = click.option("--level", type=VOLTS, metavar="VOLTS", help="The level (1.65, 500mV, -0.2).")
    return source("--source", "What it looks at")(volts(command))


def source(name: str, what: str) -> Callable[[Command], Command]:
    """Add an option that names what carries a signal."""
    return click.option(name, metavar="NET", help=f"{what}: a scope net, or a line such as CHAN2, D0.")


def choice(name: str, words: Sequence[str] | Mapping[str, str], default: str | None, what: str) -> Command:
    """Make an option that is one of some words; more of them than fit a line are in its help."""
    listed = list(words)
    many = len("|".join(listed)) > _ROOM
    described = f"{what} One of {', '.join(listed)}." if many else what
    made: Command = click.option(
        name,
        type=click.Choice(listed),
        metavar="WORD" if many else None,
        default=default,
        show_default=default is not None,
        help=described,
    )
    return made


def apply(net: Channel, type_: str, parts: Sequence[Part], ctx: click.Context) -> None:
    """Set the parts of a type, then select it; show what was set. Each was read back by the box.

    Raises:
        LagerError: One was refused; it says what had been set before.
    """
    asked = ctx.params
    explicit = ctx.get_parameter_source("coupling") is click.core.ParameterSource.COMMANDLINE
    coupling = COUPLINGS[asked["coupling"]] if type_ == "edge" or explicit else None
    resolved = [
        part._replace(value=net.scope.source_of(part.value)) if part.is_source and part.value is not None else part
        for part in parts
    ]
    wanted = [
        part
        for part in (*resolved, Part("type", type_), Part("coupling", coupling), Part("mode", asked["mode"]))
        if part.value is not None
    ]
    set_in_order(net, wanted)
    shown = [part for part in wanted if part.name != "type"]
    words = ", ".join(part.words for part in shown)
    net.show({"type": type_, **{part.key: part.value for part in shown}}, f"Trigger set to {type_}: {words}")


def set_in_order(net: Channel, parts: Sequence[Part]) -> None:
    """Set parameters, one after the other.

    Raises:
        LagerError: One was refused; it says what had been set before.
    """
    for at, part in enumerate(parts):
        name = "sweep" if part.name == "mode" else part.name
        try:
            net.scope.trigger_set(name, part.value)
        except errors.LagerError as exc:
            before = ", ".join(one.words for one in parts[:at])
            raise type(exc)(
                exc.what, f"{exc.hint}; before that, this was set: {before}" if before else exc.hint
            ) from exc
