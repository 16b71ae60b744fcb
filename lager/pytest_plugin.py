"""Makes pauses work in pytest: what they say is seen at once, clocks stand still, and a failing test can pause.

pytest loads this by its entry point. Where there is no `lager python`, only its option is there. What pytest captures
is left as it is: pauses speak on a copy of stderr's descriptor, made before pytest took the descriptor away.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

import pytest

ABORTED = 130  # the exit status of a run that was aborted
NAME_LENGTH = 200  # characters of a test's name, in the label of its failure
SHORTEST = 0.001  # s; what is left of a test's timeout at least
pytest_plugins = ("lager.pytest_fixtures",)
WORKER_ABORTED = "lager_aborted"  # what a worker of pytest-xdist tells the process that started it


class Screen:
    """This process' stderr as it was before pytest captured it."""

    def __init__(self) -> None:
        self._descriptor = os.dup(2)

    def write(self, text: str) -> None:
        """Show text at once."""
        unsent = memoryview(text.encode("utf-8", "backslashreplace"))
        while unsent:
            unsent = unsent[os.write(self._descriptor, unsent) :]

    def flush(self) -> None:
        """Do nothing: nothing is kept back."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option; and keep the stderr, as from here on pytest captures it."""
    parser.getgroup("lager").addoption(
        "--lager-pause-on-failure",
        action="store_true",
        help="stop at a failing test, with its fixtures still up, until it is resumed (under `lager python`)",
    )
    if os.environ.get("LAGER_PROCESS_ID"):
        from lager import banner

        # Of a pytest inside a test the outer one's is the real one. It stays when pytest ends: it is still the stderr.
        with contextlib.suppress(OSError):  # there is no stderr
            banner.screen = banner.screen or Screen()


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Have the results written to a file, where `lager python --junit` wants that."""
    if os.environ.get("LAGER_JUNIT") and not _is_worker(config):
        from lager.testing import pytests

        pytests.write(config)


def pytest_configure(config: pytest.Config) -> None:
    """Set up the hooks of a pytest under `lager python`."""
    asked = bool(config.getoption("lager_pause_on_failure"))
    if os.environ.get("LAGER_PROCESS_ID"):
        from lager import breakpoint as pausing

        pauses = Pauses(config, _wanted(config, asked, pausing.OFF))
        config.pluginmanager.register(pauses, "lager-pauses")
        config.add_cleanup(functools.partial(setattr, pausing, "around", pausing.around))
        pausing.around = pauses.around
    elif asked and not _is_worker(config) and config.getoption("lager_box", None) is None:
        sys.stderr.write("--lager-pause-on-failure: not running under `lager python`; failing tests do not pause\n")


def _wanted(config: pytest.Config, asked: bool, off: frozenset[str]) -> bool:
    """Whether failing tests pause; pytest's own debugger, where the user chose it, comes instead."""
    if os.environ.get("LAGER_BREAKPOINTS", "").strip().lower() in off or config.getoption("usepdb", False):
        return False
    return asked or os.environ.get("LAGER_ON_EXCEPTION", "").strip().lower() == "pause"


def _is_worker(config: pytest.Config) -> bool:
    """Whether this is a worker of pytest-xdist, which has no terminal of its own."""
    return hasattr(config, "workerinput")


class Pauses:
    """The hooks.

    Args:
        config: The run's.
        on_failure: Whether failing tests pause.
    """

    def __init__(self, config: pytest.Config, on_failure: bool) -> None:
        self._config = config
        self._on_failure = on_failure
        self._clocks = Clocks(config)
        self._aborted = False

    @contextlib.contextmanager
    def around(self) -> Iterator[None]:
        """Surround a pause, in any thread."""
        with contextlib.suppress(OSError, ValueError):  # a stream that the test has closed
            self._begin_a_line()
        self._clocks.stop()
        try:
            yield
        finally:
            self._clocks.go_on()

    def _begin_a_line(self) -> None:
        """End the line that pytest has begun, so that what a pause says has one of its own."""
        if threading.current_thread() is not threading.main_thread():
            return  # pytest may be writing just then
        if _is_worker(self._config):
            from lager import banner

            banner.say("\n")  # the line begun there is another process' own
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None:
            return
        capturing = self._config.pluginmanager.get_plugin("capturemanager")
        streams = sys.stdout, sys.stderr
        with capturing.global_and_fixture_disabled() if capturing else contextlib.nullcontext():
            reporter.ensure_newline()
            terminal = self._config.get_terminal_writer()
            if terminal.width_of_current_line:
                terminal.line()
            terminal.flush()
        sys.stdout, sys.stderr = streams  # with what another thread's console has put before pytest's

    # Failures ---------------------------------------------------------------------------------------------------------

    def pytest_exception_interact(self, node: object, call: pytest.CallInfo[object]) -> None:
        """Pause at a failure: its fixtures are torn down afterwards."""
        if self._on_failure and isinstance(node, pytest.Item) and call.when in ("setup", "call") and call.excinfo:
            self._stop(node, call.excinfo.value)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        """Pause in a method of unittest, too: pytest hears of its failure when its tearDown has run."""
        if self._on_failure and isinstance(item, pytest.Function) and _of_unittest(item):
            item.obj = self._stopping(item, item.obj)

    def _stopping(self, item: pytest.Item, method: Callable[..., object]) -> Callable[..., object]:
        import unittest

        others = (pytest.skip.Exception, pytest.xfail.Exception, pytest.exit.Exception)
        no_failures = (KeyboardInterrupt, unittest.SkipTest, *others)

        @functools.wraps(method)
        def stopping(*args: object, **kwargs: object) -> object:
            __tracebackhide__ = True
            try:
                return method(*args, **kwargs)
            except BaseException as failure:
                if not isinstance(failure, no_failures):
                    self._stop(item, failure)
                raise

        return stopping

    def _stop(self, item: pytest.Item, failure: BaseException) -> None:
        """Pause in the innermost frame of the user's own code, once for each failure."""
        from lager import breakpoint as pausing
        from lager import onexception

        where = _place(failure.__traceback__)
        if where is not None and onexception.may_stop(failure):
            name = item.nodeid if len(item.nodeid) <= NAME_LENGTH else f"{item.nodeid[: NAME_LENGTH - 3]}..."
            pausing.stop_at(where, f"{name}: {onexception.label(failure)}", kind="failure")

    # The end ----------------------------------------------------------------------------------------------------------

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Learn that a worker was aborted: pytest-xdist ends the others then, too."""
        self._aborted = self._aborted or WORKER_ABORTED in getattr(node, "workeroutput", ())

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Learn that this run was aborted."""
        from lager import errors

        self._aborted = self._aborted or isinstance(excinfo.value, errors.Aborted)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """End with the status of what was aborted."""
        if self._aborted and _is_worker(self._config):
            vars(self._config)["workeroutput"][WORKER_ABORTED] = True  # its own status must stay pytest's
        elif self._aborted:
            session.exitstatus = ABORTED

    # pytest-timeout ---------------------------------------------------------------------------------------------------

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_timeout_set_timer(self, item: pytest.Item, settings: Any) -> None:
        """Learn of a test's timer."""
        self._clocks.began(item, settings)

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_timeout_cancel_timer(self) -> None:
        """Learn that it is over."""
        self._clocks.ended()


class Clocks:
    """What bounds the time of a test: it stands still while anything is paused.

    pytest-timeout's timer goes on afterwards with what was left of it. faulthandler's, of pytest itself, stays off for
    the rest of the test, as it does with pytest's own debugger.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._lock = threading.RLock()
        self._paused = 0  # how many threads are
        self._since = 0.0  # s, of the clock of days
        self._timer: tuple[pytest.Item, Any, float] | None = None  # the test, its settings, and when it began, s
        self._restart: Callable[[], object] | None = None

    def began(self, item: pytest.Item, settings: Any) -> None:
        """Know a timer that begins."""
        with self._lock:
            self._timer = (item, settings, time.monotonic())

    def ended(self) -> None:
        """Forget it."""
        with self._lock:
            self._timer = self._restart = None

    def stop(self) -> None:
        """Stand still, from the first pause on."""
        with self._lock:
            self._paused += 1
            if self._paused > 1:
                return
            self._since = time.time()
            if self._timer:
                self._restart = self._stopped(*self._timer)
        if self._config.pluginmanager.hasplugin("faulthandler") and self._config.getini("faulthandler_timeout"):
            import faulthandler

            faulthandler.cancel_dump_traceback_later()

    def go_on(self) -> None:
        """Go on, when the last pause is over."""
        with self._lock:
            self._paused -= 1
            if self._paused:
                return
            restart, self._restart = self._restart, None
            if restart:
                restart()
            # The time of the whole run is bounded by a time of day.
            key = getattr(sys.modules.get("pytest_timeout"), "SESSION_EXPIRE_KEY", None)
            if key is not None and self._config.stash.get(key, 0):
                self._config.stash[key] += time.time() - self._since

    def _stopped(self, item: pytest.Item, settings: Any, began: float) -> Callable[[], object]:
        """Stop the timer of pytest-timeout; give what starts it again."""
        if getattr(signal.getsignal(signal.SIGALRM), "__module__", None) == "pytest_timeout":
            left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
            return lambda: signal.setitimer(signal.ITIMER_REAL, left)
        hook = self._config.hook
        hook.pytest_timeout_cancel_timer(item=item)
        rest = settings._replace(timeout=max(SHORTEST, settings.timeout - (time.monotonic() - began)))
        return lambda: hook.pytest_timeout_set_timer(item=item, settings=rest)


def _of_unittest(item: pytest.Function) -> bool:
    """Whether it is a method of unittest, called by unittest, and should pass."""
    unittest = sys.modules.get("unittest")
    if unittest is None or item.cls is None or not issubclass(item.cls, unittest.TestCase):
        return False
    fails = any(getattr(one, "__unittest_expecting_failure__", False) for one in (item.obj, item.cls))
    return not fails and item.get_closest_marker("xfail") is None and not inspect.iscoroutinefunction(item.obj)


def _place(trace: TracebackType | None) -> TracebackType | None:
    """Find the innermost place in the user's own code, but for what he hides with `__tracebackhide__`."""
    from lager import owners

    found = None
    while trace is not None:
        frame = trace.tb_frame
        if owners.owner(frame) == owners.USER and frame.f_locals.get("__tracebackhide__") is not True:
            found = trace
        trace = trace.tb_next
    return found
