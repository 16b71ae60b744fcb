"""Scripts' nets on a simulated bench of one's own: a raw SCPI socket and two Modbus devices, no USB."""

import subprocess
import sys
from pathlib import Path

import pytest
from ownbench import Bench, Process, environment

from lager import errors, wire
from lager.proxies import PROXIES

DESCRIPTION = """
[instruments]
psu = { model = "Rigol_DP832", serial = "DP8C1", lan = true }
left = { model = "LabJack_T7", serial = "470010001" }
right = { model = "LabJack_T7", serial = "470010002" }
[nets]
vcc = { role = "power-supply", at = "psu.1" }
vdd = { role = "power-supply", at = "psu.2" }
sense_left = { role = "adc", at = "left.AIN0" }
sense_right = { role = "adc", at = "right.AIN0" }
[rails]
board = { source = "psu.1", load = 10.0 }
[inputs]
"left.AIN0" = { from = "board" }
"right.AIN0" = { from = "board", part = 0.5 }
"""


class Own:
    def __init__(self, folder):
        self.folder, self.env = folder, environment(folder)
        self.description = folder / "mine.toml"
        self.description.write_text(DESCRIPTION)
        self.start()
        nets = wire.from_json(Path(self.ready["bench"]).read_bytes(), list[wire.NetRecord])
        self.bench = Bench(folder, nets)

    def start(self, *words):
        words = ["--state", self.folder, "--description", self.description, *words]
        self.process = Process("lager_drivers.simulated", *words, env=self.env)
        self.ready = self.process.report("ready")

    def net(self, name, role="power-supply"):
        return PROXIES[role](self.bench.hardware.net(name, role), self.bench.hardware)

    def close(self):
        self.bench.close()
        self.process.close()


@pytest.fixture
def own(tmp_path):
    one = Own(tmp_path)
    yield one
    one.close()


def test_a_socket_is_as_good_as_usb_and_there_may_be_several_labjacks(own):
    assert Path(own.ready["bench"]).name == "simulated-mine.toml.json"
    vcc, vdd = own.net("vcc"), own.net("vdd")
    vcc.set_voltage(4.0)
    vcc.set_current(1.0)
    vcc.enable()
    assert vcc.state().current == pytest.approx(0.4, abs=0.01)
    assert own.net("sense_left", "adc").input() == pytest.approx(4.0, abs=0.01)
    assert own.net("sense_right", "adc").input() == pytest.approx(2.0, abs=0.01)
    assert not vdd.output_is_enabled()
    with pytest.raises(errors.OutOfRange):
        vdd.set_voltage(99)


def test_an_unplugged_one_is_gone_and_back_when_it_is(own):
    vcc = own.net("vcc")
    vcc.set_voltage(4.0)
    own.bench.happens("unplug", "vcc")
    for _ in range(2):
        with pytest.raises(errors.InstrumentGone, match=r"Rigol_DP832 at TCPIP0::127\.0\.0\.1::"):
            vcc.voltage()
    with pytest.raises(errors.InstrumentGone):
        vcc.set_voltage(5.0)
    own.bench.happens("replug", "vdd")
    assert vcc.get_voltage_setpoint() == 4.0
    own.bench.happens("power-cycle", "vcc")
    with pytest.raises(errors.InstrumentRestarted):
        vcc.set_voltage(5.0)
    assert vcc.get_voltage_setpoint() == 0.0


def test_what_is_under_way_is_asked_again_if_it_reads(own):
    vcc = own.net("vcc")
    vcc.set_voltage(4.0)
    own.bench.happens("garble", "vcc", 1)
    assert vcc.get_voltage_setpoint() == 4.0
    own.bench.happens("hold", "vcc")
    with pytest.raises(errors.InstrumentGone):
        vcc.get_voltage_setpoint()
    own.bench.happens("release", "vcc")
    assert vcc.get_voltage_setpoint() == 4.0


def test_started_again_it_is_at_the_same_ports(own):
    assert own.net("vdd").get_voltage_setpoint() == 0.0
    ports = own.ready["tcp_ports"]
    assert set(ports) == {"psu", "left", "right"}
    own.process.kill()
    own.start(*(f"--tcp-port={name}={port}" for name, port in ports.items()))
    assert own.ready["tcp_ports"] == ports
    with pytest.warns(errors.InstrumentRestartedWarning):  # its simulator is a new one
        assert own.net("vdd").get_voltage_setpoint() == 0.0
    assert own.net("sense_left", "adc").input() == pytest.approx(0.0, abs=0.01)


def test_a_wrong_description_is_told_to_the_box_and_in_the_log(tmp_path):
    description = tmp_path / "mine.toml"
    description.write_text(DESCRIPTION.replace("DP832", "DP833"))
    command = [sys.executable, "-m", "lager_drivers.simulated", "--state", tmp_path, "--description", description]
    with subprocess.Popen(
        command,
        env=environment(tmp_path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        said, log = process.communicate(timeout=30)
    report = wire.from_json(said, dict[str, str])
    assert (process.returncode, report["event"], report["code"]) == (2, "failed", "usage")
    assert report["what"].startswith(f"{description}: instruments.psu.model: ")
    assert report["what"] in log
    assert "Traceback" not in log
