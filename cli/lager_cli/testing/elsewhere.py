"""The session here of tests that run on a box: it starts them there, follows them, and ends as they end."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Generator, Iterator

import click
import pytest

from lager import errors, wire
from lager_cli import holder
from lager_cli.app import App
from lager_cli.runs.detaching import Handle
from lager_cli.runs.interrupts import Interrupts
from lager_cli.runs.keyboard import Keyboard
from lager_cli.runs.starting import Way, start
from lager_cli.runs.stream import RunStream
from lager_cli.runs.watching import Manners, Watch
from lager_cli.runs.writing import say
from lager_cli.selection import user_name
from lager_cli.testing import arguments
from lager_cli.testing.mirror import Mirror
from lager_cli.testing.replaying import Replay
from lager_cli.testing.shipping import Shipment

Lines = list["str | list[str]"]
_TOO_MANY_WARNINGS = 6  # a status that the pytest here finds by itself


class Keys(Interrupts):
    """Ctrl-C, and whether there was one."""

    pressed = False

    def taken(self) -> list[int]:
        """Give the signals that have come since."""
        numbers = super().taken()
        self.pressed = self.pressed or bool(numbers)
        return numbers


class Elsewhere:
    """The hooks.

    Args:
        config: Of this pytest.
        parser: Knows its options.
        box: What the user gave as the box.

    Raises:
        UsageError: What was given cannot be done on a box, or there is no such box.
    """

    def __init__(self, config: pytest.Config, parser: pytest.Parser, box: str) -> None:
        self._config, self._box = config, box
        self._call = arguments.of(config, parser)
        self._app = App()
        self._app.ask_for(box)
        self._status = 0
        self._replay: Replay | None = None

    def pytest_report_header(self) -> str:
        """Say where the tests run."""
        return f"lager: the tests run on the box {self._box}"

    def pytest_collection(self, session: pytest.Session) -> bool:
        """Find nothing here."""
        session.items = []
        session.testscollected = 0
        return True

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Have the tests run on the box, from finding them to their end."""
        self._replay, keys = Replay(session), Keys()
        replay = self._replay
        with _keyboard(self._config), keys:
            why = self._run(replay, keys)
        if not why:
            replay.conclude()
        elif keys.pressed:
            raise KeyboardInterrupt
        else:
            replay.lost(why)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_report_collectionfinish(self) -> Generator[None, Lines, Lines]:
        """Say of what was selected what is said there: it was done there."""
        yield
        return list(self._replay.lines) if self._replay else []

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        """End with the status that it had there, and remember which tests there are (`--nf`)."""
        if self._status:
            session.exitstatus = self._status
        yield
        cache = getattr(self._config, "cache", None)
        if cache is not None and self._replay is not None and self._replay.known:
            cache.set("cache/nodeids", sorted({*cache.get("cache/nodeids", []), *self._replay.known}))

    def _run(self, replay: Replay, keys: Keys) -> str:
        """Run them; give why not all was told, or nothing."""
        handle = Handle(str(uuid.uuid4()), self._box)
        try:
            shipment = Shipment(self._config, self._call, self._box)
            for words in shipment.warnings:
                say(words)
            way = Way(self._app, self._app.box(), handle.run)
            begun = start(way, shipment.request(), keys, holder.lock_wait(os.environ))
        except errors.LagerError as exc:
            raise pytest.UsageError(str(exc)) from exc
        except click.exceptions.Exit:  # Ctrl-C, while another had the box
            raise KeyboardInterrupt from None
        with contextlib.closing(RunStream(way.connect, handle.reattach)) as stream, _ended_on_error(way):
            watch = Watch(stream, keys, Keyboard(), Mirror(self._config, replay), Manners(handle))
            try:
                status, why = watch.until_end(begun), ""
            except errors.LagerError as exc:
                status, why = 1, str(exc)
        if replay.finished:
            self._status = replay.status or (status if status != _TOO_MANY_WARNINGS else 0)
            return ""
        return why or f"pytest ended on the box, with status {status}: {_how(watch.exited)}"


@contextlib.contextmanager
def _keyboard(config: pytest.Config) -> Iterator[None]:
    """Have the keyboard back, which pytest keeps from tests: a pause is answered with Enter."""
    capturing = config.pluginmanager.get_plugin("capturemanager")
    if capturing is None:
        yield
        return
    capturing.suspend_global_capture(in_=True)
    try:
        yield
    finally:
        capturing.resume_global_capture()
        capturing.suspend_global_capture()


@contextlib.contextmanager
def _ended_on_error(way: Way) -> Iterator[None]:
    """End the run where a plugin here fails: nobody follows it any more."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(errors.LagerError):  # then the box ends it, as its client is gone
            way.box.runner.post(f"/runs/{way.run}/kill", wire.KillRequest(by=user_name(), wait=0), wire.Killed)
        raise


def _how(end: wire.Exited | None) -> str:
    if end is None:
        return "nothing more is known"
    if end.did:
        return f"{end.reason} ({', '.join(end.did)})"
    known = {"exit": "a test has ended the process", "signal": "it was killed, or it crashed"}
    return known.get(end.reason, end.reason)
