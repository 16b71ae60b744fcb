"""The bench's process: it says when it is ready, writes its file, ends with its box, and its ports can be reused."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import signal
import subprocess
import sys

import pytest

from lager import settings, wire
from lager.lines import Lines
from lager_drivers.simulated import description, instruments
from lager_drivers.simulated.bench import Bench, Ports
from lager_drivers.simulated.loopback import LOOPBACK
from lager_hwservice.transports.modbus import ModbusLink
from lager_hwservice.transports.visa import VisaLink

TOY_BENCH = """
import asyncio, pathlib, sys
from lager_drivers.simulated.bench import Bench, Ports, serve
from lager_drivers.simulated.description import Net
from lager_drivers.simulated.instruments import Simulator

class Toy:
    vendor, product, strings = 0x05E6, 0x2281, ("Maker", "Model", "4381218")
    def handle(self, line): return "TOY" if line == "*IDN?" else None
    def power_cycle(self): pass

class Memory:
    def read(self, address, count): return [0] * count
    def write(self, address, words): pass

def bench(on_use):
    print("a stray print must not look like a report")
    toys = [Simulator("toy", "Toy_1", "usb", Toy()), Simulator("wired", "Toy_1", "scpi", Toy())]
    nets = [Net("supply1", "power-supply", "toy", "1"), Net("adc1", "adc", "memory", "AIN0", "of the toy")]
    return Bench([*toys, Simulator("memory", "Memory_1", "modbus", Memory())], nets, on_use)

file, usbip, wired, memory = sys.argv[1:]
asyncio.run(serve(bench, pathlib.Path(file), Ports(int(usbip), {"wired": int(wired), "memory": int(memory)})))
"""


@pytest.fixture(autouse=True)
def state(tmp_path_factory, monkeypatch):
    """A state directory of one's own: the bench's control socket belongs to it."""
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path_factory.mktemp("state")))
    yield
    shutil.rmtree(settings.runtime_dir())


@contextlib.contextmanager
def running(directory, ports=(0, 0, 0)):
    arguments = [sys.executable, "-c", TOY_BENCH, str(directory / "toys.json"), *map(str, ports)]
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
        nets = wire.from_json((tmp_path / "toys.json").read_bytes(), list[wire.NetRecord])
        assert report["bench"] == str(tmp_path / "toys.json")
        assert {path.name for path in tmp_path.iterdir()} <= {"toys.json", "toys.json.lock"}
        via = f"usbip://127.0.0.1:{report['usbip_port']}"
        address = f"modbus-tcp://127.0.0.1:{report['tcp_ports']['memory']}"
        assert nets == [
            wire.NetRecord("supply1", "power-supply", "Toy_1", "USB0::0x05E6::0x2281::4381218::INSTR", "1", via),
            wire.NetRecord("adc1", "adc", "Memory_1", address, "AIN0", description="of the toy"),
        ]


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
    ports = (0, 0, 0)
    for _ in range(2):
        with running(tmp_path, ports) as process:
            report = ready(process)
            usb = f"usbip://127.0.0.1:{report['usbip_port']}"
            now = (report["usbip_port"], report["tcp_ports"]["wired"], report["tcp_ports"]["memory"])
            assert ports in ((0, 0, 0), now)
            ports = now
            use = (
                "import sys; from lager_hwservice.transports.visa import VisaLink;"
                "link = VisaLink(sys.argv[1], sys.argv[2]); print(link.query('*IDN?'))"
            )
            asked = [sys.executable, "-c", use, "USB0::0x05E6::0x2281::4381218::INSTR", usb]
            assert subprocess.run(asked, check=True, capture_output=True, timeout=30).stdout == b"TOY\n"
            assert json.loads(process.stdout.readline()) == {"event": "active"}
            process.kill()  # with a connection in the making or just ended: TIME_WAIT is on this side
            process.wait(10)


def test_a_taken_port_is_said(tmp_path):
    with running(tmp_path) as first:
        taken = ready(first)["usbip_port"]
        with running(tmp_path, (taken, 0, 0)) as second:
            assert second.wait(10) != 0
            assert b"address already in use" in second.stderr.read()


def test_the_bench_itself(tmp_path):
    command = [sys.executable, "-m", "lager_drivers.simulated", "--state", str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            report = ready(process)
            with contextlib.closing(ModbusLink(LOOPBACK, report["tcp_ports"]["labjack"])) as labjack:
                assert len(labjack.read(0, 2)) == 2
            nets = wire.from_json((tmp_path / "simulated-bench.json").read_bytes(), list[wire.NetRecord])
            on_usb = {net.address: net.via for net in nets if net.via}
            assert len(on_usb) == sum(one.way == "usb" for one in description.load().instruments.values())
            for address, via in on_usb.items():
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
        listed = link.receive(wire.SimulatedReply).value
        address = next(one["address"] for one in listed if one["instrument"] == "LabJack_T7")
        link.send(wire.Inject(2, "unplug", address))
        assert not link.receive(wire.SimulatedReply).value["plugged"]
        port = int(address.rpartition(":")[2])
        with pytest.raises(ConnectionRefusedError):
            ModbusLink(LOOPBACK, port)


def test_with_the_usb_in_the_kernel_the_bench_file_says_so():
    async def both():
        described = description.load()
        bench = Bench(instruments.build(described).every, described.nets)
        await bench.listen(Ports())
        found = bench.nets(), bench.nets(in_kernel=True)
        await bench.close()
        return found

    outside, inside = asyncio.run(both())
    assert {net.via for net in inside} == {""}
    assert [net.address for net in inside] == [net.address for net in outside]
    assert {net.via.partition(":")[0] for net in outside} == {"usbip", ""}
