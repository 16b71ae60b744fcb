"""A box of which a test says what it answers to `lager diagnose`."""

import contextlib
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

sys.path.insert(0, str(Path(__file__).parent))
from answering import answering

from lager import wire

USB = "USB0::0x05E6::0x2281::4381218::INSTR"
LAN = "TCPIP0::10.0.0.5::5555::SOCKET"
NETS = [
    {"name": "psu1", "role": "power-supply", "instrument": "Keithley_2281S", "address": USB, "pin": "1"},
    {"name": "both", "role": "power-supply", "instrument": "Keithley_2281S", "address": USB, "pin": "1"},
    {"name": "both", "role": "battery", "instrument": "Keithley_2281S", "address": USB, "pin": "1"},
    {"name": "apart", "role": "adc", "instrument": "LabJack_T7", "address": "modbus-tcp://10.0.0.6", "pin": "AIN0"},
    {"name": "apart", "role": "scope", "instrument": "Rigol_MS05204", "address": USB, "pin": "1"},
    {"name": "load1", "role": "eload", "instrument": "Rigol_DL3021", "address": LAN, "pin": "1"},
    {"name": "debug1", "role": "debug", "instrument": "J-Link", "pin": "SWD"},
]
SEEN = {
    "address": USB,
    "enumerated": True,
    "sysfs_path": "/sys/x",
    "device_path": "/dev/bus/usb/001/004",
    "vid": "05e6",
    "pid": "2281",
    "serial": "4381218",
    "is_usbtmc": True,
    "lsof": [],
    "usbtmc_loaded": False,
    "dmesg_tail": "l1\nl2",
}
TOLD = {"address": USB, "idn": "KEITHLEY,2281S", "elapsed_ms": 12}
HELD = {
    "address": USB,
    "cached_session": True,
    "cached_drivers": [{"device_name": "keithley", "driver_class": "Keithley"}],
    "shared_pool_size": 1,
}


class DiagnosedBox:
    """What it answers: by the endpoint's last word a message, or a function that gives or raises one."""

    def __init__(self):
        self.told = {"usb": SEEN, "visa": TOLD, "dispatcher": HELD, "nets": NETS}
        self.asked = []  # paths and addresses of what was diagnosed
        self.port = 0

    def info(self):
        ports = {"runner": self.port, "hardware": self.port, "http": self.port}
        return wire.BoxInfo(host="127.0.0.1", bench="b", version="", pid=1, embedded=False, started=0.0, **ports)

    def answer(self, _verb, path, _body):
        parts = urlsplit(path)
        if parts.path == "/box":
            return self.info()
        name = "nets" if parts.path == "/nets/list" else parts.path.removeprefix("/diagnose/")
        found = self.told[name]
        if name != "nets":
            self.asked.append((parts.path, *parse_qs(parts.query)["address"]))
        return found() if callable(found) else found


@contextlib.contextmanager
def diagnosed_box():
    """Serve one."""
    box = DiagnosedBox()
    with answering(box.answer) as box.port:
        yield box
