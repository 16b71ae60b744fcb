"""A bridge served in a thread of the test, real scripts that pause, and real WebSockets."""

import asyncio
import contextlib
import inspect
import os
import queue
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from websockets.sync.client import connect

from lager import wire
from lager_debugbridge.bridge import Bridge
from lager_debugbridge.effects import Soon

PATIENCE = 20  # s


class Box:
    """One life of a box: a bridge on a socket, and its WebSocket."""

    def __init__(self, socket_path):
        self.socket_path = socket_path
        self.events = queue.Queue()
        self.port = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._main(),))
        self._thread.start()
        assert self._ready.wait(PATIENCE)

    async def _main(self):
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self.soon = queue.Queue()  # apart: which tests have timeouts is nothing to the order of the others
        self.bridge = Bridge(on_event=self._take)

        async def console(websocket):
            number = websocket.query_params.get("number")
            await self.bridge.console(websocket, websocket.path_params["run"], int(number) if number else None)

        app = Starlette(routes=[WebSocketRoute("/{run}", console)])
        config = uvicorn.Config(app, port=0, log_level="error", ws="websockets-sansio", lifespan="off")
        server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None
        serving = asyncio.ensure_future(self.bridge.serve(self.socket_path))
        listening = asyncio.ensure_future(server._serve())
        while not (  # noqa: ASYNC110  # neither has an event for it
            server.started and self.socket_path.exists()
        ):
            await asyncio.sleep(0)
        self.port = server.servers[0].sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        server.should_exit = True
        await listening

    def _take(self, run, event):
        (self.soon if isinstance(event, Soon) else self.events).put((run, event))

    def close(self):
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(PATIENCE)
            assert not self._thread.is_alive()

    def ask(self, method, *args):
        async def call():
            said = getattr(self.bridge, method)(*args)
            return await said if inspect.isawaitable(said) else said

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(PATIENCE)

    def resume(self, run="run", number=None):
        return self.ask("resume", run, number, "me")

    def go_on(self, run="run", number=None, **asked):
        """Resume as `POST /runs/ID/continue` does: with `sets`, `value`, or `all`."""
        return self.ask("go_on", run, number, wire.ContinueRequest("me", **asked))

    def abort(self, run="run", number=None, **asked):
        return self.ask("abort", run, number, wire.AbortRequest("me", **asked))

    def event(self, kind):
        _, event = self.events.get(timeout=PATIENCE)
        assert type(event) is kind, event
        return event

    def paused(self):
        return self.event(wire.PauseBegan).pause

    @contextlib.contextmanager
    def console(self, run="run", number=None):
        query = f"?number={number}" if number else ""
        with connect(f"ws://127.0.0.1:{self.port}/{run}{query}", max_size=None, proxy=None, close_timeout=0.5) as ws:
            yield Remote(ws)


class Remote:
    """A console's client."""

    def __init__(self, ws):
        self.ws = ws
        self.count = 0

    def send(self, message):
        self.ws.send(wire.to_msgpack(message))

    def next(self):
        return wire.from_msgpack(self.ws.recv(timeout=PATIENCE), wire.FromConsole)

    def start(self, source):
        self.count += 1
        self.send(wire.Evaluate(self.count, source))
        return self.count

    def run(self, source):
        return self.result(self.start(source))

    def result(self, number):
        text = ""
        while not isinstance(message := self.next(), wire.ConsoleResult | wire.ConsoleClosed):
            if isinstance(message, wire.ConsoleOutput):
                text += message.text
        assert isinstance(message, wire.ConsoleResult), message
        assert message.statement == number
        return text

    def closed(self):
        while not isinstance(message := self.next(), wire.ConsoleClosed):
            continue
        return message


class Script:
    """A running script, and its lines."""

    def __init__(self, path, env):
        self.process = subprocess.Popen(
            [sys.executable, "-u", str(path)],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def line(self):
        return self.process.stdout.readline().rstrip("\n")

    def error_lines(self, count):
        return [self.process.stderr.readline() for _ in range(count)]

    def end(self):
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="lg") as path:  # short: it holds a socket
        yield Path(path)


@pytest.fixture
def make_box():
    boxes = []

    def make(path):
        boxes.append(Box(path))
        return boxes[-1]

    yield make
    for box in boxes:
        box.close()


@pytest.fixture
def box(folder, make_box):
    return make_box(folder / "s")


@pytest.fixture
def script(folder):
    running = []

    def start(source, name="test.py", **env):
        (folder / "run").mkdir(exist_ok=True)
        path = folder / "run" / name
        path.write_text(textwrap.dedent(source))
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("LAGER_", "PYTHON"))}
        ours = {
            "LAGER_PROCESS_ID": "run",
            "LAGER_RUN_SOCKET": str(folder / "s"),
            "LAGER_RUN_DIR_ROOT": str(folder / "run"),
            "LAGER_EVALUATOR": "lager_debugbridge.evaluator",
        }
        one = Script(path, {key: value for key, value in (clean | ours | env).items() if value is not None})
        running.append(one)
        return one

    yield start
    for one in running:
        one.process.kill()
        one.process.wait()
        one.process.stdout.close()
        one.process.stderr.close()
