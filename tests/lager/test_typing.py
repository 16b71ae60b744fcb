"""What a type checker, and so an editor, knows of a user's script."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lager import NetType, proxies

ROOT = Path(__file__).resolve().parents[2]
SERVED = [kind for kind in NetType if kind.role in proxies.PROXIES]

SCRIPT = """
from lager import Net, NetType, InvalidNetError, pause

psu = Net.get("supply1", type=NetType.PowerSupply)
psu.set_voltage(3.3)
psu.set_voltage(3)
psu.set_voltage("3")  # error: arg-type
psu.set_volts(3)  # error: attr-defined
psu.name = 3  # error: assignment
reveal_type(psu.voltage())  # float
reveal_type(psu.state().ovp_tripped)  # bool
reveal_type(psu.get_channel_limits().voltage_max)  # float
reveal_type(psu.channel)  # int | str
reveal_type(psu.type)  # lager.nettype.NetType
reveal_type(psu.device_type)  # str | None
reveal_type(psu.location)  # tuple[float, ...] | None

load = Net.get("eload1", NetType.ELoad)
reveal_type(load.current(0.5))  # float
load.mode(3)  # error: arg-type
reveal_type(Net.get("battery1", type=NetType.Battery).soc())  # float
reveal_type(Net.get("thermocouple1", type=NetType.Thermocouple).read())  # float
reveal_type(Net.get("gpio1", NetType.GPIO).input())  # int
reveal_type(Net.get("adc1", NetType.ADC).input())  # float
Net.get("adc1", NetType.ADC).output(1)  # error: attr-defined
Net.get("adc1", "adc")  # error: call-overload
Net.get(5, NetType.ADC)  # error: call-overload

saved = Net.get_from_saved_json("dac1", NetType.DAC)
saved.output(1)  # error: union-attr
if saved is not None:
    saved.output(1)
reveal_type(Net.rename_local_net("a", "b"))  # bool
reveal_type(Net.delete_all_local_nets())  # bool
for net in Net.filter_nets(Net.list_saved(), "adc1"):
    reveal_type(net)  # dict[str, Any]
try:
    pause("look", timeout=5.0)
except InvalidNetError as exc:
    reveal_type(exc.hint)  # str


def chosen(kind: NetType) -> None:
    reveal_type(Net.get("x", kind).name)  # str
"""
WAVEFORM = """
scope = Net.get("scope1", type=NetType.Analog)
wave = scope.waveform()
reveal_type(wave.volts)  # numpy.ndarray
reveal_type(wave.time)  # numpy.ndarray
scope.waveform(source=5)  # error: arg-type
"""


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """Check a script with mypy as strictly as it can; give what it says of each line, in words of its own."""

    def check(text):
        folder = tmp_path_factory.mktemp("typed")
        (folder / "script.py").write_text(text)
        command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--config-file=", "script.py"]
        cache = ROOT / ".mypy_cache" / f"scripts-{sys.version_info[0]}{sys.version_info[1]}"
        done = subprocess.run(
            [*command, "--cache-dir", str(cache)], cwd=folder, capture_output=True, text=True, timeout=60
        )
        assert not done.stderr
        said = {}
        for line in done.stdout.splitlines():
            found = re.fullmatch(r'script\.py:(\d+): (?:note: Revealed type is "(.*)"|error: .*\[([\w-]+)\])', line)
            if found:
                said[int(found[1])] = plain(found[2]) if found[2] else f"error: {found[3]}"
            else:
                assert ": note: " in line, line
        return said

    return check


def plain(revealed):
    """Write a type as people do."""
    return revealed.replace("builtins.", "").replace("Union[", "").replace("typing.", "")


def expected(text):
    lines = enumerate(text.splitlines(), 1)
    return {number: line.rpartition("  # ")[2] for number, line in lines if "  # " in line}


def test_a_script_is_checked_as_its_writer_expects(checked):
    text = SCRIPT + WAVEFORM
    said = checked(text)
    arrays = {number: found for number, found in said.items() if found.startswith("numpy.ndarray[")}
    assert said | dict.fromkeys(arrays, "numpy.ndarray") == expected(text)


def test_every_type_that_is_served_has_its_own_class(checked):
    lines = ["from lager import Net, NetType"]
    wanted = {}
    for kind in SERVED:
        name = f"{proxies.PROXIES[kind.role].__module__}.{proxies.PROXIES[kind.role].__name__}"
        lines.append(f'reveal_type(Net.get("x", NetType.{kind.name}))')
        wanted[len(lines)] = name
        lines.append(f'reveal_type(Net.get_from_saved_json("x", role=NetType.{kind.name}))')
        wanted[len(lines)] = f"{name} | None"
    assert checked("\n".join(lines)) == wanted
    assert {kind.role for kind in SERVED} == set(proxies.PROXIES)
