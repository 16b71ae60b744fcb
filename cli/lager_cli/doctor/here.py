"""This machine, as one that uses boxes: Lager, its configuration, the environment, and where it keeps things."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator

from lager import __version__, errors, selfcheck, settings
from lager.wire.checks import OK, PROBLEM, UNSEEN, WARNING, Finding
from lager_cli.config import Config, SavedBox

_SECRET = ("TOKEN", "SECRET", "PASSWORD", "KEY")  # what names have in them whose values nobody is shown
_CHECKED: dict[str, Callable[[], object]] = {settings.IDLE_SECONDS: settings.idle_seconds}
_ROOM = "make room on that disk; `lager runs prune --box local` removes what old runs of your own box have left"
_OTHERS = 0o077  # what others could do with a file


def look() -> tuple[list[Finding], dict[str, SavedBox] | None]:
    """Look at this machine; gives the boxes that its user knows, too, or None where the configuration is broken."""
    findings = [Finding("lager", OK, f"{__version__}, on Python {sys.version.split()[0]} ({sys.executable})")]
    boxes = None
    try:
        config = Config()
        boxes, default = config.boxes, config.default_box
    except errors.LagerError as exc:
        findings.append(Finding("configuration", PROBLEM, exc.what, exc.hint))
        findings.append(Finding("boxes", UNSEEN, "which there are is in that file: none of them was looked at"))
    else:
        findings += _configuration(config, boxes, default)
    return [*findings, _environment(), *_own_places()], boxes


def _configuration(config: Config, boxes: dict[str, SavedBox], default: str) -> Iterator[Finding]:
    known = f"{len(boxes)} box{'es' * (len(boxes) != 1)}" if boxes else "no boxes"
    there = f"{config.path}" if config.path.exists() else f"there is no {config.path} yet"
    yield Finding("configuration", OK, f"{there}: {known}{f', {default} is the default' if default else ''}")
    for name, source in ((default, "the default box"), (os.environ.get(settings.BOX, "").strip(), settings.BOX)):
        if name and not _names_a_box(name, boxes):
            hint = "`lager boxes` lists those that are; `lager defaults` shows and sets the default one"
            yield Finding("configuration", PROBLEM, f"{source} is {name!r}, and no box of that name is saved", hint)
    if any(box.token for box in boxes.values()) and config.path.exists() and config.path.stat().st_mode & _OTHERS:
        words = f"others on this machine may read {config.path}, and the tokens of boxes in it"
        yield Finding("configuration", WARNING, words, f"chmod 600 {config.path}")


def _names_a_box(name: str, boxes: dict[str, SavedBox]) -> bool:
    from lager_cli import selection

    try:
        selection.choose(name, {}, boxes, "")
    except errors.UsageError:
        return False
    return True


def _environment() -> Finding:
    """Say which variables are set that change what Lager does: forgotten ones explain much."""
    names = sorted(name for name in os.environ if name.startswith("LAGER_"))
    for name, check in {**_CHECKED, settings.FINGERPRINT: _fingerprint}.items():
        if name in names:
            try:
                check()
            except errors.LagerError as exc:
                return Finding(
                    "environment", PROBLEM, exc.what if name in exc.what else f"{name}: {exc.what}", exc.hint
                )
    shown = [f"{name}=..." if any(one in name for one in _SECRET) else f"{name}={os.environ[name]}" for name in names]
    return Finding("environment", OK, ", ".join(shown) or "no variable of Lager's is set")


def _fingerprint() -> None:
    from lager import tls

    tls.normal(os.environ[settings.FINGERPRINT])


def _own_places() -> list[Finding]:
    """Look at where Lager keeps what is this user's."""
    try:
        state = settings.state_dir()
    except OSError as exc:
        where = f"{exc.filename}: " if isinstance(exc.filename, str) else ""
        hint = f"see whose it is; {settings.STATE_DIR} gives another place"
        return [Finding("state", PROBLEM, f"{where}{(exc.strerror or str(exc)).lower()}", hint)]
    import functools

    from lager.selfcheck import disk

    return selfcheck.look(selfcheck.Place(state), {"disk": functools.partial(disk.room, hint=_ROOM)})
