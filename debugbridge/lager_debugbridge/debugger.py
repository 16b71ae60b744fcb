"""An IDE on a paused thread, in the script's process. Imported when the first one attaches.

The debugger is pydevd, the part of debugpy that runs in the script; it speaks the IDE's protocol (DAP) itself. The
adapter of debugpy is not used: it listens on a TCP port, and asks nobody there for a token. Here nothing listens: the
script connects to its box's own socket, and the box joins that connection to the IDE's.

A thread that the IDE holds is a pause of Lager's, also after a step: consoles and releases are served meanwhile, and
an IDE that goes leaves it paused. Other threads run on. How a thread waits is in `lager.paused`.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Any, NoReturn, Protocol

import lager
from lager import aborting, errors, paused, wire
from lager.banner import ended, one_line, say, why_aborted
from lager.debugged import nobody
from lager.pausefacts import Asked

END_SECONDS = 5.0  # for a debugger to let go of all threads
_QUIET = "PYDEVD_DISABLE_FILE_VALIDATION"  # else it writes warnings of its own into the script's output
_SET_BY_IMPORT = ("PYDEVD_USE_FRAME_EVAL", _QUIET)
_OURS = tuple(os.path.dirname(os.path.realpath(path)) + os.sep for path in (lager.__file__, __file__))


class Held(Protocol):
    """A pause, as the debugger sees it."""

    woken: Callable[[], None]

    def take(self, message: wire.ToScript) -> bool:
        """Take a message, as from the box; any thread."""

    def serve_waiting(self, frame: FrameType) -> bool:
        """Serve what has come; say whether the thread may go on."""

    def end(self, reason: str, by: str = "") -> None:
        """Let the thread go on."""


def serve(ask: wire.OpenDebugger, frame: FrameType, held: Held, send: Callable[[object], None]) -> None:
    """Let an IDE in; or, without a token, give it the thread: it is ready for it. In the paused thread."""
    session = Session.open_one
    if not ask.token:
        if session is not None and session.has_ide():
            _hold(session, frame, held)
        return
    try:
        if session is not None:
            session.make_room()
        _attach(ask, held)
    except errors.LagerError as exc:
        send(wire.DebuggerRefused(ask.token, wire.ErrorBody.of(exc)))
    except (ImportError, OSError, AttributeError, TypeError, KeyError) as exc:  # a debugpy that is not as we know it
        what = f"the script cannot be debugged: {type(exc).__name__}: {exc}"
        send(wire.DebuggerRefused(ask.token, wire.ErrorBody("no-console", what, "see that debugpy is installed")))


def _hold(session: Session, frame: FrameType, held: Held) -> None:
    try:
        session.hold(frame, held)
    except (AttributeError, TypeError) as exc:  # as above: it costs the IDE, and not the pause
        say(f"=== debugger failed: {exc}\n")
        session.end()


def has_ide() -> bool:
    """Say whether an IDE is attached to this process: then a pause that begins is shown to it, too."""
    return Session.open_one is not None and Session.open_one.has_ide()


def let_go() -> None:
    """Send the IDE away; nothing is traced any more."""
    if Session.open_one is not None:
        Session.open_one.end()


def _attach(ask: wire.OpenDebugger, held: Held) -> None:
    pydevd = _pydevd()
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(os.environ["LAGER_RUN_SOCKET"])
        connection.sendall(wire.to_json(wire.DebuggerHere(ask.token)) + b"\n")
        session = Session.open_one = Session(pydevd, ask.by, lambda: held.take(wire.OpenDebugger(ask.key, "")))
        session.begin(connection)
    except BaseException:
        Session.open_one = None
        connection.close()
        raise
    say(f"=== debugger attached{f', by {one_line(ask.by)}' if ask.by else ''}\n")


def _pydevd() -> Any:
    """Import debugpy's own pydevd; the script's environment and its breakpoint() are as before."""
    before, hook = {name: os.environ.get(name) for name in _SET_BY_IMPORT}, sys.breakpointhook
    os.environ[_QUIET] = "1"
    try:
        importlib.import_module("debugpy.server")  # finds the pydevd that it brings
        return importlib.import_module("pydevd")
    finally:
        sys.breakpointhook = hook
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


class Session:
    """One IDE, from its connection to its end.

    Args:
        pydevd: The module.
        by: Whose it is.
        on_ready: Called in another thread when the IDE has said all that it wants before it sees a thread.
    """

    open_one: Session | None = None  # a process has one debugger

    def __init__(self, pydevd: Any, by: str, on_ready: Callable[[], object]) -> None:
        self._pydevd = pydevd
        self._by = by
        self._on_ready = on_ready
        self._thread = threading.get_ident()
        self._before = sys.gettrace()
        self._held: set[int] = set()  # threads
        self._left = False
        self._ended = threading.Event()
        self._db: Any = None
        self._connection: socket.socket | None = None
        self._api: Any = pydevd.PyDevdAPI()

    def begin(self, connection: socket.socket) -> None:
        """Start the debugger on a connection: what `pydevd.settrace` does, but for making the connection itself."""
        pydevd, self._connection = self._pydevd, connection
        db = self._db = pydevd.PyDB()
        pydevd.SetupHolder.setup = {"client": "", "server": False, "port": 0, "multiprocess": False, "ppid": 0}
        db.multi_threads_single_notification = False  # other threads run on: one may look after the bench
        db.do_wait_suspend = self._stopped
        db.add_dap_messages_listener(self)
        self._api.set_dont_trace_start_end_patterns(db, _OURS, ())
        db.initialize_network(connection)
        db.ready_to_run = True
        db.start_auxiliary_daemon_threads()
        pydevd.settrace(suspend=False, patch_multiprocessing=False, notify_stdin=False)
        db.set_tracing_for_untraced_contexts()
        ending = threading.Thread(target=self._look_after, name="lager-debugger", daemon=True)
        ending.is_pydev_daemon_thread = ending.pydev_do_not_trace = True  # type: ignore[attr-defined]  # as pydevd reads
        ending.start()

    def has_ide(self) -> bool:
        """Say whether an IDE is attached, and has not left."""
        db = self._db
        return not self._left and db is not None and not db.pydb_disposed and bool(db.is_attached())

    def make_room(self) -> None:
        """Wait for the end of an IDE that is leaving.

        Raises:
            NoConsole: It is not leaving.
        """
        if not self._left or not self._ended.wait(END_SECONDS):
            what = f"a debugger{f' of {self._by}' if self._by else ''} is attached to this script already"
            raise errors.NoConsole(what, "disconnect that one first")

    def end(self) -> None:
        """End the session; what is left is done in another thread."""
        self._left = True
        if self._db is not None:
            self._db.dispose_and_kill_all_pydevd_threads(wait=False)
        if self._connection is not None:
            with contextlib.suppress(OSError):  # closed already
                self._connection.shutdown(socket.SHUT_RDWR)

    # Called by pydevd -------------------------------------------------------------------------------------------------

    def before_send(self, message: dict[str, Any]) -> None:
        """Know what goes to the IDE."""

    def after_receive(self, message: dict[str, Any]) -> None:
        """Know what the IDE asks, before it is done; in the debugger's thread."""
        if message.get("command") == "configurationDone":
            self._on_ready()
        elif message.get("command") == "disconnect":
            self._left = True

    def _stopped(self, thread: Any, frame: FrameType, event: str, arg: Any, exception_type: Any = None) -> None:
        """Stop at a breakpoint of the IDE, or after a step: as a pause of Lager's, so that others see it, too."""
        if threading.get_ident() in self._held:  # it is one already, and goes on somewhere else in the frame
            self._wait(thread, frame, event, arg, exception_type)
            return
        label = f"stopped by the debugger{f' of {self._by}' if self._by else ''}"
        asked = Asked(one_line(label), 0, None, interactive=True, kind="pause", on_timeout="resume")
        here = paused.Pause(frame, asked)
        try:
            here.announce()
            with self._holding(frame, here):
                self._wait(thread, frame, event, arg, exception_type)
            if not here.serve_waiting(frame):
                say(here.banner())
            ending = here.wait(frame)
            here.close_consoles(ending.reason)
        finally:
            here.over()
            here.let_go_of(frame)
        if ending.reason == "aborted":
            say(ended(asked, ending))
            _abort(why_aborted(asked, ending))

    # ------------------------------------------------------------------------------------------------------------------

    def hold(self, frame: FrameType, held: Held) -> None:
        """Show the paused thread to the IDE, at its line, until the IDE or somebody else lets it go on."""
        if threading.get_ident() in self._held:
            return
        thread = threading.current_thread()
        with self._untraced(thread), self._holding(frame, held):
            self._db.set_suspend(thread, self._pydevd.CMD_SET_BREAK, suspend_requested=True)
            self._wait(thread, frame, "line", None, None)

    def _wait(self, thread: Any, frame: FrameType, event: str, arg: Any, exception_type: Any) -> None:
        type(self._db).do_wait_suspend(self._db, thread, frame, event, arg, exception_type)

    @contextlib.contextmanager
    def _holding(self, frame: FrameType, held: Held) -> Iterator[None]:
        """Have the pause served by the debugger, which has the thread; afterwards know who let it go on."""
        me, name = threading.get_ident(), self._pydevd.get_current_thread_id(threading.current_thread())
        self._held.add(me)
        held.woken = lambda: self._db.post_method_as_internal_command(name, self._serve, name, frame, held)
        held.woken()  # for what has come before
        goes_on = False
        try:
            yield
            goes_on = self.has_ide()
        finally:
            held.woken = nobody
            self._held.discard(me)
            if not goes_on:  # else the next IDE would find it in the middle of a step
                self._api.request_resume_thread(name)
        if goes_on:
            held.end("resumed", self._by)

    def _serve(self, _db: Any, name: str, frame: FrameType, held: Held) -> None:
        if held.serve_waiting(frame):
            self._api.request_resume_thread(name)

    @contextlib.contextmanager
    def _untraced(self, thread: Any) -> Iterator[None]:
        """Keep the debugger from stopping in what this thread does while it is held."""
        info = self._db.set_additional_thread_info(thread)
        monitoring = getattr(self._pydevd, "pydevd_sys_monitoring", None) if _monitors(self._pydevd) else None
        suspend = getattr(monitoring, "suspend_current_thread_tracing", None)
        traced = bool(suspend and suspend())
        info.is_tracing += 1
        try:
            yield
        finally:
            info.is_tracing -= 1
            if traced and monitoring is not None:
                monitoring.resume_current_thread_tracing()

    def _look_after(self) -> None:
        """Wait until the connection is closed, and leave the script as it was. In a thread of its own."""
        self._db.reader.join()
        self._left = True
        self._pydevd.stoptrace()
        if not _monitors(self._pydevd):
            tracing = importlib.import_module("pydevd_tracing")
            tracing.set_trace_to_threads(self._untrace)
        if Session.open_one is self:
            Session.open_one = None
        self._ended.set()
        say("=== debugger detached\n")

    def _untrace(self, _frame: FrameType, _event: str, _arg: object) -> None:
        """Put back the trace function that a thread had, when it next makes a call."""
        sys.settrace(self._before if threading.get_ident() == self._thread else None)

    def forget(self) -> None:
        """Leave a forked child alone: the debugger's threads do not exist there."""
        self._left = True
        self._db.pydb_disposed = True
        if not _monitors(self._pydevd):
            tracing = importlib.import_module("pydevd_tracing")
            tracing.restore_sys_set_trace_func()
            sys.settrace(None)


def _abort(why: str) -> NoReturn:
    """Raise in place of `lager.Aborted`, which is a SystemExit, what a debugger lets through where it has stopped.

    It ends a script with the same status, and Python says as little of it.

    Raises:
        KeyboardInterrupt: Always.
    """
    raised, before, of_threads = KeyboardInterrupt(why), sys.excepthook, threading.excepthook

    def quiet(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if error is not raised:
            before(kind, error, trace)

    def quiet_in_thread(args: Any) -> None:
        if args.exc_value is not raised:
            of_threads(args)

    sys.excepthook, threading.excepthook = quiet, quiet_in_thread
    with contextlib.suppress(errors.Aborted):  # for its effects on other threads
        aborting.abort(why)
    raise raised


def _monitors(pydevd: Any) -> bool:
    return bool(getattr(pydevd, "PYDEVD_USE_SYS_MONITORING", False))


def _forget() -> None:
    session, Session.open_one = Session.open_one, None
    if session is not None:
        session.forget()


os.register_at_fork(after_in_child=_forget)
