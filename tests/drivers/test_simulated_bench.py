"""The bench's process: it says when it is ready, writes its file, ends with its box, and its ports can be reused."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
import sys

import pytest

from lager import settings, wire
from lager.lines import Lines
from lager_drivers.simulated import bench
from lager_drivers.simulated.bench import Ports
from lager_drivers.simulated.loopback import LOOPBACK
from lager_hwservice.transports.modbus import ModbusLink
from lager_hwservice.transports.visa import VisaLink

TOY_BENCH = """
import asyncio, pathlib, sys
from lager_drivers.simulated.bench import Bench, Ports, serve

class Toy:
    vendor, product, strings = 0x05E6, 0x2281, ("Maker", "Model", "4381218")
    def handle(self, line): return "TOY" if line == "*IDN?" else None
    def power_cycle(self): pass

class Memory:
    def read(self, address, count): return [0] * count
    def write(self, address, words): pass

def bench(on_use):
    print("a stray print must not look like a report")
    return Bench([Toy()], Memory(), on_use)

directory, usbip, modbus = sys.argv[1:]
asyncio.run(serve(bench, pathlib.Path(directory), Ports(int(usbip), int(modbus))))
"""


@pytest.fixture(autouse=True)
def state(tmp_path_factory, monkeypatch):
    """A state directory of one's own: the bench's control socket belongs to it."""
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path_factory.mktemp("state")))
    yield
    shutil.rmtree(settings.runtime_dir())


@contextlib.contextmanager
def running(directory, ports=Ports()):  # noqa: B008  # frozen
    arguments = [sys.executable, "-c", TOY_BENCH, str(directory), str(ports.usbip), str(ports.modbus)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def ready(process):
    report = json.loads(process.stdout.readline())
    assert report.pop("event") == "ready"
    return report


def test_ready_and_bench_file(tmp_path):
    with running(tmp_path) as process:
        report = ready(process)
        nets = wire.from_json((tmp_path / "simulated-bench.json").read_bytes(), list[wire.NetRecord])
        assert report["bench"] == str(tmp_path / "simulated-bench.json")
        assert [path.name for path in tmp_path.iterdir()] == ["simulated-bench.json"]
        by_name = {net.name: net for net in nets}
        assert len(by_name) == 18
        assert by_name["supply3"].pin == "2"
        assert by_name["supply1"].via == f"usbip://127.0.0.1:{report['usbip_port']}"
        assert by_name["adc4"] == wire.NetRecord(
            "adc4", "adc", "LabJack_T7", f"modbus-tcp://127.0.0.1:{report['modbus_port']}", "AIN3"
        )


@pytest.mark.parametrize("end", ["box", signal.SIGTERM, signal.SIGINT])
def test_ends_cleanly(tmp_path, end):
    with running(tmp_path) as process:
        ready(process)
        if end == "box":
            process.stdin.close()
        else:
            process.send_signal(end)
        assert process.wait(10) == 0
        assert b"Traceback" not in process.stderr.read()


def test_ports_of_a_killed_bench_can_be_bound_at_once(tmp_path):
    ports = Ports()
    for _ in range(2):
        with running(tmp_path, ports) as process:
            report = ready(process)
            usb = f"usbip://127.0.0.1:{report['usbip_port']}"
            assert ports in (Ports(), Ports(report["usbip_port"], report["modbus_port"]))
            ports = Ports(report["usbip_port"], report["modbus_port"])
            use = (
                "import sys; from lager_hwservice.transports.visa import VisaLink;"
                "link = VisaLink(sys.argv[1], sys.argv[2]); print(link.query('*IDN?'))"
            )
            asked = [sys.executable, "-c", use, bench.KEITHLEY[1], usb]
            assert subprocess.run(asked, check=True, capture_output=True, timeout=30).stdout == b"TOY\n"
            assert json.loads(process.stdout.readline()) == {"event": "active"}
            process.kill()  # with a connection in the making or just ended: TIME_WAIT is on this side
            process.wait(10)


def test_a_taken_port_is_said(tmp_path):
    with running(tmp_path) as first:
        taken = ready(first)["usbip_port"]
        with running(tmp_path, Ports(taken, 0)) as second:
            assert second.wait(10) != 0
            assert b"address already in use" in second.stderr.read()


def test_the_bench_itself(tmp_path):
    command = [sys.executable, "-m", "lager_drivers.simulated", "--state", str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            report = ready(process)
            with contextlib.closing(ModbusLink(LOOPBACK, report["modbus_port"])) as labjack:
                assert len(labjack.read(0, 2)) == 2
            for _, address in (bench.KEITHLEY, bench.RIGOL):
                via = f"usbip://{LOOPBACK}:{report['usbip_port']}"
                with contextlib.closing(VisaLink(address, via)) as link:
                    assert address.split("::")[3] in link.query("*IDN?")
            break_something()
            process.stdin.close()
            assert process.wait(10) == 0
            assert not settings.simulated_socket().exists()
        finally:
            process.kill()


def break_something():
    """Unplug the LabJack over the bench's own socket, which is for this user alone."""
    assert settings.simulated_socket().parent.stat().st_mode & 0o077 == 0
    with contextlib.closing(Lines(str(settings.simulated_socket()), 10)) as link:
        link.send(wire.ListSimulated(1))
        address = link.receive(wire.SimulatedReply).value[2]["address"]
        link.send(wire.Inject(2, "unplug", address))
        assert not link.receive(wire.SimulatedReply).value["plugged"]
        port = int(address.rpartition(":")[2])
        with pytest.raises(ConnectionRefusedError):
            ModbusLink(LOOPBACK, port)


def test_with_the_usb_in_the_kernel_the_bench_file_says_so(tmp_path):
    ports = Ports(5, 6)
    found = {}
    for in_kernel in (True, False):
        path = bench.write_bench(tmp_path, ports, in_kernel=in_kernel)
        found[in_kernel] = wire.from_json(path.read_bytes(), list[wire.NetRecord])
    assert found[False] == bench.nets(ports)
    assert {net.via for net in found[True]} == {""}
    assert [net.address for net in found[True]] == [net.address for net in found[False]]
