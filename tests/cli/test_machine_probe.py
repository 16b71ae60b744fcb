"""What a machine is, asked with a shell alone; and whether that can be a box."""

import os
import platform
import subprocess
from dataclasses import replace

import pytest

from lager import errors
from lager_cli.machine import probe
from lager_cli.machine.wheels import Python

GOOD = probe.Facts(
    kernel="Linux",
    machine="aarch64",
    host="bench7",
    uid=1000,
    user="pi",
    family=frozenset({"debian"}),
    system="Debian GNU/Linux 12 (bookworm)",
    libc="2.36",
    sudo="/usr/bin/sudo",
    systemd=True,
    room=2048,
    pythons=(("/usr/bin/python3", "3.11.2", "linux-aarch64"),),
)
OLD = (("/usr/bin/python3", "3.9.2", "linux-aarch64"),)
TAKE = (
    "take a machine with Debian 12 or newer, Ubuntu 22.04 or newer, or Raspberry Pi OS (64 bit); or run a box in a "
    "container there: docs/box.md"
)


def test_the_script_runs_in_the_plainest_shell_and_tells_of_this_machine():
    done = subprocess.run(["sh", "-s"], input=probe.SCRIPT, capture_output=True, text=True, check=True)
    found = probe.read(done.stdout)
    assert (found.kernel, found.machine, found.uid) == ("Linux", platform.machine(), os.getuid())
    assert found.host == platform.node()
    assert found.libc == platform.libc_ver()[1]
    assert found.room > 0
    assert all(path.startswith("/") and kind.startswith("linux-") for path, _, kind in found.pythons)


def test_where_there_is_nothing_it_still_comes_to_its_end(tmp_path):
    """No Python, no os-release to be read, none of the usual programs."""
    for name in ("uname", "id"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    done = subprocess.run(
        ["/bin/sh", "-s"], input=probe.SCRIPT, capture_output=True, text=True, check=True, env={"PATH": str(tmp_path)}
    )
    found = probe.read(done.stdout)
    assert (found.kernel, found.pythons, found.room, found.libc) == ("Linux", (), 0, "")


def test_words():
    assert GOOD.words == "Debian GNU/Linux 12 (bookworm), aarch64, Python 3.11.2, 2.0 GiB free"
    assert probe.Facts(kernel="Linux", machine="riscv64").words == "Linux, riscv64, no Python, 0.0 GiB free"


@pytest.mark.parametrize("said", ["", "This account is currently not available.", "begin=lager\nkernel=Linux\n"])
def test_a_login_that_is_no_shell(said):
    with pytest.raises(errors.MachineUnfit, match="the machine runs no shell as one expects") as caught:
        probe.read(said)
    assert caught.value.hint == "see that its user may run commands over ssh, and that its login says nothing by itself"


def test_a_login_that_greets_is_no_harm():
    assert probe.read("Welcome = to\nbench7!\nbegin=lager\nkernel=Linux\nroom=9000\nend=lager\n").room == 8


def test_a_good_one():
    assert probe.check(GOOD, fresh=True) == ("/usr/bin/python3", Python("3.11.2", "aarch64", "2.36"))


@pytest.mark.parametrize(
    ("changes", "what", "hint"),
    [
        ({"kernel": "Darwin"}, "bench7 is no Linux machine (Darwin), and a box must be one", TAKE),
        (
            {"family": frozenset({"fedora"}), "system": "Fedora Linux 41"},
            "bench7 runs Fedora Linux 41, which is not Debian",
            TAKE,
        ),
        (
            {"family": frozenset(), "system": ""},
            "bench7 runs a system that does not say what it is, which is not Debian",
            TAKE,
        ),
        ({"systemd": False}, "bench7 is not run by systemd, which keeps a box's services alive", TAKE),
        ({"libc": ""}, "bench7 has no glibc, which the packages of a box are built for", TAKE),
        (
            {"room": 120},
            "bench7 has 120 MiB free for programs (/opt), and a box takes 400",
            "make room there (`sudo apt-get clean` and `sudo journalctl --vacuum-size=50M` often do), then run it "
            "again",
        ),
        (
            {"pythons": ()},
            "bench7 has no Python 3.10 or newer",
            "install it there: sudo apt-get install -y python3",
        ),
        (
            {"pythons": OLD},
            "bench7 has no Python 3.10 or newer: /usr/bin/python3 is 3.9.2",
            "install a newer one beside it, or bring the machine to Debian 12 or newer, Ubuntu 22.04 or newer, or "
            "Raspberry Pi OS (64 bit)",
        ),
        (
            {"pythons": (("/usr/bin/python3", "3.11.2", "linux-armv7l"),)},
            "bench7 has a Python for armv7l, and there are packages for x86_64 and aarch64 only",
            "take a machine with Debian 12 or newer, Ubuntu 22.04 or newer, or Raspberry Pi OS (64 bit)",
        ),
    ],
)
def test_unfit(changes, what, hint):
    with pytest.raises(errors.MachineUnfit) as caught:
        probe.check(replace(GOOD, **changes), fresh=True)
    assert (caught.value.what, caught.value.hint) == (what, hint)


def test_what_is_a_box_already_needs_its_python_only():
    """It is updated, looked at or removed, also where its disk is full."""
    assert probe.check(replace(GOOD, room=0, systemd=False), fresh=False)[0] == "/usr/bin/python3"
    with pytest.raises(errors.MachineUnfit):
        probe.check(replace(GOOD, pythons=()), fresh=False)


def test_what_is_begun_goes_on_where_most_of_the_room_is_taken():
    """What it still takes, its next step knows better."""
    assert probe.check(replace(GOOD, room=120, begun=True), fresh=True)[0] == "/usr/bin/python3"


def test_a_newer_python_beside_the_system_s_is_found_but_none_in_a_home():
    homely = ("/home/pi/.pyenv/shims/python3", "3.12.1", "linux-aarch64")
    beside = ("/usr/bin/python3.11", "3.11.2", "linux-aarch64")
    assert replace(GOOD, pythons=(*OLD, homely, beside)).python == beside


def test_the_system_s_own_python_goes_before_one_that_may_be_somebody_s_to_change():
    other = ("/opt/conda/bin/python3", "3.13.1", "linux-aarch64")
    assert replace(GOOD, pythons=(other, *GOOD.pythons)).python == GOOD.pythons[0]
    assert replace(GOOD, pythons=(other, *OLD)).python == other
