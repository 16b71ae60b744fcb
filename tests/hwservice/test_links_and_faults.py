"""The transports on a simulated bench that is broken on purpose: no answer is taken for another, or for a value."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pytest
from ownbench import Process, environment
from pyvisa.errors import VisaIOError

from lager import settings, wire
from lager_drivers.labjack_t7 import registers as at
from lager_hwservice import benchreading
from lager_hwservice.simulated import Simulations
from lager_hwservice.transports.modbus import ModbusLink
from lager_hwservice.transports.visa import VisaLink

IDN = "RIGOL TECHNOLOGIES,DP821A,DP8G235000146,00.01.14"


class Broken:
    def __init__(self, nets):
        self.net = {net.name: net for net in nets.nets}
        self._way = Simulations(lambda: nets)

    def sim(self, action, net="supply2", value=None):
        return self._way.inject(action, net, value)

    def visa(self, timeout=5.0):
        net = self.net["supply2"]
        return contextlib.closing(VisaLink(net.address, net.via, timeout))

    def modbus(self, timeout=5.0):
        port = int(self.net["adc1"].address.rpartition(":")[2])
        return contextlib.closing(ModbusLink("127.0.0.1", port, timeout))


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    env = environment(folder)
    one = Process("lager_drivers.simulated", "--state", folder, env=env)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAGER_STATE_DIR", env["LAGER_STATE_DIR"])
        yield one.report("ready")["bench"]
        one.close()
        shutil.rmtree(settings.runtime_dir())


@pytest.fixture
def broken(process):
    one = Broken(benchreading.load(Path(process)))
    yield one
    for net in ("supply2", "adc1"):
        one.sim("clear", net)


def test_a_late_answer_is_never_the_next_ones(broken):
    broken.sim("delay", value=0.3)
    with broken.visa(0.1) as link, pytest.raises(VisaIOError):
        link.query("*IDN?")
    with broken.visa() as link:
        assert link.query(":SOUR1:VOLT?") == "0.000"
        assert link.query(":OUTP? CH1") == "OFF"


def test_a_late_answer_of_the_labjack_neither(broken):
    broken.sim("delay", "adc1", 0.3)
    with broken.modbus(0.1) as link, pytest.raises(TimeoutError):
        link.read(at.SERIAL_NUMBER, 2)
    with broken.modbus() as link:
        assert link.read(at.PRODUCT_ID, 2) == at.float_words(7.0)
        assert link.read(at.SERIAL_NUMBER, 2) == at.long_words(470_012_345)


def test_a_garbled_answer_is_no_answer(broken):
    with broken.visa() as link:
        assert link.query("*IDN?") == IDN
        broken.sim("garble")
        assert not link.query("*IDN?").isascii()
        assert link.query("*IDN?") == IDN


def test_garbled_registers_are_no_answer(broken):
    broken.sim("garble", "adc1", 3)
    for _ in range(3):
        with broken.modbus(0.1) as link, pytest.raises(TimeoutError):
            link.read(at.SERIAL_NUMBER, 2)
    with broken.modbus() as link:
        assert link.read(at.SERIAL_NUMBER, 2) == at.long_words(470_012_345)


def test_half_an_answer_is_no_answer(broken):
    broken.sim("garble", value=2)
    with broken.visa(0.2) as link:
        link.query("*IDN?")
        with pytest.raises(VisaIOError):
            link.query("*IDN?")
    with broken.visa() as link:
        assert link.query("*IDN?") == IDN


def test_a_stall_is_over_with_the_next_session(broken):
    with broken.visa() as link:
        broken.sim("stall")
        with pytest.raises((OSError, ValueError)):  # pyvisa-py's ways to say it
            link.query("*IDN?")
    with broken.visa() as link:
        assert link.query("*IDN?") == IDN


def test_an_answer_longer_than_any_transfer_comes_whole(broken):
    with broken.visa(30.0) as link:
        assert link.query(";".join(["*IDN?"] * 4000)) == ";".join([IDN] * 4000)


def test_wire_messages_say_what_is_on(broken):
    broken.sim("delay", value=0.25)
    assert isinstance(broken.sim("wedge"), wire.Simulated)
    assert broken.sim("garble").faults == ["wedged", "delay 0.25 s", "garble 1"]
