"""Imported by every Python that a run starts, before the script: it makes `breakpoint()` a pause of Lager.

In a run, packages that were installed for it are found, and tracebacks name the user's files as the user does.
It also lets a pause be asked for from outside (SIGURG, which by default does nothing), and one come at an exception
that nobody catches, if the user wants that (LAGER_ON_EXCEPTION). It imports nothing of Lager until one of them is to
come, and must not be noticed otherwise: the environment's own sitecustomize, which this one hides, is imported as if
this were not here.
"""

import _signal  # type: ignore[import-not-found]  # `signal` takes longer to import than all of this
import _thread
import os
import sys

ROOM = 200  # calls: so deep it goes to import what pauses
_underway = False  # a request that `lager.outside` does not know of yet: another one is the same
TYPE_CHECKING = False  # typing's own takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any


def _breakpoint(*args: object, **kwargs: object) -> object:
    """Pause, unless the user chose something else with PYTHONBREAKPOINT (looked at in every call, as by Python)."""
    chosen = os.environ.get("PYTHONBREAKPOINT")
    if chosen == "0":
        return None
    if chosen:
        return sys.__breakpointhook__(*args, **kwargs)
    try:
        from lager.breakpoint import pause
    except ImportError:  # another Python, which has no Lager
        return sys.__breakpointhook__(*args, **kwargs)
    options: dict[str, Any] = {"label": args[0] if args else None, "interactive": True}
    options.update(kwargs)
    try:
        pause(**options)
    except BaseException as exc:  # noqa: BLE001  # raised again
        raise exc.with_traceback(None)  # noqa: B904  # itself, with a traceback of the user's own lines
    return None


def _on_request(_number: int, frame: object) -> None:
    """Pause at the next line of the script."""
    global _underway  # a handler has nothing else to keep it in
    if _underway:
        return
    asked: Any = None
    _underway = True
    try:
        if not _is_deep(frame):
            from lager.outside import asked
    except ImportError:  # another Python, which has no Lager; or just now the script imports what this needs
        if not _is_importing("lager"):
            return
    finally:
        _underway = False
    if asked is None:
        _ask_again()
    else:
        asked(frame)


def _is_deep(frame: "Any") -> bool:
    """Say whether a script calls itself so often that there may be no room for an import: it would get the error."""
    limit, depth = sys.getrecursionlimit(), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1
    return depth > limit - min(ROOM, limit // 2)


def _is_importing(package: str) -> bool:
    """Say whether a module of a package has begun to be imported, and not ended."""
    specs = [getattr(one, "__spec__", None) for name, one in list(sys.modules.items()) if name.startswith(package)]
    return any(getattr(one, "_initializing", False) for one in specs)


def _ask_again() -> None:
    """Have the signal sent again, in a moment, by a thread of its own."""
    global _underway  # as above
    _underway = True
    try:
        _thread.start_new_thread(_wait_and_ask, ())
    except RuntimeError:  # the script has as many threads as it may have, or is ending
        _underway = False


def _wait_and_ask() -> None:
    from time import sleep  # noqa: TID251  # nobody says when the moment has come

    global _underway  # as above
    sleep(0.02)
    _underway = False
    os.kill(os.getpid(), _signal.SIGURG)


def _take_requests() -> None:
    """Install the handler, where the signal means nothing yet: in the main thread of the main interpreter."""
    try:
        if _signal.getsignal(_signal.SIGURG) == _signal.SIG_DFL:
            _signal.signal(_signal.SIGURG, _on_request)
    except ValueError:  # in another interpreter of a process
        return


def _look_for_exceptions() -> None:
    try:
        from lager import onexception
    except ImportError:  # as above
        return
    onexception.install()


def _look_on_imports() -> None:
    root = os.environ.get("LAGER_RUN_DIR_ROOT")
    if root:
        import lager_finder  # type: ignore[import-not-found]  # beside this file

        lager_finder.install(root, tracebacks="LAGER_PRESERVE_EXCEPTHOOK" not in os.environ)


def _add_packages() -> None:
    """Add what was installed for this run (`lager_runner.packages`): before what the box's Python has installed."""
    place = os.environ.get("LAGER_PACKAGES", "")
    if not os.path.basename(os.path.dirname(place)).startswith(f"{sys.implementation.cache_tag}-"):
        return  # another Python than the run's, which could not use them
    before = sys.path[:]
    sys.modules["site"].addsitedir(place)  # it imports this, so it is there
    added = [entry for entry in sys.path if entry not in before]
    here = next((n for n, one in enumerate(before) if one.endswith(("site-packages", "dist-packages"))), len(before))
    sys.path[:] = before[:here] + added + before[here:]


def _write_lines() -> None:
    """Have what is printed go out line by line, as on a terminal: unbuffered (-u), a `print` is two writes."""
    if os.environ.get("PYTHONUNBUFFERED"):
        return  # its user wants it so
    for stream in (sys.stdout, sys.stderr):
        if getattr(stream, "write_through", False):  # of the script itself; what it starts is as it was started
            stream.reconfigure(line_buffering=True, write_through=False)  # type: ignore[union-attr]


def _write_results() -> None:
    try:
        from lager.testing import unittests
    except ImportError:  # as above
        return
    unittests.install()


def _import_the_next() -> None:
    """Import the sitecustomize that Python would have found without this one."""
    ours = os.path.dirname(os.path.abspath(__file__))
    path, this = sys.path[:], sys.modules.pop("sitecustomize", None)
    sys.path[:] = [entry for entry in path if os.path.abspath(entry) != ours]
    try:
        __import__("sitecustomize")
    except ImportError as exc:
        if exc.name != "sitecustomize":
            raise
    finally:
        added = [entry for entry in sys.path if entry not in path]
        sys.path[:] = added + path
        if this is not None:
            sys.modules.setdefault("sitecustomize", this)


# Where a debugger was chosen from the start, Python's own hook stays: a debugger stops in the frame that calls it, and
# through ours that would be a line of this file.
if os.environ.get("PYTHONBREAKPOINT", "") in ("", "0"):
    sys.breakpointhook = _breakpoint
_lager = bool(os.environ.get("LAGER_PROCESS_ID"))
if _lager:
    _write_lines()
    _take_requests()
    _look_on_imports()
    _add_packages()
_import_the_next()
if _lager and os.environ.get("LAGER_ON_EXCEPTION", "").strip().lower() == "pause":
    _look_for_exceptions()
if _lager and os.environ.get("LAGER_JUNIT"):
    _write_results()
