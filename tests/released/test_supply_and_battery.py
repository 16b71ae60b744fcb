"""Released clients' `supply` and `battery`: values, limits, questions, refusals, and the instrument that is both."""

import re

import pytest

BENCH = "net_commands.toml"
PLAIN = re.compile(r"\x1b\[[0-9;]*m")
HOLE = "Net 'nosuch' not found. Create it with 'lager nets create'."
SUPPLY = [  # what is typed, and what is said
    ("voltage 3.3 --yes", "Voltage set to 3.3V"),
    ("voltage", "Voltage setpoint: 3.3V"),
    ("current 0.5 --yes", "Current limit set to 0.5A"),
    ("voltage 3 --ocp 1 --ovp 5 --yes", "Voltage set to 3.0V, OVP limit set to 5.0V, OCP limit set to 1.0A"),
    ("set", "Power supply mode set"),
    ("enable --yes", "Supply output enabled"),
    ("clear-ocp", "OCP trip cleared"),
    ("disable --yes", "Supply output disabled"),
]
BATTERY = [
    ("set", "Battery simulator mode initialized"),
    ("mode static", "Mode set to static"),
    ("soc 55", "SOC set to 55.0%"),
    ("soc", "SOC: 55.0%"),
    ("batt-full 4.2", "Battery full voltage set to 4.2V"),
    ("batt-empty 3", "Battery empty voltage set to 3.0V"),
    ("capacity 2", "Capacity set to 2.0Ah"),
    ("current-limit 2", "Current limit set to 2.0A"),
    ("model", "Model: LI_ION4_2"),
    ("enable --yes", "Battery output enabled"),
    ("clear", "Protection trips cleared"),
    ("disable --yes", "Battery output disabled"),
]


def said(client, line):
    """Run a command at the box; give its exit status and what it printed, without colours."""
    done = client.run(*line.split(), "--box", "bench")
    assert "Traceback" not in done.stdout + done.stderr, done
    return done.returncode, PLAIN.sub("", (done.stdout + done.stderr)).strip()


def test_a_supply_is_set_and_read(client):
    for typed, message in SUPPLY:
        assert said(client, f"supply supply1 {typed}") == (0, f"[OK] {message}")
    status, state = said(client, "supply supply1 state")
    assert status == 0
    number = r"-?0\.000\dV/-?0\.000\dA"
    assert re.fullmatch(rf"\[OK\] Channel 1: OFF, Set: 3\.0V/0\.5A, Measured: {number}, OCP: 1\.0A, OVP: 5\.0V", state)


def test_a_supply_that_is_on_measures_what_its_load_draws(client):
    said(client, "supply supply1 voltage 2 --yes")
    said(client, "supply supply1 enable --yes")
    status, state = said(client, "supply supply1 state")
    said(client, "supply supply1 disable --yes")
    measured = re.search(r"ON, Set: 2\.0V/.*Measured: ([0-9.]+)V/([0-9.]+)A", state)
    assert status == 0, state
    assert measured, state
    assert float(measured[1]) == pytest.approx(2, rel=0.01)
    assert float(measured[2]) == pytest.approx(0.02, rel=0.05)


def test_what_a_supply_refuses_is_said_in_one_line_and_changes_nothing(client):
    said(client, "supply supply1 voltage 3 --yes")
    assert said(client, "supply supply1 voltage 50 --yes") == (1, "Error: Voltage 50.0V exceeds hardware limit 20.0V")
    status, words = said(client, "supply supply1 voltage 120 --yes")
    assert (status, words.splitlines()[0]) == (1, "Error: Voltage 120.0V exceeds maximum limit of 100.0V")
    assert said(client, "supply nosuch state") == (1, f"Error: {HOLE}")
    assert said(client, "supply battery1 state") == (1, "Error: Net 'battery1' is a 'battery' net, not 'power-supply'.")
    status, words = said(client, "supply nosuch voltage 3 --yes")
    assert status == 1
    assert "Available power-supply nets: supply1" in words
    status, words = said(client, "supply supply1 voltage x")
    assert status == 2
    assert "'x' is not a valid float" in words
    assert said(client, "supply supply1 voltage") == (0, "[OK] Voltage setpoint: 3.0V")


def test_it_is_asked_before_a_supply_is_set(client):
    said(client, "supply supply1 voltage 3 --yes")
    asked = "supply", "supply1", "voltage", "4", "--box", "bench"
    for typed, status, told in [("n\n", 0, "Aborting"), ("", 1, "Aborted!")]:
        done = client.run(*asked, typed=typed)
        assert done.returncode == status
        assert "Set voltage to 4.0 V? [y/N]" in done.stdout
        assert told in done.stdout + done.stderr
    assert said(client, "supply supply1 voltage") == (0, "[OK] Voltage setpoint: 3.0V")
    assert "Voltage set to 4.0V" in client.run(*asked, typed="y\n").stdout


def test_a_battery_is_set_and_read(client):
    for typed, message in BATTERY:
        assert said(client, f"battery battery1 {typed}") == (0, message)
    status, state = said(client, "battery battery1 state")
    assert status == 0
    assert state.startswith("Channel 1: OFF, Mode: static, Model: LI_ION4_2, SOC: 55.0%, Voltage: ")


def test_a_model_of_a_battery_is_kept_and_fetched(client):
    if client.version == "0.21.0":
        return  # it has no such commands
    points = [(round(3 + 0.1 * n, 1), round(0.2 - 0.01 * n, 2)) for n in range(11)]
    client.file("curve.csv", "".join(f"{voc},{ohm}\n" for voc, ohm in points))
    status, words = said(client, "battery battery1 model-create 3 --csv curve.csv --force")
    assert (status, words.splitlines()[0]) == (0, "Model saved in slot 3")
    assert said(client, "battery battery1 model-export 3 --csv back.csv")[0] == 0
    head, *rows = (client.folder / "back.csv").read_text().split()
    assert head == "voc,resistance"
    back = [tuple(map(float, row.split(","))) for row in rows]
    assert (len(back), back[0], back[-1]) == (101, points[0], points[-1])


def test_what_a_battery_refuses(client):
    assert said(client, "battery battery1 soc 120") == (1, "Error: SOC must be between 0 and 100%, got 120.0%")
    assert said(client, "battery nosuch state") == (1, f"Error: {HOLE}")
    assert said(client, "battery supply1 state") == (1, "Error: Net 'supply1' is a 'power-supply' net, not 'battery'.")


def test_a_connected_battery_is_set_up_as_ever_where_its_net_says_so(client, box):
    capacity = "battery battery1 capacity 3"
    for line in ("current-limit 1", "capacity 2", "soc 60", "enable --yes"):
        assert said(client, f"battery battery1 {line}")[0] == 0
    status, words = said(client, capacity)
    assert (status, "704" in words) == (1, True), words
    try:
        assert box.lager("nets", "set-while-connected", "battery1", "reconnect").returncode == 0
        assert said(client, capacity) == (0, "Capacity set to 3.0Ah")
        client.file(
            "old.py",
            "from lager import Net, NetType\n"
            "battery = Net.get('battery1', type=NetType.Battery)\n"
            "battery.set_capacity(4)\nbattery.set_ocp(2)\nbattery.set_soc(50)\nbattery.print_state()\n",
        )
        done = client.run("python", "old.py", "--box", "bench")
        assert done.returncode == 0, done
        assert "battery1: on, " in done.stdout + done.stderr
        status, state = said(client, "battery battery1 state")
        assert (status, state.startswith("Channel 1: ON, ")) == (0, True), state
        assert "SOC: 50.0%" in state
    finally:
        box.lager("nets", "set-while-connected", "battery1", "refuse")
        said(client, "battery battery1 disable --yes")


def test_an_output_that_is_on_keeps_the_instrument_in_its_role(client):
    said(client, "supply supply1 voltage 1 --yes")
    said(client, "supply supply1 enable --yes")
    status, words = said(client, "battery battery1 soc 20")
    said(client, "supply supply1 disable --yes")
    refused = "the 2281S is in use as a power supply and its output is on, so it cannot be a battery simulator"
    assert (status, words) == (1, f"Error: {refused}")


def test_the_nets_of_a_role_are_listed(client):
    status, table = said(client, "supply")
    assert status == 0
    assert re.search(r"supply1 +power-supply +Keithley_2281S +1 ", table)
    status, table = said(client, "battery")
    assert status == 0
    assert re.search(r"battery1 +battery +Keithley_2281S +1 ", table)


def test_a_net_is_diagnosed(client):
    good = {"0.21.0": "HEALTHY", "0.55.0": "REACHABLE"}[client.version]
    status, report = said(client, "diagnose supply1")
    assert status == 0
    assert report.startswith("lager diagnose — bench → supply1\n  NetType: power-supply    address: USB0")
    assert f"Classification: {good} — IDN: KEITHLEY INSTRUMENTS,MODEL 2281S" in report
    assert "lsof:         (not known: a USB/IP server does not say who has a device)(?)" in report
    assert "dmesg tail:   (dmesg unavailable: it is reached over usbip" in report
    status, report = said(client, "diagnose adc1")
    assert status == 0
    assert f"Classification: {good} — IDN: LabJack T7, serial number 470012345" in report
    status, words = said(client, "diagnose nosuch")
    assert status == 1
    assert "Net 'nosuch' not found on" in words
