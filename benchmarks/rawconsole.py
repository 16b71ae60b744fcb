"""What a console over plain TCP costs, as clients of the released interface have it: a line there, its value back."""

import os
import random
import socket
import statistics
import subprocess
import tempfile
import threading
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks import scripts
from benchmarks.timing import LAGER, percentiles, seconds
from lager import wire
from lager.client import Service

EVALUATED = 2e-3  # s, median
ROUNDS = 2000
OPENED = 30
SCRIPT = "import lager\nlager.pause(timeout=0, interactive=True)\n"


def main() -> None:
    with _box() as service, _echo() as echo:
        run = _paused(service)
        said = service.post("/python/breakpoint", {"lager_process_id": run}, dict)
        address = service.host, said["console_port"]
        opened = [_opened(address) for _ in range(OPENED)]
        with closing(_Line(address)) as line:
            line.until(b">>> ")
            _report("console over plain TCP, 1 + 1", lambda: line.ask(b"1 + 1\n", b"2\n>>> "), echo)
        title, took = "  a new connection, to its prompt and first value", statistics.median(opened)
        print(f"{title:52s} median {took * 1000:.2f} ms")
        scripts.go_on(service, run)


class _Line:
    """One connection."""

    def __init__(self, address):
        self._socket = socket.create_connection(address)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def until(self, end):
        got = b""
        while not got.endswith(end):
            got += self._socket.recv(4096)
        return got

    def ask(self, text, answer):
        self._socket.sendall(text)
        got = self.until(answer[-4:])
        assert got == answer, got

    def close(self):
        self._socket.close()


def _opened(address):
    def once():
        with closing(_Line(address)) as line:
            line.until(b">>> ")
            line.ask(b"1 + 1\n", b"2\n>>> ")

    return seconds(once)


def _report(name, subject, baseline):
    subject(), baseline()  # warm
    mine, theirs = zip(*((seconds(subject), seconds(baseline)) for _ in range(ROUNDS)), strict=True)
    ratio = statistics.median(a / b for a, b in zip(mine, theirs, strict=True))
    for title, times, more in (
        (name, mine, f"(budget median {EVALUATED * 1000:g} ms)"),
        ("  baseline: a thread that echoes", theirs, f"ratio {ratio:6.2f}"),
    ):
        found = percentiles(times)
        print(
            f"{title:52s} median {found.median * 1000:.2f}, p99 {found.p99 * 1000:.2f}, max {found.longest * 1000:.2f}"
            f" ms   {more}"
        )


def _paused(service):
    run = scripts.start(service, SCRIPT)
    with closing(scripts.Followed(service, run)) as followed:
        followed.line("    no auto-resume")
    return run


@contextmanager
def _echo():
    """What sends a line to and fro, and does nothing else."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            link, _ = server.accept()
            with link:
                while part := link.recv(4096):
                    link.sendall(part)

        thread = threading.Thread(target=serve)
        thread.start()
        with closing(_Line(server.getsockname())) as line:
            yield lambda: line.ask(b"2\n>>> ", b"2\n>>> ")
        thread.join()


@contextmanager
def _box():
    """A box that serves released clients, at an address of its own; gives its runner."""
    host = "127." + ".".join(str(random.randint(1, 254)) for _ in range(3))
    with tempfile.TemporaryDirectory() as folder:
        env = {key: value for key, value in os.environ.items() if not key.startswith("LAGER_")}
        env |= {"LAGER_STATE_DIR": f"{folder}/state", "LAGER_CONFIG_FILE_DIR": folder}
        words = [LAGER, "box", "serve", "--bind", host, "--allow-legacy-clients", "--legacy-console"]
        with subprocess.Popen(words, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as box:
            try:
                while "Ctrl-C ends it" not in box.stdout.readline():
                    continue
                state = Path(folder, "state")
                info = wire.from_json((state / "box.json").read_bytes(), wire.BoxInfo)
                yield Service("", host, info.runner, (state / "token").read_text().strip())
            finally:
                box.terminate()
