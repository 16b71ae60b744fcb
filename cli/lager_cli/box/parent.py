"""The parent process of a box: starts its services, starts again whichever dies, and ends them all.

It serves nothing itself. `lager box serve` runs it in the foreground; `python -m lager_cli.box.parent` is the private
box, which ends when it is idle.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import filelock

from lager import __version__, errors, releasedpaths, settings, tls, wire
from lager_cli.box.children import Child
from lager_cli.box.idle import Idleness
from lager_cli.box.supervised import log_format

TAKEN = 75  # exit status of a private box that found another one running
_GRACE = 5.0  # s for a service to end by itself
_STEADY = 30.0  # s a service must live for its next death to count as the first
_SLOWEST = 10.0  # s between two attempts to start a service that keeps dying

log = logging.getLogger("lager.box")


@dataclass(frozen=True)
class Plan:
    """What box to run.

    Attributes:
        bench: The bench file; None for the simulated bench.
        simulated: The description of the simulated bench; None for the default one.
        idle: Seconds of idleness after which it ends; None for never.
        certificate: For TLS on all ports; None for none.
        key: Its private key.
        released: Whether clients of the released interface need no token.
        consoles: Whether they get consoles over plain TCP.
    """

    host: str = "127.0.0.1"
    runner: int = 0
    hardware: int = 0
    http: int = 0
    bench: Path | None = None
    simulated: Path | None = None
    idle: float | None = None
    certificate: Path | None = None
    key: Path | None = None
    released: bool = False
    consoles: bool = False

    def bench_name(self) -> str:
        """Give the bench as `wire.BoxInfo` has it."""
        return str(self.bench or (f"sim:{self.simulated}" if self.simulated else "sim"))

    def fingerprint(self) -> str:
        """Give the fingerprint of the certificate, as `wire.BoxInfo` has it."""
        return tls.of_file(self.certificate) if self.certificate else ""

    def door_args(self) -> list[str]:
        """Give what a service is told of who may come in, and how."""
        secured = ["--tls-cert", str(self.certificate), "--tls-key", str(self.key)] if self.certificate else []
        return [*secured, *([releasedpaths.OPTION] if self.released else [])]


@dataclass
class Post:
    """The place of one service: what runs there, and what is known of it."""

    module: str
    args: Callable[[], list[str]]
    child: Child | None = None
    started: float = 0.0
    deaths: int = 0
    due: float | None = None  # when it is to be started (again)
    facts: dict[str, Any] = field(default_factory=dict)  # its last `ready` report


class Parent:
    """The services of one box.

    Args:
        plan: What box.
        on_ready: Called once, when all services are ready and the box file is written.
        on_end: Called before the services are ended at a signal.
    """

    def __init__(
        self,
        plan: Plan,
        on_ready: Callable[[wire.BoxInfo], None],
        on_end: Callable[[wire.BoxInfo], None] = lambda _: None,
    ) -> None:
        self._plan, self._on_ready, self._on_end = plan, on_ready, on_end
        self._fingerprint = plan.fingerprint()
        self._idleness = Idleness(plan.idle, time.monotonic())
        self._selector = selectors.DefaultSelector()
        self._posts = self._services()
        self._info: wire.BoxInfo | None = None
        self._signalled = False

    def run(self) -> None:
        """Run the box until a signal, or idleness, ends it.

        Raises:
            BoxRuns: Another one runs.
            LagerError: A port is taken, or a service does not start.
        """
        with _only_one(), self._signals():
            try:
                for port in (self._plan.runner, self._plan.hardware, self._plan.http):
                    _check_free(self._plan.host, port)
                self._posts[0].due = time.monotonic()
                while not self._over():
                    self._turn()
                if self._info is not None and self._signalled:
                    self._on_end(self._info)
            finally:
                self._end()

    def _services(self) -> list[Post]:
        plan = self._plan
        hardware = Post("lager_hwservice", self._hardware_args)
        runner = Post("lager_runner", self._runner_args)
        if plan.bench is not None:
            return [hardware, runner]
        return [Post("lager_drivers.simulated", self._simulated_args), hardware, runner]

    def _facts(self, module: str) -> dict[str, Any]:
        return next((post.facts for post in self._posts if post.module == module), {})

    def _simulated_args(self) -> list[str]:
        state = settings.private(settings.state_dir() / "bench")
        facts = self._facts("lager_drivers.simulated")
        described = ["--description", str(self._plan.simulated)] if self._plan.simulated else []
        ports = [f"--tcp-port={name}={port}" for name, port in facts.get("tcp_ports", {}).items()]
        return ["--state", str(state), "--usbip-port", str(facts.get("usbip_port", 0)), *described, *ports]

    def _hardware_args(self) -> list[str]:
        facts = self._facts("lager_hwservice")
        bench = self._plan.bench or self._facts("lager_drivers.simulated")["bench"]
        ports = facts.get("hardware_port", self._plan.hardware), facts.get("http_port", self._plan.http)
        args = ["--bench", str(bench), "--host", self._plan.host]
        return [*args, "--hardware-port", str(ports[0]), "--http-port", str(ports[1]), *self._plan.door_args()]

    def _runner_args(self) -> list[str]:
        port = self._facts("lager_runner").get("port", self._plan.runner)
        hardware = self._facts("lager_hwservice")["socket"]
        args = ["--host", self._plan.host, "--port", str(port), "--hardware-socket", str(hardware)]
        return [*args, *self._plan.door_args(), *(["--legacy-console"] if self._plan.consoles else [])]

    def _turn(self) -> None:
        """Start what is due, then wait for something to happen, and see to it."""
        now = time.monotonic()
        for post in self._posts:
            if post.due is not None and post.due <= now:
                self._start(post, now)
        waits = [post.due - now for post in self._posts if post.due is not None]
        left = self._idleness.left(now) if self._info else None
        waits += [] if left is None else [left]
        for key, _ in self._selector.select(max(min(waits), 0.0) if waits else None):
            if isinstance(key.data, Post):
                self._hear(key.data)
            else:
                os.read(key.fd, 4096)  # a signal woke us; its handler has taken note

    def _start(self, post: Post, now: float) -> None:
        post.child = Child(post.module, post.args())
        post.started, post.due = now, None
        self._selector.register(post.child, selectors.EVENT_READ, post)

    def _hear(self, post: Post) -> None:
        assert post.child is not None
        try:
            for report in post.child.reports():
                self._take(post, report)
        except EOFError:
            self._bury(post, post.child)

    def _take(self, post: Post, report: dict[str, Any]) -> None:
        now = time.monotonic()
        if report["event"] == "active":
            self._idleness.used(now)
        elif report["event"] == "busy":
            self._idleness.runs(int(report["live"]), now)
        elif report["event"] == "failed" and self._info is None:
            raise errors.error_class(report["code"])(report["what"], report["hint"])
        elif report["event"] == "ready":
            post.facts = report
            waiting = [other for other in self._posts if not other.facts]
            if waiting:
                waiting[0].due = now
            elif self._info is None:
                self._open()

    def _open(self) -> None:
        hardware = self._facts("lager_hwservice")
        self._info = wire.BoxInfo(
            host=self._plan.host,
            runner=self._facts("lager_runner")["port"],
            hardware=hardware["hardware_port"],
            http=hardware["http_port"],
            bench=self._plan.bench_name(),
            version=__version__,
            pid=os.getpid(),
            embedded=self._plan.idle is not None,
            started=time.time(),
            fingerprint=self._fingerprint,
            released=self._plan.released,
        )
        draft = settings.box_file().with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_bytes(wire.to_json(self._info))
        draft.replace(settings.box_file())
        self._idleness.used(time.monotonic())
        self._on_ready(self._info)

    def _bury(self, post: Post, child: Child) -> None:
        self._selector.unregister(child)
        child.cut()
        status = child.end(_GRACE)
        post.child = None
        if self._info is None:
            raise errors.LagerError(
                f"the box did not start: {post.module} ended with status {status} before it was ready",
                f"look into its log: above, or {log_file()}",
            )
        now = time.monotonic()
        post.deaths = 1 if now - post.started > _STEADY else post.deaths + 1
        wait = 0.0 if post.deaths == 1 else min(0.25 * 2**post.deaths, _SLOWEST)
        log.warning("%s ended with status %s; it is started again in %g s", post.module, status, wait)
        post.due = now + wait

    def _over(self) -> bool:
        return self._signalled or (self._info is not None and self._idleness.left(time.monotonic()) == 0.0)

    def _end(self) -> None:
        if self._info is not None:
            settings.box_file().unlink(missing_ok=True)
        for post in reversed(self._posts):  # the bench last: until then the workers can close their sessions
            if post.child is not None:
                post.child.cut()
                post.child.end(_GRACE)
        self._selector.close()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        def note(*_: object) -> None:
            self._signalled = True

        wake, woken = os.pipe()
        for end in (wake, woken):
            os.set_blocking(end, False)
        self._selector.register(wake, selectors.EVENT_READ)
        before = {one: signal.signal(one, note) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            for one, handler in before.items():
                signal.signal(one, handler)
            os.close(wake)
            os.close(woken)


def log_file() -> Path:
    """Give the file a private box writes its log to."""
    return settings.state_dir() / "box.log"


def is_gone(within: float = 0) -> bool:
    """Wait at most `within` seconds until no box of this user runs on this machine; whether that is so."""
    lock = _lock()
    try:
        with lock.acquire(timeout=within):
            return True
    except filelock.Timeout:
        return False


def _lock() -> filelock.BaseFileLock:
    """Give the lock a box holds while it lives, so that there is one for each state directory."""
    return filelock.FileLock(settings.state_dir() / "box.lock", mode=0o600)


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    lock = _lock()
    try:
        # Whoever asks whether a box is gone holds the lock for a moment.
        lock.acquire(timeout=0.3)
    except filelock.Timeout as exc:
        raise errors.BoxRuns(
            "a box of yours runs on this machine already",
            "use it with --box local, stop it with `lager box stop`, or set LAGER_STATE_DIR for a second one",
        ) from exc
    try:
        yield
    finally:
        lock.release()


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            taken = exc.errno == errno.EADDRINUSE
            why = "another program listens there" if taken else (exc.strerror or str(exc)).lower()
            raise errors.LagerError(
                f"the box cannot listen on port {port} of {host}: {why}",
                f"find it with `ss -ltnp 'sport = :{port}'`, or give another port (--port, --hardware-port, "
                "--http-port; 0 takes any free one)"
                if taken
                else "give another address with --bind, or another port",
            ) from exc


def start_log() -> None:
    """Write this process's log to stderr."""
    logging.basicConfig(format=log_format(), level=logging.INFO, stream=sys.stderr)


def main() -> int:
    """Run a private box; say on stdout when it is ready."""

    def ready(info: wire.BoxInfo) -> None:
        log.info("ready: %s", info)
        os.write(1, b"ready\n")
        os.dup2(2, 1)

    start_log()
    try:
        Parent(Plan(simulated=settings.simulated_bench(), idle=settings.idle_seconds()), ready).run()
    except errors.BoxRuns:
        return TAKEN
    except errors.LagerError as exc:
        log.error("%s", exc)
        return exc.exit_code
    log.info("ended")
    return 0


if __name__ == "__main__":
    sys.exit(main())
