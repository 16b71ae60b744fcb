"""Consoles over plain TCP: the bytes that a client of the released interface gets, and what it cannot do."""

import contextlib
import json
import random
import socket
import struct

import pytest

from lager import wire

PATIENCE = 20  # s
PORTS = range(8081, 8091)
GREETING = "lager interactive console - inspect script state; Ctrl-D to disconnect\n>>> "
WAITS = "(another console is open here: this one begins when that one ends)\n"
SCRIPT = """
import threading, time, lager
x, n = [1], 1
def f(volts):
    lager.pause("here", timeout=0, interactive=True)
f(3.3)
print("n", n, "x", x)
lager.pause("again", timeout=0, interactive=True)
print("over")
"""


class Console:
    """One connection."""

    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), PATIENCE)
        self.got = b""

    def send(self, text):
        self.socket.sendall(text.encode())

    def until(self, end):
        while not self.got.endswith(end.encode()):
            part = self.socket.recv(4096)
            assert part, self.got
            self.got += part
        got, self.got = self.got.decode(), b""
        return got

    def line(self, text, end=">>> "):
        self.send(text + "\n")
        return self.until(end)

    def rest(self):
        while part := self.socket.recv(4096):
            self.got += part
        return self.got.decode()

    def end(self):
        """Say that there is nothing more, as Ctrl-D does, and give what comes yet."""
        self.socket.shutdown(socket.SHUT_WR)
        return self.rest()

    def close(self):
        self.socket.close()


@pytest.fixture(scope="module")
def box(runner, tmp_path_factory):
    host = "127." + ".".join(str(random.randint(1, 254)) for _ in range(3))
    one = type(runner)(tmp_path_factory.mktemp("consoles"), "--allow-legacy-clients", "--legacy-console", host=host)
    one.start()
    yield one
    one.stop()


@pytest.fixture
def paused(box):
    """A script that stands at its first pause; it is ended afterwards."""
    runs = []

    def start(script=SCRIPT, **request):
        run = box.run(script, **request)
        follower = following.enter_context(box.stream(run))
        runs.append((run, follower))
        follower.until_kind(wire.PauseBegan)
        return run, follower

    with contextlib.ExitStack() as following:
        yield start
        for run, follower in runs:
            if not box.http.post(f"/runs/{run}/kill", json={"signal": "SIGKILL"}).json()["already"]:
                follower.rest()


def breakpoint_of(box, run):
    return box.http.post("/python/breakpoint", json={"lager_process_id": run}).json()


@pytest.fixture
def connect(box):
    made = []

    def console(run):
        made.append(Console(box.host, breakpoint_of(box, run)["console_port"]))
        return made[-1]

    yield console
    for one in made:
        one.close()


def test_session_bytes(box, paused, connect):
    run, _ = paused()
    console = connect(run)
    assert console.until(">>> ") == GREETING
    assert console.line("volts * 2") == "6.6\n>>> "
    assert console.line("_ + 1") == "7.6\n>>> "
    assert console.line("n = 99") == ">>> "
    assert console.line("x.append(2)") == ">>> "
    assert console.line("None") == ">>> "
    assert console.line("") == ">>> "
    assert console.line("print('a', end='')") == "a>>> "
    assert console.line("import sys; print('e', file=sys.stderr)") == "e\n>>> "
    assert console.line("for i in range(2):", "... ") == "... "
    assert console.line("    print(i)", "... ") == "... "
    assert console.line("") == "0\n1\n>>> "
    first, where, *_, last = console.line("1/0").splitlines()[:-1]
    assert (first, where) == ("Traceback (most recent call last):", '  File "<console>", line 1, in <module>')
    assert last == "ZeroDivisionError: division by zero"
    assert "SyntaxError" in console.line("1 +* 2")
    assert console.line("'é€🙂'") == "'é€🙂'\n>>> "
    assert console.line("1 + 1\r") == "2\n>>> "
    assert console.end() == "\ndisconnected\n"


@pytest.mark.parametrize(
    "first",
    ["POST /x HTTP/1.1\r\nHost: 127.0.0.1:8081\r\nContent-Type: text/plain\r\n\r\n", "\x16\x03\x01\x02 a ticket\n"],
    ids=["HTTP", "TLS"],
)
def test_no_web_page_types_into_a_script(box, paused, connect, first, tmp_path):
    """A page may send any text to any port of its browser's machine; it only cannot choose how that begins."""
    run, _ = paused()
    console = connect(run)
    console.send(f"{first}open({str(tmp_path / 'typed')!r}, 'w')\n")
    assert "this is no port for a browser\n" in console.end()
    assert not (tmp_path / "typed").exists()


def test_each_connection_has_a_snapshot_of_its_own(box, paused, connect):
    run, follower = paused()
    first = connect(run)
    first.until(">>> ")
    first.line("n = 99; x.append(2); volts = 0")
    first.end()
    second = connect(run)
    second.until(">>> ")
    assert second.line("n, x, volts") == "(1, [1], 3.3)\n>>> "
    second.close()
    assert box.http.post("/python/continue", json={"lager_process_id": run}).json() == {"resumed": True}
    while b"\n" not in follower.seen[1]:
        follower.next()
    assert follower.seen[1] == b"n 1 x [1]\n"


def test_others_wait_their_turn(paused, connect):
    run, _ = paused()
    first, second, third = connect(run), connect(run), connect(run)
    first.until(">>> ")
    for _ in range(20):
        first.line("n")
    assert second.until("\n") == WAITS
    second.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        second.socket.recv(1)  # nothing more, as long as the first one is there
    second.close()  # it gives up
    first.close()
    assert third.until(">>> ") == WAITS + GREETING
    assert third.line("exit()", "disconnected\n") == "disconnected\n"
    assert third.rest() == ""


def test_nothing_is_evaluated_of_who_went_before_his_turn(paused, connect, tmp_path):
    run, _ = paused()
    first, second, third = connect(run), connect(run), connect(run)
    first.until(">>> ")
    second.until("\n")
    third.until("\n")
    second.send(f"open({str(tmp_path / 'typed')!r}, 'w')\n")
    third.send("n\n")
    second.close()
    for _ in range(5):
        first.line("n")
    first.close()
    assert third.until("1\n>>> ") == GREETING + "1\n>>> "  # what was typed ahead is, where its client waits for it
    assert not (tmp_path / "typed").exists()


def test_a_client_that_vanishes_leaves_the_console_to_the_next(box, paused, connect):
    run, _ = paused()
    talker = connect(run)
    talker.until(">>> ")
    talker.send("while True: print('still there')\n\n")
    talker.until("there\n")
    talker.close()  # it reads no more: what is printed then finds nobody
    first = connect(run)
    first.until(">>> ")
    first.send("import time; time.sleep(3600)\n")
    first.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # no farewell
    first.close()
    second = connect(run)
    second.until(">>> ")
    assert second.line("n") == "1\n>>> "


def test_a_client_that_is_killed_in_a_silent_statement_is_not_taken_for_one_that_waits(box, paused, connect):
    run, _ = paused()
    patient, killed = connect(paused()[0]), connect(run)
    for one in (patient, killed):
        one.line("import time", GREETING + ">>> ")
        one.line("print('began'); time.sleep(3600)", "began\n")
    patient.socket.shutdown(socket.SHUT_WR)  # it has no more to say, and reads: it has some time for its answer
    killed.close()
    next_one = connect(run)
    next_one.until(">>> ")
    patient.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        patient.socket.recv(1)  # who waits still has that time, and the next one had not to wait for as long


def test_what_a_pipe_has_sent_is_evaluated_to_the_end(paused, connect):
    run, _ = paused()
    console = connect(run)
    console.send("import time\ntime.sleep(0.1)\nn + 1\nif n:\n    print('whole')\n\nn + 2\n")
    assert console.end() == f"{GREETING}>>> >>> 2\n>>> ... ... whole\n>>> 3\n>>> \ndisconnected\n"


def test_what_other_threads_print_is_the_runs(paused, connect):
    """B7, B9: they run on, and print where they always do."""
    script = """
import threading, time, lager
stop, went = threading.Event(), threading.Event()
def chat():
    while not stop.wait(0.001):
        print("chat")
        went.set()
threading.Thread(target=chat, daemon=True).start()
lager.pause(timeout=0, interactive=True)
"""
    run, follower = paused(script)
    console = connect(run)
    console.until(">>> ")
    said = console.line("for _ in range(200): went.clear(); w = went.wait(1); print('mine')\n", "mine\n>>> ")
    assert said == "... " + "mine\n" * 200 + ">>> "
    assert follower.until(b"chat\n" * 50)
    assert b"mine" not in follower.seen[1]


def test_it_is_closed_with_its_pause(box, paused, connect):
    """B8: nothing of a console outlives the pause."""
    run, follower = paused()
    console, waiting = connect(run), connect(run)
    console.until(">>> ")
    console.line("import time; print('began'); time.sleep(3600)", "began\n")
    box.http.post("/python/continue", json={"lager_process_id": run})
    said = console.rest()
    assert said.endswith("\nthe script was resumed\ndisconnected\n")
    assert "KeyboardInterrupt" in said  # the statement was stopped
    assert waiting.rest() == WAITS
    again = follower.until_kind(wire.PauseBegan).pause
    assert (again.number, again.label) == (2, "again")
    place = breakpoint_of(box, run)
    assert place["label"] == "again"
    box.http.post("/python/continue", json={"lager_process_id": run})
    _, _, exited = follower.rest()
    assert exited.status == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((box.host, place["console_port"]), PATIENCE)
    assert breakpoint_of(box, run) == {"paused": False}


def test_a_script_that_is_killed_takes_its_port_along(box, paused, connect):
    """B4: nothing says afterwards that it is paused."""
    run, follower = paused()
    port = breakpoint_of(box, run)["console_port"]
    console = connect(run)
    console.until(">>> ")
    box.http.post(f"/runs/{run}/kill", json={"signal": "SIGKILL"})
    follower.rest()
    assert console.rest() == "\nthe script has ended\ndisconnected\n"
    assert breakpoint_of(box, run) == {"paused": False}
    assert box.http.post("/python/continue", json={"lager_process_id": run}).json() == {"resumed": False}
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((box.host, port), PATIENCE)


def test_the_first_free_port_and_none_when_all_are_taken(box, paused):
    taken = [socket.create_server((box.host, port)) for port in PORTS if port != 8083]
    try:
        run, _ = paused()
        assert breakpoint_of(box, run)["console_port"] == 8083
        other, follower = paused(env=[("LAGER_RELEASED_CLIENT", "0.21.0")])
        assert breakpoint_of(box, other)["console_port"] is None
        banner = follower.until(b"no auto-resume\n", 2).decode()
        assert "inspect:" not in banner
        third, follower = paused()  # of our own client, whose console needs no port
        assert f"inspect: `lager python --console {third}`" in follower.until(b"no auto-resume\n", 2).decode()
    finally:
        for one in taken:
            one.close()


def test_only_interactive_pauses_have_one_and_each_its_own(box, paused, connect):
    script = """
import threading, lager
for name in ("one", "two"):
    threading.Thread(target=lager.pause, args=[name], kwargs={"timeout": 0, "interactive": True}).start()
"""
    run, follower = paused(script)
    follower.until_kind(wire.PauseBegan)
    oldest = breakpoint_of(box, run)
    second = breakpoint_of(box, f"{run}.2")
    assert breakpoint_of(box, f"{run}.1") == oldest
    assert {oldest["label"], second["label"]} == {"one", "two"}
    assert len({oldest["console_port"], second["console_port"]}) == 2
    console = connect(f"{run}.2")
    console.until(">>> ")
    assert console.line("1 + 1") == "2\n>>> "  # in a thread, too: that, and nothing else
    plain, _ = paused("import lager; lager.pause(timeout=0)")
    assert breakpoint_of(box, plain)["console_port"] is None


def test_it_listens_at_the_boxs_own_address_only(box, paused):
    """B6."""
    run, _ = paused()
    port = breakpoint_of(box, run)["console_port"]
    for other in ("127.0.0.1", "127.0.0.2"):
        with contextlib.closing(socket.socket()) as probe:
            assert probe.connect_ex((other, port)) != 0


def test_odd_input_ends_nothing(paused, connect):
    run, _ = paused()
    console = connect(run)
    console.until(">>> ")
    console.socket.sendall(b"\xff\xfe\n")
    assert "SyntaxError" in console.until(">>> ")
    assert "null" in console.line("a\0b")
    assert "Error" in console.line("-" * 50_000 + "1")
    assert "too many nested parentheses" in console.line("(" * 300)
    assert console.line("x" * 20 + " = 'y' * 100_000") == ">>> "
    console.line("text = '''", "... ")
    for _ in range(8):
        console.line("b" * 7_000, "... ")
    assert "unterminated triple-quoted" in console.line("b" * 10_000)
    console.send("'" + "a" * (1024 * 1024 + 10))  # no end of the line
    assert "a line may have 1048576 bytes at most" in console.rest()
    again = connect(run)
    again.until(">>> ")
    assert again.line("n") == "1\n>>> "


def test_who_does_not_read_loses_nothing_and_holds_up_nobody(box, paused, connect):
    run, follower = paused()
    console, count = connect(run), 60
    console.until(">>> ")
    lines = [f"print({n}, 'x' * 60_000)\n" for n in range(count)]
    console.send("".join(lines))
    assert box.http.get("/health").status_code == 200  # and nobody has read anything
    got = console.end()
    assert got == "".join(f"{n} {'x' * 60_000}\n>>> " for n in range(count)) + "\ndisconnected\n"
    again = connect(run)
    again.send("".join(lines * 4))
    box.http.post("/python/continue", json={"lager_process_id": run})
    assert follower.until_kind(wire.PauseEnded).reason == "resumed"


def test_the_transcript_has_it(box, paused, connect):
    run, _ = paused()
    console = connect(run)
    console.until(">>> ")
    console.line("n + 41")
    console.end()
    lines = [json.loads(line) for line in box.http.get(f"/runs/{run}/transcript").text.splitlines()]
    kinds = [(one["kind"], one.get("user"), one.get("text")) for one in lines if one["kind"] != "result"]
    who = "somebody at " + console.socket.getsockname()[0]
    assert ("statement", who, "n + 41") in kinds
    assert ("output", who, "42\n") in kinds
    assert [kind for kind, *_ in kinds] == ["joined", "statement", "output", "left"]


def test_more_than_a_few_are_not_kept_waiting(paused, connect):
    run, _ = paused()
    consoles = [connect(run) for _ in range(9)]
    consoles[0].until(">>> ")
    assert consoles[7].until("\n") == WAITS
    assert consoles[8].rest() == "(too many consoles wait here already)\n"
    assert consoles[0].line("n") == "1\n>>> "


def test_a_restarted_box_has_a_port_for_it_again(runner, tmp_path):
    host = "127." + ".".join(str(random.randint(1, 254)) for _ in range(3))
    box = type(runner)(tmp_path / "state", "--legacy-console", host=host)
    box.start()
    try:
        run = box.run(SCRIPT)
        with box.stream(run) as follower:
            follower.until_kind(wire.PauseBegan)
        with contextlib.closing(Console(host, breakpoint_of(box, run)["console_port"])) as before:
            before.until(">>> ")
            assert before.line("n") == "1\n>>> "
            before.line("import time; print('began'); time.sleep(3600)", "began\n")
            box.kill()
            assert before.rest() == ""
        box.start()
        with box.stream(run) as follower:
            follower.until_kind(wire.PauseBegan)
            with contextlib.closing(Console(host, breakpoint_of(box, run)["console_port"])) as after:
                assert after.until(">>> ") == GREETING
                assert after.line("n") == "1\n>>> "  # what ran for one who cannot come back was stopped
                box.http.post("/python/continue", json={"lager_process_id": run})
                assert after.rest() == "\nthe script was resumed\ndisconnected\n"
            box.http.post(f"/runs/{run}/kill", json={"signal": "SIGKILL"})
            follower.rest()
    finally:
        box.stop()
