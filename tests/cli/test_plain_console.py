"""When a statement is whole; statements from a file and from a pipe."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from consoles import Talk
from scripted import playing

from lager import wire
from lager_cli.console.plain import is_whole

LAGER = str(Path(sys.executable).with_name("lager"))


@pytest.mark.parametrize(
    ("source", "whole"),
    [
        ("1 + 1", True),
        ("x = (1,", False),
        ("for n in x:", False),
        ("for n in x:\n    print(n)", False),
        ("for n in x:\n    print(n)\n", True),
        ("def f():\n    '''\n", False),
        ("1 +* 1", True),
        ("await x", True),
        ("async with a as b:\n  c", False),
        ("'\\q'", True),
        ("\0", True),
        ("", True),
    ],
)
def test_is_whole(source, whole):
    assert is_whole(source) is whole


def scene(asked):
    def play(on):
        talk = Talk(on)
        while not isinstance(message := on.hear(wire.ToConsole), wire.Leave):
            if isinstance(message, wire.Evaluate):
                asked.append(message.source)
                talk.done(message.statement)

    return play


FILE = """\
def f(x):
    if x:
        return 1

    else:
        return 2

# of both
    return 3

@g

def h():

    return 4
if f(1):
    a

else:
    b
for n in x:
    n


last"""
STATEMENTS = [
    "def f(x):\n    if x:\n        return 1\n\n    else:\n        return 2\n\n# of both\n    return 3\n",
    "@g\n\ndef h():\n\n    return 4\n",
    "if f(1):\n    a\n\nelse:\n    b\n",
    "for n in x:\n    n\n",
    "last",
]


@pytest.mark.parametrize("given", [FILE.encode(), b"\xef\xbb\xbf" + FILE.replace("\n", "\r\n").encode()])
def test_a_file_of_statements_may_have_empty_lines_in_its_blocks(folder, given):
    asked = []
    with playing(scene(asked)) as port:
        command = [LAGER, "python", "--console", "r", "--box", f"127.0.0.1:{port}"]
        subprocess.run(command, cwd=folder, input=given, check=True, capture_output=True)
    assert asked == STATEMENTS


def test_who_writes_into_a_pipe_gets_an_answer_after_the_empty_line(folder):
    asked = []
    with playing(scene(asked)) as port:
        command = [LAGER, "python", "--console", "r", "--box", f"127.0.0.1:{port}"]
        with subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as one:
            one.stdin.write(b"for n in x:\n    n\n\n")
            one.stdin.flush()
            seen = b""
            while not seen.endswith(b">>> ... ... >>> "):
                seen += one.stdout.read1()
            assert asked == ["for n in x:\n    n\n"]
            one.stdin.close()
            assert one.wait(30) == 0
