"""`lager install` makes a box of a fresh machine; a run on it may do what a run needs, and nothing else."""

import json
import subprocess
from pathlib import Path

PROBE = Path(__file__).with_name("probe.py")


def test_what_is_seen_of_it(made, seen):
    seen("install", subprocess.CompletedProcess("install", 0, made.screen))


def test_after_a_reboot_it_answers(box, laptop, seen):
    seen("hello", laptop.lager("hello", "--box", "bench"))


def test_a_run_may_write_its_own_folder_and_nothing_else(box, laptop):
    box.run("echo 'lager ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/lager")  # even then
    done = laptop.lager("python", PROBE, "--box", "bench")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "user": "lager",
        "written": {
            **dict.fromkeys(["/usr/bin/x", "/etc/x", "/opt/lager/x", "/boot/x", "/var/x"], "EROFS"),
            **dict.fromkeys(["/home/x", "/home/ops/x", "/root/x"], "EACCES"),
            "/proc/sys/kernel/hostname": "EROFS",
        },
        "own": "written",
        "temporary": "written",
        "homes": "EACCES",
        "capabilities": "0000000000000000",
        "no_new_privs": "1",
        "sudo": "refused",
    }


def test_again_changes_nothing(box, laptop, seen):
    look = (
        "systemctl show -p MainPID lager-box; find /opt/lager /etc /usr/local -newer /run/lager -not -name __pycache__"
    )
    before = box.run(look)
    done = laptop.lager("install", "--ip", box.address, "--user", "root", "--box", "bench")
    seen("install-again", done)
    assert box.run(look) == before


def test_a_command_on_its_machine(box, laptop):
    done = laptop.lager("ssh", "--box", "bench", "--", "id -un; exit 4")
    assert (done.returncode, done.stdout, done.stderr) == (4, "root\n", "")


def test_what_dies_is_started_again(box, laptop):
    def pid():
        return box.run("systemctl show --value -p MainPID lager-box").strip()

    first = pid()
    box.run(f"kill -9 {first}")
    while pid() in ("0", first):
        continue
    answers = (laptop.lager("hello", "--box", "bench").returncode for _ in range(100))
    assert 0 in answers


def test_locks_on_instruments_are_not_cleaned_away(box):
    """Where `/tmp` is cleaned, as by Debian 13. Here all of it that is left to be cleaned is."""
    box.run("mkdir -p /tmp/lager-7/locks; touch /tmp/lager-7/locks/held /tmp/else")
    box.run("echo 'q /tmp 1777 root root 0' >/root/all.conf")
    box.run("systemd-tmpfiles --clean /root/all.conf /etc/tmpfiles.d/lager-box.conf")
    assert box.run("ls /tmp/lager-7/locks; ls /tmp/else 2>/dev/null || true") == "held\n"


def test_root_on_its_machine_asks_it_and_leaves_nothing_there(box):
    shown = box.run("lager box status")
    assert "(/var/lib/lager/saved_nets.json)" in shown
    assert "state, token, log: /var/lib/lager\n" in shown
    assert box.run("find /var/lib/lager /run/lager -user root") == ""


def test_who_may_see_what(box):
    places = (
        "/var/lib/lager /var/lib/lager/token /var/lib/lager/tls.pem /etc/lager/box.env /var/lib/lager-setup /opt/lager"
    )
    assert box.run(f"stat -c '%A %U %n' {places}").splitlines() == [
        "drwx------ lager /var/lib/lager",
        "-rw------- lager /var/lib/lager/token",
        "-rw------- lager /var/lib/lager/tls.pem",
        "-rw-r--r-- root /etc/lager/box.env",
        "drwx------ root /var/lib/lager-setup",
        "drwxr-xr-x root /opt/lager",
    ]
    assert box.run("find /opt/lager /var/lib/lager-setup /etc/lager -not -user root -o -perm /022 -not -type l") == ""


def test_its_ports_can_be_chosen_and_are_kept(box, laptop):
    words = ("install", "--ip", box.address, "--user", "root", "--box", "bench")
    done = laptop.lager(*words, "--box-port", "5005", "--http-port", "9005")
    assert done.returncode == 0, done.stderr
    pid = box.run("systemctl show -p MainPID lager-box")
    done = laptop.lager(*words)
    assert done.returncode == 0, done.stderr
    assert box.run("systemctl show -p MainPID lager-box") == pid
    told = json.loads(laptop.lager("nets", "--box", "bench", "--json").stdout)
    assert told == []
    kept = box.run("cat /etc/lager/box.env")
    assert "LAGER_BOX_PORT=5005\nLAGER_BOX_HARDWARE_PORT=8080\nLAGER_BOX_HTTP_PORT=9005\n" in kept
