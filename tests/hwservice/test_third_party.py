"""Drivers of other packages: a real little package on the path is used like our own, and a broken one harms nobody."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from ownbench import Bench, Served
from test_service import http

from lager import wire

DRIVER = '''
"""A meter by somebody else: one analog input over Modbus."""

from lager_drivers.device import check_channel
from lager_drivers.entry import Entry

ROLES = {"adc": ("1",)}


class Input:
    def __init__(self, registers):
        self._registers = registers

    def input(self) -> float:
        return float(self._registers.read(60000, 2)[0])


class Meter:
    def __init__(self, registers):
        self._registers = registers

    def identify(self):
        return "ACME METER 1.0"

    def restarted(self, since):
        return False

    def channel(self, role, pin):
        check_channel("Acme meter", ROLES, role, pin)
        return Input(self._registers)


METER = Entry("Acme_Meter", "modbus", ROLES, Meter, aliases=("acme",), devices={"acme_meter": ("adc",)})
BOTH = [METER, Entry("Acme_Other", "modbus", ROLES, Meter)]
IMPOSTOR = Entry("LabJack_T7", "modbus", ROLES, Meter)
NOTHING = ["meter"]
'''


def package(folder, name, code, points):
    """Put a package there as pip would, with its entry points."""
    (folder / f"{name}.py").write_text(code)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"{key} = {value}" for key, value in points.items()]
    (info / "entry_points.txt").write_text("\n".join(["[lager.instruments]", *lines, ""]))


def path_with(folder):
    return os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])


def catalog(folder, code):
    """Run code in a process that has these packages."""
    env = os.environ | {"PYTHONPATH": path_with(folder)}
    command = [sys.executable, "-W", "error", "-c", f"from lager_drivers.catalog import *\n{code}"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout.split(), done.stderr


def test_instruments_of_another_package_are_in_the_catalog(tmp_path):
    package(tmp_path, "acme", DRIVER, {"meter": "acme:METER", "both": "acme:BOTH"})
    said, log = catalog(
        tmp_path,
        "print(find('ACME').name, find('acme_other').name, *(one.name for one in installed()))",
    )
    assert said[:2] == ["Acme_Meter", "Acme_Other"]
    assert set(said[2:]) == {"Acme_Meter", "Acme_Other"}
    assert log == ""


def test_a_name_that_is_taken_stays_with_whom_it_is(tmp_path):
    package(tmp_path, "acme", DRIVER, {"meter": "acme:IMPOSTOR"})
    assert catalog(tmp_path, "print(find('LabJack_T7').driver.__module__)")[0] == [
        "lager_drivers.labjack_t7.instrument"
    ]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("def broken(:", "SyntaxError"),
        ("raise Exception('not today')", "Exception: not today"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("METER = ['meter']", "not lager_drivers.entry.Entry"),
        ("METER = 5", "TypeError"),
        ("", "AttributeError"),
    ],
)
def test_a_broken_package_is_reported_and_harms_nobody(tmp_path, code, said):
    package(tmp_path, "broken", code, {"meter": "broken:METER"})
    package(tmp_path, "acme", DRIVER, {"meter": "acme:METER"})
    found, log = catalog(
        tmp_path, "print(find('Acme_Meter').name, find('LabJack_T7').name, *(one.name for one in installed()))"
    )
    assert found == ["Acme_Meter", "LabJack_T7", "Acme_Meter"]
    assert "the instruments of meter (broken:METER) cannot be used" in log
    assert said in log


def test_a_worker_drives_an_instrument_of_another_package(tmp_path, monkeypatch):
    packages = tmp_path / "packages"
    packages.mkdir()
    package(packages, "acme", DRIVER, {"meter": "acme:METER"})
    package(packages, "broken", "import sys; sys.exit(3)", {"meter": "broken:METER"})
    monkeypatch.setenv("PYTHONPATH", path_with(packages))
    served, other = Served(), Served()
    served.t7.words[60000] = 42
    meter = wire.NetRecord("meter1", "adc", "Acme_Meter", f"modbus-tcp://127.0.0.1:{served.port}", "1")
    bench = Bench(tmp_path, [meter, *other.nets()])
    try:
        assert bench.hardware.call("meter1", "adc", "input") == 42.0
        assert bench.hardware.call("adc2", "adc", "input") == 1.5
        assert http(bench, "http_port", "/nets/meter1/identity?role=adc")[1]["identity"] == "ACME METER 1.0"
        asked = {"device": "acme_meter", "function": "input"}
        assert http(bench, "hardware_port", "/invoke", asked) == (200, 42.0)
        assert http(bench, "hardware_port", "/invoke", asked | {"device": "acme_metre"})[0] == 404
    finally:
        bench.close()
        served.close()
        other.close()


def test_a_package_whose_instruments_no_net_has_is_not_loaded_by_a_service(tmp_path, monkeypatch):
    """It may take its time, or end the process: once that ended the service at every `/invoke`."""
    packages = tmp_path / "packages"
    packages.mkdir()
    package(packages, "deadly", "import os\nos._exit(9)\n", {"meter": "deadly:METER"})
    monkeypatch.setenv("PYTHONPATH", path_with(packages))
    served = Served()
    bench = Bench(tmp_path, served.nets())
    try:
        asked = {"device": "labjack_t7", "function": "input", "net_info": {"role": "adc", "channel": 1}}
        assert http(bench, "hardware_port", "/invoke", asked) == (200, 1.5)
        assert http(bench, "hardware_port", "/invoke", asked | {"device": "nothing"})[0] == 404
        assert http(bench, "hardware_port", "/health")[0] == 200
    finally:
        bench.close()
        served.close()


def test_others_are_answered_while_a_package_is_loaded(tmp_path, monkeypatch):
    packages, gate = tmp_path / "packages", tmp_path / "gate"
    packages.mkdir()
    os.mkfifo(gate)
    wait = f"import contextlib\nwith contextlib.suppress(FileNotFoundError):\n    open({str(gate)!r}).read()\n"
    package(packages, "acme", DRIVER + wait, {"meter": "acme:METER"})
    monkeypatch.setenv("PYTHONPATH", path_with(packages))
    served, other = Served(), Served()
    served.t7.words[60000] = 42
    meter = wire.NetRecord("meter1", "adc", "Acme_Meter", f"modbus-tcp://127.0.0.1:{served.port}", "1")
    bench = Bench(tmp_path, [meter, *other.nets()])
    try:
        with ThreadPoolExecutor(1) as one:
            asked = {"device": "acme_meter", "function": "input"}
            asking = one.submit(http, bench, "hardware_port", "/invoke", asked)
            with open(gate, "w"):  # waits until the service is loading it
                gate.unlink()
                assert http(bench, "hardware_port", "/health")[0] == 200
                assert http(bench, "http_port", "/nets/list")[0] == 200
                assert not asking.done()
            assert asking.result(30) == (200, 42.0)
    finally:
        bench.close()
        served.close()
        other.close()
