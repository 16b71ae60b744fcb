"""The box's parent process, with the real services."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import family
import psutil
import pytest

from lager import settings, wire
from lager.client import Service
from lager_cli.box import embedded

LAGER = str(Path(sys.executable).with_name("lager"))


@pytest.fixture
def box(folder):
    """A private box that has just started; whatever is left of it ends with the test."""
    info = embedded.ensure()
    family = [psutil.Process(info.pid), *psutil.Process(info.pid).children(recursive=True)]
    yield info
    subprocess.run([LAGER, "box", "stop", "--force"], check=False, capture_output=True, timeout=60)
    for one in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()


def service(info, module):
    return family.running(module, info.pid)


def test_no_service_outlives_it_and_a_box_file_left_behind_is_not_believed(box, capsys):
    services = psutil.Process(box.pid).children()
    assert len(services) == 3
    os.kill(box.pid, signal.SIGKILL)
    os.waitpid(box.pid, 0)
    assert psutil.wait_procs(services, timeout=60)[1] == []
    assert settings.box_file().exists()
    assert embedded.alive() is None
    capsys.readouterr()
    another = embedded.ensure()
    assert another.pid != box.pid
    assert capsys.readouterr().err == (
        "Started a private box with a simulated bench on this machine "
        "(it ends after 10 idle minutes; see lager box status).\n"
    )
    assert embedded.ensure() == another
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("module", ["lager_runner", "lager_hwservice", "lager_drivers.simulated"])
def test_a_service_that_dies_is_started_again_on_the_same_ports(box, module):
    dying = service(box, module)
    dying.kill()
    psutil.wait_procs([dying], timeout=60)
    assert embedded.ensure() == box
    runner = Service("", box.host, box.runner, settings.own_token())
    assert runner.get("/box", wire.BoxInfo) == box
    log = settings.state_dir() / "box.log"
    until = time.monotonic() + 60
    while f"{module} ended with status -9; it is started again in 0 s" not in log.read_text():
        assert time.monotonic() < until, log.read_text()
        assert embedded.ensure() == box  # the parent may not have noticed yet


def test_a_port_in_use_is_one_clear_error(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run([LAGER, "box", "serve", "--port", str(port)], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        f"Error: the box cannot listen on port {port} of 127.0.0.1: another program listens there.\nTry: "
    )


def test_there_is_one_box_for_each_state_directory(box):
    done = subprocess.run([LAGER, "box", "serve"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: a box of yours runs on this machine already.\nTry: ")


def test_a_box_that_cannot_start_shows_its_log(folder, cli):
    (folder / "state").mkdir(mode=0o700)
    (folder / "state" / "bench").write_text("in the way")
    done = cli("nets")
    assert done.status == 5
    assert "the private box did not start" in done.err
    assert "FileExistsError" in done.err
    assert "box.log" in done.err
