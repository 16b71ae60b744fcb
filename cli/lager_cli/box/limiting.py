"""`lager box limits`: what a box allows, shown and changed; each limit in the units that people use for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click
import msgspec

from lager import errors, limits, settings
from lager_cli.app import App, json_option, near
from lager_cli.measures import SIZE_FORMS, TIME_FORMS, seconds, seconds_words, size, size_words

_DAY = 86400.0  # s
_USUAL = "usual"  # a value: what a box allows where nobody has changed it


@dataclass(frozen=True)
class Limit:
    """How one limit is typed and read.

    Attributes:
        kind: `size` (bytes), `time` (s), `days` (kept as days), or `count`.
        what: What it limits.
        least: The smallest value that makes sense.
        none: Whether 0 means that there is no limit.
    """

    kind: str
    what: str
    least: float = 0
    none: bool = False

    def read(self, text: str) -> float:
        """Take what was typed.

        Raises:
            ValueError: It is no value of this kind.
        """
        match self.kind:
            case "size":
                return size(text)
            case "time":
                return seconds(text)
            case "days":
                return seconds(text, "d") / _DAY
        return int(text)

    def words(self, value: float) -> str:
        """Write a value as people read it."""
        if self.none and not value:
            return "unlimited"
        match self.kind:
            case "size":
                return size_words(value)
            case "time":
                return seconds_words(value)
            case "days":
                return seconds_words(value * _DAY)
        return f"{value:.0f}"

    @property
    def forms(self) -> str:
        """Say how it may be written."""
        return {"size": SIZE_FORMS, "time": TIME_FORMS, "days": TIME_FORMS}.get(self.kind, "write a whole number")


LIMITS = {
    "upload": Limit("size", "what is sent to be run, as sent", 1),
    "content": Limit("size", "what is sent to be run, unpacked", 1),
    "files": Limit("count", "files in what is sent to be run", 1),
    "timeout": Limit("time", "the longest --timeout; 0 asks for none", 1),
    "output": Limit("size", "output of one run; 0 is unlimited", none=True),
    "keep_runs": Limit("count", "runs that have ended and are kept"),
    "keep_bytes": Limit("size", "all of these together"),
    "keep_days": Limit("days", "how long they are kept"),
    "idle_grace": Limit("time", "an interrupted script without progress"),
    "grace": Limit("time", "an interrupted script in all"),
    "terminate_grace": Limit("time", "a script after SIGTERM"),
    "client_gone": Limit("time", "a run whose client is gone"),
    "packages": Limit("size", "installed requirements of all runs"),
    "lock_ttl": Limit("time", "a lock without a sign of its holder", 1),
}


@click.command("limits")
@click.argument("changes", nargs=-1, metavar="[NAME=VALUE]...")
@json_option
@click.pass_obj
def box_limits(app: App, changes: tuple[str, ...]) -> None:
    """Show what your box on this machine allows, or change it: sizes such as 20MB, times such as 10m or 30d.

    NAME=usual takes a change back. A change counts from now on, also for a box that runs.
    """
    before = _current(bool(changes))
    after = _changed(before, changes)
    if changes:
        limits.write(after)
    app.show(after, _told(before, after, [one.partition("=")[0] for one in changes]) if changes else _table(after))


def _current(to_change: bool) -> limits.Limits:
    try:
        return limits.read()
    except errors.UsageError as exc:
        if not to_change:
            raise
        click.secho(f"Warning: {exc.what}; the other limits are the usual ones from now on.", fg="yellow", err=True)
        return limits.Limits()


def _changed(before: limits.Limits, changes: Sequence[str]) -> limits.Limits:
    values: dict[str, Any] = {}
    for change in changes:
        name, equals, text = change.partition("=")
        if name not in LIMITS:
            raise errors.UsageError(
                f"there is no limit {name!r}.{near(name, list(LIMITS))}", f"choose one of {', '.join(LIMITS)}"
            )
        if not equals or not text.strip():
            raise errors.UsageError(f"the limit {name} was given no value", f"write {name}=VALUE, or {name}={_USUAL}")
        values[name] = _value(name, text.strip())
    return msgspec.structs.replace(before, **values)


def _value(name: str, text: str) -> float:
    limit = LIMITS[name]
    if text == _USUAL:
        usual: float = getattr(limits.Limits(), name)
        return usual
    try:
        value = limit.read(text)
    except ValueError:
        raise errors.UsageError(f"the limit {name} cannot be {text!r}", limit.forms) from None
    if value < limit.least:
        least = limit.words(limit.least)
        raise errors.UsageError(f"the limit {name} cannot be {text!r}: it is at least {least}", limit.forms)
    return value


def _told(before: limits.Limits, after: limits.Limits, names: Sequence[str]) -> str:
    lines = []
    for name in dict.fromkeys(names):
        words = LIMITS[name].words
        lines.append(f"{name}: {words(getattr(after, name))} (was {words(getattr(before, name))})")
    return "\n".join(lines)


def _table(allowed: limits.Limits) -> str:
    from lager_cli.output import table

    usual = limits.Limits()
    rows = []
    for name, limit in LIMITS.items():
        now, normal = limit.words(getattr(allowed, name)), limit.words(getattr(usual, name))
        rows.append([name, now, "" if now == normal else f"usually {normal}", limit.what])
    kept = f"Of your box on this machine; changes are kept in {settings.state_dir() / limits.FILE}."
    return f"{table(['name', 'limit', '', 'of what'], rows)}\n\n{kept}"
