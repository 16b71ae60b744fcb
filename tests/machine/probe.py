"""What a run may do on a box that was set up: it tries, and says how that ended. Runs on the box, by `lager python`."""

import errno
import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

SYSTEM = ["/usr/bin/x", "/etc/x", "/opt/lager/x", "/boot/x", "/var/x", "/proc/sys/kernel/hostname"]
HOMES = ["/home/x", "/home/ops/x", "/root/x"]


def tried(path):
    try:
        Path(path).write_text("x")
    except OSError as exc:
        return errno.errorcode[exc.errno]
    return "written"


def listed(path):
    try:
        return os.listdir(path)
    except OSError as exc:
        return errno.errorcode[exc.errno]


def gained():
    """Try to become root as somebody may who is in sudoers."""
    done = subprocess.run(["sudo", "-n", "id", "-u"], capture_output=True, text=True, check=False)
    return "refused" if done.returncode and "no new privileges" in done.stderr else done.stdout + done.stderr


status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines())
json.dump(
    {
        "user": pwd.getpwuid(os.getuid()).pw_name,
        "written": {path: tried(path) for path in SYSTEM + HOMES},
        "own": tried("x"),
        "temporary": tried("/tmp/x"),
        "no_new_privs": status["NoNewPrivs"],
        "capabilities": status["CapEff"],
        "sudo": gained(),
        "homes": listed("/home"),
    },
    sys.stdout,
)
