"""The first that runs of the command `lager`: from here on, Ctrl-C ends it without a traceback, however early it comes.

It imports next to nothing; the command line itself is `lager_cli.app`.
"""

from __future__ import annotations

import signal
import sys

TYPE_CHECKING = False  # `typing` takes its time to be imported
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run the command line, and exit with its status."""
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # else a shell has had it ignored
    if ours:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from lager_cli.app import main as begin

    try:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        begin()
    except KeyboardInterrupt:  # before or behind where it is told in words
        sys.exit(128 + signal.SIGINT)
