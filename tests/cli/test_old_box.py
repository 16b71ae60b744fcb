"""`lager console` with a box that knows consoles only where a script is paused."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from answering import answering

from lager import errors


def test_a_box_without_such_consoles(cli):
    def answer(verb, path, _):
        assert (verb, path[:6]) == ("PUT", "/runs/")
        raise errors.BadScript("the uploaded folder cannot be unpacked: File is not a zip file", "send it again")

    with answering(answer) as port:
        assert cli("boxes", "add", "--name", "b", "--ip", f"127.0.0.1:{port}", "--token", "t", "--yes").status == 0
        done = cli("console", "--box", "b", "-c", "1")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"Error: the box b at 127.0.0.1:{port} is too old: it has consoles only where a script")
