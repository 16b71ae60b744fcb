"""`lager uninstall`: the machine is what it was, but for the data; with `--data`, that goes, too."""

import pytest
from runs import Alive

EVERYWHERE = (
    "ls -d /opt/lager /usr/local/bin/lager /etc/lager* /etc/systemd/system/lager* /etc/systemd/system/*/lager* \
    /etc/udev/rules.d/*lager* /etc/tmpfiles.d/*lager* /etc/modprobe.d/*usbtmc* \
    /var/lib/lager* /run/lager 2>/dev/null || true"
)


@pytest.fixture(scope="module")
def uninstall(laptop):
    return lambda *words: laptop.lager("uninstall", "--yes", *words)


def left(box):
    return box.run(EVERYWHERE).splitlines()


def test_not_without_being_asked(box, laptop, seen):
    seen("uninstall-unasked", laptop.lager("uninstall", "--box", "bench"))


def test_not_while_runs_are_alive(box, laptop, uninstall, seen):
    runs = Alive(laptop, box)
    seen("uninstall-refused", uninstall("--box", "bench"))
    assert runs.go_on() == ("on", "42", 3, 0)


def test_what_stays_is_the_data(box, laptop, uninstall, seen):
    token = box.run("cat /var/lib/lager/token")
    seen("uninstall", uninstall("--box", "bench"))
    assert left(box) == ["/etc/lager", "/var/lib/lager", "/var/lib/lager-setup"]
    assert box.run("ls /var/lib/lager-setup") == "lock\nsetup.json\n"
    assert box.run("systemctl --failed --no-legend; pgrep -u lager || true") == ""
    assert box.run("cat /var/lib/lager/token") == token
    seen("uninstall-and-then-hello", laptop.lager("hello", "--box", "bench"))


def test_again_finds_nothing_to_do(box, uninstall, seen):
    seen("uninstall-again", uninstall("--ip", box.address, "--user", "root"))


def test_what_stayed_is_used_when_it_becomes_a_box_again(box, laptop, made):
    token = box.run("cat /var/lib/lager/token").strip()
    done = laptop.lager("install", "--ip", box.address, "--user", "root", "--box", "bench", "--json")
    assert done.returncode == 0, done.stderr
    assert token in (laptop.folder / ".lager").read_text()
    logs = [laptop.lager("logs", run, "--box", "bench").stdout for run in box.run("ls /var/lib/lager/runs").split()]
    assert sorted(log.splitlines()[-1] for log in logs) == ["heard on", "number 42"]


def test_and_with_the_data(box, laptop, uninstall, seen):
    runs = Alive(laptop, box)
    seen("uninstall-data", uninstall("--box", "bench", "--data", "--force"))
    assert left(box) == []
    assert box.run("pgrep -f [w]aiting.py || true; getent passwd lager || true") == ""
    del runs
