"""A simulated bench and a hardware service with a parent that starts the service again at once, as often as it dies.

The box's own parent waits longer and longer before it starts a service that keeps dying, up to 10 s; fifty deaths in a
row would take it an hour. What it adds to this one is proven in tests/wholes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "hwservice"))
sys.path.insert(0, str(Path(__file__).parent))
from ownbench import Process, environment
from truth import CHANNELS, SETTINGS

from lager import hardware, wire
from lager.client import Service
from lager.lines import Lines

LOOK_EVERY = 0.02  # s
_ASK_ALL = """
import sys
from lager_hwservice.transports.modbus import ModbusLink
from lager_hwservice.transports.visa import VisaLink
for address, via in zip(sys.argv[1::2], sys.argv[2::2]):
    if address.startswith("USB"):
        link = VisaLink(address, via, 5)
        print(link.query("*IDN?"))
    else:
        host, port = address.split("//")[1].split(":")
        link = ModbusLink(host, int(port), 5)
        print(link.read(60000, 2))
    link.close()
"""


class OwnBox:
    """The bench, its service, and the settings of `truth` on its instruments."""

    def __init__(self, folder: Path) -> None:
        self.env = environment(folder)
        self._state = self.env["LAGER_STATE_DIR"]
        self._simulated = Process("lager_drivers.simulated", "--state", folder, env=self.env)
        self._file = self._simulated.report("ready")["bench"]
        self.nets = {net.name: net for net in wire.from_json(Path(self._file).read_bytes(), list[wire.NetRecord])}
        self._ending = False
        self.ready = {"hardware_port": 0, "http_port": 0}
        self._start()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self._keeper.start()
        self.token = Path(self._state, "token").read_text().strip()
        self.service = hardware.Service(self.ready["socket"])
        self.hardware = hardware.Hardware(self.service.locate, "the soak", examine=self.service.examine)
        for net, method, value in SETTINGS:
            self.call(net, method, *([] if value is None else [value]))

    def call(self, net, method, *args):
        return self.hardware.call(net, CHANNELS[net].role, method, list(args))

    def _start(self):
        ports = [f"--{name.replace('_', '-')}={self.ready[name]}" for name in ("hardware_port", "http_port")]
        self._process = Process("lager_hwservice", "--bench", self._file, *ports, env=self.env)
        self.ready = self._process.report("ready")

    def _keep(self):
        while True:
            self._process.popen.wait()
            if self._ending:
                return
            self._process.close()
            self._start()

    @property
    def service_pid(self):
        return self._process.popen.pid

    def workers(self):
        """The pid of each worker, by instrument; without those that are not ready."""
        control = Service("", "127.0.0.1", self.ready["hardware_port"], self.token, 15)
        facts = control.get("/workers", list[dict[str, object]])
        return {one["instrument"]: one["pid"] for one in facts if one["ready"]}

    def opened(self, net):
        """How often the worker of a net has opened its instrument."""
        located = self.service.locate(net, CHANNELS[net].role)
        link = Lines(located.socket, 10)
        try:
            link.send(wire.Describe(1))
            return link.receive(wire.Answer).value["opened"]
        finally:
            link.close()

    def processes(self):
        """Every process of this box that lives, by pid: whoever has its state directory in the environment."""
        found = {}
        for one in psutil.process_iter():
            try:
                if one.environ().get("LAGER_STATE_DIR") == self._state and one.status() != psutil.STATUS_ZOMBIE:
                    found[one.pid] = " ".join(one.cmdline())
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue  # it has just ended, or is another user's
        return found

    def orphans(self):
        """Those of them that are neither the bench nor below the service."""
        family = {self.service_pid, self._simulated.popen.pid, os.getpid()}
        family |= {one.pid for one in psutil.Process(self.service_pid).children(recursive=True)}
        return {pid: words for pid, words in self.processes().items() if pid not in family}

    def ask_all_directly(self):
        """Open every instrument without the service, which must have let go of it; what each said."""
        ways = {net.address: net.via for net in self.nets.values()}
        words = [word for way in ways.items() for word in way]
        done = subprocess.run(
            [sys.executable, "-c", _ASK_ALL, *words], env=self.env, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def end_service(self):
        """End the service in order."""
        self._ending = True
        self.hardware.close()
        assert self._process.close() == 0
        self._keeper.join(20)

    def close(self):
        """End everything, whatever state it is in."""
        self._ending = True
        self.hardware.close()
        self._process.popen.kill()
        self._keeper.join(20)
        shutil.rmtree(Path(self.ready["socket"]).parent, ignore_errors=True)
        self._process.close()
        self._simulated.close()


def wait_until(condition, within, what):
    """Look until a condition holds; the last thing it gave."""
    deadline, pause = time.monotonic() + within, threading.Event()
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {within:g} s"
        pause.wait(LOOK_EVERY)
    return found
