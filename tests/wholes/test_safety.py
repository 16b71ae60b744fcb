"""Limits and safe states as their users see them: whole screens, scripts that die, services that are killed."""

import json
import os
import re
import signal
import threading
import time

import pytest

BENCH = "two_instruments.toml"
ON = """import sys
from lager import Net, NetType
psu = Net.get("supply1", type=NetType.PowerSupply)
psu.set_voltage(3.0)
psu.enable()
print("on", flush=True)
"""
RECONNECTED = (
    "battery1: it is disconnected for a parameter that it does not take while it is connected, and connected again.\n"
)


@pytest.fixture(scope="module")
def bench(home):
    home.lager("nets")
    home.lager("nets", "set-safe", "supply1", "--output", "off", "--order", "1")
    home.lager("nets", "set-safe", "dac1", "--voltage", "0")
    return home


def said(home, *words):
    done = home.lager(*words)
    return done.returncode, done.stdout, done.stderr


def is_on(home):
    return json.loads(home.lager("supply", "supply1", "state", "--json").stdout)["enabled"]


def until(condition, within=60):
    """Look until it is so: what services do when they come back, they do by themselves."""
    end, pause = time.monotonic() + within, threading.Event()
    while not (found := condition()) and time.monotonic() < end:
        pause.wait(0.05)
    return found


def test_the_screens_of_limits(bench):
    assert said(bench, "nets", "set-limits", "supply1", "--max-voltage", "3600mV", "--json") == (
        0,
        '{"net": "supply1", "safety_limits": {"max_voltage": 3.6}}\n',
        "",
    )
    assert said(bench, "nets", "set-limits", "supply1", "--max-current", "1A") == (
        0,
        "[OK] supply1: at most 3.6 V and 1 A. The box holds that for every client, scripts included.\n",
        "",
    )
    assert said(bench, "nets", "limits") == (
        0,
        "Name      Net Type       Max Voltage   Max Current   Safe State\n"
        "=======   ============   ===========   ===========   ====================\n"
        "supply1   power-supply   3.6 V         1 A           output off (order 1)\n"
        "dac1      dac            -             -             voltage 0 V\n",
        "",
    )
    assert json.loads(bench.lager("nets", "limits", "supply1", "--json").stdout) == [
        {
            "net": "supply1",
            "role": "power-supply",
            "safety_limits": {"max_voltage": 3.6, "max_current": 1.0},
            "safe": {"output": "off", "order": 1.0},
            "while_connected": {},
        }
    ]
    shown = bench.lager("nets", "show", "supply1").stdout
    assert "  Safety Limits: max voltage 3.6 V, max current 1.0 A\n  Safe State: output off, order 1.0\n" in shown
    told = "supply1: 5 V is more than its safety limit of 3.6 V; nothing was changed"
    try_ = "set 3.6 V or less, or change the limit: lager nets set-limits supply1 --max-voltage VALUE"
    assert said(bench, "supply", "supply1", "voltage", "5") == (2, "", f"Error: {told}.\nTry: {try_}.\n")
    assert "supply1: 3.6000001 V is more than its safety limit of 3.6 V;" in said(
        bench, "supply", "supply1", "voltage", "3.6000001"
    )[2]  # fmt: skip
    script = bench.script(
        'from lager import Net, NetType\nNet.get("supply1", type=NetType.PowerSupply).set_voltage(5)\n'
    )
    done = bench.lager("python", script)
    assert (done.returncode, f"SafetyLimit: {told}\n  Try: {try_}" in done.stderr) == (1, True), done.stderr
    assert said(bench, "nets", "set-limits", "supply1", "--clear") == (0, "[OK] supply1: no safety limits.\n", "")


def test_who_sets_one_limit_while_somebody_sets_the_other_loses_none(bench):
    for n in (1, 2, 3):
        words = [("--max-voltage", f"{n}"), ("--max-current", f"0.{n}")]
        both = [bench.start("nets", "set-limits", "supply1", "--json", *one) for one in words]
        for process in both:
            _, err = process.communicate(timeout=60)
            assert process.returncode == 0, err
        now = json.loads(bench.lager("nets", "limits", "supply1", "--json").stdout)[0]["safety_limits"]
        assert now == {"max_voltage": n, "max_current": n / 10}, n
    bench.lager("nets", "set-limits", "supply1", "--clear")


@pytest.fixture
def connected(bench):
    """The bench, with its battery connected; afterwards as it was."""
    for words in ("capacity 2", "soc 80", "enable --yes"):
        assert bench.lager("battery", "battery1", *words.split()).returncode == 0
    yield bench
    assert bench.lager("nets", "set-while-connected", "battery1", "refuse").returncode == 0
    assert bench.lager("battery", "battery1", "disable").returncode == 0


def reconnects(bench):
    assert said(bench, "nets", "set-while-connected", "battery1", "reconnect") == (0, f"[OK] {RECONNECTED}", "")


def test_a_connected_battery_takes_a_parameter_where_its_net_says_so(connected):
    status, _, err = said(connected, "battery", "battery1", "capacity", "3")
    assert (status, "lager nets set-while-connected NET reconnect" in err) == (4, True), err
    reconnects(connected)
    assert said(connected, "battery", "battery1", "capacity", "3") == (0, "Capacity set to 3.0Ah\n", "")
    old = (
        "from lager import Net, NetType\n"
        "battery = Net.get('battery1', type=NetType.Battery)\n"
        "battery.set_current_limit(1)\n"
        "battery.set_volt_full(4.1)\n"
        "print(battery.state().enabled, battery.current_limit(), battery.voltage_full(), battery.soc())\n"
    )
    done = connected.lager("python", connected.script(old))
    assert (done.returncode, done.stdout) == (0, "True 1.0 4.1 80.0\n"), done.stderr
    assert said(connected, "nets", "set-while-connected", "battery1", "refuse", "--json") == (
        0,
        '{"net": "battery1", "while_connected": {"parameters": "refuse"}}\n',
        "",
    )
    assert connected.lager("battery", "battery1", "capacity", "2").returncode == 4
    assert json.loads(connected.lager("battery", "battery1", "state", "--json").stdout)["enabled"] is True


def test_what_a_net_says_of_a_connected_battery_is_shown(bench):
    limited = {one["net"] for one in json.loads(bench.lager("nets", "limits", "--json").stdout)}
    reconnects(bench)
    assert "  While Connected: parameters reconnect\n" in bench.lager("nets", "show", "battery1").stdout
    shown = bench.lager("nets", "limits").stdout
    assert re.search(r"^battery1 +battery +- +- +-$", shown, re.MULTILINE), shown
    assert shown.endswith(f"\n\n{RECONNECTED}")
    facts = {one["net"]: one["while_connected"] for one in json.loads(bench.lager("nets", "limits", "--json").stdout)}
    assert facts == {net: {} for net in limited} | {"battery1": {"parameters": "reconnect"}}
    listed = json.loads(bench.lager("nets", "--json").stdout)
    assert {one["name"]: one.get("while_connected") for one in listed}["battery1"] == {"parameters": "reconnect"}
    assert bench.lager("nets", "describe", "battery1", "--notes", "a pack").returncode == 0
    assert "parameters reconnect" in bench.lager("nets", "show", "battery1").stdout
    assert bench.lager("nets", "set-while-connected", "battery1", "refuse").returncode == 0
    assert "While Connected" not in bench.lager("nets", "show", "battery1").stdout
    assert "battery1" not in bench.lager("nets", "limits").stdout


def test_what_is_not_understood_of_a_connected_battery_is_without_effect(connected):
    (file,) = (connected.folder / "state" / "bench").glob("simulated-*.json")
    records = json.loads(file.read_text())
    by_hand = [one | ({"while_connected": "reconnect"} if one["name"] == "battery1" else {}) for one in records]
    file.write_text(json.dumps(by_hand))
    shown = connected.lager("nets", "show", "battery1").stdout
    assert "  While Connected: reconnect (without effect: such a parameter is refused)\n" in shown
    assert connected.lager("battery", "battery1", "capacity", "2").returncode == 4
    assert connected.lager("nets", "set-while-connected", "battery1", "refuse").returncode == 0
    assert json.loads(file.read_text()) == records


def test_enabling_what_is_set_too_high_already(bench):
    bench.lager("supply", "supply1", "voltage", "5")
    bench.lager("supply", "supply1", "enable")
    assert said(bench, "nets", "set-limits", "supply1", "--max-voltage", "3.6")[2] == (
        "Note: its output is on now, and set to 5 V. A limit switches nothing off: lager supply supply1 disable\n"
    )
    bench.lager("supply", "supply1", "current", "0.5")
    assert said(bench, "nets", "set-limits", "battery1", "--max-current", "200mA")[2] == (
        "Note: supply1, which has the same terminals, is on now, and set to 0.5 A. "
        "A limit switches nothing off: lager supply supply1 disable\n"
    )
    bench.lager("nets", "set-limits", "battery1", "--clear")
    bench.lager("dac", "dac1", "2.5")
    assert said(bench, "nets", "set-limits", "dac1", "--max-voltage", "2")[2] == (
        "Note: it is at 2.5 V now. A limit changes nothing that is set already: lager dac dac1 0\n"
    )
    bench.lager("nets", "set-limits", "dac1", "--clear")
    bench.lager("supply", "supply1", "disable")
    status, _, err = said(bench, "supply", "supply1", "enable")
    told = "supply1: it would go on with a voltage of 5 V, which is more than its safety limit of 3.6 V"
    assert (status, err.splitlines()[0]) == (2, f"Error: {told}; nothing was changed.")
    assert not is_on(bench)
    assert bench.lager("supply", "supply1", "voltage", "3").returncode == 0
    assert bench.lager("supply", "supply1", "enable").returncode == 0
    bench.lager("nets", "set-limits", "supply1", "--clear")
    bench.lager("supply", "supply1", "disable")


@pytest.mark.parametrize(
    ("words", "status", "last"),
    [
        (["set-limits", "supply1"], 2, "Error: Say --max-voltage V, --max-current A, or both; or --clear alone."),
        (["set-limits", "supply1", "--clear", "--max-voltage", "3"], 2, "Error: Say --max-voltage V, --max-current A"),
        (["set-limits", "supply1", "--max-voltage", "nan"], 2, "Error: Invalid value for '--max-voltage'"),
        (["set-limits", "supply1", "--max-voltage", "0"], 2, "Try: choose one above 0, such as 3.6."),
        (["set-limits", "adc1", "--max-voltage", "3"], 2, "Try: limit what drives it: a supply, a load, a DAC."),
        (["set-limits", "suply1", "--max-voltage", "3"], 3, "Try: see `lager nets` for those the bench has. Did you"),
        (["set-safe", "supply1"], 2, "Error: Say one of --output off, --input off, --level N, --voltage V; or --clear"),
        (["set-safe", "supply1", "--level", "0"], 2, "Try: lager nets set-safe supply1 --output off."),
        (["set-safe", "adc1", "--level", "0"], 2, "Try: give one to supplies, loads and outputs."),
        (["set-safe", "gpio1", "--level", "0", "--order", "nan"], 2, "Error: Invalid value for '--order': 'nan' is no"),
        (["set-safe", "gpio1", "--level", "0", "--order", "-inf"], 2, "Error: Invalid value for '--order': '-inf' is"),
        (["set-safe", "gpio1", "--level", "2"], 2, "Error: Invalid value for '--level'"),
        (["set-safe", "", "--level", "0"], 3, "Try: see `lager nets`"),
        (["set-while-connected", "battery1", "maybe"], 2, "Error: Invalid value for '{refuse|reconnect}'"),
        (["set-while-connected", "supply1", "reconnect"], 2, "Try: that is for battery simulators."),
        (["set-while-connected", "batery1", "refuse"], 3, "Try: see `lager nets` for those the bench has. Did you"),
    ],
)
def test_mistakes(bench, words, status, last):
    before = bench.lager("nets", "limits", "--json").stdout
    done = bench.lager("nets", *words)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.splitlines()[-1].startswith(last), done.stderr
    assert bench.lager("nets", "limits", "--json").stdout == before


def test_the_screens_of_safe_states_with_an_instrument_that_is_away(bench):
    assert said(bench, "bench", "safe") == (0, "[OK] supply1: output off\n[OK] dac1: voltage 0 V\n", "")
    bench.lager("supply", "supply1", "enable")
    bench.lager("sim", "unplug", "supply1")
    status, out, err = said(bench, "bench", "safe", "supply1", "dac1")
    assert (status, err) == (4, "")
    away = "is not there (nothing of that name is on its bus). It is tried again until it is safe."
    assert re.fullmatch(rf"\[NOT SAFE\] supply1, output off: .*{re.escape(away)}\n\[OK\] dac1: voltage 0 V\n", out)
    bench.lager("sim", "replug", "supply1")
    assert until(lambda: not json.loads(bench.lager("bench", "log", "--json").stdout)["waiting"])
    assert not is_on(bench)
    last = bench.lager("bench", "log", "-n", "1").stdout
    assert re.fullmatch(r"\S+ \S+  lager bench safe of \w+: \[OK\] supply1: output off\n", last)
    assert json.loads(bench.lager("bench", "safe", "dac1", "--json").stdout)[0]["state"] == "safe"
    status, out, err = said(bench, "bench", "safe", "dac1", "suply1")
    assert (status, out, err.splitlines()[0]) == (3, "", "Error: Invalid Net: suply1.")
    assert err.splitlines()[1].startswith("Try: did you mean supply1? this bench has ")
    assert said(bench, "bench", "safe", "adc1") == (
        2,
        "",
        "Error: adc1 has no safe state, and nothing was changed.\n"
        "Try: leave it out: a net of type adc drives nothing.\n",
    )


@pytest.mark.parametrize(
    ("options", "end", "on"),
    [
        ([], "", True),
        ([], "raise SystemExit(3)", True),
        ([], "1 / 0", True),
        (["--finally", "safe"], "1 / 0", False),
        ([], "import os; os.kill(os.getpid(), 9)", False),
        (["--finally", "keep"], "import os; os.kill(os.getpid(), 9)", True),
        (["--timeout", "1"], "import threading; threading.Event().wait()", False),
    ],
)
def test_what_becomes_of_the_nets_of_a_run(bench, options, end, on):
    bench.lager("supply", "supply1", "disable")
    bench.lager("python", *options, bench.script(ON + end + "\n"))
    assert is_on(bench) is on


def test_a_script_that_dies_while_its_runner_is_dead(bench):
    script = bench.script(
        ON + "import os; print(os.getpid(), flush=True)\nimport threading; threading.Event().wait()\n"
    )
    run = bench.lager("python", "--detach", "--quiet", script).stdout.strip()
    assert until(lambda: len(bench.lager("logs", run).stdout.split()) == 2)
    pid = int(bench.lager("logs", run).stdout.split()[1])
    runner = json.loads(bench.lager("box", "status", "--json").stdout)
    box = int(runner["pid"])
    children = {int(one) for one in os.listdir("/proc") if one.isdigit() and _parent(one) == box}
    mine = next(one for one in children if b"lager_runner" in _command(one))
    os.kill(mine, signal.SIGSTOP)
    os.kill(pid, signal.SIGKILL)
    os.kill(mine, signal.SIGKILL)
    assert until(lambda: not is_on(bench))
    assert until(lambda: f"run {run[:8]} was killed" in bench.lager("bench", "log").stdout)


def _parent(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _command(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""


def test_a_pause_that_is_safe(bench):
    script = bench.script(
        ON + "from lager import pause\npause(safe=True, timeout=0.2)\nprint(psu.output_is_enabled())\npsu.disable()\n"
    )
    done = bench.lager("python", script)
    assert done.stdout.split() == ["on", "False"], done.stderr
    assert done.stderr.startswith("lager.pause(): supply1 is safe, output off\n=== lager breakpoint")


def test_a_pause_with_nothing_to_make_safe_says_so(bench):
    done = bench.lager("python", "-c", "import lager; lager.pause(safe=True, timeout=0.1)")
    assert "lager.pause(): nothing to make safe: the script has changed no net that has a safe state\n" in done.stderr
    assert done.returncode == 0


def test_a_coroutine_that_pauses_safely(bench):
    script = bench.script(
        "import asyncio\n" + ON + "from lager import apause\nasync def main():\n"
        "    await apause(safe=True, timeout=0.2)\n    print(psu.output_is_enabled())\nasyncio.run(main())\n"
    )
    done = bench.lager("python", script)
    assert done.stdout.split() == ["on", "False"], done.stderr
