"""Released clients' commands of all other nets: 0.55 asks the box; 0.21 brings scripts of its own, which do not run."""

import json

import pytest

BENCH = "net_commands.toml"
BROUGHT = (
    "Error: this lager-cli does that with a script of its own ({}), written for the released box; with this box use "
    "lager-cli 0.55 or newer (pip install --upgrade lager-cli), or the box's own client\n"
)


def at(client, line, status=0):
    done = client.run(*line.split(), "--box", "bench")
    assert done.returncode == status, done
    assert "Traceback" not in done.stderr, done
    return done.stdout + done.stderr


def new(client):
    return client.version != "0.21.0"


def test_lines_of_the_t7(client):
    if not new(client):
        for line, script in [("adc adc1", "adc.py"), ("gpi gpio1", "gpio.py"), ("gpo gpio1 1", "gpio.py")]:
            assert at(client, line, 1) == BROUGHT.format(script)
        return
    assert at(client, "dac dac1 1.5").startswith("DAC 'dac1' set to 1.499")  # what it can be set to, next to 1.5
    assert json.loads(at(client, "dac dac1 --json"))["voltage"] == pytest.approx(1.5, abs=0.002)
    assert abs(json.loads(at(client, "adc adc1 --json"))["voltage"]) < 0.01
    assert at(client, "gpo gpio1 high") == "GPIO 'gpio1' set to HIGH\n"
    assert at(client, "gpi gpio2") == "GPIO 'gpio2': HIGH (1)\n"
    assert at(client, "gpi gpio2 --wait-for high --timeout 5").startswith("GPIO 'gpio2' reached level high in 0.0")
    assert at(client, "gpo gpio1 toggle") == "GPIO 'gpio1' toggled to LOW\n"
    late = "Error: Hardware error: GPIO 'gpio2' did not reach level 1 within 0.1s\n"
    assert at(client, "gpi gpio2 --wait-for high --timeout 0.1", 1) == late
    assert at(client, "thermocouple thermocouple1").startswith("Temperature: 23.")


def test_a_load(client):
    if not new(client):
        assert at(client, "eload eload1 state", 1) == BROUGHT.format("eload.py")
        return
    assert at(client, "eload eload1 cc 0.5") == "Mode: CC, Current: 0.5 A\n"
    assert at(client, "eload eload1 cc") == "Mode: CC, Current: 0.5 A\n"
    state = at(client, "eload eload1 state").splitlines()
    assert state[:3] == ["Electronic Load State:", "  Mode: CC", "  Input: Disabled"]
    assert [line.split(":")[0].strip() for line in state[3:]] == [
        "Measured Voltage",
        "Measured Current",
        "Measured Power",
    ]


SCOPE = [  # what is typed, and what is said
    ("enable", "Channel enabled"),
    ("scale 1", "Channel vertical scale set to 1 V/div"),
    ("coupling dc", "Channel coupling set to DC"),
    ("probe 10", "Channel probe attenuation set to 10x"),
    ("timebase 5e-4", "Timebase set to 0.0005 s/div"),
    ("start", "Capture started"),
    ("measure freq", "Frequency: 1000 Hz"),
    ("measure period", "Period: 0.001 s"),
    ("measure duty-cycle-pos", "Duty cycle (+): 50.00%"),
    ("start --single", "Single capture started"),
    ("force", "Trigger forced"),
    ("stop", "Capture stopped"),
    ("disable", "Channel disabled"),
]


def test_an_oscilloscope(client):
    if not new(client):
        words = at(client, "scope scope1 start", 1)
        assert words.endswith("; with this box use `lager scope` of the box's own client\n")
        return
    for typed, said in SCOPE:
        assert at(client, f"scope scope1 {typed}") == f"[OK] {said}\n"
    assert at(client, "scope scope1 measure vpp").startswith("[OK] Vpp: 3.")
    refused = "Error: Unknown action 'get_trigger' for role 'scope': use `lager scope` of the box's own client\n"
    assert at(client, "scope scope1 trigger", 1) == refused


def test_a_net_that_is_not_there(client):
    words = at(client, "adc acd1", 1)
    assert words == "Error: Net 'acd1' with role 'adc' not found\nAvailable adc nets: adc1\n"
    assert at(client, "watt") == "No watt meter nets found on this box.\n"


def test_nets_are_listed_added_renamed_described_and_deleted(client):
    listed = at(client, "nets")
    assert "├── battery1" in listed
    assert "└── supply1" in listed
    address = next(line for line in listed.splitlines() if line.startswith("LabJack T7"))[12:-1]
    assert at(client, f"nets add level gpio MIO2 {address}").startswith("Saved new net 'level' on ")
    again = f"nets add level gpio MIO1 {address}"
    assert "A net named 'level' already exists. Net names must be globally unique." in at(client, again, 1)
    assert at(client, "nets rename level door").startswith("Renamed 'level' → 'door' on box")
    describe = "--purpose" if new(client) else "--description"
    assert at(client, f"nets describe door {describe} seal").startswith("Updated metadata for net 'door'")
    shown = at(client, "nets show door")
    assert shown.startswith(
        f"Net: door\n  Type:       gpio\n  Instrument: LabJack_T7\n  Channel:    MIO2\n  Address:    {address}"
    )
    assert "seal" in shown
    assert at(client, "nets delete door gpio --yes").startswith("Deleted 'door' (gpio)")
    assert "door" not in at(client, "nets")


def test_a_net_of_an_instrument_over_usb_is_added_and_answers(client, box):
    address = next(line for line in at(client, "nets").splitlines() if "DL3021" in line).split("[")[1].rstrip("]")
    assert at(client, "nets delete eload1 eload --yes").startswith("Deleted 'eload1'")
    assert at(client, f"nets add eload1 eload 1 {address}").startswith("Saved new net 'eload1'")
    assert box.lager("eload", "eload1", "state").returncode == 0


def test_instruments_are_listed(client):
    table = at(client, "instruments")
    assert "Keithley_2281S" in table
    assert "battery: 1" in table
    assert "thermocouple: AIN0" in table


def test_how_all_nets_are(client):
    if not new(client):
        return  # it has no such command
    listed = at(client, "nets state")
    assert "gpio1" in listed
    assert "HIGH (1)" in listed or "LOW (0)" in listed


def test_the_lock_around_a_command_is_given_back(client, box):
    assert at(client, "supply supply1 voltage 1 --yes") == "[OK] Voltage set to 1.0V\n"
    ours = box.lager("supply", "supply1", "voltage", "2", "--yes", env={"LAGER_USER": "bob"})
    assert ours.returncode == 0, ours
