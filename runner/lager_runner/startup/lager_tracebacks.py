"""How a run's tracebacks look: as those of Python, but that files of the user's have the names that the user knows.

Only what is shown is changed, wherever it is shown: by a hook, `traceback.print_exc()`, `logging` or a child process.
Who asks a traceback for a file's name gets the whole path. It imports nothing that Python has not loaded anyway.
"""

import _thread
import sys

TYPE_CHECKING = False  # typing's own takes longer to import than all of this
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Shortening:
    """Leaves the run's own directory out of names of files, where the `traceback` module shows them.

    Args:
        root: The directory, with a slash at its end.
    """

    def __init__(self, root: str) -> None:
        self._root = root

    def begin(self, module: "Any") -> None:
        """Change what the module shows."""
        rows, init = module.StackSummary.format, module.TracebackException.__init__

        def format_rows(stack: "Any", *args: "Any", **kwargs: "Any") -> "list[str]":
            """Format the stack ready for printing."""
            return [self._row(row) for row in rows(stack, *args, **kwargs)]

        def initialize(made: "Any", *args: "Any", **kwargs: "Any") -> None:
            init(made, *args, **kwargs)
            name = getattr(made, "filename", None)  # where a SyntaxError is
            if isinstance(name, str):
                made.filename = name.removeprefix(self._root)

        module.StackSummary.format = format_rows
        module.TracebackException.__init__ = initialize

    def _row(self, row: str) -> str:
        head, newline, rest = row.partition("\n")
        return head.replace('"' + self._root, '"', 1) + newline + rest


def install() -> None:
    """Show what nobody catches in that way; a thread's, too."""
    sys.excepthook = show
    # `threading` takes its hook from here when it is imported.
    before: Callable[[Any], None] = getattr(_thread, "_excepthook")  # noqa: B009
    setattr(_thread, "_excepthook", _ThreadHook(before).show)  # noqa: B010
    if "threading" in sys.modules:
        sys.modules["threading"].excepthook = _ThreadHook(before).show  # type: ignore[attr-defined]


def show(kind: "type[BaseException]", error: BaseException, at: "Any") -> None:
    """Take the place of `sys.excepthook`: what Python would show, with the names of files shortened."""
    try:
        text = _text(kind, error, at)
        for stream in _streams():
            stream.write(text)
            if hasattr(stream, "flush"):  # `print` needs none, and so not all that scripts make up have it
                stream.flush()
    except BaseException:  # noqa: BLE001  # whatever keeps it from that, the user's error must be seen
        sys.__excepthook__(kind, error, at)
    if issubclass(kind, KeyboardInterrupt):
        _end_by_the_signal()


def _end_by_the_signal() -> None:
    """Have Python end by SIGINT (128 + 2 in a shell), as it does after an interrupt that nobody catches.

    It remembers that only until it next evaluates a text, which `import traceback` does: it is reminded.
    """
    try:
        exec("raise KeyboardInterrupt")
    except KeyboardInterrupt:
        return


class _ThreadHook:
    """Takes the place of `threading.excepthook`.

    Args:
        before: Python's own.
    """

    def __init__(self, before: "Callable[[Any], None]") -> None:
        self._before = before

    def show(self, args: "Any") -> None:
        """Show what came out of a thread."""
        stream, text = None, ""
        try:
            stream = sys.stderr
            if args.exc_type is not SystemExit and stream is not None:
                named = args.thread.name if args.thread is not None else _thread.get_ident()
                text = f"Exception in thread {named}:\n" + _text(args.exc_type, args.exc_value, args.exc_traceback)
        except BaseException:  # noqa: BLE001  # as above
            text = ""
        if stream is None or not text:
            self._before(args)
            return
        stream.write(text)
        stream.flush()


def _streams() -> "list[Any]":
    """Give where they go: stderr; but stdout where who started the run with a released client looks for them there.

    There `import lager` brought that about, for all but threads, if it was not told to leave it. What the script has
    put in the place of stdout gets them; where that is a file of some kind, the run's own stdout does, too: somebody
    must see them.
    """
    env = sys.modules["os"].environ
    if "lager" not in sys.modules or not env.get("LAGER_RELEASED_CLIENT") or "LAGER_PRESERVE_EXCEPTHOOK" in env:
        chosen = [sys.stderr]
    elif sys.stdout is not sys.__stdout__ and isinstance(sys.stdout, sys.modules["io"].IOBase):
        chosen = [sys.stdout, sys.__stdout__]
    else:
        chosen = [sys.stdout or sys.__stdout__ or sys.stderr]
    return [stream for stream in chosen if stream is not None]


def _text(kind: "type[BaseException]", error: BaseException, at: "Any") -> str:
    import traceback

    return "".join(traceback.format_exception(kind, error, at, limit=_of_the_user(kind, error, at)))


def _of_the_user(kind: "type[BaseException]", error: BaseException, at: "Any") -> "int | None":
    """Say after how many frames the user's own end, where the rest is Lager's and of no use to him; else None.

    That is so for what Lager raises on purpose, and for an interrupt of what it does. A defect is shown in full.
    """
    chained = error.__cause__ or (error.__context__ and not error.__suppress_context__)
    if chained or "LAGER_DEBUG" in sys.modules["os"].environ:
        return None
    ours = _rooms_of(kind, error)
    if not ours:
        return None
    count, users = 0, 0
    while at is not None:
        count += 1
        if not at.tb_frame.f_code.co_filename.startswith(ours):
            users = count
        at = at.tb_next
    return users or None


def _rooms_of(kind: "type[BaseException]", error: BaseException) -> "tuple[str, ...]":
    """Give the folders of the code that raised it on purpose, with a slash at their ends; none where nothing did."""
    if kind is ModuleNotFoundError and str(getattr(error, "name", "")).startswith("lager."):
        return _folder(__file__), _folder(getattr(sys.modules.get("lager"), "__file__", None) or __file__)
    errors = sys.modules.get("lager.errors")
    if errors is None or not issubclass(kind, (KeyboardInterrupt, errors.LagerError)):
        return ()
    return () if issubclass(kind, errors.Defect) else (_folder(str(errors.__file__)),)


def _folder(path: str) -> str:
    return path.rpartition("/")[0] + "/"
