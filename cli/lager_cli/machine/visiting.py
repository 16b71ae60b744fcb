"""Being on a machine as its user is: the terminal, the input and the status are those of ssh."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence

from lager.errors import UsageError
from lager_cli.machine.ssh import FAILED
from lager_cli.machine.sshtroubles import network
from lager_cli.machine.target import Target, client

_SECONDS = 10  # until a machine answers at all


def visit(target: Target, command: Sequence[str]) -> int:
    """Run a command on a machine, or a shell where none is given; give its status.

    Raises:
        ServiceUnreachable: The machine is not there; what else ssh has to say, it says itself.
        UsageError: The command is empty.
    """
    if command and not " ".join(command).strip():
        raise UsageError("the command is empty; was a variable of the shell not set?", "leave it out for a shell")
    seated = all(one is not None and one.isatty() for one in (sys.stdin, sys.stdout))
    words = [*client(), *target.options, "-o", f"ConnectTimeout={_SECONDS}", *(["-t"] if seated else [])]
    words += [target.host, *(["--", *command] if command else [])]
    process = subprocess.Popen(words)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command there; ssh hears it, too
    try:
        status = process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    if status == FAILED and (cause := network(target)):
        raise cause
    return 128 - status if status < 0 else status
