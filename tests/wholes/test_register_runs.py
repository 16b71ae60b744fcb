"""What broke around runs of the released product (its register, 3.2), case by case: each test shows it right here."""

import os
import signal

import pytest
from conftest import interrupt

BENCH = "two_instruments.toml"


@pytest.fixture(scope="module", autouse=True)
def running(home):
    assert home.lager("nets").returncode == 0


TIDYING = """\
import signal, sys

from lager import Net, NetType

psu = Net.get("supply1", type=NetType.PowerSupply)
try:
    psu.set_voltage(3.3)
    psu.enable()
    print("on")
    signal.pause()
finally:
    print("tidying")
    open(sys.argv[1]).read()
    psu.disable()
    print("off:", not psu.output_is_enabled())
"""
NEXT = """\
from lager import Net, NetType

psu = Net.get("supply1", type=NetType.PowerSupply)
psu.set_voltage(2.5)
print(round(Net.get("adc1", type=NetType.ADC).input(), 1), psu.output_is_enabled())
"""


def test_p8_the_next_run_has_the_instruments_while_the_last_one_still_tidies_up(home):
    """P8: the next run started while the last one was still cleaning up, and found its instruments busy (EBUSY).

    Here no run holds an instrument: both use it, each call has it to itself, and the last one tidies up to its end.
    """
    pipe = str(home.folder / "go")
    os.mkfifo(pipe)
    last = home.start("python", home.script(TIDYING), pipe)
    assert last.stdout.readline() == "on\n"
    interrupt(last)
    assert last.stdout.readline() == "tidying\n"
    done = home.lager("python", home.script(NEXT, "next.py"))
    open(pipe, "w").close()
    said, errors = last.communicate(timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2.5 True\n", "")
    assert (said, last.returncode) == ("off: True\n", 130), errors


HANDLERS = """\
import signal


def now():
    return {one: signal.getsignal(one) for one in signal.valid_signals() if one not in (signal.SIGKILL, signal.SIGSTOP)}


before = now()
import lager
from lager import InvalidNetError, Net, NetType, output, pause

Net.get("adc1", type=NetType.ADC).input()
pause(timeout=0.01)
print([one for one, handler in now().items() if handler != before[one]], before[signal.SIGPIPE].name)
"""


def test_p15_lager_changes_what_no_signal_does(home):
    """P15: importing lager changed what SIGPIPE does in the whole process, and broke programs that lager was part of.

    Here every signal does in a script what it does in any Python, also when it has used nets and has paused.
    """
    done = home.lager("python", home.script(HANDLERS, "handlers.py"))
    assert (done.returncode, done.stdout) == (0, f"[] {signal.SIG_IGN.name}\n"), done.stderr
