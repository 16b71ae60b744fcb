"""What broke at the console of the released product (register 3.1, B6 to B8): each test shows it right here."""

import json
import os
import socket

import psutil
import pytest
from cable import Cable
from desk import Desk
from websockets.sync.client import connect

from lager import wire

BENCH = "two_instruments.toml"

HANDSHAKE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
)
RESERVED = range(8081, 8091)  # ports of other pages of a box
PAUSING = """\
import sys, threading
import lager

said, over = threading.Event(), threading.Event()
def chatter():
    while not over.wait(0.01):
        print("the script", flush=True)
        print("the script's trouble", file=sys.stderr, flush=True)
        said.set()
before = sys.stdout, sys.stderr
thread = threading.Thread(target=chatter)
thread.start()
lager.pause("register", timeout=0, interactive=True)
over.set()
thread.join()
print("as before:", (sys.stdout, sys.stderr) == before)
"""


@pytest.fixture(scope="module", autouse=True)
def running(home):
    assert home.lager("nets").returncode == 0


@pytest.fixture
def box(home):
    """What the home's private box says of itself."""
    return json.loads((home.folder / "state" / "box.json").read_text())


def token(home):
    return (home.folder / "state" / "token").read_text().strip()


def paused(home, script, *words):
    """Run a script; give its terminal and its run."""
    first = home.terminal("python", home.script(script), *words)
    return first, first.expect(r"^=== lager breakpoint .*\(id (\S+)\)$")[1]


def listening(box):
    """Where the box and everything it has started can be reached."""
    pid = psutil.Process(box["pid"])
    found = set()
    for one in (pid, *pid.children(recursive=True)):
        found |= {tuple(it.laddr) for it in one.net_connections("inet") if it.status == psutil.CONN_LISTEN}
    return found


def answered(box, run, *headers):
    """Knock at the console's door; give the status that is answered."""
    host = () if any(one.startswith("Host:") for one in headers) else (f"Host: 127.0.0.1:{box['runner']}",)
    asked = (f"GET /runs/{run}/console HTTP/1.1", *host, *HANDSHAKE, *headers, "", "")
    with socket.create_connection(("127.0.0.1", box["runner"]), timeout=20) as raw:
        raw.sendall("\r\n".join(asked).encode())
        return int(raw.recv(100).split()[1])


def test_b6_a_console_is_behind_the_token_on_a_port_the_box_has_already(home, box):
    """B6: the console listened on 0.0.0.0 for anybody, on ports that others use, and no gateway could pass it on.

    Here it is a path of the box's own port, for whoever has the token; anything that carries TCP carries it.
    """
    first, run = paused(home, PAUSING)
    before = listening(box)
    cable = Cable(box["runner"])
    try:
        console = Desk(home, run, "--box", f"127.0.0.1:{cable.port}")
        console.run("'thr' + 'ough'", "^'through'$")
        assert listening(box) == before, "a console opens no port"
        assert {host for host, _ in before} == {"127.0.0.1"}, "of a private box"
        assert not {port for _, port in before} & set(RESERVED)
        console.leave()
    finally:
        cable.close()
    ours = f"Authorization: Bearer {token(home)}"
    assert answered(box, run, ours) == 101
    assert answered(box, run) == 401
    assert answered(box, run, "Authorization: Bearer wrong") == 401
    assert answered(box, run, ours, "Origin: http://page.example") == 401, "a browser's page"
    assert answered(box, run, ours, "Host: page.example") == 401, "a name that was re-bound"
    assert home.lager("python", "--continue", run).returncode == 0
    assert first.wait() == 0


def test_b7_prints_of_the_script_and_of_a_console_stay_apart(home):
    """B7: the console replaced `sys.stdout` of the process: prints of other threads came out in it.

    Here a console gets what its own statements write, and nothing else; and the script, its log too, nothing of it.
    """
    first, run = paused(home, PAUSING)
    console = Desk(home, run)
    for stream in ("stdout", "stderr"):
        mine = f"for _ in range(20):\n    said.clear()\n    said.wait() and print('con' + 'sole', file=sys.{stream})"
        console.run(mine, r"^(?:console\n){20}")
    console.run("threading.Thread(target=print, args=['of its ' + 'thread']).run()", "^of its thread$")
    console.leave()
    assert home.lager("python", "--continue", run).returncode == 0
    first.expect("^as before: True$")
    assert first.wait() == 0
    assert "the script" not in console.text
    log = (home.folder / "state" / "runs" / run / "output.log").read_bytes()
    for words in ("console", "of its thread"):
        assert words not in first.text.replace("--console", "")
        assert words.encode() not in log.replace(b"--console", b"")


DRIVING = """\
import os, socket, sys
import lager

ours, theirs = socket.socketpair()
lager.pause("driving", timeout=0, interactive=True)
print("went on", flush=True)
ours.setblocking(False)
try:
    while ours.recv(1 << 20):
        pass
except BlockingIOError:
    print("drained", flush=True)
open(sys.argv[1]).read()
try:
    print("came after that:", ours.recv(100))
except BlockingIOError:
    print("nothing came after that")
"""


def test_b8_a_console_ends_before_its_script_goes_on(home, box):
    """B8: a console outlived the resume, and went on changing what it shares with the script that ran.

    Here its statement is stopped and the console closed first, and nothing is evaluated in it any more.
    """
    pipe = str(home.folder / "go")
    os.mkfifo(pipe)
    first, run = paused(home, DRIVING, pipe)
    console = Desk(home, run)
    console.start(SENDING, "^driving\n")
    assert home.lager("python", "--continue", run).returncode == 0
    console.expect("^The script was resumed; the console is closed.$")
    assert console.terminal.wait() == 0
    first.expect("^went on$")
    first.expect("^drained$")
    assert refusal(home, box, run) == "nothing-paused"
    open(pipe, "w").close()
    first.expect("^nothing came after that$")
    assert first.wait() == 0


SENDING = """\
theirs.setblocking(False)
print('driv' + 'ing')
while True:
    try:
        theirs.send(b'x')
    except BlockingIOError:
        pass
"""


def refusal(home, box, run):
    """Ask for a console, as any client could; give why there is none."""
    url = f"ws://127.0.0.1:{box['runner']}/runs/{run}/console"
    with connect(url, additional_headers={"Authorization": f"Bearer {token(home)}"}, proxy=None) as websocket:
        websocket.send(wire.to_msgpack(wire.Join("late")))
        closed = wire.from_msgpack(websocket.recv(20), wire.FromConsole)
    return closed.error.code
