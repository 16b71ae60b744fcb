"""What is there before the script is: it may be quicker than all that its supervisor still has to import."""

import json
import socket
import subprocess

from lager import wire
from lager_runner import supervisor
from lager_runner.rundirectory import RunDirectories

# Opens the channel as `lager.output` does, and is at it as soon as a process can be.
AT_ONCE = ["/bin/sh", "-c", "dd if=/dev/null of=../channel oflag=nonblock conv=notrunc"]


def test_the_output_channel_is_open_before_the_script_starts(tmp_path, monkeypatch):
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path))
    request = wire.RunRequest(name="t.py", content=b"", script="t.py")
    directory = RunDirectories().create("f8e36690-76b8-46db-8eec-4b6fa09d4278", request, 1.0)
    with socket.socket(socket.AF_UNIX) as control:
        control.bind(str(tmp_path / "control"))
        control.listen()
        subprocess.run(supervisor.command(str(directory.path), AT_ONCE), stdin=control, check=True, timeout=30)
    assert json.loads((directory.path / "exit.json").read_text())["status"] == 0, directory.log.read_bytes()
