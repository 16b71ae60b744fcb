"""A bridge served in a thread of the test, real scripts that pause, and real WebSockets."""

import asyncio
import contextlib
import contextvars
import importlib.util
import inspect
import os
import queue
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import uuid
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from lager import wire
from lager_debugbridge.bridge import Bridge
from lager_debugbridge.effects import Soon
from lager_debugbridge.evaluator import Evaluator

PATIENCE = 20  # s


class Box:
    """One life of a box: a bridge on a socket, and its WebSocket."""

    def __init__(self, socket_path, **options):
        self.socket_path = socket_path
        self.notes = queue.Queue()
        self._options = options
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
        self.bridge = Bridge(on_event=self._take, on_note=lambda *note: self.notes.put(note), **self._options)

        async def console(websocket):
            number = websocket.query_params.get("number")
            await self.bridge.console(websocket, websocket.path_params["run"], int(number) if number else None)

        app = Starlette(routes=[WebSocketRoute("/{run}", console)])
        config = uvicorn.Config(
            app, port=0, log_level="error", ws="websockets-sansio", lifespan="off", ws_per_message_deflate=False
        )
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
    def console(self, run="run", number=None, **join):
        """Open a console, or with `console=` and `seen=` go on with one, and leave it at the end."""
        with self.connection(run, number) as remote:
            remote.join(**join)
            yield remote
            with contextlib.suppress(ConnectionClosed):  # the box has closed it
                remote.send(wire.Leave())

    @contextlib.contextmanager
    def connection(self, run="run", number=None, **options):
        """Connect; say nothing, and break off at the end."""
        query = f"?number={number}" if number else ""
        options |= {"max_size": None, "proxy": None, "close_timeout": 0.5}
        with connect(f"ws://127.0.0.1:{self.port}/{run}{query}", **options) as ws:
            yield Remote(ws)


class Remote:
    """A console's client."""

    def __init__(self, ws):
        self.ws = ws
        self.count = 0
        self.seen = 0  # the last number
        self.name = ""

    def join(self, console="", by="me", **more):
        self.name = console or uuid.uuid4().hex
        self.send(wire.Join(self.name, by, **more))

    def send(self, message):
        self.ws.send(wire.to_msgpack(message))

    def next(self):
        while isinstance(message := self.take(), wire.Ping):
            self.send(wire.Pong(message.number))
        self.seen = max(self.seen, getattr(message, "number", 0))
        return message

    def take(self):
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

    def make(path, **options):
        boxes.append(Box(path, **options))
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


EVALUATING = contextvars.ContextVar("evaluating", default=False)


class Bench:
    """A script stopped in a frame, and one console on it."""

    def __init__(self, frame, root):
        self.sent = []
        self.evaluator = Evaluator(frame, self.sent.append, str(root), EVALUATING)
        self.evaluator.open("c")
        self.count = 0

    def run(self, source, console="c"):
        self.count += 1
        del self.sent[:]
        self.evaluator.evaluate(wire.Evaluate(self.count, textwrap.dedent(source), console))
        return "".join(one.text for one in self.sent if isinstance(one, wire.ConsoleOutput))

    def complete(self, source):
        self.evaluator.complete(wire.Complete(1, source, len(source), "c"))
        return self.sent[-1]


@pytest.fixture
def stop(tmp_path, request):
    """Load a script; `stop(source)` gives its module and a console where it calls `here()`."""
    benches = []
    names = []

    def load(source, **files):
        for name, text in files.items():
            (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
            names.append(name)
        name = f"script_{abs(hash(request.node.nodeid)) % 10**9}"
        path = tmp_path / f"{name}.py"
        path.write_text(textwrap.dedent(source))
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        names.append(name)
        module.here = lambda: benches.append(Bench(sys._getframe(1), tmp_path))
        spec.loader.exec_module(module)
        return module, benches[-1]

    sys.path.insert(0, str(tmp_path))
    yield load
    sys.path.remove(str(tmp_path))
    for bench in benches:
        bench.evaluator.finish("resumed")
    for name in names:
        sys.modules.pop(name, None)
