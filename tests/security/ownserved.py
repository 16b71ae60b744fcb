"""A box in the foreground, as `lager box serve` runs it, with a home of its own."""

import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

from lager import wire
from lager.client import Service

LAGER = str(Path(sys.executable).with_name("lager"))
BENCH = Path(__file__).parents[1] / "wholes" / "two_instruments.toml"
PATIENCE = 60  # s until a test gives up


class Served:
    """A box and what a client needs to know of it.

    Args:
        folder: Its home.
        options: Of `lager box serve`, besides the ports.
    """

    def __init__(self, folder, *options):
        self.folder = folder
        self.state = folder / "state"
        self.log = folder / "served.log"
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("LAGER_")} | {
            "HOME": str(folder),
            "LAGER_STATE_DIR": str(self.state),
            "LAGER_CONFIG_FILE_DIR": str(folder),
            "NO_COLOR": "1",
            "PYTHONWARNINGS": "error",
        }
        self.start(*options)

    def start(self, *options):
        ports = ["--port", "0", "--hardware-port", "0", "--http-port", "0"]
        command = [LAGER, "box", "serve", *ports, "--simulated", str(BENCH), *options]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env=self.env, cwd=self.folder
            )
        self.said = ""
        while "Ctrl-C ends it" not in self.said:
            line = self.process.stdout.readline().decode()
            assert line, self.log.read_text()
            self.said += line
        self.info = wire.from_json((self.state / "box.json").read_bytes(), wire.BoxInfo)
        self.token = (self.state / "token").read_text().strip()

    def stop(self):
        self.lager("box", "stop", "--force")
        self.said += self.process.stdout.read().decode()
        self.process.stdout.close()
        self.process.wait(PATIENCE)

    def service(self, port, fingerprint=None):
        pin = self.info.fingerprint if fingerprint is None else fingerprint
        return Service("", "127.0.0.1", port, self.token, fingerprint=pin)

    @property
    def runner(self):
        return self.service(self.info.runner)

    def lager(self, *words, env=None, stdin=subprocess.DEVNULL):
        return subprocess.run(
            [LAGER, *words],
            cwd=self.folder,
            env=self.env | (env or {}),
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def script(self, text, name="test.py"):
        (self.folder / name).write_text(text)
        return name

    def put(self, content, script="test.py", **more):
        """Start a run; give its id."""
        asked = wire.RunRequest(name=script or "folder", content=content, script=script, **more)
        return self.runner.put(f"/runs/{uuid.uuid4()}", asked, wire.RunInfo).id

    def told(self, run):
        return self.runner.get(f"/runs/{run}", wire.RunInfo)

    def follow(self, run):
        """Wait for a run's end; give what it wrote to stdout, and the last message."""
        written = b""
        with self.runner.connect(f"/runs/{run}/stream?from=0") as stream:
            while True:
                message = stream.receive(wire.FromRun, PATIENCE)
                if isinstance(message, wire.Exited | wire.StreamFailed):
                    return written, message
                if isinstance(message, wire.Output) and message.stream == 1:
                    written += message.data

    def until(self, holds):
        """Look again until something holds; there is nothing to wait on."""
        end = time.monotonic() + PATIENCE
        while not (found := holds()):
            assert time.monotonic() < end, self.log.read_text()[-3000:]
        return found
