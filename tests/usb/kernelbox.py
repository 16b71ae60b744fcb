"""A box as root, its simulated USB instruments in this machine's kernel, and what people and scripts do to it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import family
import usbsystem

from lager import hardware, settings, wire
from lager.client import Service
from lager.lines import Lines

HERE = Path(__file__).parent
LAGER = Path(sys.executable).with_name("lager")
ADDRESSES = {
    "supply1": "USB0::0x05E6::0x2281::4381218::INSTR",
    "supply2": "USB0::0x1AB1::0x0E11::DP8G235000146::INSTR",
}
SERIALS = {"supply1": "4381218", "battery1": "4381218", "supply2": "DP8G235000146", "supply3": "DP8G235000146"}
OTHERS = ("MY59001234", "DL3A204800938", "MS5A220600042")  # of the bench's USB instruments: they are there, too
PRODUCTS = {"supply1": "5e6/2281/", "battery1": "5e6/2281/", "supply2": "1ab1/e11/", "supply3": "1ab1/e11/"}
ROLES = {"supply1": "power-supply", "battery1": "battery", "supply2": "power-supply", "supply3": "power-supply"}
SERVICES = ("lager_runner", "lager_hwservice", "lager_drivers.simulated")


class KernelBox:
    """`lager box serve` and `lager sim plug`, in a state directory of its own."""

    def __init__(self, folder, announcements):
        self.folder = folder
        self.announcements = announcements
        os.environ["LAGER_STATE_DIR"] = str(folder / "state")  # for `settings` in this process, too
        self.env = {key: value for key, value in os.environ.items() if key != "PYTHONWARNINGS"} | {
            "HOME": str(folder),
            "LAGER_CONFIG_FILE_DIR": str(folder),
            "NO_COLOR": "1",
        }
        self.log = folder / "box.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [LAGER, "box", "serve"], env=self.env, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert any("Ctrl-C ends it" in line for line in self.process.stdout), self.log.read_text()
        self.info = wire.from_json(settings.box_file().read_bytes(), wire.BoxInfo)
        self.token = settings.own_token()
        self.hardware_service = hardware.Service(str(settings.runtime_dir() / "hardware.sock"))
        self.hardware = hardware.Hardware(self.hardware_service.locate, "the test")
        mark = announcements.mark()
        self.plugged = self.lager("sim", "plug")
        assert self.plugged.returncode == 0, self.plugged.stderr
        for net in ("supply1", "supply2"):
            announcements.wait(mark, PRODUCTS[net], "add")
        for serial in {*SERIALS.values(), *OTHERS}:
            usbsystem.until(lambda serial=serial: usbsystem.find(serial), f"{serial} is in the kernel")
        usbsystem.settle()

    # What people do -----------------------------------------------------------------------------------------------

    def lager(self, *words):
        """Run a command line."""
        return subprocess.run(
            [LAGER, *words], env=self.env, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False
        )

    def call(self, net, method, *args):
        """Call a net as a script does."""
        return self.hardware.call(net, ROLES.get(net, "adc"), method, list(args))

    def script(self, name, text, *words):
        """Start a script by `lager python`; its output is a pipe."""
        path = self.folder / name
        path.write_text(text)
        command = [LAGER, "python", path, *map(str, words)]
        with path.with_suffix(".err").open("wb") as err:
            return subprocess.Popen(
                command, env=self.env, cwd=self.folder, stdout=subprocess.PIPE, stderr=err, stdin=subprocess.DEVNULL
            )

    def http(self):
        return Service("", "127.0.0.1", self.info.hardware, self.token)

    # What happens to the bench --------------------------------------------------------------------------------------

    def fault(self, action, net, value=None):
        """Do what `lager sim ACTION NET` does."""
        return self.http().post(f"/simulated/{action}", {"net": net, "value": value}, wire.Simulated)

    def unplug(self, net):
        """Pull the plug; give the kernel's announcement that the device is gone."""
        mark = self.announcements.mark()
        self.fault("unplug", net)
        return self.announcements.wait(mark, PRODUCTS[net], "remove")

    def replug(self, net, action="replug"):
        """Plug it in (again); give the kernel's announcement of the device."""
        mark = self.announcements.mark()
        self.fault(action, net)
        return self.announcements.wait(mark, PRODUCTS[net], "add")

    def device(self, net):
        return usbsystem.find(SERIALS[net])

    def let_go(self):
        """Have every session closed, as `/cache/clear_all` does."""
        self.http().post("/cache/clear_all", {}, dict)

    def mend(self):
        """Plug in what is out, end all faults, have udevd and the kernel come to rest."""
        for net in ("supply1", "supply2"):
            self.fault("clear", net)
            usbsystem.until(lambda net=net: self.device(net), f"{net} is in the kernel")
            authorized = self.device(net).folder / "authorized"
            if authorized.read_text().strip() == "0":
                authorized.write_text("1")

    # How it is ------------------------------------------------------------------------------------------------------

    def worker(self, net):
        """How the worker of a net is (`wire.WorkerState`, as a dict)."""
        located = self.hardware_service.locate(net, ROLES.get(net, "adc"))
        link = Lines(located.socket, 10)
        try:
            link.send(wire.Describe(1))
            return link.receive(wire.Answer).value
        finally:
            link.close()

    def services(self):
        """The process ids of what must never end: the box, its services, and the worker of the T7."""
        found = {"box": self.process.pid, "T7's worker": self.worker("adc1")["pid"]}
        for child, words in family.living(self.process.pid):
            found |= {name: child.pid for name in SERVICES if name in words}
        return found

    def logged(self):
        return self.log.read_text(errors="replace")

    def close(self):
        self.hardware.close()
        self.process.terminate()
        self.process.communicate(timeout=30)
        assert self.process.returncode == 0, f"{self.process.returncode}\n{self.log.read_text()}"
        # The bench is gone, and with it what it had plugged in.
        for serial in {*SERIALS.values(), *OTHERS}:
            usbsystem.until(lambda serial=serial: not usbsystem.find(serial), f"{serial} has left the kernel")


class SomebodyElse:
    """A process that uses an instrument by itself (`rawvisa.py`), until the `with` block ends."""

    def __init__(self, how, what, *group):
        words = [sys.executable, HERE / "rawvisa.py", how, what, *map(str, group)]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        self.said = json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate(timeout=20)
        assert self.process.returncode == 0


class Asking(threading.Thread):
    """A call in a thread of its own; `outcome` is its value, or the exception."""

    def __init__(self, box, net, method, *args):
        super().__init__(name=f"{net}.{method}", daemon=True)
        self._ask = lambda: box.call(net, method, *args)
        self.outcome = None
        self.start()

    def run(self):
        try:
            self.outcome = self._ask()
        except Exception as exc:  # noqa: BLE001  # a thread's top: the test looks at it
            self.outcome = exc

    def result(self, within=30):
        self.join(within)
        assert not self.is_alive(), "the call does not end"
        return self.outcome


class Listener:
    """The lines of JSON a script prints, each with when it came; in a thread."""

    def __init__(self, process):
        self.process = process
        self.lines = []
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self):
        for line in self.process.stdout:
            try:
                said = json.loads(line)
            except ValueError:  # what the launcher says
                said = {"event": "text", "text": line.decode()}
            with self._news:
                self.lines.append(said)
                self._news.notify_all()
        with self._news:
            self.lines.append({"event": "end"})
            self._news.notify_all()

    def wait(self, since, wanted, within=60.0):
        """Wait for a line at or after place `since` for which `wanted` holds; its place and the line."""
        until = time.monotonic() + within
        with self._news:
            at = since
            while True:
                for place in range(at, len(self.lines)):
                    if wanted(self.lines[place]):
                        return place, self.lines[place]
                at = len(self.lines)
                ended = any(one["event"] == "end" for one in self.lines[since:])
                left = 0 if ended else until - time.monotonic()
                assert left > 0, f"the script does not say it: {self.lines[since:][-20:]}"
                self._news.wait(left)

    def of(self, event):
        """The lines that tell of that."""
        with self._news:
            return [one for one in self.lines if one["event"] == event]

    def stop(self):
        """Interrupt the script, as Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        self._thread.join(30)
        self.process.stdout.close()
