"""A bench for a benchmark: simulated instruments in processes of its own, and a hardware service on them."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.instruments import serial
from lager import hardware, wire
from lager.client import Service

ROLE = "power-supply"
_REST = 0.3  # s without work that is taken for the end of it
QUERY = ":MEAS? CH1"  # what `voltage` of pin 1 asks


class Instruments:
    """Simulated DP821s, numbers `first` and on, that take `delay` s to answer; served by one process."""

    def __init__(self, first, count, delay=0.0):
        self.numbers = range(first, first + count)
        words = [sys.executable, "-m", "benchmarks.instruments", str(first), str(count), str(delay)]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.via = f"usbip://127.0.0.1:{json.loads(self._process.stdout.readline())['port']}"

    def nets(self):
        return [wire.NetRecord(f"psu{n}", ROLE, "Rigol_DP821", address(n), "1", self.via) for n in self.numbers]

    def happens(self, number, action):
        """Let something happen to an instrument; when it had, monotonic time, s."""
        return self._said(number, action)["at"]

    def lines(self, number):
        """How many lines an instrument was sent so far."""
        return self._said(number, "count")["lines"]

    def _said(self, number, action):
        print(json.dumps({"serial": serial(number), "action": action}), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def close(self):
        self._process.communicate()


def address(number):
    return f"USB0::0x1AB1::0x0E11::{serial(number)}::INSTR"


def cpu(pid):
    """The CPU time a process has had, s; 0 for one that does not live."""
    if pid is None or not psutil.pid_exists(pid):
        return 0.0
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


class Bench:
    """A hardware service on instruments, each with a net `psuN`."""

    def __init__(self, folder, instruments, words):
        self.instruments = instruments
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("LAGER_")}
        self.env["LAGER_STATE_DIR"] = str(folder / "state")
        file = folder / "bench.json"
        file.write_bytes(wire.to_json([net for one in instruments for net in one.nets()]))
        command = [sys.executable, "-m", "lager_hwservice", "--bench", str(file), "--hardware-port=0", "--http-port=0"]
        self.process = subprocess.Popen(
            [*command, *words],
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(folder / "service.log").open("w"),
        )
        said = [json.loads(self.process.stdout.readline())]
        while said[-1]["event"] != "ready":
            said.append(json.loads(self.process.stdout.readline()))
        self.ready = said[-1]
        self.env[hardware.SOCKET] = self.ready["socket"]
        self._callers = []
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def caller(self):
        """A caller such as a script is."""
        service = hardware.Service(self.ready["socket"])
        self._callers.append(hardware.Hardware(service.locate, "benchmark", examine=service.examine))
        return self._callers[-1]

    def ask(self, caller, number=0):
        return caller.call(f"psu{number}", ROLE, "voltage")

    @property
    def token(self):
        return Path(self.env["LAGER_STATE_DIR"], "token").read_text().strip()

    def workers(self):
        """The pid of each worker, by the address it serves; None while it is not ready."""
        control = Service("", "127.0.0.1", self.ready["hardware_port"], self.token)
        listed = control.get("/workers", list[dict[str, object]])
        return {one["address"]: one["pid"] if one["ready"] else None for one in listed}

    def zygote(self):
        """The pid of what workers are forked from; None where there is none."""
        children = psutil.Process(self.process.pid).children()
        return next((one.pid for one in children if "lager_hwservice.zygote" in one.cmdline()), None)

    def rest(self):
        """Wait until all workers are ready, and nothing is busy with a start any more; give them all."""
        pause, before = threading.Event(), {}
        while True:
            found = self.workers()
            now = {pid: cpu(pid) for pid in (*found.values(), self.zygote())}
            if None not in now and now == before:
                return found
            before = now
            pause.wait(_REST)

    def close(self):
        for one in self._callers:
            one.close()
        self.process.stdin.close()
        self.process.wait(20)
        shutil.rmtree(Path(self.ready["socket"]).parent, ignore_errors=True)


@contextmanager
def bench(*instruments, words=()):
    """A bench, taken apart again at the end."""
    with tempfile.TemporaryDirectory() as folder:
        one = Bench(Path(folder), instruments, words)
        try:
            yield one
        finally:
            one.close()
            for simulated in instruments:
                simulated.close()
