"""A box as a service of systemd: it says when it is ready, and when it ends."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lager_cli.box import supervised

LAGER = Path(sys.executable).with_name("lager")


@pytest.fixture
def systemd(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(60)
        yield listening


def test_it_tells_and_passes_on_to_nobody_where(systemd, monkeypatch):
    monkeypatch.setenv("NOTIFY_SOCKET", systemd.getsockname())
    notifier = supervised.Notifier()
    assert "NOTIFY_SOCKET" not in os.environ
    notifier.ready()
    assert systemd.recv(100) == b"READY=1"


def test_an_abstract_socket_is_one_too(monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0lager-test-{os.getpid()}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@lager-test-{os.getpid()}")
        supervised.Notifier().ending()
        assert listening.recv(100) == b"STOPPING=1"


def test_where_nobody_listens_nothing_happens(monkeypatch, tmp_path):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    supervised.Notifier().ready()
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    supervised.Notifier().ready()


def test_the_journal_has_its_own_clock(monkeypatch):
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    assert "asctime" in supervised.log_format()
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    assert "asctime" not in supervised.log_format()


def test_a_box_says_that_it_is_ready_and_that_it_ends(systemd, tmp_path):
    bench = tmp_path / "saved_nets.json"
    bench.write_text("[]\n")
    env = {**os.environ, "LAGER_STATE_DIR": str(tmp_path / "state"), "NOTIFY_SOCKET": systemd.getsockname()}
    words = ["--bench", bench, "--port=0", "--hardware-port=0", "--http-port=0"]
    box = subprocess.Popen(
        [LAGER, "box", "serve", *words],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert systemd.recv(100) == b"READY=1"
        box.send_signal(signal.SIGTERM)
        assert systemd.recv(100) == b"STOPPING=1"
        said, _ = box.communicate(timeout=60)
    finally:
        box.kill()
        box.wait()
    assert box.returncode == 0, said
    address, bench_line, last = said.splitlines()  # of its services nothing, where nothing is amiss
    assert address.startswith("The box listens on 127.0.0.1: port ")
    assert (bench_line.startswith(f"Bench: {bench}. Token: "), last) == (True, "Ending the box.")
