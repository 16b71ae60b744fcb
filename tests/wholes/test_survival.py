"""kill -9 of any one of our processes: no script lost, no output lost, no instrument left claimed."""

import json
import os
import re
import signal

import family
import psutil
import pytest

BENCH = "two_instruments.toml"

PAUSING = """\
import lager
from lager import Net, NetType
psu = Net.get("supply1", type=NetType.PowerSupply)
psu.set_voltage(2.5)
print("before", flush=True)
lager.pause(interactive=True)
print("after", psu.get_voltage_setpoint(), flush=True)
raise SystemExit(3)
"""


SERVICES = (
    "lager_runner.supervisor",
    "lager_runner",
    "lager_hwservice.worker",
    "lager_hwservice",
    "lager_drivers.simulated",
)


def processes(home):
    """The box's processes by what they are."""
    box = psutil.Process(json.loads((home.folder / "state" / "box.json").read_text())["pid"])
    found = {"box": box}
    for one, words in family.living(box.pid, recursive=True):
        for name in SERVICES:
            if name in words:
                found[f"{name} 0x05E6" if any("0x05E6" in word for word in words) else name] = one
                break
    return found


@pytest.mark.parametrize("victim", ["lager_runner", "lager_hwservice", "lager_hwservice.worker 0x05E6"])
def test_a_paused_script_survives_the_death_of_a_service(home, victim):
    first = home.terminal("python", home.script(PAUSING))
    first.expect("^before$")
    run = first.expect(r"\(id (\S+)\)")[1]
    first.expect("auto-resume in")
    dying = processes(home)[victim]
    dying.send_signal(signal.SIGKILL)
    psutil.wait_procs([dying], timeout=60)
    # Nobody restarts anything: the next commands just work.
    for _ in range(100):
        looked = home.lager("python", "--console", run, "-c", "psu.get_voltage_setpoint()")
        if looked.returncode == 0:
            break
    assert (looked.returncode, looked.stdout) == (0, "2.5\n"), looked.stderr
    assert home.lager("supply", "supply1", "state").returncode == 0
    assert home.lager("python", "--continue", run).returncode == 0
    first.expect("^=== resumed$")
    first.expect("^after 2.5$")
    assert first.wait() == 3


@pytest.mark.parametrize("victim", ["lager_runner", "lager_hwservice", "lager_drivers.simulated"])
def test_the_command_right_after_the_death_of_a_service_works(home, victim):
    assert home.lager("adc", "adc1").returncode == 0
    processes(home)[victim].send_signal(signal.SIGKILL)
    done = home.lager("adc", "adc1")
    # With the simulated bench, its instruments were switched off and on, which may be told.
    told = "" if victim != "lager_drivers.simulated" else "(Note: the LabJack_T7 at .* was switched off and on .*)?"
    assert (done.returncode, bool(re.fullmatch(told, done.stderr.strip()))) == (0, True), done.stderr


def test_a_console_survives_the_death_of_the_runner(home):
    first = home.terminal("python", home.script(PAUSING))
    run = first.expect(r"\(id (\S+)\)")[1]
    first.expect("auto-resume in")
    console = home.terminal("python", "--console", run)
    console.expect(">>>")
    console.type("mine = [6]\r")
    console.type("mine[0] += 1; mine\r")
    console.expect(r"\[7\]")
    dying = processes(home)["lager_runner"]
    dying.send_signal(signal.SIGKILL)
    psutil.wait_procs([dying], timeout=60)
    console.type("mine[0] *= 6; mine\r")  # sent when there is a box again, and evaluated once
    console.expect(r"\[42\]")
    console.type("exit()\r")
    assert console.wait() == 0
    assert home.lager("python", "--continue", run).returncode == 0
    first.expect("^after 2.5$")
    assert first.wait() == 3


def test_a_script_survives_the_death_of_the_whole_box(fresh_home):
    home = fresh_home
    first = home.terminal("python", home.script(PAUSING))
    first.expect("^before$")
    run = first.expect(r"\(id (\S+)\)")[1]
    first.expect("auto-resume in")
    box = processes(home)["box"]
    services = box.children()
    os.kill(box.pid, signal.SIGKILL)
    assert psutil.wait_procs(services, timeout=20)[1] == [], "no service outlives its box"
    assert home.lager("nets").returncode == 0  # a new private box, which adopts the run
    for _ in range(100):
        resumed = home.lager("python", "--continue", run)
        if resumed.returncode == 0:
            break
    assert resumed.stdout == f"Resumed {run}\n", resumed.stderr
    for _ in range(100):
        if (exited := home.folder / "state" / "runs" / run / "exit.json").exists():
            break
        home.lager("nets")
    assert json.loads(exited.read_text())["status"] in (1, 3)
