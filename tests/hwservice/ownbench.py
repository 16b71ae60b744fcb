"""A hardware service of one's own: real processes, a real port, and a state directory that is thrown away."""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from lager import client, hardware, wire
from lager.lines import Lines
from lager_drivers.labjack_t7 import registers as at
from lager_drivers.modbus import ModbusFault
from lager_drivers.simulated.modbus import ModbusServer


class PlainT7:
    """Registers of a T7 whose input n reads n + 0.5 V, and which can be made to keep everybody waiting."""

    def __init__(self):
        self.words = dict(enumerate(at.float_words(at.THIS_PRODUCT), at.PRODUCT_ID))
        for ticks in (at.TICKS_10KHZ, at.TICKS_20HZ):  # it has been on for years
            self.words.update(enumerate([0xFFFF, 0xFFFF], ticks))
        for n in range(14):
            self.words.update(enumerate(at.float_words(n + 0.5), at.AIN + 2 * n))
        self.written = []
        self.flow = threading.Event()
        self.flow.set()
        self.reached = threading.Event()

    def read(self, address, count):
        self._pass()
        return [self.words.get(address + n, 0) for n in range(count)]

    def write(self, address, words):
        self._pass()
        if address == at.DIO + 22:
            raise ModbusFault(2)
        self.written.append(address)
        self.words.update(enumerate(words, address))

    def _pass(self):
        self.reached.set()
        assert self.flow.wait(60)


class Served:
    """A PlainT7 on a port, until closed."""

    def __init__(self, port=0):
        self.t7 = PlainT7()
        self._loop = asyncio.new_event_loop()
        self._server = ModbusServer(self.t7)
        self.port = self._loop.run_until_complete(self._server.listen(port))
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def close(self):
        self.t7.flow.set()
        asyncio.run_coroutine_threadsafe(self._server.close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def nets(self):
        address = f"modbus-tcp://127.0.0.1:{self.port}"
        return [
            *(wire.NetRecord(f"adc{n + 1}", "adc", "LabJack_T7", address, f"AIN{n}") for n in range(4)),
            wire.NetRecord("dac1", "dac", "LabJack_T7", address, "DAC0"),
            wire.NetRecord("gpio1", "gpio", "LabJack_T7", address, "FIO0"),
            wire.NetRecord("gpio2", "gpio", "LabJack_T7", address, "MIO2"),
        ]


class Process:
    """A service process on its lifeline, as a box has it."""

    def __init__(self, module, *words, env):
        command = [sys.executable, "-m", module, *map(str, words)]
        self.popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, cwd="/")

    def report(self, event):
        for line in self.popen.stdout:
            said = json.loads(line)
            if said["event"] == event:
                return said
        raise AssertionError(f"{self.popen.args[2]} ended without {event}")

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.popen.stdin.close()
        status = self.popen.wait(20)
        self.popen.stdout.close()
        return status

    def kill(self):
        self.popen.kill()
        self.close()


def environment(folder):
    env = {key: value for key, value in os.environ.items() if not key.startswith("LAGER_")}
    return env | {"LAGER_STATE_DIR": str(folder / "state"), "PYTHONWARNINGS": "error"}


class Bench:
    """A bench file and the hardware service that serves it; `words` go to the service."""

    def __init__(self, folder, nets, *words):
        self.folder = folder
        self.words = words
        self.env = environment(folder)
        self.file = folder / "bench.json"
        self.file.write_bytes(wire.to_json(nets))
        self.start()
        self.service = hardware.Service(self.ready["socket"])
        self.callers = []
        self.hardware = self.another_caller("the test")

    def start(self):
        words = ["--bench", self.file, "--hardware-port", 0, "--http-port", 0, *self.words]
        self.process = Process("lager_hwservice", *words, env=self.env)
        self.ready = self.process.report("ready")

    @property
    def token(self):
        return (self.folder / "state" / "token").read_text().strip()

    def another_caller(self, name):
        self.callers.append(hardware.Hardware(self.service.locate, name, examine=self.service.examine))
        return self.callers[-1]

    def workers(self):
        """The worker processes, as `GET /workers` has them."""
        control = client.Service("", "127.0.0.1", self.ready["hardware_port"], self.token, 15)
        listed = control.get("/workers", list[dict[str, object]])
        return {one["instrument"]: one for one in listed}

    def happens(self, action, net, value=None):
        """Do something to an instrument of the simulated bench."""
        address = next(one.address for one in self.service.nets() if one.name == net)
        link = Lines(str(Path(self.ready["socket"]).with_name("simulated.sock")), 10)
        link.send(wire.Inject(1, action, address, value))
        reply = link.receive(wire.SimulatedReply)
        link.close()
        assert isinstance(reply, wire.Answer), reply

    def close(self):
        for caller in self.callers:
            caller.close()
        status = self.process.close()
        shutil.rmtree(Path(self.ready["socket"]).parent)
        assert status == 0
