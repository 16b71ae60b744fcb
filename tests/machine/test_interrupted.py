"""`lager install` that is cut off at each of its steps, and run again: it goes on, and ends with a box."""

import os
import re
import signal

import pytest
from screens import steps

# Ctrl-C; no power any more; a closed terminal.
STATUSES = {signal.SIGINT: 130, signal.SIGKILL: -9, signal.SIGHUP: 129}
ENDS = tuple(STATUSES)


@pytest.fixture(scope="module")
def install(fresh, wheels):
    return ("install", "--ip", fresh.address, "--user", "root", "--box", "bench", "--wheel", wheels.current)


def test_cut_off_at_each_step(made, install, laptop):
    """Each time at another step, and in another way than the time before."""
    del laptop.env["PYTHONWARNINGS"]  # whoever is interrupted while he opens a file may leave it to be closed
    for number, name in enumerate(steps(made.screen)):
        terminal = laptop.terminal(*install)
        terminal.expect(rf"\d+\. {re.escape(name.partition('root@')[0])}", timeout=120)
        by = ENDS[number % len(ENDS)]
        os.killpg(terminal.process.pid, by)
        assert terminal.wait() == STATUSES[by], terminal.text
        assert "Error" not in terminal.text
        assert "Traceback" not in terminal.text


def test_and_then_to_its_end(made, install, fresh, laptop):
    done = laptop.lager(*install)
    assert done.returncode == 0, done.stderr
    assert laptop.lager("hello", "--box", "bench").returncode == 0
    assert fresh.run("ls /opt/lager/versions").split() == [made.name]
    assert fresh.run("systemctl is-active lager-box; systemctl --failed --no-legend") == "active\n"
