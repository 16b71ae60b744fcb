"""What happens around the service while it is idle: sockets removed, a bench killed, more callers than it can hold."""

import contextlib
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from ownbench import Bench, Process, environment

from lager import errors, wire
from lager_hwservice.listening import accepted, listen


def test_sockets_that_were_removed_are_made_again(bench):
    assert bench.hardware.call("adc1", "adc", "input") == 0.5
    bench.hardware.close()
    shutil.rmtree(Path(bench.ready["socket"]).parent)  # as the end of a login session does
    assert bench.service.locate("adc1", "adc").net.name == "adc1"
    assert bench.hardware.call("adc1", "adc", "input") == 0.5


def test_a_write_after_the_bench_was_killed_and_is_back(tmp_path):
    env = environment(tmp_path)
    first = Process("lager_drivers.simulated", "--state", tmp_path, env=env)
    ready = first.report("ready")
    nets = wire.from_json(Path(ready["bench"]).read_bytes(), list[wire.NetRecord])
    one = Bench(tmp_path, nets)
    one.hardware.call("supply1", "power-supply", "set_voltage", [1.0])
    one.hardware.call("dac1", "dac", "output", [1.0])
    first.kill()
    ports = [f"--tcp-port={name}={port}" for name, port in ready["tcp_ports"].items()]
    ports += ["--usbip-port", ready["usbip_port"]]
    second = Process("lager_drivers.simulated", "--state", tmp_path, *ports, env=env)
    second.report("ready")
    with pytest.raises(errors.InstrumentRestarted):  # simulated instruments live in the bench's process
        one.hardware.call("supply1", "power-supply", "set_voltage", [2.0])
    with pytest.raises(errors.InstrumentRestarted):
        one.hardware.call("dac1", "dac", "output", [2.0])
    one.hardware.call("supply1", "power-supply", "set_voltage", [2.0])
    one.hardware.call("dac1", "dac", "output", [2.0])
    assert one.hardware.call("supply1", "power-supply", "get_voltage_setpoint") == 2.0
    one.close()
    second.close()


_DEAF = """
import resource, sys
from lager_hwservice.listening import accepted, listen
listener = listen(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))
print("ready", flush=True)
held = []
for connected in accepted(listener):
    if connected.recv(1) == b"x":
        held.append(connected)
    else:
        held.clear()
        connected.send(b"!")
"""


def _connected(path, said):
    one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    one.settimeout(20)
    one.connect(path)
    one.sendall(said)
    return one


def test_more_connections_than_there_are_descriptors_make_the_next_ones_wait(tmp_path):
    path = str(tmp_path / "s")
    with subprocess.Popen([sys.executable, "-c", _DEAF, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as deaf:
        assert deaf.stdout.readline() == b"ready\n"
        with contextlib.ExitStack() as held:
            for _ in range(20):
                held.enter_context(_connected(path, b"x"))
            while b"no connection is accepted" not in deaf.stderr.readline():
                pass
            assert deaf.poll() is None
        deaf.kill()


def test_accepting_ends_when_the_listener_is_shut_down(tmp_path):
    with listen(str(tmp_path / "s")) as listener:
        listener.shutdown(socket.SHUT_RDWR)
        assert list(accepted(listener)) == []
