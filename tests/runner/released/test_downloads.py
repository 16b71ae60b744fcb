"""`/download-file` on the wire: what may be fetched, and what may not."""

import gzip
import json
import os
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from rawwire import Wire

from lager import releasedfiles, rootedfiles

SCRIPT = """
import gzip, os
os.mkdir("sub")
open("sub/a b.bin", "wb").write(bytes(range(256)) * 2000)
open("volts.csv.gz", "wb").write(gzip.compress(b"3.3", mtime=0))
open('q"u;ote.txt', "w").write("q")
open("ünï.txt", "w").write("u")
open("empty", "w")
os.symlink("/etc/passwd", "sly")
os.symlink("/etc", "etc")
os.symlink("sub/a b.bin", "link")
os.mkfifo("pipe")
print(os.getcwd(), end="")
"""
NOT_PERMITTED = (403, "Access to this path is not permitted")


@pytest.fixture(scope="module")
def written(runner):
    """The client that has started a run, and the run's own folder."""
    client = Wire(runner)
    return client, client.result(script=SCRIPT)[0].decode()


def fetch(client, path):
    reply = client.ask("GET", f"/download-file?filename={quote(path)}")
    content = reply.read()
    return (reply, content) if reply.status == 200 else (reply.status, json.loads(content)["error"])


def test_files_are_given_byte_for_byte(written):
    client, folder = written
    reply, content = fetch(client, "sub/a b.bin")
    assert content == bytes(range(256)) * 2000 == fetch(client, f"{folder}/link")[1]
    assert reply.getheader("Content-Type") == "application/octet-stream"
    assert reply.getheader("Content-Disposition") == 'attachment; filename="a b.bin"'
    assert int(reply.getheader("Content-Length")) == len(content)
    assert reply.getheader("Content-Encoding") is None
    assert fetch(client, f"{folder}/volts.csv.gz")[1] == gzip.compress(b"3.3", mtime=0)
    assert fetch(client, "empty")[1] == b""
    for name in ('q"u;ote.txt', "ünï.txt"):
        assert fetch(client, name)[0].getheader("Content-Disposition") == f"attachment; filename*=UTF-8''{quote(name)}"


def test_what_is_refused(written):
    client, folder = written
    absent = (404, "File not found: absent.csv")
    assert fetch(client, "absent.csv") == absent
    for path in (folder, "sub", f"{folder}/sub/", "pipe"):
        assert fetch(client, path) == (400, "Path is not a file")
    runs = os.path.dirname(os.path.dirname(folder))
    outside = ["/etc/passwd", "sly", "etc/passwd", "../../x", "../spec.json", f"{folder}/../spec.json", f"{folder}/sly"]
    outside += [f"{folder}/../../../token", f"{runs}/../token", f"{runs}/../work/token", f"{folder}x", "/"]
    outside += [f"{runs}/x/output.log", "/tmp/lager-output", "/tmp/lager-outputx/y", "/tmp/lager-output/../x"]
    for path in outside:
        assert fetch(client, path) == NOT_PERMITTED, path
    for path in ("a\0b", "x" * 5000, "ä/" * 300):
        assert fetch(client, path)[0] == 404
    reply = client.ask("GET", "/download-file")
    assert (reply.status, json.loads(reply.read())["error"]) == (400, "Missing filename parameter")


def test_a_path_of_no_root_means_a_run_of_the_same_client_only(written):
    client, folder = written
    assert fetch(Wire(client.runner), "empty") == NOT_PERMITTED
    assert fetch(Wire(client.runner), f"{folder}/empty")[1] == b""
    second = Wire(client.runner)
    for n in range(2):  # of several, the last is meant
        second.result(script=f"open('n.txt', 'w').write('{n}')")
    assert fetch(second, "n.txt")[1] == b"1"


def test_the_released_folders(tmp_path, monkeypatch):
    root = tmp_path / "lager-output"
    root.mkdir()
    (root / "report.txt").write_text("fine")
    os.symlink("/etc/passwd", root / "sly")
    monkeypatch.setattr(rootedfiles, "RELEASED_ROOTS", (str(root),))
    found = releasedfiles.download(f"{root}/report.txt", "")
    assert (b"".join(found.parts()), found.size) == (b"fine", 4)
    assert releasedfiles.download(f"{root}/sly", "").status == 403
    assert releasedfiles.download(f"{root}/none", "").status == 404
    assert releasedfiles.download(f"{root}/../x", "").status == 403
