"""The supervisor of one run: a process of its own that starts the script, and keeps what it says and how it ended.

It outlives the runner, so neither a restart nor a crash there touches a script. It starts the script before anything
else, and imports what recording needs while the script's Python starts.

Its command line is `python -I -S -c BOOT PATH lager_runner.supervisor RUN_DIR STREAMS COMMAND...`; STREAMS is 1 where
the script's stderr is its stdout, else 2. Its standard input is the listening control socket, its environment the
script's.
"""

from __future__ import annotations

import os
import sys

from lager_runner.launch import launch

# -I: the script's PYTHON* variables are not the supervisor's. -S: it needs no installed package, and starts sooner.
BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from lager_runner.supervisor import main; main(sys.argv[3:])"


def command(run_dir: str, script: list[str], one_stream: bool = False) -> list[str]:
    """Give the command line of the supervisor of `script`."""
    streams = "1" if one_stream else "2"
    path = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return [sys.executable, "-I", "-S", "-c", BOOT, path, "lager_runner.supervisor", run_dir, streams, *script]


def main(argv: list[str]) -> None:
    """Start the script, and attend it until it has ended."""
    run_dir, streams, script = argv[0], argv[1], argv[2:]
    control = os.dup(0)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.close(null)
    channel = _channel(run_dir)  # before the script, which may write there before all is imported here
    child, pipes = launch(script, os.path.join(run_dir, "work"), streams == "1")

    from lager_runner import outputlog
    from lager_runner.recorder import Recorder

    Recorder(run_dir, child, pipes | ({} if channel is None else {outputlog.CHANNEL: channel}), control).record()


def _channel(run_dir: str) -> int | None:
    """Open the output channel, a FIFO: it is never at its end, as this end can write, too."""
    try:
        return os.open(os.path.join(run_dir, "channel"), os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:  # a run that was made without one
        return None
