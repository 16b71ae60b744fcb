"""Who is to be notified: `notify.json` in the state directory, which `lager box notify` writes.

It is the user's alone (mode 0600): the URL of a webhook often is a secret in itself.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import msgspec

from lager import errors, replacing, settings
from lager_runner.notifying import notices

_PROGRAM = re.compile(r"\s*[\w./-]+(?=\s|$)")
_GRAPHIC = re.compile(r"[!-~]+")  # what may stand in a URL


class Target(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One receiver: either a webhook or a command.

    Attributes:
        webhook: URL that gets a POST.
        command: What `/bin/sh -c` runs.
        folder: Where it runs.
        events: Which of `notices.EVENTS` it is told of.
        since: Unix time at which it was set up, s; it is told of nothing that happened before.
    """

    webhook: str = ""
    command: str = ""
    folder: str = ""
    events: tuple[str, ...] = notices.EVENTS
    since: float = 0.0

    @property
    def key(self) -> tuple[str, str, str]:
        """Give what makes it this target and no other."""
        return self.webhook, self.command, self.folder

    @property
    def words(self) -> str:
        """Name it, as its owner's screen may show it: of a URL only where it leads."""
        return f"webhook {hidden(self.webhook)}" if self.webhook else f"command {' '.join(self.command.split())}"

    @property
    def log_words(self) -> str:
        """Name it, as a log may show it: of a command its first word, which may be followed by a secret."""
        if self.webhook:
            return self.words
        program = _PROGRAM.match(self.command)
        return f"command {program[0].strip() if program else ''}…"

    def event_for(self, *events: str) -> str | None:
        """Give the first of these events that it wants to be told of."""
        return next((event for event in events if event in self.events), None)


class _File(msgspec.Struct):
    targets: list[Target] = []


def file() -> Path:
    """Give the file of the settings."""
    return settings.state_dir() / "notify.json"


def load() -> list[Target]:
    """Read the targets.

    Raises:
        UsageError: The file holds something else.
        OSError: It cannot be read.
    """
    try:
        return _read(file())
    except FileNotFoundError:
        return []


@contextlib.contextmanager
def editing() -> Iterator[list[Target]]:
    """Give the targets to be changed; then they are written.

    Raises:
        LagerError: Somebody else is changing them for all that time.
        UsageError: The file holds something else.
        OSError: It cannot be read or written.
    """
    with contextlib.ExitStack() as opened:
        try:
            real = opened.enter_context(replacing.locked(file()))
        except TimeoutError as exc:
            raise errors.LagerError(str(exc), "see who changes it, and try again") from exc
        real.touch(mode=0o600)
        real.chmod(0o600)
        targets = _read(real)
        yield targets
        replacing.replace(real, msgspec.json.format(msgspec.json.encode(_File(targets)), indent=1) + b"\n")


def _read(path: Path) -> list[Target]:
    content = path.read_bytes()
    try:
        targets = msgspec.json.decode(content, type=_File).targets if content.strip() else []
        for one in targets:
            _check(one)
    except (msgspec.DecodeError, UnicodeDecodeError, errors.UsageError) as exc:
        why = exc.what if isinstance(exc, errors.UsageError) else str(exc)
        raise errors.UsageError(
            f"{path} holds no settings of notifications: {why}",
            "delete it, and set them up again with `lager box notify`",
        ) from exc
    return targets


def _check(target: Target) -> None:
    unknown = [event for event in target.events if event not in notices.EVENTS]
    if unknown:
        raise errors.UsageError(f"there is no event {unknown[0]!r}")
    if bool(target.webhook) == bool(target.command):
        raise errors.UsageError("a target has either a webhook or a command")
    if target.webhook:
        checked_url(target.webhook)


def checked_url(url: str) -> str:
    """Give a URL back when something can be posted there.

    Raises:
        UsageError: It cannot, and why. The URL is not in the words: it may be secret.
    """
    hint = "give a whole one, such as --webhook https://example.com/hook"
    if not _GRAPHIC.fullmatch(url):
        raise errors.UsageError(
            "that URL has characters which no URL has", "write spaces and letters beyond ASCII as %20 and the like"
        )
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        (parts.hostname or "").encode("idna")
    except ValueError as exc:  # a port that is no number, half an IPv6 address, a part of the name that is too long
        raise errors.UsageError("that is no URL: its host or its port cannot be read", hint) from exc
    if not whole:
        raise errors.UsageError("that is no URL of a webhook: it begins with http:// or https:// and a host", hint)
    return url


def hidden(url: str) -> str:
    """Give a URL as others may see it: where it leads, and nothing that may be secret."""
    parts = urlsplit(url)
    more = parts.path.strip("/") or parts.query
    return f"{parts.scheme}://{address(parts)}/{'…' if more else ''}"


def address(parts: SplitResult) -> str:
    """Give a URL's host and port, without the name and password that may stand before it."""
    return parts.netloc.rpartition("@")[2]
