"""The tie between a box and its services, with real processes."""

import json
import os
import select
import subprocess
import sys

SERVICE = """
import sys, threading
from lager.lifeline import Lifeline
cut = threading.Event()
line = Lifeline(cut.set)
print("a stray print")
line.report("ready", port=5)
line.active()
line.active()
cut.wait()
line.report("ended")
"""


def start(**more):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", SERVICE], **pipes, **more)


def test_reports_are_lines_and_prints_are_not_among_them():
    service = start()
    assert json.loads(service.stdout.readline()) == {"event": "ready", "port": 5}
    assert json.loads(service.stdout.readline()) == {"event": "active"}
    out, log = service.communicate()
    assert json.loads(out) == {"event": "ended"}
    assert log == b"a stray print\n"
    assert service.returncode == 0


def test_a_service_notices_that_its_box_was_killed():
    box = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import subprocess, sys\n"
            f"service = subprocess.Popen([sys.executable, '-c', {SERVICE!r}], stdin=subprocess.PIPE)\n"
            f"service.wait()",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert b"ready" in box.stdout.readline()
    box.kill()
    box.wait()
    rest = b""
    while select.select([box.stdout], [], [], 10)[0] and (part := os.read(box.stdout.fileno(), 4096)):
        rest += part  # end of file: the service, the last to hold the pipe, has ended
    box.stdout.close()
    assert b"ended" in rest or rest.count(b"active") == 1
