"""`lager scope`: whole screens, human and --json, of sessions at a simulated oscilloscope; files, faults and terminals.

Run as a program, it renews what the sessions show: `python tests/wholes/test_scope_command.py`.
"""

import io
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent))
from conftest import Home

from lager_cli.app import lager, run
from lager_cli.commands.scope import scope
from lager_cli.scope import quantities
from lager_cli.scope.triggertypes import shown as shown_of
from lager_drivers.rigol_mso5000.triggers import PARAMETERS, SECONDS, VOLTS

BENCH = "oscilloscope.toml"
FILE = Path(__file__).with_name("scope_sessions.txt")
SESSIONS = dict(re.findall(r"^== (.+)\n((?:(?!== ).*\n)*)", FILE.read_text(), re.MULTILINE))
CHANGING = [(r"(?<=127\.0\.0\.1:)\d+", "PORT"), (r"(?<=device )\d+", "N")]


def alike(text):
    for pattern, word in CHANGING:
        text = re.sub(pattern, word, text)
    return text


def shown(command, status, out, err):
    return f"$ {command}\n{out}{err}" + (f"[{status}]\n" if status else "")


def commands(session):
    return re.findall(r"^\$ (.+)$", session, re.MULTILINE)


@pytest.fixture
def say(home, capsys, monkeypatch):
    """Run a command line in this process, in that home; give what is on the screen then."""
    home.lager("nets")  # the private box says once that it starts
    for name, value in home.env.items():
        if name.startswith("LAGER_") or name in ("HOME", "NO_COLOR", "TERM"):
            monkeypatch.setenv(name, value)
    monkeypatch.chdir(home.folder)

    def call(command):
        monkeypatch.setattr(sys, "stdin", io.StringIO(""))
        status = run(lager, shlex.split(command)[1:])
        return shown(command, status, *capsys.readouterr())

    return call


@pytest.mark.parametrize("session", SESSIONS.values(), ids=SESSIONS)
def test_a_session_shows_what_it_shows(say, session):
    assert alike("".join(say(command) for command in commands(session))) == alike(session)


@pytest.fixture
def captured(say):
    """A capture of 1000 Hz at the screen and in the memory, 1 million points."""
    for words in ("enable", "autoscale", "memory-depth 1M", "trigger edge --source scope1 --level 1.65"):
        say(f"lager scope scope1 {words}")
    assert say("lager scope scope1 single --wait 5s").endswith("Captured\n")
    yield
    say("lager scope scope1 start")
    say("lager scope scope1 memory-depth auto")


def test_files_hold_the_trace(say, captured, home):
    for name in ("wave.csv", "wave.npy", "wave.png"):
        say(f"lager scope scope1 waveform -o {name}")
    table, array = np.loadtxt(home.folder / "wave.csv", delimiter=",", skiprows=1), np.load(home.folder / "wave.npy")
    assert (home.folder / "wave.csv").read_text().startswith("time_s,volts_V\n")
    assert table.shape == array.shape == (1000, 2)
    assert table == pytest.approx(array)
    assert array[:, 0] == pytest.approx(np.arange(-500, 500) * 5e-6)
    assert sorted(set(array[:, 1].round(2))) in ([0.0, 3.28], [0.0, 1.64, 3.28], [0.0, 1.68, 3.28])
    from matplotlib import image

    blue = abs(image.imread(home.folder / "wave.png")[..., :3] * 255 - [31, 119, 180]).max(axis=2) < 60
    assert blue.sum() > 2000


def test_all_of_the_memory_is_read_and_what_is_printed_is_what_is_saved(say, captured, home):
    said = say("lager scope scope1 waveform --source memory -o deep.npy")
    assert said.endswith("Saved 1000000 points (200 MSa/s) of scope1 in deep.npy\n")
    deep = np.load(home.folder / "deep.npy")
    assert deep.shape == (1_000_000, 2)
    assert np.diff(deep[:, 0]) == pytest.approx(5e-9)
    say("lager scope scope1 waveform -o wave.csv")
    printed = say("lager scope scope1 waveform -o -").partition("\n")[2]
    assert printed == (home.folder / "wave.csv").read_text()
    say("lager scope scope1 fft -o spectrum.csv")
    spectrum = np.loadtxt(home.folder / "spectrum.csv", delimiter=",", skiprows=1)
    assert spectrum[spectrum[:, 1].argmax(), 0] == 1000
    assert say("lager scope scope1 fft -o -").partition("\n")[2] == (home.folder / "spectrum.csv").read_text()
    assert not list(home.folder.glob(".*.csv"))


def test_a_long_transfer_shows_how_far_it_is_and_leaves_nothing_of_that(captured, home):
    terminal = home.terminal("scope", "scope1", "waveform", "--source", "memory", "-o", "long.npy")
    terminal.expect(r"reading: 250000 of 1000000 points \(25 %\)")
    terminal.expect(r"\(100 %\)\r\rwriting long\.npy\rSaved 1000000 points \(200 MSa/s\) of scope1 in long\.npy$")
    assert terminal.wait() == 0
    assert "\r\x1b[KSaved" in terminal.seen


def test_a_closed_pipe_ends_it_quietly(captured, home):
    words = "lager scope scope1 waveform --source memory -o -"
    env = home.env | {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    command = ["bash", "-c", f"{words} | head -1; echo ${{PIPESTATUS[0]}}"]
    done = subprocess.run(command, env=env, cwd=home.folder, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("time_s,volts_V\n141\n", "")


def test_without_matplotlib_a_plot_is_refused_before_the_scope_is_asked(say, monkeypatch, home):
    for module in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, module)
    broken = home.folder / "broken" / "matplotlib"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('numpy is too new for it')\n")
    with monkeypatch.context() as patch:
        patch.syspath_prepend(broken.parent)
        said = say("lager scope nowhere waveform -o wave.png")
    assert "\nError: a plot needs matplotlib, which cannot be imported here: numpy is too new for it.\n" in said
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert say("lager scope nowhere waveform -o wave.png") == (
        "$ lager scope nowhere waveform -o wave.png\n"
        "Error: a plot needs matplotlib, which is not installed here.\n"
        "Try: `pip install 'lager[plot]'`; or write .csv or .npy.\n[1]\n"
    )


def test_a_file_that_was_there_stays_where_the_new_one_cannot_be_read(say, home):
    (home.folder / "kept.csv").write_text("precious\n")
    say("lager scope scope1 disable")
    assert say("lager scope scope1 waveform -o kept.csv").endswith("[2]\n")
    say("lager scope scope1 enable")
    assert (home.folder / "kept.csv").read_text() == "precious\n"


@pytest.mark.parametrize(("kind", "why"), [("csv", "file too large"), ("npy", "the disk took only a part of it")])
def test_a_file_that_does_not_fit_is_no_file(say, home, kind, why):
    command = f"ulimit -f 4; exec lager scope scope1 waveform -o big.{kind}"
    env = home.env | {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    done = subprocess.run(["bash", "-c", command], env=env, cwd=home.folder, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"Error: 'big.{kind}' cannot be written: {why}.",
        "Try: name a file in another folder, or make room there.",
    ]
    assert not list(home.folder.glob("*big*"))


def test_a_link_stays_one(say, home):
    (home.folder / "latest.csv").symlink_to("today.csv")
    assert say("lager scope scope1 waveform -o latest.csv").endswith(" of scope1 in latest.csv\n")
    assert (home.folder / "latest.csv").is_symlink()
    assert (home.folder / "today.csv").read_text().startswith("time_s,volts_V\n")


def test_a_channel_shown_since_the_last_capture_has_no_trace_yet(say):
    for words in ("scope4 disable", "scope1 stop", "scope4 enable"):
        say(f"lager scope {words}")
    for words in ("waveform", "fft", "waveform -o none.png"):
        assert say(f"lager scope scope4 {words}").partition("\n")[2] == (
            "Error: scope4: the scope has no trace of channel 4: nothing was captured while it was shown.\n"
            "Try: capture again, then read it.\n[4]\n"
        )
    say("lager scope scope4 disable")
    say("lager scope scope1 start")


def test_the_default_net_is_meant_where_none_is_named(say):
    say("lager defaults add --scope-net scope2")
    assert say("lager scope coupling") == "$ lager scope coupling\nChannel 2 coupling: DC\n"
    said = say("lager scope measure --json")
    assert '"net": "scope2"' in said
    say("lager defaults delete scope-net --yes")


def helps():
    """The group and all below it, each with its words."""
    found = [(("scope",), scope)]
    for words, group in found:
        found += [((*words, name), one) for name, one in getattr(group, "commands", {}).items()]
    return dict(found)


@pytest.mark.parametrize("words", helps(), ids=" ".join)
def test_every_command_has_a_help_that_fits_a_terminal(words):
    done = CliRunner().invoke(lager, [words[0], *(["scope1"] if words[1:] else []), *words[1:], "--help"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert all(one.help for one in helps()[words].params if one.param_type_name == "option")


@pytest.mark.parametrize("type_", sorted({name.partition(".")[0] for name in PARAMETERS if "." in name}))
def test_of_each_type_of_trigger_everything_is_shown_that_it_has(type_):
    assert {f"{type_}.{name}" for name, _ in shown_of(type_)} == {
        name for name in PARAMETERS if name.startswith(f"{type_}.")
    }
    for name, unit in shown_of(type_):
        kind = PARAMETERS[f"{type_}.{name}"].kind
        assert unit == (kind.unit if kind in (VOLTS, SECONDS) else "")


@pytest.mark.parametrize(
    ("kind", "text", "number"),
    [
        (quantities.VOLTS, "-200mV", -0.2),
        (quantities.VOLTS, "+1.5 V", 1.5),
        (quantities.VOLTS_PER_DIV, "500mV/div", 0.5),
        (quantities.SECONDS, "20us", 20e-6),
        (quantities.SECONDS, "50ns", 50e-9),
        (quantities.SECONDS, "2 µs", 2e-6),
        (quantities.SIGNED_SECONDS, "-1e-3", -1e-3),
        (quantities.BANDWIDTH, "OFF", 0.0),
        (quantities.BANDWIDTH, "20MHz", 20e6),
        (quantities.BANDWIDTH, "100M", 100e6),
        (quantities.POINTS, "auto", 0.0),
        (quantities.POINTS, "10k", 10_000.0),
        (quantities.PROBE, "10X", 10.0),
        (quantities.BITS, "0x50", 80),
    ],
)
def test_numbers_as_people_write_them(kind, text, number):
    assert kind.convert(text, None, None) == pytest.approx(number, rel=1e-12)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (quantities.VOLTS, "1.5 A"),
        (quantities.VOLTS, "500m"),
        (quantities.VOLTS, "1,5"),
        (quantities.VOLTS, "inf"),
        (quantities.VOLTS, "1 V extra"),
        (quantities.SECONDS, "5m"),
        (quantities.SECONDS, "-1us"),
        (quantities.BANDWIDTH, "20 MS"),
        (quantities.POINTS, "1e999"),
        (quantities.PROBE, "x"),
        (quantities.BITS, "-1"),
        (quantities.BITS, "1.5"),
    ],
)
def test_what_is_no_such_number_is_refused(kind, text):
    with pytest.raises(click.BadParameter):
        kind.convert(text, None, None)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (3.3, "3.3 V"),
        (-0.25, "-250 mV"),
        (0.0, "0 V"),
        (-0.0, "0 V"),
        (1e-13, "0.1 pV"),
        (999.96, "1 kV"),
        (2e9, "2 GV"),
    ],
)
def test_values_as_people_read_them(value, words):
    assert quantities.scaled(value, "V") == words


def test_a_state_is_watched_until_ctrl_c(home):
    terminal = home.terminal("scope", "scope1", "state", "--watch", "--interval", "100ms")
    terminal.expect(r"\[OK\] Channel 1: ")
    terminal.type("\x03")
    assert terminal.wait() == 0


def renew():
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder), FILE.with_name(BENCH))
        try:
            home.lager("nets")
            parts = []
            for name, session in SESSIONS.items():
                parts.append(f"== {name}\n")
                for command in commands(session):
                    done = home.lager(*shlex.split(command)[1:])
                    parts.append(shown(command, done.returncode, done.stdout, done.stderr))
            FILE.write_text(alike("".join(parts)))
        finally:
            home.close()


if __name__ == "__main__":
    renew()
