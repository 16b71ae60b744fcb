"""All boxes asked at once how they are, each within a bound. What a box has said by then, counts."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lager import __version__, errors, selfcheck, wire
from lager.client import Service
from lager.mailbox import Mailbox
from lager.wire.checks import OK, PROBLEM, UNSEEN, WARNING, Finding
from lager_cli.boxes import asking
from lager_cli.doctor.subjects import NotRunning, Subject
from lager_cli.selection import Box, is_loopback

WITHIN = 12.0  # s for a box
_ANSWER, _SELF_CHECK = 4.0, 7.0  # s for one answer; the box bounds its own checks
_PATIENCE = 1.0  # s: a box starts again what died
_APART = 5.0  # s between two clocks that are noticed


@dataclass
class Examined:
    """What came of it.

    Attributes:
        subject: The box.
        findings: What is seen of it from here.
        itself: What it finds out about itself; None where it could not be asked.
        from_here: What this machine, which is that box, looks like, where the box does not answer.
    """

    subject: Subject
    findings: list[Finding] = field(default_factory=list)
    itself: wire.SelfCheck | None = None
    from_here: list[Finding] = field(default_factory=list)

    @property
    def every(self) -> list[Finding]:
        """Get all findings."""
        return [*self.findings, *(self.itself.findings if self.itself else ()), *self.from_here]


News = tuple[int, "Finding | wire.SelfCheck | list[Finding] | None"]


def examine(
    subjects: Sequence[Subject], waiting: Callable[[Sequence[Subject]], object], within: float = WITHIN
) -> list[Examined]:
    """Look at boxes.

    Args:
        subjects: The boxes.
        waiting: Told of whom is still waited for, whenever that changes.
        within: For how long, s.
    """
    came: Mailbox[News] = Mailbox()
    for number, subject in enumerate(subjects):
        threading.Thread(target=_ask, args=(number, subject, came.put), daemon=True).start()
    found = [Examined(one) for one in subjects]
    left = dict(enumerate(subjects))
    until = time.monotonic() + within
    waiting([*left.values()])
    with contextlib.suppress(queue.Empty):  # the time is up
        while left:
            number, news = came.get(until - time.monotonic())
            _take(found[number], news)
            if news is None:
                del left[number]
                waiting([*left.values()])
    for number in left:
        about = found[number].findings
        said = "did not say all of it" if about else "said nothing"
        about.append(Finding("in time", PROBLEM, f"it {said} in {within:g} s", _SLOW))
    return found


_SLOW = "see how busy the box is, and the network to it: `lager status`"


def _take(about: Examined, news: Finding | wire.SelfCheck | list[Finding] | None) -> None:
    if isinstance(news, Finding):
        about.findings.append(news)
    elif isinstance(news, wire.SelfCheck):
        about.itself = news
    elif news is not None:
        about.from_here = news


def _ask(number: int, subject: Subject, tell: Callable[[News], None]) -> None:
    asked = False
    try:
        for news in _look(subject):
            asked = asked or isinstance(news, wire.SelfCheck)
            tell((number, news))
    except NotRunning as exc:
        tell((number, Finding("answers", OK, str(exc))))
    except errors.LagerError as exc:
        tell((number, _trouble(exc, subject)))
    except OSError as exc:  # a file on the way to it, such as that of the token
        where, hint = (f"{exc.filename}: ", f"ls -l {exc.filename}") if isinstance(exc.filename, str) else ("", "")
        words = f"it cannot be asked: {where}{(exc.strerror or str(exc)).lower()}"
        tell((number, Finding("answers", PROBLEM, words, hint)))
    finally:
        if not asked and subject.machine is not None:
            tell((number, selfcheck.look(subject.machine)))
        tell((number, None))


def _trouble(exc: errors.LagerError, subject: Subject) -> Finding:
    """Say why a box cannot be asked anything."""
    if isinstance(exc, errors.TokenRefused):
        return Finding("token", UNSEEN if isinstance(exc.__cause__, PermissionError) else PROBLEM, exc.what, exc.hint)
    name = "certificate" if isinstance(exc, errors.BoxNotTrusted) else "answers"
    log = f"; {_log(subject)}" if isinstance(exc.__cause__, ConnectionRefusedError) and not subject.machine else ""
    return Finding(name, PROBLEM, exc.what, exc.hint + log)


def _log(subject: Subject) -> str:
    return f"`lager ssh {subject.option} -- journalctl -u lager-box -n 50` shows its log, if it was set up by install"


def _look(subject: Subject) -> Iterator[Finding | wire.SelfCheck]:
    box = subject.reach()
    info: wire.BoxInfo = _quiet(box.runner).get("/box", wire.BoxInfo, timeout=_ANSWER)
    box = replace(box, ports=info)
    yield Finding("answers", OK, f"at {box.host}, port {box.port}, and takes the token")
    yield _certificate(box)
    if info.released:
        yield _open(info)
    yield _version(info.version, subject)
    if not (yield from _services(box, subject)):
        words = f"port {box.bench.port} does not answer, which would say how its machine is"
        yield Finding("self-check", UNSEEN, words)
        return
    began = time.time()
    try:
        itself: wire.SelfCheck = _quiet(box.bench).get("/selfcheck", wire.SelfCheck, timeout=_SELF_CHECK)
    except errors.LagerError as exc:
        yield _no_self_check(exc, subject)
        return
    yield clock(itself.now, began, time.time())
    yield itself


def _quiet(service: Service) -> Service:
    """Give a service whose version is not warned of: it is a finding."""
    return replace(service, heard=lambda _: None, patience=min(service.patience, _PATIENCE))


def _open(info: wire.BoxInfo) -> Finding:
    """Warn of a box that asks released clients for no token."""
    whoever = "whoever uses its machine" if is_loopback(info.host) else "whoever reaches its ports"
    words = f"released clients need no token (--allow-legacy-clients): {whoever} can run programs on it"
    hint = "start it without that option once all clients have the token; an installed box has it in /etc/lager/box.env"
    return Finding("open", WARNING, words, hint)


def _certificate(box: Box) -> Finding:
    if box.fingerprint:
        return Finding("certificate", OK, "it is the one that is known of it")
    if is_loopback(box.host):
        return Finding("certificate", OK, "none is needed: it is on this machine")
    words = "it speaks without TLS: the token, and all else, can be read and changed on the network between"
    return Finding("certificate", WARNING, words, "start it with `lager box serve --tls`; docs/security.md says more")


def _version(version: str, subject: Subject) -> Finding:
    if not version:
        return Finding("version", UNSEEN, "it says none")
    how = asking.status(version)
    if how == asking.CURRENT:
        return Finding("version", OK, f"{version}, {'as' if version == __version__ else __version__} here")
    if how == asking.OLDER:
        return Finding("version", WARNING, f"{version}, which is older than {__version__} here", subject.renewal)
    return Finding("version", WARNING, f"{version}, which is newer than {__version__} here", f"install {version} here")


def _services(box: Box, subject: Subject) -> Generator[Finding, None, bool]:
    """See that the other two ports answer, and whether the bench file could be read; gives whether the bench's does."""
    silent: dict[str, tuple[str, str]] = {}
    told: dict[str, dict[str, Any]] = {}
    for name, service in (("hardware", _quiet(box.hardware)), ("bench", _quiet(box.bench))):
        try:
            told[name] = service.get("/health", dict[str, Any], timeout=_ANSWER)
        except errors.LagerError as exc:
            silent[name] = f"{name}, port {service.port}: {exc.what}", _beyond(exc, subject)
    if silent:
        words, hints = zip(*silent.values(), strict=True)
        yield Finding("services", PROBLEM, "; ".join(words), hints[0])
    else:
        ports = f"{box.port}, {box.hardware.port} and {box.bench.port}"
        yield Finding("services", OK, f"ports {ports} answer")
    if trouble := told.get("bench", {}).get("bench_error"):
        yield Finding("bench", PROBLEM, str(trouble), "mend the bench file; the nets are as they were before")
    return "bench" in told


def _beyond(exc: errors.LagerError, subject: Subject) -> str:
    """Say what to try where a box answers on one port and not on another."""
    if isinstance(exc.__cause__, TimeoutError):
        return "the box is on: see that a firewall lets this port through, too"
    again = "the box is on, and starts again what has died: ask once more"
    return again if subject.machine else f"{again}; {_log(subject)}"


def _no_self_check(exc: errors.LagerError, subject: Subject) -> Finding:
    if isinstance(exc, errors.UsageError):  # no such endpoint
        return Finding("self-check", UNSEEN, "this box's version cannot check itself", subject.renewal)
    return Finding("self-check", UNSEEN, exc.what, exc.hint)


def clock(theirs: float, before: float, after: float) -> Finding:
    """Compare two clocks: theirs was read between two moments of ours; all are Unix times, s."""
    apart = theirs - after if theirs > after else min(theirs - before, 0.0)
    if abs(apart) <= _APART:
        return Finding("clock", OK, "within some seconds of this machine's")
    words = f"it is {shown(abs(apart))} {'ahead of' if apart > 0 else 'behind'} this machine's"
    hint = "times in lists and logs are that much off: have both set by NTP (`timedatectl`)"
    return Finding("clock", WARNING, words, hint)


def shown(seconds: float) -> str:
    """Say how long something is, roughly."""
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
