"""What must be done after an event: the answers of `lager_debugbridge.registry`, to be carried out in order.

They are facts without any behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass

from lager import errors, wire


@dataclass(frozen=True)
class Announce:
    """Tell the script what its pause is called; `label` is who asked for it, where somebody did."""

    link: int
    key: str
    number: int
    name: str
    label: str | None = None


@dataclass(frozen=True)
class Began:
    """Tell watchers that the run has paused."""

    run: str
    pause: wire.PauseInfo


@dataclass(frozen=True)
class Soon:
    """Tell who wants to know that the timeout of a pause is near. Once for each pause."""

    run: str
    pause: wire.PauseInfo


@dataclass(frozen=True)
class Release:
    """Tell the script to go on. With `sets` or `value`, it answers whether it could."""

    link: int
    key: str
    name: str
    reason: str
    by: str
    sets: tuple[tuple[str, str], ...] = ()
    value: str | None = None


@dataclass(frozen=True)
class Claim:
    """Get the run the box's lock: then that pause is released."""

    run: str
    key: str
    name: str


@dataclass(frozen=True)
class Wait:
    """Tell the script, and who released it, why it does not go on yet: somebody else has the box's lock."""

    link: int
    key: str
    why: str


@dataclass(frozen=True)
class Ended:
    """Tell watchers that the pause is over; `by` is who released it, `done` what was changed on the way."""

    run: str
    key: str
    number: int
    reason: str
    by: str = ""
    done: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """Tell who asked for changes what came of it."""

    ticket: int
    said: wire.Resumed | errors.LagerError


@dataclass(frozen=True)
class Refuse:
    """Tell whoever asked (the console, or the caller of a resume) why not."""

    error: errors.LagerError


@dataclass(frozen=True)
class OpenConsole:
    """Connect that console with the script."""

    link: int
    key: str
    console: str
    run: str
    pause: wire.PauseInfo


@dataclass(frozen=True)
class ShutConsole:
    """Tell the script that this console has gone."""

    link: int
    console: str


@dataclass(frozen=True)
class EndConsole:
    """Tell that console that it is over."""

    console: str
    reason: str


Effect = (
    Announce | Began | Soon | Release | Claim | Wait | Ended | Answer | Refuse | OpenConsole | ShutConsole | EndConsole
)
