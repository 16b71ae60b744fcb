"""Released clients and a box that `lager install` made: what docs/box.md says opens it to them, and closes it again."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from wheelmaking import NEWER

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "released"))
from releasedclient import Client  # noqa: E402  # from beside it

CHAPTER = re.compile(r"^## Released clients\n(.*?)^## ", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"(?:^    .+\n)+", re.MULTILINE)
OPENED, CLOSED = BLOCK.findall(CHAPTER.search((ROOT / "docs" / "box.md").read_text())[1])
VERSIONS = ("0.21.0", "0.55.0")
PORT = 5025  # a raw SCPI socket's usual one
SUPPLY = """
[instruments]
lan = { model = "Rigol_DP832", serial = "DP8C1", lan = true }
[nets]
supply1 = { role = "power-supply", at = "lan.1" }
"""
SCRIPT = """
from lager import Net, NetType
print("volts", Net.get("supply1", NetType.PowerSupply).voltage())
raise SystemExit(7)
"""


def as_on_the_page(box, commands):
    """Type what a block of the page says, as somebody who may use sudo on that machine; it ends when the box is up."""
    box.run(f"su -s /bin/sh -l ops -c {shlex.quote(commands)}")


@pytest.fixture(scope="module")
def clients(box, tmp_path_factory):
    made = [Client(version, tmp_path_factory.mktemp("released") / version, box) for version in VERSIONS]
    yield made
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def again(box, laptop):
    """Give the `lager install` again that the page asks for; nothing is started anew by it."""

    def install():
        before = box.run("systemctl show -p MainPID lager-box")
        done = laptop.lager("install", "--ip", box.address, "--user", "root", "--box", "bench")
        assert done.returncode == 0, done.stderr
        assert box.run("systemctl show -p MainPID lager-box") == before
        saved = json.loads((laptop.folder / ".lager").read_text())["BOXES"]["bench"]
        assert ("it is open to released clients" in done.stderr + done.stdout) == ("fingerprint" not in saved)
        return saved

    return install


@pytest.fixture(scope="module")
def supply(box, laptop):
    """A supply beside that box, which has it as a net."""
    box.run("mkdir /root/supply; cat >/root/supply.toml", input=SUPPLY)
    program = "/opt/lager/current/bin/python -m lager_drivers.simulated --state /root/supply"
    words = f"{program} --description /root/supply.toml --tcp-port lan={PORT}"
    command = box.inside("sh", "-c", f"cd /; LAGER_STATE_DIR=/root/supply exec {words}")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as bench:
        assert '"ready"' in bench.stdout.readline()
        address = f"TCPIP0::127.0.0.1::{PORT}::SOCKET"
        words = ("supply1", "power-supply", "1", address, "--instrument", "Rigol_DP832")
        done = laptop.lager("nets", "add", *words, "--box", "bench")
        assert done.returncode == 0, done.stderr
        yield
        bench.stdin.close()


def doctor(laptop):
    """Give what `lager doctor` finds of the box that is no part of its machine."""
    done = laptop.lager("doctor", "--box", "bench")
    return re.findall(r"^  (warning|problem) +(open|certificate|answers|unit|unit file) ", done.stdout, re.MULTILINE)


def served(clients):
    """See each client served: what it says of the box, a script, and a supply."""
    for client in clients:
        done = client.run("hello", "--box", "bench")
        assert done.returncode == 0, done.stdout + done.stderr
        client.file("script.py", SCRIPT)
        done = client.run("python", "script.py", "--box", "bench")
        assert (done.returncode, "volts " in done.stdout) == (7, True), done.stdout + done.stderr
        done = client.run("supply", "supply1", "state", "--box", "bench")
        assert (done.returncode, "33.0" in done.stdout) == (0, True), done.stdout + done.stderr


def refused(clients):
    """See each client refused."""
    for client in clients:
        client.file("script.py", SCRIPT)
        for words in (("hello",), ("python", "script.py"), ("supply", "supply1", "state")):
            done = client.run(*words, "--box", "bench")
            assert done.returncode != 0, done.stdout + done.stderr
            assert "volts" not in done.stdout


def test_as_it_is_installed_they_are_refused(clients, supply):
    refused(clients)


def test_what_the_page_says_opens_it(box, laptop, clients, again):
    as_on_the_page(box, OPENED)
    served(clients)
    done = laptop.lager("hello", "--box", "bench")
    assert done.returncode != 0
    assert "fingerprint" not in again()
    assert "open: " in re.sub(" +", " ", box.run("lager box status"))
    assert laptop.lager("hello", "--box", "bench").returncode == 0
    assert doctor(laptop) == [("warning", "certificate"), ("warning", "open")]


def test_an_update_leaves_it_open(box, laptop, clients, wheels):
    own = "/etc/systemd/system/lager-box.service.d"
    box.run(f"mkdir {own}; printf '[Service]\\nEnvironment=OF_THIS_BENCH=1\\n' >{own}/override.conf")
    kept = box.run("cat /etc/lager/box.env")
    done = laptop.lager("update", "--box", "bench", "--wheel", wheels.newer)
    assert done.returncode == 0, done.stderr
    assert json.loads(laptop.lager("hello", "--box", "bench", "--json").stdout)["version"] == NEWER
    assert box.run("cat /etc/lager/box.env") == kept
    assert "OF_THIS_BENCH=1" in box.run("systemctl show -p Environment lager-box")
    served(clients)
    assert doctor(laptop)[-2:] == [("warning", "certificate"), ("warning", "open")]


def test_and_what_it_says_closes_it(box, laptop, clients, again):
    as_on_the_page(box, CLOSED)
    refused(clients)
    assert again()["fingerprint"]
    assert laptop.lager("hello", "--box", "bench").returncode == 0
    assert doctor(laptop) == []
