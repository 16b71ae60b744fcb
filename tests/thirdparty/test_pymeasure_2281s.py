"""The simulated 2281S as pymeasure's driver meets it, on the raw socket and on USB over USB/IP.

Pages are of the reference manual, 077114601.
"""

import random
import socket
import warnings

import pytest
from pymeasure.adapters import VISAAdapter
from pymeasure.instruments.keithley import Keithley2281S

from lager_drivers.keithley_2281s.simulator import simulate
from lager_drivers.simulated.circuit import Circuit, Rail, Wires
from lager_drivers.simulated.simulation import Simulation
from lager_drivers.simulated.wiring import Wiring


class Bench:
    """A 2281S with a cell at its terminals, and a clock that goes on a little at each look."""

    vendor, product = 0x05E6, 0x2281

    def __init__(self):
        self.now = 0.0
        self.rail = Rail(load=100.0)
        self.circuit = Circuit(random.Random(5), {"A": self.rail}, {}, Wires(outputs={"it.1": "A"}))
        self.instrument = simulate(
            Simulation("Keithley_2281S", "4518305", Wiring(self.circuit, "it"), lambda: self.now, {})
        )
        self.strings = self.instrument.strings
        self.cell = None

    def handle(self, line):
        """Pass a line on; what a test of a battery takes hours for is over when it is answered."""
        answer = self.instrument.handle(line)
        self.now += 0.1
        if self.cell is not None and line.endswith((":BATT:OUTP 1", "EXEC START")):
            for _ in range(600):
                self.now += 2
                self.circuit.settle()
        return answer

    def power_cycle(self):
        self.instrument.power_cycle()

    def connect_cell(self):
        """Connect a cell of 50 mAh, half full."""
        self.rail.load = 0.1
        self.cell, self._seen = 0.5, self.now
        self.circuit.follow(self._charge)
        self._charge()

    def _charge(self):
        seconds, self._seen = self.now - self._seen, self.now
        if self.rail.source.on:
            self.cell = min(max(self.cell + self.rail.point().amps * seconds / 3600 / 0.05, 0.0), 1.0)
        self.rail.back_emf = 3.0 + 1.2 * self.cell


@pytest.fixture
def bench():
    return Bench()


@pytest.fixture(params=["usb", "socket"])
def keithley(request, bench, servers):
    if request.param == "usb":
        resource, more = servers.usb(bench), {}
    else:
        resource, more = f"TCPIP0::127.0.0.1::{servers.socket(bench)}::SOCKET", {"read_termination": "\n"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # pymeasure's own, of its later versions
        adapter = VISAAdapter(resource, visa_library="@py", write_termination="\n", timeout=5000, **more)
        adapter.connection.chunk_size = 1 << 20  # pyvisa-py cuts longer answers on USB-TMC: a full buffer is 150 kB
        found = Keithley2281S(adapter)
    yield found
    found.check_errors()
    adapter.close()


def test_it_is_who_it_is_and_starts_as_a_power_supply(keithley):
    assert keithley.id == "KEITHLEY INSTRUMENTS,MODEL 2281S-20-6,4518305,01.08b"  # 7-4
    assert keithley.function_mode == "POWER"
    assert keithley.line_frequency == 50
    assert keithley.complete == "1"
    assert int(keithley.status) == 0
    keithley.clear()
    assert keithley.next_error[0] == 0


def test_the_power_supply(keithley, bench):
    keithley.reset()
    supply = keithley.ps
    supply.voltage_setpoint = 3.3
    supply.current_limit = 0.5
    supply.voltage_limit = 10
    supply.power_line_cycles = 0.1
    assert (supply.voltage_setpoint, supply.current_limit, supply.voltage_limit) == (3.3, 0.5, 10)
    assert supply.power_line_cycles == 0.1
    assert supply.output_enabled is False
    supply.output_enabled = True
    assert supply.output_enabled is True
    assert bench.rail.point().volts == pytest.approx(3.3)
    assert keithley.measurement_ongoing is False  # switching on ended it
    keithley.write(":INIT:CONT ON")
    assert keithley.measurement_ongoing is True
    assert keithley.reading_available is True
    data = keithley.buffer_data
    assert list(data) == ["current", "voltage", "time"]
    assert data["voltage"].iloc[-1] == pytest.approx(3.3, abs=1e-3)
    assert data["current"].iloc[-1] == pytest.approx(0.033, abs=1e-4)
    assert data["time"].is_monotonic_increasing
    keithley.write(":ABOR;:TRAC:CLE")
    assert keithley.reading_available is False
    assert len(supply.buffer_data) == 0
    supply.output_enabled = False
    assert supply.output_enabled is False  # answered, so what was sent before it has been done
    assert bench.rail.source.on is False


def test_the_buffer(keithley):
    keithley.buffer_points = 100
    assert keithley.buffer_points == 100
    keithley.config_buffer(20)
    assert keithley.buffer_points == 20
    assert keithley.is_buffer_full() is False
    keithley.display_text_data = "Hello, bench; 24 letters"
    keithley.reset_buffer()
    keithley.start_buffer()
    assert len(keithley.ps.buffer_data) > 0
    keithley.stop_buffer()
    keithley.disable_buffer()
    assert "FILTER_SETTLED" in repr(keithley.summary_event)  # its `name` is None before Python 3.11


def test_the_battery_simulator(keithley, bench):
    keithley.function_mode = "SIMULATOR"
    assert keithley.function_mode == "SIMULATOR"
    battery = keithley.bs
    battery.capacity_limit = 0.01
    battery.current_limit = 1
    battery.resistance_offset = 0.05
    battery.voc_full = 4.1
    battery.voc_empty = 3.1
    battery.soc_setpoint = 50
    assert (battery.capacity_limit, battery.current_limit, battery.resistance_offset) == (0.01, 1, 0.05)
    assert (battery.voc_full, battery.voc_empty, battery.soc_setpoint) == (4.1, 3.1, 50)
    assert battery.voc_setpoint == pytest.approx(3.6)
    assert battery.current_capacity == 0.005
    assert battery.dynamic_soc is True
    battery.dynamic_soc = False
    assert battery.dynamic_soc is False
    battery.voc_setpoint = 4.1
    assert battery.soc_setpoint == 100
    battery.dynamic_soc = True
    assert battery.output_enabled is False
    battery.output_enabled = True
    assert battery.output_enabled is True
    bench.now += 60
    assert battery.soc_setpoint < 100
    data = keithley.buffer_data
    assert list(data) == ["voltage", "current", "soc", "resistance", "time"]
    assert data["soc"].iloc[-1] < data["soc"].iloc[0]
    assert data["resistance"].iloc[-1] == pytest.approx(0.119, abs=2e-3)
    assert data["voltage"].iloc[-1] == pytest.approx(bench.rail.point().volts, abs=1e-3)
    battery.output_enabled = False
    assert len(battery.buffer_data) >= 0


def test_a_running_battery_refuses_what_the_manual_says(keithley):
    keithley.function_mode = "SIMULATOR"
    keithley.bs.output_enabled = True
    keithley.bs.capacity_limit = 1
    assert keithley.next_error[:1] == [704]  # 7-38
    keithley.bs.soc_setpoint = 20  # 7-46
    assert keithley.bs.soc_setpoint == 20
    keithley.bs.output_enabled = False


def test_models_are_saved_recalled_and_carried_on_a_usb_stick(keithley):
    values = ",".join(f"{3 + n / 100:g}" for n in range(101))
    keithley.write(f':BATT:MOD3:VOC "{values}"')  # 7-30
    keithley.write(f':BATT:MOD3:RES "{",".join(["0.1"] * 101)}"')
    keithley.write(":BATT:MOD:SAVE:INTE 3")
    keithley.bt.save_model_to_usb(3, "mine")
    keithley.bs.load_model_from_usb(4, "mine")
    keithley.function_mode = "SIMULATOR"
    keithley.bs.select_model_internal = 4
    assert keithley.ask(":BATT:MOD:RCL?").strip() == "4"
    assert keithley.bs.voc_full == 4


def test_a_battery_under_test(keithley, bench):
    keithley.function_mode = "TEST"
    test = keithley.bt
    test.charge_voltage_setpoint = 3.1
    test.charge_voltage_limit = 4.1
    test.charge_current_limit = 0.5
    test.termination_current = 0.05
    assert (test.charge_voltage_setpoint, test.charge_voltage_limit) == (3.1, 4.1)
    assert (test.charge_current_limit, test.termination_current) == (0.5, 0.05)
    assert test.output_enabled is False
    bench.connect_cell()
    test.test_control = "START"
    assert test.output_enabled is False  # the end current was reached meanwhile
    data = keithley.buffer_data
    assert list(data) == ["voltage", "current", "resistance", "capacity", "time"]
    assert data["capacity"].iloc[-1] == pytest.approx(0.05 * (4.1 - 3.6) / 1.2, abs=2e-3)
    test.test_control = "STOP"


def test_a_battery_is_characterized_and_its_model_simulated(keithley, bench):
    bench.connect_cell()
    keithley.characterize(3.1, 4.1, 0.5, memory_slot=5)
    assert keithley.measurement_ongoing is False
    keithley.function_mode = "SIMULATOR"
    keithley.bs.select_model_internal = 5
    assert keithley.bs.voc_empty == pytest.approx(3.15, abs=0.02)
    assert keithley.bs.voc_full == pytest.approx(4.05, abs=0.02)
    assert float(keithley.ask(":BATT:SIM:RES?")) == pytest.approx(0.1)


def test_the_raw_socket_ends_lines_by_a_line_feed(bench, servers):
    with socket.create_connection(("127.0.0.1", servers.socket(bench)), 5) as line:
        line.sendall(b":OUTP:PROT:TRIP?;:VOLT:PROT?\n")
        assert line.recv(64) == b"NONE;21\n"  # 7-112, 7-129
