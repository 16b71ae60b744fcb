"""A runner as the box starts it, and a client of it."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import uuid
import zipfile

import httpx2
import psutil
import pytest
from websockets.sync.client import connect

from lager import wire

TIMEOUT = 20  # s that anything may take before a test gives up


class Runner:
    """The runner process of one state directory, and requests to it."""

    def __init__(self, state, *options, host="127.0.0.1"):
        self.state = state
        self.options, self.host = options, host
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("LAGER_")}
        self.env |= {"LAGER_STATE_DIR": str(state), "LAGER_TOKEN": "the box's secret"}
        self.process = None
        self.live = None

    def start(self):
        command = [sys.executable, "-m", "lager_runner", "--port", "0", "--hardware-socket", "/run/hardware.sock"]
        command += ["--host", self.host, *self.options]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self.env)
        self.connect()

    def connect(self):
        self.port = self.report("ready")["port"]
        token = (self.state / "token").read_text()
        self.headers = {"Authorization": f"Bearer {token.strip()}"}
        self.http = httpx2.Client(base_url=f"http://{self.host}:{self.port}", headers=self.headers, timeout=TIMEOUT)

    def report(self, event, **facts):
        """Read the runner's reports up to one of that event with those facts."""
        while line := self.process.stdout.readline():
            report = json.loads(line)
            if report["event"] == event and facts.items() <= report.items():
                return report
        raise AssertionError(f"the runner ended before it reported {event}")

    def kill(self):
        self.process.kill()
        self.end()

    def stop(self):
        self.end()

    def end(self):
        self.process.stdin.close()
        self.process.wait(TIMEOUT)
        self.process.stdout.close()
        self.http.close()

    def put(self, script, run=None, file="", **request):
        run = run or str(uuid.uuid4())
        if isinstance(script, str):
            script, file = script.encode(), file or "test.py"
        body = wire.to_msgpack(wire.RunRequest(name=file or "folder", content=script, script=file, **request))
        return self.http.put(f"/runs/{run}", content=body)

    def run(self, script, **request):
        reply = self.put(script, **request)
        assert reply.status_code == 201, reply.text
        return reply.json()["id"]

    @contextlib.contextmanager
    def stream(self, run, offset=0):
        url = f"ws://{self.host}:{self.port}/runs/{run}/stream?from={offset}"
        with connect(url, additional_headers=self.headers, compression=None, open_timeout=TIMEOUT) as websocket:
            yield Watcher(websocket)

    def watch(self, run, offset=0):
        """Follow a run to its end; give stdout, stderr and the last message."""
        with self.stream(run, offset) as watcher:
            return watcher.rest()

    def result(self, script, **request):
        return self.watch(self.run(script, **request))

    def supervisor(self, run):
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                words = process.cmdline()
                if "lager_runner.supervisor" in words and any(word.endswith(run) for word in words):
                    return process
        raise AssertionError(f"no supervisor of {run}")

    def error(self, reply):
        return reply.status_code, reply.json()["code"]


class Watcher:
    """One end of a stream."""

    def __init__(self, websocket):
        self.websocket = websocket
        self.seen = {1: bytearray(), 2: bytearray(), 3: bytearray()}
        self.offset = 0

    def next(self):
        message = wire.from_msgpack(self.websocket.recv(TIMEOUT), wire.FromRun)
        if isinstance(message, wire.Output):
            self.seen[message.stream] += message.data
            self.offset = message.offset
        return message

    def until(self, words, stream=1):
        while words not in self.seen[stream]:
            assert isinstance(self.next(), wire.Output), self.seen
        return self.seen[stream]

    def until_kind(self, kind):
        while not isinstance(message := self.next(), kind):
            pass
        return message

    def rest(self):
        last = self.until_kind(wire.Exited | wire.StreamFailed)
        return bytes(self.seen[1]), bytes(self.seen[2]), last

    def send(self, message):
        self.websocket.send(wire.to_msgpack(message))


def is_alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_gone(pid):
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        import select

        assert select.select([handle], [], [], TIMEOUT)[0], f"process {pid} lives on"
    finally:
        os.close(handle)


def end_all(state):
    """End whatever a failed test has left: the supervisors of its state directory, and so their scripts."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if any(word.startswith(f"{state}/runs/") for word in process.cmdline()):
                process.send_signal(signal.SIGKILL)


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    one = Runner(tmp_path_factory.mktemp("state"))
    one.start()
    yield one
    one.stop()
    end_all(one.state)


@pytest.fixture
def own_runner(tmp_path):
    """A runner that the test may kill."""
    one = Runner(tmp_path / "state")
    one.start()
    yield one
    one.stop()
    end_all(one.state)


@pytest.fixture
def tools():
    """What else a test of runs needs."""

    class Tools:
        alive = staticmethod(is_alive)
        wait_gone = staticmethod(wait_gone)
        zipped = staticmethod(zipped)

    return Tools


def zipped(files):
    """Make a zip of `{name: text}`; a ZipInfo may stand for a name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()
