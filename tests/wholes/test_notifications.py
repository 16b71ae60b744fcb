"""`docs/notifications.md` is true: its commands, its script, what comes of it, and its receiver."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "runner" / "notifying"))
from letterbox import Mailbox

BENCH = "two_instruments.toml"

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "notifications.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# What is another each time: ids and times
CHANGING = [(UUID, "RUN"), (r"[0-9a-f]{32}", "ID"), (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "WHEN")]
CHANGING += [(r"\d{10}\.\d+", "UNIX"), (r"\b\d+\.\d\d s", "TOOK"), (" +", " ")]
USER = {"LAGER_USER": "alice"}
# Lets the receiver take any free port, and say which
ANY_PORT = """\
import http.server, sys
class Server(http.server.HTTPServer):
    def __init__(self, address, handler):
        super().__init__((address[0], 0), handler)
        print(self.server_port, flush=True)
http.server.HTTPServer = Server
exec(sys.argv[1])
"""


def blocks(kind):
    return [body for name, body in BLOCKS if name == kind]


def alike(text):
    text = text.replace(f"({socket.gethostname()})", "(bench)")
    for pattern, word in CHANGING:
        text = re.sub(pattern, word, text)
    return re.sub(r"=+", "=", text)


@pytest.fixture(autouse=True)
def nobody_is_told_any_more(home):
    yield
    home.lager("box", "notify", "--off")


@pytest.fixture
def news(home):
    one = Mailbox(home.folder, "news.jsonl")  # a pipe: no test has to wait for a file to grow
    yield one
    one.close()
    one.path.unlink()


def test_the_page_is_true(home, news):
    (session,) = blocks("console")
    shown = ""
    for line in session.splitlines():
        if line.startswith("$ "):
            words = line[2:].replace("'", "").split(" ")
            command = re.search(r"'(.*)'", line)
            words = ["box", "notify", "--command", command[1]] if command else words[1:]
            shown += f"{line}\n{home.lager(*words).stdout}"
    assert alike(shown) == alike(session)
    assert news.next()["event"] == "test"
    (script,) = blocks("python")
    home.script(script, "night.py")
    done = home.lager("python", "--box", "local", "night.py", env=USER)
    assert done.returncode == 3, done.stderr
    came = [news.next() for _ in range(3)]
    assert came[0].pop("host") == socket.gethostname()
    (sample,) = blocks("json")
    assert alike(json.dumps(came[0], indent=2)) == alike(sample.rstrip().replace('  "host": "bench",\n', ""))
    (texts,) = blocks("text")
    assert [alike(one["text"]) for one in came] == [alike(line) for line in texts.splitlines()]
    assert [one["event"] for one in came] == ["paused", "resuming-soon", "failed"]
    assert home.lager("box", "notify", "--off").stdout.startswith("Nobody is notified.")


def test_its_receiver_shows_what_comes(home):
    (line,) = blocks("sh")
    code = re.search(r"'(.*)'", line)[1]
    command = [sys.executable, "-c", ANY_PORT, code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as receiver:
        try:
            url = f"http://127.0.0.1:{int(receiver.stdout.readline())}/"
            assert home.lager("box", "notify", "--webhook", url).returncode == 0
            tested = home.lager("box", "notify", "--test")
            assert re.fullmatch(rf"1  webhook {url}: delivered in \d\.\d\d s, HTTP status 204\n", tested.stdout)
            assert json.loads(receiver.stdout.readline())["event"] == "test"
        finally:
            receiver.kill()


def test_a_private_box_logs_what_did_not_get_through(home):
    home.lager("box", "notify", "--command", "echo my disk is full >&2; exit 5", "--event", "finished")
    assert home.lager("python", home.script("pass\n")).returncode == 0
    assert home.lager("box", "stop").returncode == 0  # which waits for what is under way
    log = (home.folder / "state" / "box.log").read_text()
    assert re.search(r"command echo…: 'finished' of \S+ did not get through: status 5: my disk is full", log)
