"""A simulated bench of one's own, as the README shows it: in a private box, and in one that is served."""

import re
import textwrap
from pathlib import Path

import pytest

from lager_drivers.simulated import description

README = (Path(__file__).parents[2] / "README.md").read_text()
SCRIPT = """\
from lager import Net, NetType
vcc = Net.get("vcc", type=NetType.PowerSupply)
vcc.set_voltage(4)
vcc.enable()
print(f"{vcc.voltage():.2f} {Net.get('vcc_sense', type=NetType.ADC).input():.2f}")
Net.get("reset", type=NetType.GPIO).output(0)
print(Net.get("reset_seen", type=NetType.GPIO).input())
"""
ANYWHERE = ("--port", "0", "--hardware-port", "0", "--http-port", "0")


@pytest.fixture(scope="module")
def described():
    section = README[README.index("## A bench of your own") :]
    found = re.search(r"^    .*\n(?:^    .*\n|^\n)*", section, re.MULTILINE)[0]
    return textwrap.dedent(found).strip() + "\n"


@pytest.fixture
def own(fresh_home, described):
    fresh_home.file = fresh_home.script(described, "mine.toml")
    fresh_home.env["LAGER_SIMULATED_BENCH"] = "mine.toml"
    return fresh_home


def works(home, script):
    done = home.lager("python", script)
    assert (done.returncode, done.stdout) == (0, "4.00 2.00\n0\n")


def test_the_private_box_has_it_for_as_long_as_it_runs(own):
    works(own, own.script(SCRIPT))
    listed = own.lager("sim", "list").stdout
    assert [line.split()[0] for line in listed.splitlines()[2:]] == ["Rigol_DP832", "LabJack_T7"]
    assert own.lager("sim", "unplug", "vcc").stdout == "vcc: the Rigol_DP832 is unplugged (vcc is gone with it)\n"
    assert own.lager("supply", "vcc", "state").returncode == 4
    own.lager("sim", "replug", "vcc")
    assert "Set: 4.0V" in own.lager("supply", "vcc", "state").stdout
    assert f"(simulated, of {own.file})" in own.lager("box", "status").stdout
    other = own.lager("nets", env={"LAGER_SIMULATED_BENCH": "other.toml"})
    assert (other.returncode, other.stdout) == (2, "")
    assert "has another bench than" in other.stderr
    assert "lager box stop" in other.stderr
    plugged = own.lager("sim", "plug")
    assert (plugged.returncode, plugged.stdout) == (2, "")
    assert "no instruments on USB" in plugged.stderr


def test_a_box_that_is_served_has_it(own):
    del own.env["LAGER_SIMULATED_BENCH"]
    box = own.terminal("box", "serve", "--simulated", "mine.toml", *ANYWHERE)
    box.expect(rf"^Bench: simulated, of {re.escape(own.file)}\. Token: ")
    works(own, own.script(SCRIPT))
    box.type("\x03")
    box.wait()


@pytest.mark.parametrize("way", ["--simulated", "the environment", "the private box"])
def test_a_mistake_is_one_clear_error_before_anything_starts(own, described, way):
    own.script(described.replace('"psu.1"', '"psu.9"', 1), "mine.toml")
    words = ["box", "serve", *ANYWHERE] if way != "the private box" else ["nets"]
    if way == "--simulated":
        del own.env["LAGER_SIMULATED_BENCH"]
        words += ["--simulated", "mine.toml"]
    done = own.lager(*words)
    file = "mine.toml" if way == "--simulated" else own.file
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        f"Error: {file}: nets.vcc.at: psu has no power-supply pin '9'.\nTry: its power-supply pins: 1, 2, 3.\n",
    )
    assert own.lager("box", "status").stdout == "No box of yours runs on this machine.\n"


def test_a_file_that_is_not_there_is_one_clear_error(own):
    own.env["LAGER_SIMULATED_BENCH"] = "gone.toml"
    done = own.lager("nets")
    assert (done.returncode, done.stdout) == (2, "")
    assert "gone.toml: the description of the bench cannot be read: No such file or directory" in done.stderr
    assert own.lager("box", "serve", "--simulated", "gone.toml").returncode == 2


def test_what_is_printed_is_a_bench_to_begin_with(own):
    printed = own.lager("sim", "describe")
    assert (printed.returncode, printed.stderr) == (0, "")
    own.script(printed.stdout, "mine.toml")
    assert '[ties]\n"labjack.FIO0"' in printed.stdout
    assert description.load(Path(own.file)).nets == description.load().nets


@pytest.mark.parametrize("more", [["--sim"], ["--bench", "mine.toml"]])
def test_a_box_has_one_bench(own, more):
    done = own.lager("box", "serve", "--simulated", "mine.toml", *more)
    assert done.returncode == 2
    assert "exclude each other" in done.stderr
