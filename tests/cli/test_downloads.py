"""Files of a run: where they go is known before it starts, and they come whole or not at all."""

import contextlib
import os
import socket
import threading

import click
import pytest

from lager import errors
from lager_cli.runs import downloads
from lager_cli.selection import Box

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
GZIP = b"\x1f\x8b\x08\x00\xff"  # the first bytes of such a file: it stays what it is


@contextlib.contextmanager
def giving(data):
    """A box that answers each request with these bytes; gives it, and what it was asked for."""
    asked = []

    def serve():
        with contextlib.suppress(OSError):  # closed: the test is over
            while True:
                connection, _ = server.accept()
                with connection:
                    asked.append(connection.recv(65536).split()[1].decode())
                    connection.sendall(data)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield Box("", "127.0.0.1", server.getsockname()[1], "t"), asked
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_comes_exactly_and_under_its_last_name(here):
    (target,) = downloads.targets(["out/a ä?.gz"], False)
    with giving(HEAD + b"5\r\n" + GZIP + b"\r\n0\r\n\r\n") as (box, asked):
        assert downloads.trouble(box, "r", target) == ""
    assert asked == ["/runs/r/files/out/a%20%C3%A4%3F.gz"]
    assert [one.name for one in here.iterdir()] == ["a ä?.gz"]
    assert (here / "a ä?.gz").read_bytes() == GZIP


@pytest.mark.parametrize("before", [None, b"old"])
def test_what_breaks_off_leaves_what_was_there(here, before):
    if before is not None:
        (here / "f").write_bytes(before)
    (target,) = downloads.targets(["f"], True)
    with giving(HEAD + b"5\r\nhello\r\n") as (box, _):
        assert "it broke the connection off" in downloads.trouble(box, "r", target)
    assert [one.read_bytes() for one in here.iterdir()] == ([before] if before is not None else [])


def test_a_file_that_came_into_being_meanwhile_is_not_overwritten(here):
    (target,) = downloads.targets(["f"], False)
    (here / "f").write_text("mine")
    with giving(HEAD + b"0\r\n\r\n") as (box, _):
        assert downloads.trouble(box, "r", target) == "Failed to download f: f exists by now"
    assert (here / "f").read_text() == "mine"


def test_a_folder_that_has_gone_is_a_trouble_in_words(here):
    (here / "there").mkdir()
    target = downloads.report("there/r.xml")
    (here / "there").rmdir()
    with giving(HEAD + b"0\r\n\r\n") as (box, _), pytest.raises(errors.LagerError, match="no such file or directory"):
        downloads.fetch(box, "r", target)


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_is_there_is_said_before_anything_runs(here, overwrite):
    (here / "f").write_text("")
    (here / "folder").mkdir()
    with pytest.raises(click.UsageError, match="is a folder"):
        downloads.targets(["x/folder"], overwrite)
    if overwrite:
        assert downloads.targets(["x/f"], overwrite)[0].path == "x/f"
        return
    with pytest.raises(click.UsageError) as caught:
        downloads.targets(["x/f"], overwrite)
    assert caught.value.message == "File f exists; please rename it or use the --allow-overwrite flag"


def test_a_report_of_before_is_overwritten(here):
    (here / "r.xml").write_text("old")
    with giving(HEAD + b"3\r\nnew\r\n0\r\n\r\n") as (box, asked):
        downloads.fetch(box, "r", downloads.report("r.xml"))
    assert asked == ["/runs/r/files/.lager-junit.xml"]
    assert (here / "r.xml").read_text() == "new"


@pytest.mark.parametrize("name", ["link.xml", "pipe"])
def test_a_link_or_a_pipe_stays_one_and_is_written_into(here, name):
    (here / "r.xml").write_text("old")
    (here / "link.xml").symlink_to("r.xml")
    os.mkfifo(here / "pipe")
    reader = os.open(here / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with giving(HEAD + b"3\r\nnew\r\n0\r\n\r\n") as (box, _):
        downloads.fetch(box, "r", downloads.report(name))
    kept = os.read(reader, 9)
    os.close(reader)
    assert (here / "link.xml").is_symlink()
    assert (here / "pipe").is_fifo()
    assert ((here / "r.xml").read_text(), kept) == (("new", b"") if name == "link.xml" else ("old", b"new"))
    assert len(list(here.iterdir())) == 3


@pytest.mark.parametrize(
    ("file", "said"), [("", "--junit is empty; was a variable of the shell not set?"), ("no/x", "no folder 'no'")]
)
def test_a_report_that_can_go_nowhere(here, file, said):
    with pytest.raises(click.UsageError) as caught:
        downloads.report(file)
    assert said in caught.value.message
