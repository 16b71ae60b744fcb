"""An IDE on a paused script: `lager python --dap`, with a scripted client of the debug adapter protocol."""

import contextlib
import json
import re
import socket

import psutil
import pytest
from conftest import interrupt
from ide import Ide

BENCH = "two_instruments.toml"

SCRIPT = """\
import threading
import time
import lager

beats = 0
def beat():
    global beats
    while True:
        beats += 1
        time.sleep(0.002)
threading.Thread(target=beat, daemon=True).start()

def measure(volts):
    current = volts / 5
    lager.pause("measuring", interactive=True, timeout=0)
    current += 1
    return scaled(current)

def scaled(value):
    doubled = value * 2
    return doubled

try:
    print("result", measure(5.0), flush=True)
    lager.pause("second", interactive=True, timeout=0)
    print("the end", flush=True)
finally:
    print("cleaned up", flush=True)
"""
PAUSED_AT, LAST_OF_SCALED, SECOND = 15, 21, 25


COROUTINE = """\
import asyncio
import lager

async def main():
    found = 1
    await lager.apause("measuring", interactive=True, timeout=0)
    found += 1
    await asyncio.sleep(0.001)
    print("found", found)

asyncio.run(main())
"""
THREAD = """\
import threading
import lager

def work():
    lager.pause("measuring", interactive=True, timeout=0)
    print("not to be seen")
    print("nor this")

thread = threading.Thread(target=work)
thread.start()
try:
    thread.join()
finally:
    print("cleaned up")
"""
SETTINGS = """\
import os
import sys
import threading
import lager

def trace(frame, event, arg):
    return None

def settings():
    return sys.gettrace(), sys.breakpointhook, dict(os.environ), threading.Thread.start, sys.settrace

sys.settrace(trace)
before = settings()
lager.pause("measuring", interactive=True, timeout=0)
assert settings() == before, settings()
child = os.fork()
if not child:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
lager.pause("again", interactive=True, timeout=0)
"""


class Debugged:
    """A script that is paused, and the port of `lager python --dap` for it."""

    def __init__(self, home, folder, script):
        self.home = home
        self.path = home.script(script, f"{folder}/bench.py")
        self.script = home.terminal("python", self.path)
        self.name = self.pause("measuring")
        self.dap = home.start("python", "--dap", self.name)
        launch = ""
        while not launch.endswith("\n}\n"):
            line = self.dap.stdout.readline()
            assert line, self.dap.stderr.read()
            launch += line
        (self.configuration,) = json.loads(launch)["configurations"]
        self.port = self.configuration["connect"]["port"]
        self.ides = []

    def pause(self, label):
        return self.script.expect(rf'^=== lager breakpoint "{label}" at \S+  \(id (\S+)\)$')[1]

    def ide(self):
        one = Ide(self.port)
        self.ides.append(one)
        return one

    def attach(self, **more):
        one = self.ide()
        return one, one.attach(self.configuration, **more)

    def state(self):
        (found,) = [one for one in json.loads(self.home.lager("runs", "--json").stdout) if one["id"] in self.name]
        return found["state"]

    def close(self):
        for one in self.ides:
            one.close()
        if self.dap.poll() is None:
            interrupt(self.dap)
        self.dap.communicate(timeout=30)
        self.home.lager("python", "--abort", self.name, "--all")


@pytest.fixture(scope="module", autouse=True)
def running(home):
    assert home.lager("nets").returncode == 0
    home.env["LAGER_USER"] = "alice"


@pytest.fixture
def debugged(home, request):
    one = Debugged(home, re.sub(r"\W+", "_", request.node.name), getattr(request, "param", SCRIPT))
    yield one
    one.close()


def test_an_ide_sees_the_users_line_by_its_local_path_looks_around_and_steps(debugged):
    ide, thread = debugged.attach()
    stack = ide.stack(thread)
    assert [(path, line, name) for path, line, name, _ in stack] == [
        (debugged.path, PAUSED_AT, "measure"),
        (debugged.path, 24, "<module>"),
    ]
    frame = stack[0][3]
    assert {"volts": "5.0", "current": "1.0"}.items() <= ide.variables(frame).items()
    assert ide.ask("evaluate", expression="volts * 2", frameId=frame, context="watch")["result"] == "10.0"
    beats = [int(ide.ask("evaluate", expression="beats", frameId=frame)["result"]) for _ in range(50)]
    assert beats[-1] > beats[0], "the other threads run on"

    ide.ask(
        "setVariable",
        variablesReference=ide.ask("scopes", frameId=frame)["scopes"][0]["variablesReference"],
        name="current",
        value="2.0",
    )
    for at in (PAUSED_AT + 1, PAUSED_AT + 2):
        ide.ask("next", threadId=thread)
        assert ide.event("stopped")["threadId"] == thread
        assert ide.stack(thread)[0][:2] == (debugged.path, at)
        assert debugged.state() == "paused", "a step ends in a pause, for others to see"
    ide.ask("stepIn", threadId=thread)
    ide.event("stopped")
    assert ide.stack(thread)[0][2] == "scaled"
    ide.ask("continue", threadId=thread)
    debugged.script.expect("^result 6.0$")
    assert ide.event("stopped")["threadId"] == thread, "the next pause is shown, too"
    assert ide.stack(thread)[0][:2] == (debugged.path, SECOND)
    ide.ask("continue", threadId=thread)
    assert debugged.script.wait() == 0
    assert debugged.dap.wait(30) == 0
    assert "The script has ended." in debugged.dap.stderr.read()


def test_an_ide_that_disconnects_leaves_the_script_paused_and_can_come_again(debugged):
    for times in (1, 2):
        ide, thread = debugged.attach()
        debugged.script.expect("^=== debugger attached, by alice$")
        assert ide.stack(thread)[0][1] == PAUSED_AT
        if times == 2:
            ide.close()  # without a word
        else:
            ide.ask("disconnect", terminateDebuggee=False)
            ide.close()
        debugged.script.expect("^=== debugger detached$")
        assert debugged.state() == "paused"
    assert debugged.home.lager("python", "--console", debugged.name, "-c", "current").stdout == "1.0\n"
    interrupt(debugged.dap)
    assert debugged.dap.wait(30) == 0, "Ctrl-C is its normal end"
    assert debugged.home.lager("python", "--continue", debugged.name).returncode == 0
    debugged.script.expect("^result 4.0$")


def test_others_look_in_resume_and_abort_while_an_ide_holds_the_thread(debugged):
    ide, thread = debugged.attach()
    assert debugged.home.lager("python", "--console", debugged.name, "-c", "volts + 1").stdout == "6.0\n"
    resumed = debugged.home.lager("python", "--continue", debugged.name, "--set", "current=2.5")
    assert resumed.returncode == 0, resumed.stderr
    assert ide.event("continued")["threadId"] == thread
    debugged.script.expect(r"^=== set current = 2.5 \(was 1.0\), by alice$")
    debugged.script.expect("^result 7.0$")
    ide.event("stopped")
    assert ide.stack(thread)[0][:2] == (debugged.path, SECOND)
    ide.ask("next", threadId=thread)
    ide.event("stopped")
    assert debugged.home.lager("python", "--abort", debugged.name).returncode == 0
    debugged.script.expect("^cleaned up$")
    assert debugged.script.wait() == 130


def test_a_breakpoint_of_the_ide_is_a_pause_that_stays_when_the_ide_goes(debugged):
    ide, thread = debugged.attach(breakpoints={debugged.path: [LAST_OF_SCALED]})
    ide.ask("continue", threadId=thread)
    assert ide.event("stopped")["reason"] == "breakpoint"
    assert ide.stack(thread)[0][:2] == (debugged.path, LAST_OF_SCALED)
    (run,) = [one for one in json.loads(debugged.home.lager("runs", "--json").stdout) if one["id"] == debugged.name]
    (pause,) = run["pauses"]
    assert (pause["line"], pause["label"]) == (LAST_OF_SCALED, "stopped by the debugger of alice")
    ide.close()
    debugged.pause("stopped by the debugger of alice")
    assert debugged.home.lager("python", "--console", debugged.name, "-c", "doubled").stdout == "4.0\n"
    assert debugged.home.lager("python", "--continue", debugged.name).returncode == 0
    debugged.script.expect("^result 4.0$")
    debugged.pause("second")


def test_who_may_come_and_when_it_ends(debugged):
    for said in (b"GET / HTTP/1.1\r\n\r\n", b"Content-Len", b""):
        with socket.create_connection(("127.0.0.1", debugged.port), timeout=60) as raw:
            raw.sendall(said)
            raw.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                assert raw.recv(100) == b"", "the script hears nothing of what is no IDE"
    ide, _ = debugged.attach()
    _is_guarded(debugged)
    second = debugged.ide()
    second.send("initialize", adapterID="debugpy")
    second.until_closed()
    assert debugged.state() == "paused"
    taken = debugged.home.lager("python", "--dap", debugged.name, "--port", str(debugged.port))
    assert (taken.returncode, taken.stdout) == (2, "")
    assert f"port {debugged.port} cannot be had: address already in use" in taken.stderr
    nowhere = debugged.home.lager("python", "--dap", "0000")
    assert (nowhere.returncode, nowhere.stdout) == (1, "")
    alone = debugged.home.lager("python", "--port", "5", "--view", debugged.name)
    assert alone.returncode == 2
    assert "--port goes with SCRIPT or --reattach ID or --dap ID." in alone.stderr

    interrupt(debugged.dap)
    told = debugged.dap.communicate(timeout=30)[1]
    assert (debugged.dap.returncode, told.count("it is not an IDE's")) == (0, 3)
    assert "Error: a debugger of alice is attached to this script already." in told
    ide.until_closed()
    debugged.script.expect("^=== debugger detached$")
    assert debugged.script.text.count("debugger attached") == 1
    assert debugged.state() == "paused"


def _is_guarded(debugged):
    """See that nothing answers without the token, and nothing listens but on loopback."""
    listening = {one for one in psutil.net_connections("inet") if one.status == psutil.CONN_LISTEN}
    ours = [one for one in listening if one.pid == debugged.dap.pid]
    assert [tuple(one.laddr) for one in ours] == [("127.0.0.1", debugged.port)]
    box = json.loads((debugged.home.folder / "state" / "box.json").read_text())
    script = re.compile(rf"{re.escape(debugged.home.folder.name)}|bench\.py")
    for one in psutil.process_iter(["cmdline"]):
        if "-u" in (one.info["cmdline"] or []) and script.search(" ".join(one.info["cmdline"])):
            with contextlib.suppress(psutil.NoSuchProcess):  # another test's, which has ended just now
                assert not [it for it in one.net_connections("inet") if it.status == psutil.CONN_LISTEN]
    for verb in (
        b"",
        b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
    ):
        with socket.create_connection(("127.0.0.1", box["runner"]), timeout=60) as raw:
            raw.sendall(b"GET /runs/%s/dap HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n" % (debugged.name.encode(), verb))
            assert raw.recv(100).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("debugged", [COROUTINE], indirect=True)
def test_a_paused_coroutine_is_seen_and_stepped(debugged):
    ide, thread = debugged.attach()
    assert ide.stack(thread)[0][1:3] == (6, "main")
    assert ide.variables(ide.stack(thread)[0][3])["found"] == "1"
    ide.ask("next", threadId=thread)
    ide.event("stopped")
    assert ide.stack(thread)[0][1:3] == (7, "main")
    ide.ask("continue", threadId=thread)
    debugged.script.expect("^found 2$")
    assert debugged.script.wait() == 0


@pytest.mark.parametrize("debugged", [THREAD], indirect=True)
def test_an_abort_in_a_thread_that_an_ide_has_stopped_ends_the_run(debugged):
    ide, thread = debugged.attach()
    ide.ask("next", threadId=thread)
    ide.event("stopped")
    assert debugged.home.lager("python", "--abort", debugged.name).returncode == 0
    debugged.script.expect("^cleaned up$")
    assert debugged.script.wait() == 130
    assert "not to be seen" not in debugged.script.text
    assert "Traceback" not in debugged.script.text


@pytest.mark.parametrize("debugged", [SETTINGS], indirect=True)
def test_an_ide_leaves_nothing_behind(debugged):
    ide, _ = debugged.attach()
    ide.close()
    debugged.script.expect("^=== debugger detached$")
    assert debugged.home.lager("python", "--continue", debugged.name).returncode == 0
    debugged.pause("again")
    ide, thread = debugged.attach()
    ide.ask("continue", threadId=thread)
    assert debugged.script.wait() == 0
