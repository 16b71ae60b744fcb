"""Processes of a run that its supervisor has no power over."""

import os
import signal
import subprocess
import sys

import pytest

# What `sudo` leaves: the script is another user's by now. Signals to it change nothing, and no supervisor dies of them.
SUDO = """\
import os, signal
from lager_runner.script import Script
reading, writing = os.pipe()
child = os.fork()
if not child:
    os.setpgid(0, 0)
    os.closerange(1, 3)
    os.write(writing, b"x")
    while True: signal.pause()
os.read(reading, 1)
os.setuid(65534)
script = Script(child)
script.signal(signal.SIGINT)
script.ask_to_pause()
print(child)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a process to another user")
def test_a_script_that_has_become_another_users():
    done = subprocess.run([sys.executable, "-c", SUDO], capture_output=True, text=True, timeout=30)
    child = done.stdout.split()[0]
    os.kill(int(child), signal.SIGKILL)
    assert (done.stdout, done.stderr) == (f"{child}\n", "")
