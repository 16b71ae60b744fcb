"""A machine that is no place for a box, or lets nobody in: what is said, and that nothing was done."""

import contextlib

import pytest
from screens import Screen, plain

AS_ROOT = ("--user", "root")


@pytest.fixture
def untouched(fresh):
    """A machine on which, whatever is tried, nothing is begun."""
    yield fresh
    assert fresh.run("ls /opt /usr/local/bin; getent passwd lager || true") == "/opt:\n\n/usr/local/bin:\n"


@pytest.fixture
def refused(laptop, seen):
    """Try to install; the command fails, and says why."""

    def tried(name, machine, *words):
        done = laptop.lager("install", "--ip", machine.address, "--box", "bench", *words)
        assert done.returncode
        seen(name, done)

    return tried


@contextlib.contextmanager
def changed(machine, do, undo):
    machine.run(do)
    try:
        yield
    finally:
        machine.run(undo)


def test_no_python(untouched, refused):
    with changed(untouched, "chmod -x /usr/bin/python3.11", "chmod +x /usr/bin/python3.11"):
        refused("no-python", untouched, *AS_ROOT)


def test_not_debian(untouched, refused):
    fedora = 'ID=fedora\\nPRETTY_NAME="Fedora 41"\\n'
    other = f"cp -P /etc/os-release /root/; rm /etc/os-release; printf '{fedora}' >/etc/os-release"
    with changed(untouched, other, "rm /etc/os-release; mv /root/os-release /etc"):
        refused("not-debian", untouched, *AS_ROOT)


def test_no_room(untouched, refused):
    with changed(untouched, "mount -t tmpfs -o size=100M none /opt", "umount /opt"):
        refused("no-room", untouched, *AS_ROOT)


def test_nobody_may_be_root(untouched, refused):
    refused("no-sudo-for-them", untouched, "--user", "guest")


def test_nobody_can_type_the_password(untouched, refused):
    refused("nobody-types", untouched, "--user", "admin")


def test_no_sudo_at_all(untouched, refused):
    with changed(untouched, "mv /usr/bin/sudo /usr/bin/sudo-", "mv /usr/bin/sudo- /usr/bin/sudo"):
        refused("no-sudo", untouched, "--user", "ops")


def test_the_wrong_password_thrice(untouched, laptop, seen):
    terminal = laptop.terminal("install", "--ip", untouched.address, "--box", "bench", "--user", "admin")
    for _ in range(3):
        terminal.expect("for sudo: ")
        terminal.type("wrong\n")
    seen("wrong-password", Screen(terminal))


def test_the_disk_fills_up_on_the_way(fresh, refused):
    """Told where, and nothing of what was sent is lost: the next time goes on from there."""
    small = "mkdir -p /var/lib/lager-setup/incoming; mount -t tmpfs -o size=20M none /var/lib/lager-setup/incoming"
    with changed(fresh, small, "umount /var/lib/lager-setup/incoming"):
        refused("disk-full", fresh, *AS_ROOT)


def test_the_disk_is_full_while_pip_writes(fresh, laptop, seen):
    """Full of files, that is: for bytes there is room, so it is begun. Nothing of it is left.

    The steps before depend on what was tried before.
    """
    with changed(fresh, "mount -t tmpfs -o size=2G,nr_inodes=3000 none /opt", "umount /opt"):
        done = laptop.lager("install", "--ip", fresh.address, "--box", "bench", *AS_ROOT)
        seen("disk-full-pip", done, lambda screen: plain(screen).partition(" 6. ")[2])
        assert fresh.run("ls /opt/lager/versions") == ""
