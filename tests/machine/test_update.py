"""`lager update`: to another version and back, past runs that go on, and past a version that does not come up."""

import json

import pytest
from runs import Alive
from screens import without_log
from wheelmaking import NEWER

from lager import __version__


@pytest.fixture(scope="module")
def update(laptop):
    return lambda *words: laptop.lager("update", "--box", "bench", *words)


@pytest.fixture
def version(laptop):
    """Ask which version the box runs, and see that it is in order."""

    def ask():
        done = laptop.lager("hello", "--box", "bench", "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["version"]

    return ask


def test_nothing_to_do(box, update, wheels, seen):
    pid = box.run("systemctl show -p MainPID lager-box")
    seen("update-check-none", update("--check", "--wheel", wheels.current))
    seen("update-none", update("--wheel", wheels.current))
    assert box.run("systemctl show -p MainPID lager-box") == pid


def test_something_to_do_is_only_said(box, update, wheels, seen, made):
    seen("update-check", update("--check", "--wheel", wheels.newer))
    assert box.run("ls /opt/lager/versions").split() == [made.name]


def test_the_block(box, update, wheels, seen):
    seen("update-check-verbose", update("--check", "--verbose", "--wheel", wheels.current))


def test_refused_while_runs_are_alive_and_forced(box, update, laptop, wheels, seen, version):
    runs = Alive(laptop, box)
    kept = box.run("cat /var/lib/lager/token /etc/lager/box.env; sha256sum /var/lib/lager/tls.pem")
    seen("update-refused", update("--wheel", wheels.newer))
    assert version() == __version__
    seen("update-forced", update("--wheel", wheels.newer, "--force"))
    assert version() == NEWER
    assert runs.go_on() == ("on", "42", 3, 0)
    assert box.run("cat /var/lib/lager/token /etc/lager/box.env; sha256sum /var/lib/lager/tls.pem") == kept


def test_a_version_that_does_not_come_up(box, update, wheels, seen, version):
    seen("update-rolled-back", update("--wheel", wheels.sick), without_log)
    assert version() == NEWER
    assert box.run("systemctl is-active lager-box; systemctl --failed --no-legend") == "active\n"


def test_files_that_were_changed_are_renewed(box, update, wheels, seen, version):
    box.run("echo >>/etc/udev/rules.d/60-lager-instruments.rules; rm /etc/modprobe.d/blacklist-usbtmc.conf")
    seen("update-check-changed", update("--check", "--verbose", "--wheel", wheels.newer))
    seen("update-renewed", update("--verbose", "--wheel", wheels.newer))
    assert version() == NEWER


def test_and_back(update, wheels, seen, version):
    seen("update-back", update("--wheel", wheels.current))
    assert version() == __version__
