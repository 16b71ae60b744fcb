"""The service's way to a simulated bench: a real bench process, and boxes that have none, or one that is silent."""

from __future__ import annotations

import contextlib
import shutil
import socket
from pathlib import Path

import pytest
from ownbench import Process, environment

from lager import errors, settings, wire
from lager_hwservice import bench as benchfile
from lager_hwservice import benchreading, simulated


@pytest.fixture
def nets(tmp_path, monkeypatch):
    """A simulated bench that runs; give its nets."""
    env = environment(tmp_path)
    monkeypatch.setenv("LAGER_STATE_DIR", env["LAGER_STATE_DIR"])
    process = Process("lager_drivers.simulated", "--state", tmp_path, env=env)
    yield benchreading.load(Path(process.report("ready")["bench"]))
    process.close()
    shutil.rmtree(settings.runtime_dir())


def test_any_net_of_an_instrument_will_do(nets):
    way = simulated.Simulations(lambda: nets)
    for net in ("supply1", "battery1"):
        now = way.inject("wedge", net)
        assert (now.instrument, now.faults) == ("Keithley_2281S", ["wedged"])
    assert way.inject("delay", "adc3", 0.5).faults == ["delay 0.5 s"]
    broken = {one.instrument: one.faults for one in way.listing() if one.faults}
    assert broken == {"Keithley_2281S": ["wedged"], "LabJack_T7": ["delay 0.5 s"]}
    assert way.inject("clear", "supply1").faults == []


@pytest.mark.parametrize(
    ("action", "net", "value", "kind"),
    [
        ("wedge", "supply9", None, errors.NetNotFound),
        ("wedge", "", None, errors.UsageError),
        ("stall", "adc1", None, errors.UsageError),
        ("delay", "adc1", -1.0, errors.UsageError),
        ("burn", "adc1", None, errors.UsageError),
    ],
)
def test_what_cannot_be_done_is_told_by_type(nets, action, net, value, kind):
    with pytest.raises(kind) as told:
        simulated.Simulations(lambda: nets).inject(action, net, value)
    assert type(told.value) is kind
    assert told.value.hint


def test_a_real_instrument_cannot_be_broken(nets):
    real = benchfile.Bench((wire.NetRecord("psu", "power-supply", "Keithley_2281S", "USB0::1::2::3::INSTR", "1"),))
    with pytest.raises(errors.UsageError, match="no simulated one"):
        simulated.Simulations(lambda: real).inject("unplug", "psu")


@pytest.mark.parametrize("left_behind", [False, True])
def test_a_box_without_a_simulated_bench(tmp_path, left_behind):
    path = tmp_path / "s"
    if left_behind:
        with socket.socket(socket.AF_UNIX) as killed:
            killed.bind(str(path))
    with pytest.raises(errors.UsageError, match="no simulated bench"):
        simulated.Simulations(lambda: benchfile.Bench(()), path).listing()


def test_a_bench_that_does_not_answer(tmp_path, monkeypatch):
    monkeypatch.setattr(simulated, "_PATIENCE", 0.1)
    path = tmp_path / "s"
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as silent:
        silent.bind(str(path))
        silent.listen()
        with pytest.raises(errors.ServiceUnreachable, match="does not answer"):
            simulated.Simulations(lambda: benchfile.Bench(()), path).listing()
