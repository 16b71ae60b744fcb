"""`lager instruments test`, and nets that scripts save, with the whole product."""

import json

import pytest


@pytest.fixture(autouse=True, scope="module")
def _started(home):
    home.lager("nets")  # whichever test comes first: its own command need not tell of the box's start


def test_a_supply_passes_and_stays_as_it_is(home):
    assert home.lager("supply", "supply1", "voltage", "1.5", "--yes").returncode == 0
    before = home.lager("supply", "supply1", "state").stdout
    done = home.lager("instruments", "test", "supply1")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("supply1: power-supply, channel 1 of the Keithley_2281S [USB0::0x05E6::0x2281::")
    assert lines[1].startswith("It says it is: KEITHLEY INSTRUMENTS,MODEL 2281S")
    assert lines[3].split() == ["Read", "Value", "Unit", "Time"]
    assert any(line.split()[:3] == ["get_voltage_setpoint", "1.5", "V"] for line in lines)
    assert any(line.split() == ["power", "is", "voltage", "times", "current", "ok"] for line in lines)
    assert lines[-1].startswith("PASSED: supply1, ")
    assert home.lager("supply", "supply1", "state").stdout.partition("Measured")[0] == before.partition("Measured")[0]


def test_the_facts(home):
    done = home.lager("instruments", "test", "adc1", "--json")
    facts = json.loads(done.stdout)
    assert done.returncode == 0
    assert facts["passed"] is True
    assert facts["net"]["name"] == "adc1"
    assert facts["identity"].startswith("LabJack T7")
    (reading,) = facts["readings"]
    assert (reading["name"], reading["units"], reading["error"]) == ("input", {"": "V"}, None)
    assert isinstance(reading["value"], float)
    assert reading["seconds"] > 0
    assert facts["checks"] == [{"rule": "every number is finite", "wrong": ""}]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["adc99"], 3, "Error: Invalid Net: adc99.\nTry: see `lager nets` for those the bench has. Did you mean adc"),
        (["qqq"], 3, "Error: Invalid Net: qqq.\nTry: see `lager nets` for those the bench has.\n"),
        (["adc1", "--type", "dac"], 3, "Error: adc1 is no dac net.\nTry: it is adc: leave --type out, or give that.\n"),
        (["spi1"], 2, "Error: spi1 is spi, and such nets cannot be called by this version.\nTry: update lager.\n"),
        (["adc1", "--box", "127.0.0.1:1"], 5, "Error: the box at 127.0.0.1:1 does not answer: connection refused.\n"),
        ([], 2, "Usage: lager instruments test"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else None,
)
def test_what_cannot_be_tested(home, words, status, said):
    if words == ["spi1"]:
        save = (
            "from lager import Net\nNet.save_local_net({'name': 'spi1', 'role': 'spi', 'instrument': 'LabJack_T7'})\n"
        )
        assert home.lager("python", home.script(save)).returncode == 0
    done = home.lager("instruments", "test", *words)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith(said)


def test_a_net_that_cannot_be_read_fails(home):
    save = "from lager import Net\nnet = Net.filter_nets(Net.get_local_nets(), 'adc1')[0]\n"
    save += "Net.save_local_net({**net, 'name': 'adc77', 'pin': 'AIN77'})\n"
    assert home.lager("python", home.script(save)).returncode == 0
    done = home.lager("instruments", "test", "adc77")
    assert (done.returncode, done.stderr) == (4, "")
    assert done.stdout.splitlines()[-3:-1] == [
        "FAILED: adc77, 1 of 1 read and 1 check:",
        "  input: a LabJack T7 has no adc pin 'AIN77'",
    ]
    assert done.stdout.splitlines()[-1].startswith("Try: its adc pins are AIN0, AIN1, ")


def test_one_that_is_unplugged_is_one_clear_error(home):
    assert home.lager("sim", "unplug", "supply2").returncode == 0
    done = home.lager("instruments", "test", "supply2")
    assert home.lager("sim", "clear", "supply2").returncode == 0
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("Error: the Rigol_DP821 at ")
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["Error:", "Instrument", "Try:", "The", "`lager"]


def test_a_saved_net_outlives_the_simulated_bench(home):
    script = home.script(
        "from lager import Net, NetType\n"
        "adc = Net.get('adc1', NetType.ADC)\n"
        "Net.save_local_net({'name': 'VBAT', 'role': NetType.ADC, 'instrument': adc.device, 'address': adc.address,\n"
        "                    'pin': 'AIN0', 'tags': ['mine']})\n"
        "print(Net.get('VBAT', NetType.ADC).input() < 1)\n"
    )
    done = home.lager("python", script)
    assert (done.returncode, done.stdout) == (0, "True\n")
    assert home.lager("box", "stop", "--force").returncode == 0
    assert home.lager("adc", "VBAT").stdout.startswith("ADC 'VBAT': ")
    script = home.script("from lager import Net\nprint(Net.filter_nets(Net.get_local_nets(), 'VBAT')[0]['tags'])\n")
    assert home.lager("python", script).stdout == "['mine']\n"


def test_an_instrument_of_one_role_at_a_time_is_left_in_its_role(home):
    assert home.lager("supply", "supply1", "state").returncode == 0
    refused = home.lager("instruments", "test", "battery1")
    assert (refused.returncode, refused.stdout) == (4, "")
    assert refused.stderr.startswith("Error: the Keithley_2281S at USB0::0x05E6::0x2281::4381218::INSTR is set up as ")
    assert " a power-supply, and was left so: " in refused.stderr
    assert "--yes" in refused.stderr
    assert home.lager("instruments", "test", "supply1").returncode == 0
    assert home.lager("instruments", "test", "battery1", "--yes").returncode == 0
    assert home.lager("instruments", "test", "supply1").returncode == 4
    assert home.lager("instruments", "test", "supply1", "--yes").returncode == 0
