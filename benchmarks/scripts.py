"""Scripts on the private box of a benchmark, started and followed over its HTTP as any client does."""

import uuid
from pathlib import Path

from lager import wire
from lager.client import Service


def runner(env):
    """The runner of the private box that lives in this environment."""
    state = Path(env["LAGER_STATE_DIR"])
    info = wire.from_json((state / "box.json").read_bytes(), wire.BoxInfo)
    return Service("", "127.0.0.1", info.runner, (state / "token").read_text().strip())


def start(service, text):
    """Start a script of that text; its id."""
    run = str(uuid.uuid4())
    request = wire.RunRequest(name="pausing.py", script="pausing.py", content=text.encode())
    service.put(f"/runs/{run}", request, wire.RunInfo, timeout=60.0)
    return run


def go_on(service, run, everyone=False):
    """Let what is paused in a run go on; what `lager python --continue` sends."""
    return service.post(f"/runs/{run}/continue", wire.ContinueRequest("benchmark", all=everyone), wire.Resumed)


class Followed:
    """What a run says, from its start on."""

    def __init__(self, service, run):
        self._stream = service.connect(f"/runs/{run}/stream?from=0")
        self._unread = ""

    def line(self, beginning):
        """Wait for the next line with that beginning; what comes after it there."""
        while True:
            line, end, rest = self._unread.partition("\n")
            if not end:
                message = self._stream.receive(wire.FromRun)
                self._unread += message.data.decode() if isinstance(message, wire.Output) else ""
                continue
            self._unread = rest
            if line.startswith(beginning):
                return line.removeprefix(beginning)

    def close(self):
        self._stream.close()
