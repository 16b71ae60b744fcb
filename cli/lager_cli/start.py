"""The first that runs of the command `lager`: from here on, Ctrl-C ends it without a traceback, however early it comes.

It imports next to nothing; the command line itself is `lager_cli.app`. What `lager --version` says needs none of it.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` takes longer to import than all of this
import gc
import sys

TYPE_CHECKING = False  # `typing` takes its time to be imported
if TYPE_CHECKING:
    from typing import NoReturn


_GARBAGE = 50_000  # objects more than there were, until garbage is looked for: importing makes many, and no garbage


def main() -> NoReturn:
    """Run the command line, and exit with its status."""
    ours = _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler  # else a shell has had it ignored
    if ours:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    if sys.argv[1:] == ["--version"] and _says_version():
        sys.exit(0)
    gc.set_threshold(_GARBAGE)
    from lager_cli.app import main as begin

    try:
        if ours:
            _signal.signal(_signal.SIGINT, _signal.default_int_handler)
        begin()
    except KeyboardInterrupt:  # before or behind where it is told in words
        sys.exit(128 + _signal.SIGINT)
    finally:
        gc.freeze()  # else Python looks for garbage in all that was imported, several times, before it ends


def _says_version() -> bool:
    """Say the version; False where it cannot be written, which `lager_cli.app` tells as of any output."""
    from lager import __version__

    try:
        sys.stdout.write(f"lager {__version__}\n")
        sys.stdout.flush()
    except (AttributeError, OSError):  # closed; or nobody reads it, or its disk is full
        return False
    return True
