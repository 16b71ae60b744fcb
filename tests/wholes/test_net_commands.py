"""The commands of nets, one after the other, each as people and as scripts read it: the whole screens."""

import json
import os
import signal
import subprocess

import pytest
from conftest import LAGER
from sitting import Sitting

BENCH = "net_commands.toml"


@pytest.fixture(scope="module", autouse=True)
def running(home):
    assert home.lager("nets").returncode == 0  # so that the line about the start is not in the way


@pytest.fixture
def shell(home, capsys, monkeypatch):
    return Sitting(home, capsys, monkeypatch)


def test_supply(shell):
    shell.check("""
$ lager supply
Name      Net Type       Instrument       Channel   Address
=======   ============   ==============   =======   ====================================
supply1   power-supply   Keithley_2281S   1         USB0::0x05E6::0x2281::4381218::INSTR
$ lager supply supply1 set
[OK] Power supply mode set
$ lager supply supply1 voltage
[OK] Voltage setpoint: 0.0V
$ lager supply supply1 voltage 3300mV
[OK] Voltage set to 3.3V
$ lager supply supply1 voltage 3.3 --json
{"net": "supply1", "setpoint": 3.3, "measured": 0.0}
$ lager supply supply1 voltage 2.5V --ocp 1 --ovp 5
[OK] Voltage set to 2.5V, OVP limit set to 5.0V, OCP limit set to 1.0A
$ lager supply supply1 voltage 3.3 --ocp 2A --ovp 6 --json
{"net": "supply1", "setpoint": 3.3, "measured": 0.0, "ocp_limit": 2.0, "ovp_limit": 6.0}
$ lager supply supply1 current 500mA
[OK] Current limit set to 0.5A
$ lager supply supply1 current
[OK] Current setpoint: 0.5A
$ lager supply supply1 current --json
{"net": "supply1", "setpoint": 0.5, "measured": 0.0}
$ lager supply supply1 ocp
[OK] OCP limit: 2.0A
$ lager supply supply1 ocp 1.5 --json
{"net": "supply1", "ocp_limit": 1.5}
$ lager supply supply1 ovp 5
[OK] OVP limit set to 5.0V
$ lager supply supply1 ovp --json
{"net": "supply1", "ovp_limit": 5.0}
$ lager supply supply1 enable
[OK] Supply output enabled
$ lager supply supply1 state
[OK] Channel 1: ON, Set: 3.3V/0.5A, Measured: 3.3000V/0.0330A, OCP: 1.5A, OVP: 5.0V
$ lager supply supply1
[OK] Channel 1: ON, Set: 3.3V/0.5A, Measured: 3.3000V/0.0330A, OCP: 1.5A, OVP: 5.0V
$ lager supply supply1 state --json
{"channel": 1, "enabled": true, "mode": "CV", "voltage_set": 3.3, "current_set": 0.5, "voltage": 3.3, \
"current": 0.033, "power": 0.1089, "ovp_limit": 5.0, "ocp_limit": 1.5, "ovp_tripped": false, "ocp_tripped": false}
$ lager supply supply1 clear-ocp
[OK] OCP trip cleared
$ lager supply supply1 clear-ovp --json
{"net": "supply1", "cleared": ["ovp"]}
$ lager supply supply1 disable
[OK] Supply output disabled
$ lager supply supply1 enable --yes --json
{"net": "supply1", "enabled": true}
$ lager supply supply1 disable --yes --json
{"net": "supply1", "enabled": false}
""")


def test_a_supply_takes_no_more_than_it_can_and_says_what(shell):
    shell.check("""
$ lager supply supply1 voltage 30
Error: Voltage 30.0V exceeds hardware limit 20.0V.
Try: give at most 20V.
(status 2)
$ lager supply supply1 voltage 120
Error: Voltage 120.0V exceeds maximum limit of 100.0V.
Try: give at most 100V; most supplies take less, and say so.
(status 2)
$ lager supply supply1 current 8A
Error: Current 8.0A exceeds hardware limit 6.1A.
Try: give at most 6.1A.
(status 2)
$ lager supply supply1 voltage 5 --ovp 3
Error: OVP limit (3.0V) cannot be less than voltage setpoint (5.0V).
Try: choose a level above the voltage.
(status 2)
$ lager supply supply1 voltage --ovp 3
Usage: lager supply [NET] voltage [OPTIONS] [VOLTS]
Try 'lager supply [NET] voltage --help' for help.

Error: --ovp goes with a voltage to set; by itself: `lager supply supply1 ovp 3.0`.
(status 2)
$ lager supply supply1 voltage
[OK] Voltage setpoint: 3.3V
""")


def test_what_cannot_be_read_is_no_value(home, shell):
    assert shell("lager sim unplug supply1")[0] == 0
    try:
        for net, command in (("supply1", "supply"), ("battery1", "battery")):
            status, out, err = shell(f"lager {command} {net} state")
            assert (status, out) == (4, "")
            assert err.splitlines()[0] == f"{net}: n/a"
            assert err.splitlines()[1].startswith("Error: the Keithley_2281S at USB0::0x05E6::0x2281::4381218::INSTR ")
            status, out, err = shell(f"lager {command} {net} --json")
            told = json.loads(out)
            assert (status, told["net"], told["state"]) == (4, net, None)
            assert told["error"]["code"] == "instrument-gone"
            assert told["error"]["what"] in err
        status, out, err = shell("lager supply supply1 voltage --json")
        assert (status, out) == (4, "")
    finally:
        assert shell("lager sim clear supply1")[0] == 0


def test_battery(shell):
    shell.check("""
$ lager battery
Name       Net Type   Instrument       Channel   Address
========   ========   ==============   =======   ====================================
battery1   battery    Keithley_2281S   1         USB0::0x05E6::0x2281::4381218::INSTR
$ lager battery battery1 set
Battery simulator mode initialized
$ lager battery battery1 set --json
{"net": "battery1", "role": "battery"}
$ lager battery battery1 mode STATIC
Mode set to static
$ lager battery battery1 mode dynamic --json
{"net": "battery1", "mode": "dynamic"}
$ lager battery battery1 mode
Mode: dynamic
$ lager battery battery1 model
Model: LI_ION4_2
$ lager battery battery1 model NIMH1_2
Model set to NIMH1_2
$ lager battery battery1 model LI_ION4_2 --json
{"net": "battery1", "model": "LI_ION4_2"}
$ lager battery battery1 models
Slot       Model
========   ===========
built-in   LI_ION4_2
built-in   NIMH1_2
built-in   NICD1_2
built-in   LEAD_ACID12
built-in   NIMH12
$ lager battery battery1 batt-full 4200mV
Battery full voltage set to 4.2V
$ lager battery battery1 batt-full
Battery full voltage: 4.2V
$ lager battery battery1 batt-empty 3 --json
{"net": "battery1", "volt_empty": 3.0}
$ lager battery battery1 capacity 2500mAh
Capacity set to 2.5Ah
$ lager battery battery1 capacity --json
{"net": "battery1", "capacity": 2.5}
$ lager battery battery1 current-limit 1A
Current limit set to 1.0A
$ lager battery battery1 ocp 2
OCP limit set to 2.0A
$ lager battery battery1 ovp 4.5
OVP limit set to 4.5V
$ lager battery battery1 ovp --json
{"net": "battery1", "ovp_limit": 4.5}
$ lager battery battery1 voc 3.7
VOC set to 3.7V
$ lager battery battery1 soc 80%
SOC set to 80.0%
$ lager battery battery1 soc
SOC: 80.0%
$ lager battery battery1 soc --json
{"net": "battery1", "soc": 80.0}
$ lager battery battery1 enable
Battery output enabled
$ lager battery battery1 clear
Protection trips cleared
$ lager battery battery1 clear-ocp --json
{"net": "battery1", "cleared": ["ocp"]}
$ lager battery battery1 clear-ovp
OVP trip cleared
$ lager battery battery1 disable --json
{"net": "battery1", "enabled": false}
$ lager battery battery1 state
Channel 1: OFF, Mode: dynamic, Model: LI_ION4_2, SOC: 80.0%, Voltage: 0.0000V, Current: 0.0000A
""")


def test_a_battery_that_cannot_be_is_refused(shell):
    shell.check("""
$ lager battery battery1 soc 120
Error: SOC must be between 0 and 100%, got 120.0%.
Try: choose a value from 0 to 100%.
(status 2)
$ lager battery battery1 current-limit 7
Error: Current limit must be <= 6 A, got 7.
Try: choose a value from 0 to 6 A.
(status 2)
$ lager battery battery1 mode fast
Usage: lager battery [NET] mode [OPTIONS] [static|dynamic]
Try 'lager battery [NET] mode --help' for help.

Error: 'fast' is no mode; write static or dynamic.
(status 2)
$ lager battery battery1 soc full
Usage: lager battery [NET] soc [OPTIONS] [PERCENT]
Try 'lager battery [NET] soc --help' for help.

Error: Invalid value for '[PERCENT]': 'full' is not in %; write 80 or 80%.
(status 2)
""")


def test_a_battery_model_is_saved_and_taken_home(home, shell):
    points = [(3.0 + step / 10, 0.5 - step / 100) for step in range(11)]
    home.script("".join(f"{line}\n" for line in ("voc,resistance", *(f"{v:g},{r:g}" for v, r in points))), "mine.csv")
    shell.check("""
$ lager battery battery1 model-create 3 mine.csv
Model saved in slot 3
$ lager battery battery1 model 3 --json
{"net": "battery1", "model": "3"}
$ lager battery battery1 models
Slot       Model
========   ===========
built-in   LI_ION4_2
built-in   NIMH1_2
built-in   NICD1_2
built-in   LEAD_ACID12
built-in   NIMH12
3          (saved)
$ lager battery battery1 model-export 3 -o kept.json
Model in slot 3 written to kept.json (101 points)
$ lager battery battery1 model-create 4 kept.json --yes --json
{"net": "battery1", "slot": 4, "points": 101}
$ lager battery battery1 model-create 4 none.csv
Error: none.csv cannot be read: No such file or directory.
Try: give a file as `model-export` writes it: CSV that begins with `voc,resistance`, or JSON with these two lists.
(status 2)
""")
    status, out, _ = shell("lager battery battery1 model-export 3")
    assert status == 0
    lines = out.splitlines()
    assert (lines[0], len(lines)) == ("voc,resistance", 102)
    kept = json.loads((home.folder / "kept.json").read_text())
    assert [f"{v},{r}" for v, r in zip(kept["voc"], kept["resistance"], strict=True)] == lines[1:]
    assert json.loads(shell("lager battery battery1 model-export 4 --json")[1]) == kept
    assert shell("lager battery battery1 model LI_ION4_2")[0] == 0


def test_eload(shell):
    shell("lager supply supply1 voltage 3.3 --ovp 6 --ocp 2")
    shell("lager supply supply1 enable")
    shell.check("""
$ lager eload
Name     Net Type   Instrument     Channel   Address
======   ========   ============   =======   ==========================================
eload1   eload      Rigol_DL3021   1         USB0::0x1AB1::0x0E11::DL3A204800938::INSTR
$ lager eload eload1 cc 100mA
Mode: CC, Current: 0.1 A
$ lager eload eload1 cc
Current: 0.1 A
$ lager eload eload1 cv 5 --json
{"net": "eload1", "mode": "CV", "voltage": 5.0}
$ lager eload eload1 cv
Voltage: 5.0 V
$ lager eload eload1 cr 1kohm
Mode: CR, Resistance: 1000.0 ohms
$ lager eload eload1 cr --json
{"net": "eload1", "resistance": 1000.0}
$ lager eload eload1 cp 2W
Mode: CP, Power: 2.0 W
$ lager eload eload1 cp
Power: 2.0 W
$ lager eload eload1 cr 10
Mode: CR, Resistance: 10.0 ohms
$ lager eload eload1 cc 70
Error: Current must be <= 60 A, got 70.
Try: choose a value from 0 to 60 A.
(status 2)
$ lager eload eload1 cr 0.01
Error: Resistance must be >= 0.03 ohms, got 0.01.
Try: choose a value from 0.03 to 15000 ohms.
(status 2)
$ lager eload eload1 enable
Load input enabled
$ lager eload eload1 disable --json
{"net": "eload1", "enabled": false}
$ lager eload eload1
Channel 1: OFF, Mode: CR, Set: 10.0 ohms, Measured: 3.3000V/0.0000A/0.0000W
$ lager eload eload1 state --json
{"channel": 1, "enabled": false, "mode": "CR", "current_set": 0.1, "voltage_set": 5.0, "resistance_set": 10.0, \
"power_set": 2.0, "voltage": 3.3, "current": 0.0, "power": 0.0, "regulated": false, "tripped": ""}
""")
    shell("lager supply supply1 disable")


def test_what_flows_is_measured(shell):
    shell("lager supply supply1 voltage 5 --ovp 6 --ocp 2")
    shell("lager supply supply1 enable")
    shell.check(
        """
$ lager watt supply1
Power 'supply1': 0.250000 W
$ lager watt supply1 power --duration 300ms --json
{"net": "supply1", "power_w": 0.25}
$ lager watt supply1 current
Current 'supply1': 0.050000 A
$ lager watt supply1 voltage
Voltage 'supply1': 5.000 V
$ lager watt supply1 all
Power 'supply1': 0.250000 W
Current 'supply1': 0.050000 A
Voltage 'supply1': 5.000 V
$ lager watt supply1 all --json
{"net": "supply1", "power_w": 0.25, "current_a": 0.05, "voltage_v": 5.0}
$ lager watt adc1
Error: Net 'adc1' with role 'watt-meter' not found: it is an adc net.
Try: `lager adc adc1`. Available watt-meter nets: supply1, battery1, eload1.
(status 3)
$ lager watt supply1 power --duration 5m
Usage: lager watt [NET] power [OPTIONS]
Try 'lager watt [NET] power --help' for help.

Error: --duration is at most 120 s, got 300 s.
(status 2)
$ lager energy
Name       Net Type       Instrument       Channel   Address
========   ============   ==============   =======   ==========================================
supply1    power-supply   Keithley_2281S   1         USB0::0x05E6::0x2281::4381218::INSTR
battery1   battery        Keithley_2281S   1         USB0::0x05E6::0x2281::4381218::INSTR
eload1     eload          Rigol_DL3021     1         USB0::0x1AB1::0x0E11::DL3A204800938::INSTR
$ lager energy supply1
Usage: lager energy [OPTIONS] [NET] [COMMAND] [ARGS]...
Try 'lager energy --help' for help.

Error: Say what: lager energy supply1 read, or lager energy supply1 stats.
(status 2)
$ lager energy supply1 read --duration 0
Usage: lager energy [NET] read [OPTIONS]
Try 'lager energy [NET] read --help' for help.

Error: --duration must be between 0.1 s and 120 s, got 0 s.
(status 2)
"""
    )
    status, out, err = shell("lager energy supply1 read --duration 300ms --json")
    found = json.loads(out)
    assert (status, err, list(found)) == (
        0,
        "",
        ["net", "energy_j", "energy_wh", "charge_c", "charge_ah", "duration_s", "samples"],
    )
    assert found["energy_j"] == pytest.approx(0.25 * found["duration_s"], rel=0.01)
    assert found["charge_c"] == pytest.approx(0.05 * found["duration_s"], rel=0.01)
    assert found["energy_wh"] * 3600 == pytest.approx(found["energy_j"])
    status, out, _ = shell("lager energy supply1 read --duration 300ms")
    head, energy, charge = out.splitlines()
    assert (status, head) == (0, "Energy 'supply1' (0.3s integration):")
    assert energy.startswith("  Energy:  ")
    assert energy.endswith(" uWh)")
    assert charge.startswith("  Charge:  ")
    assert charge.endswith(" uAh)")
    status, out, _ = shell("lager energy supply1 stats --duration 300ms")
    lines = out.splitlines()
    assert status == 0
    assert lines[0].startswith("Stats 'supply1' (0.3s, ")
    assert lines[1].split() == ["mean", "min", "max", "std"]
    assert [line.split()[0] for line in lines[3:]] == ["Current", "Voltage", "Power"]
    assert lines[4].split()[1:5] == ["5.000", "V", *lines[4].split()[3:5]]
    found = json.loads(shell("lager energy supply1 stats --duration 200ms --json")[1])
    assert found["power"]["mean"] == pytest.approx(0.25, rel=0.01)
    assert list(found["voltage"]) == ["mean", "min", "max", "std"]
    shell("lager supply supply1 disable")


def test_analog_lines_and_temperatures(shell):
    shell("lager supply supply1 voltage 3.3 --ovp 6")
    shell("lager supply supply1 enable")
    shell.check(
        """
$ lager adc adc1
ADC 'adc1': 3.300000 V
$ lager adc adc1 --json
{"net": "adc1", "voltage": 3.3}
$ lager dac dac1 1500mV
DAC 'dac1' set to: 1.500000 V
$ lager dac dac1
DAC 'dac1': 1.500000 V
$ lager dac 1.5
Usage: lager dac [OPTIONS] [NET] [VOLTS]
Try 'lager dac --help' for help.

Error: Say which net: lager dac NET 1.5.
(status 2)
$ lager dac dac1 2 --json
{"net": "dac1", "voltage": 2.0}
$ lager dac dac1 7
Error: DAC voltage must be between 0 and 5V, got 7V.
Try: choose a value from 0 to 5 V.
(status 2)
""",
        digits=1,
    )
    status, out, _ = shell("lager thermocouple thermocouple1 --json")
    assert (status, json.loads(out)) == (0, {"net": "thermocouple1", "temperature_c": pytest.approx(23.5, abs=0.4)})
    status, out, _ = shell("lager thermocouple thermocouple1")
    assert status == 0
    assert out.startswith("Temperature: 23.")
    assert out.endswith("\u02daC\n")
    for command in ("adc", "dac", "thermocouple", "gpi", "gpo"):
        status, out, _ = shell(f"lager {command}")
        assert out.splitlines()[0].split() == ["Name", "Net", "Type", "Instrument", "Channel", "Address"]
        assert len(out.splitlines()) == {"adc": 3, "dac": 3}.get(command, 4)
    shell("lager supply supply1 disable")


def test_a_thermocouple_that_is_open_has_no_temperature(shell):
    status, out, err = shell("lager thermocouple thermocouple2 --json")
    assert (status, out) == (4, "")
    assert err.startswith("Error: ")
    assert "thermocouple" in err


def test_digital_lines(shell):
    shell.check("""
$ lager gpo gpio1 low
GPIO 'gpio1' set to LOW
$ lager gpi gpio2
GPIO 'gpio2': LOW (0)
$ lager gpo gpio1 on --json
{"net": "gpio1", "level": 1}
$ lager gpi gpio2 --json
{"net": "gpio2", "level": 1}
$ lager gpo gpio1 toggle
GPIO 'gpio1' toggled to LOW
$ lager gpo gpio1 toggle --json
{"net": "gpio1", "level": 1}
$ lager gpi gpio2 --wait-for low --timeout 20ms
Error: GPIO 'gpio2' did not reach level 0 within 0.02s.
Try: see that what drives the line is on and wired to it, or wait longer.
(status 1)
$ lager gpi gpio2 --wait-for 0 --timeout 0 --json
{"net": "gpio2", "level": 1, "reached": false, "seconds": 0.0}
Error: GPIO 'gpio2' did not reach level 0 within 0s.
Try: see that what drives the line is on and wired to it, or wait longer.
(status 1)
$ lager gpi gpio2 --timeout 1
Usage: lager gpi [OPTIONS] [NET]
Try 'lager gpi --help' for help.

Error: --timeout goes with --wait-for.
(status 2)
$ lager gpi gpio2 --wait-for high --scan-rate 10 --poll-interval 1
Usage: lager gpi [OPTIONS] [NET]
Try 'lager gpi --help' for help.

Error: --scan-rate and --poll-interval exclude each other.
(status 2)
$ lager gpo gpio1 hihg
Usage: lager gpo [OPTIONS] [NET] [low|high|on|off|0|1|toggle]
Try 'lager gpo --help' for help.

Error: Say which level: lager gpo gpio1 low|off|0|high|on|1|toggle.
(status 2)
$ lager gpo high
Usage: lager gpo [OPTIONS] [NET] [low|high|on|off|0|1|toggle]
Try 'lager gpo --help' for help.

Error: Say which net: lager gpo NET high.
(status 2)
""")
    status, out, _ = shell("lager gpi gpio2 --wait-for high --scan-rate 100 --scans-per-read 1")
    assert status == 0
    assert out.startswith("GPIO 'gpio2' reached level 1 in 0.")
    found = json.loads(shell("lager gpi gpio2 --wait-for 1 --poll-interval 5ms --json")[1])
    assert (found["net"], found["level"], found["reached"]) == ("gpio2", 1, True)


def test_a_level_that_comes_while_it_is_waited_for(home, shell):
    assert shell("lager gpo gpio1 low")[0] == 0
    waiting = home.start("gpi", "gpio2", "--wait-for", "high")
    assert shell("lager gpo gpio1 high")[0] == 0
    out, err = waiting.communicate(timeout=30)
    assert (waiting.returncode, err) == (0, "")
    assert out.startswith("GPIO 'gpio2' reached level 1 in ")


def test_a_wait_without_end_is_over_with_ctrl_c(home, shell):
    assert shell("lager gpo gpio1 low")[0] == 0
    waiting = home.terminal("gpi", "gpio2", "--wait-for", "high")
    waiting.expect(r"^Waiting for 'gpio2' to be HIGH \(Ctrl\+C to stop\)\.\.\.$")
    waiting.type("\x03")
    waiting.expect("^Aborted!$")
    assert waiting.wait() == 130


def test_a_held_output_is_watched_until_ctrl_c_and_stays(home, shell):
    holding = home.start("gpo", "gpio1", "high", "--hold")
    assert holding.stdout.readline() == "GPIO 'gpio1' set to HIGH\n"
    assert holding.stdout.readline() == "Holding output state (Ctrl+C to release)...\n"
    holding.send_signal(signal.SIGINT)
    out, err = holding.communicate(timeout=30)
    assert (holding.returncode, out, err) == (0, "", "")
    assert shell("lager gpi gpio2")[1] == "GPIO 'gpio2': HIGH (1)\n"


def test_a_held_output_that_somebody_else_sets_is_told(home, shell):
    holding = home.start("gpo", "gpio1", "high", "--hold", "--json")
    assert json.loads(holding.stdout.readline()) == {"net": "gpio1", "level": 1}
    assert holding.stderr.readline() == "Holding output state (Ctrl+C to release)...\n"
    assert shell("lager gpo gpio1 low")[0] == 0
    out, err = holding.communicate(timeout=30)
    assert (holding.returncode, out) == (4, "")
    assert err == (
        "Error: gpio1 was HIGH, and is LOW now.\n"
        "Try: somebody else has set it, or the instrument was switched off and on; set it again.\n"
    )


def test_a_net_that_is_not_there_is_told_with_those_that_are(shell):
    shell.check("""
$ lager supply suply1 voltage
Error: Net 'suply1' with role 'power-supply' not found.
Try: did you mean supply1? Available power-supply nets: supply1.
(status 3)
$ lager supply adc1 enable
Error: Net 'adc1' with role 'power-supply' not found: it is an adc net.
Try: `lager adc adc1`. Available power-supply nets: supply1.
(status 3)
$ lager gpi supply1
Error: Net 'supply1' with role 'gpio' not found: it is a power-supply net.
Try: `lager supply supply1`. Available gpio nets: gpio1, gpio2.
(status 3)
$ lager adc ''
Error: the name of the net is empty.
Try: see `lager nets` for those the bench has.
(status 2)
""")


@pytest.mark.parametrize("words", [("nets",), ("--help",), ("gpi", "--help")], ids=" ".join)
def test_where_nobody_reads_it_ends_quietly_as_other_commands_do(home, words):
    ours, theirs = os.pipe()
    os.close(ours)
    try:
        done = subprocess.run([LAGER, *words], stdout=theirs, stderr=subprocess.PIPE, env=home.env, text=True)
    finally:
        os.close(theirs)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


def test_a_default_net_is_meant_where_none_is_named(home, shell, tmp_path, monkeypatch):
    nets = {
        "dac": "dac1",
        "power_supply": "supply1",
        "battery": "battery1",
        "eload": "eload1",
        "adc": "adc1",
        "gpio": "gpio1",
    }
    (tmp_path / ".lager").write_text(
        json.dumps({"DEFAULTS": {f"net_{role}": net for role, net in (nets | {"watt_meter": "supply1"}).items()}})
    )
    monkeypatch.setenv("LAGER_CONFIG_FILE_DIR", str(tmp_path))
    shell.check("""
$ lager supply disable
[OK] Supply output disabled
$ lager supply voltage 3.3
[OK] Voltage set to 3.3V
$ lager supply --json voltage
{"net": "supply1", "setpoint": 3.3, "measured": 0.0}
$ lager supply disable
[OK] Supply output disabled
$ lager eload cc 100mA
Mode: CC, Current: 0.1 A
$ lager eload cc
Current: 0.1 A
$ lager adc --json
{"net": "adc1", "voltage": 0.0}
$ lager dac 1500mV
DAC 'dac1' set to: 1.500000 V
$ lager gpo low
GPIO 'gpio1' set to LOW
$ lager gpi
GPIO 'gpio1': LOW (0)
$ lager watt --json
{"net": "supply1", "power_w": 0.0}
$ lager watt power --json
{"net": "supply1", "power_w": 0.0}
""")
    status, out, _ = shell("lager supply")
    assert (status, out.splitlines()[-1].split()[:2]) == (0, ["supply1", "power-supply"])
    (tmp_path / ".lager").write_text(json.dumps({"DEFAULTS": {"net_adc": 3}}))
    status, _, err = shell("lager adc")
    assert (status, "net_adc in " in err, "which is no text" in err) == (2, True, True)
