"""What goes up cannot leave the run's directory, and what comes down comes from nowhere else: over HTTP, on a box."""

import json
import os
import stat
import urllib.parse
import uuid
import zipfile

import archives
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lager import errors, wire

FEW = settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=[*HealthCheck])


def everything(served):
    """Give all there is in the box's home but the runs' own directories, as (path, size)."""
    runs = str(served.state / "runs")
    found = set()
    for folder, _, files in os.walk(served.folder):
        if not folder.startswith(runs + os.sep):
            found |= {(folder, "")} | {(folder, name) for name in files}
    return found


def refused(served, content, **more):
    """Upload what must be refused; gives why. Nothing of it is left, anywhere."""
    before, run = everything(served), str(uuid.uuid4())
    with pytest.raises(errors.UsageError) as why:
        served.runner.put(f"/runs/{run}", wire.RunRequest(name="x", content=content, **more), wire.RunInfo)
    assert not (served.state / "runs" / run).exists()
    assert everything(served) <= before | {(str(served.state), "lock.json")}
    return why.value.what


@FEW
@given(archives.hostile())
def test_no_folder_gets_out(served, content):
    refused(served, content)
    assert not any(path.read_bytes() == archives.OUTSIDE for path in served.folder.glob("*.py"))


@pytest.mark.parametrize(
    "make",
    [
        archives.links_then_files, archives.bomb, archives.lying_bomb, archives.overlapping, archives.crowded,
        archives.deep, archives.encrypted, lambda: archives.unusual(zipfile.ZIP_BZIP2),
        lambda: archives.unusual(zipfile.ZIP_LZMA), lambda: b"PK\5\6" + b"\xff" * 18, lambda: b"",
    ],
    ids=["links", "bomb", "lying", "overlapping", "crowded", "deep", "encrypted", "bzip2", "lzma", "ends", "empty"],
)  # fmt: skip
def test_what_no_client_sends_is_refused_and_leaves_nothing(served, make):
    refused(served, make())
    assert served.runner.get("/health", dict)["status"] == "healthy"


@pytest.mark.parametrize(
    "name", ["../x.py", "/x.py", "a/x.py", "..", "a\\x.py", "C:\\x.py", "x\0.py", "x" * 256, "\ud800", "../work/x.py"]
)
def test_a_script_has_a_plain_name(served, name):
    if name == "\ud800":
        body = wire.to_msgpack({"name": "x", "content": b"", "script": "SCRIPT"}).replace(b"SCRIPT", b"\xed\xa0\x80abc")
        with pytest.raises(errors.UsageError):
            served.runner._understand(
                served.runner._ask("PUT", f"/runs/{uuid.uuid4()}", body, "application/msgpack", 15), wire.RunInfo
            )
        return
    refused(served, archives.OUTSIDE, script=name)


@pytest.mark.parametrize(
    "run", ["..", "../x", "x", "%2e%2e", "%2e%2e%2fx", "A" * 36, "{6b8f0c0a-3f0e-4c55-9b44-6f1d3c7c2a10}"]
)
def test_a_run_has_an_id_and_no_path(served, run):
    before = everything(served)
    with pytest.raises(errors.LagerError):
        served.runner.put(f"/runs/{run}", wire.RunRequest(name="x", content=b"", script="x.py"), wire.RunInfo)
    assert everything(served) <= before | {(str(served.state), "lock.json")}


def test_names_that_some_file_systems_take_for_one_are_files_of_their_own(served):
    """And the modes of an archive give nobody rights: no other user, no set-user-id."""
    names = ["A", "a", "\u00e9", "e\u0301", "main.py "]
    files = [(archives.entry(name, 0o6777), name.encode()) for name in names]
    script = (
        b"import json, os\n"
        b"print(json.dumps({n: [open(n, 'rb').read().hex(), os.stat(n).st_mode] for n in os.listdir('.')}))\n"
    )
    run = served.put(archives.zipped((archives.entry("main.py"), script), *files), "")
    found = json.loads(served.follow(run)[0])
    assert {name: bytes.fromhex(found[name][0]).decode() for name in names} == {name: name for name in names}
    assert not any(stat.S_IMODE(mode) & 0o7000 for _, mode in found.values())


LEAVING = """
import os, socket
os.makedirs('sub'); open('sub/own.txt', 'w').write('own'); open('own.txt', 'w').write('own')
open('..hidden', 'w').write('own'); os.symlink('own.txt', 'inner'); os.symlink('sub', 'innerdir')
os.symlink('/etc/passwd', 'passwd'); os.symlink('/etc', 'etc'); os.symlink('../spec.json', 'spec')
os.symlink('..', 'up'); os.symlink('sub/../../spec.json', 'wound'); os.symlink('loop', 'loop')
os.symlink('/proc/self/environ', 'environ'); os.symlink('/proc/self/cwd/../../../token', 'token')
os.symlink(os.path.join(os.environ['LAGER_STATE_DIR'], 'token'), 'token2')
os.mkfifo('pipe'); socket.socket(socket.AF_UNIX).bind('socket')
open(b'no\\xfftext', 'w').write('own')
"""


@pytest.fixture(scope="module")
def left(served):
    """A run that has left what should not be fetched."""
    run = served.put(LEAVING.encode())
    assert served.follow(run)[1].status == 0
    return run


def fetched(served, run, path):
    parts = []
    served.runner.download(f"/runs/{run}/files/{path}", parts.append)
    return b"".join(parts)


def quoted(path):
    return urllib.parse.quote(path, safe="")


@pytest.mark.parametrize("path", ["own.txt", "sub/own.txt", "sub%2Fown.txt", "..hidden", "inner", "innerdir/own.txt"])
def test_what_the_run_wrote_can_be_fetched(served, left, path):
    assert fetched(served, left, path) == b"own"


BAD = [
    "passwd", "etc/passwd", "spec", "up/spec.json", "wound", "loop", "environ", "token", "token2", "pipe", "socket",
    "../spec.json", "../../../token", "sub/../../spec.json", "/etc/passwd", "//etc/passwd", "/proc/self/environ", "sub",
    ".", "", "..", "own.txt/x", "own.txt\0", "own.txt\0.png", "up/../../token", "..%2f..%2ftoken",
    "\\..\\..\\token", "x" * 5000, "a/" * 3000, "/tmp/lager-output/../../etc/passwd", "/tmp/lager-outputx/y",
]  # fmt: skip


@pytest.mark.parametrize("path", BAD)
@pytest.mark.parametrize("how", [quoted, urllib.parse.quote], ids=["quoted", "slashes"])
def test_what_is_elsewhere_cannot(served, left, path, how):
    with pytest.raises(errors.LagerError) as why:
        assert fetched(served, left, how(path)) == b"own"
    assert not isinstance(why.value, errors.Defect | errors.ServiceUnreachable)


@FEW
@given(
    st.lists(st.sampled_from(["..", ".", "", "up", "etc", "sub", "innerdir", "inner", "own.txt", "token2"]), max_size=7)
)
def test_no_way_leads_out(served, left, steps):
    try:
        content = fetched(served, left, quoted("/".join(steps)))
    except (errors.FileNotThere, errors.UsageError):
        return
    assert content == b"own"


def test_a_list_tells_of_nothing_elsewhere(served, left):
    found = {one.path for one in served.runner.get(f"/runs/{left}/files", list[wire.FileInfo])}
    assert {"own.txt", "sub/own.txt", "..hidden"} <= found
    assert not found & {"passwd", "etc/passwd", "spec", "environ", "token", "token2", "pipe", "socket"}
    for below in ("etc", "up", "..", "/etc", "../..", "innerdir/../.."):
        with pytest.raises((errors.FileNotThere, errors.UsageError)):
            served.runner.get(f"/runs/{left}/files?below={quoted(below)}", list[wire.FileInfo])


@pytest.mark.parametrize("name", ["../spec.json", "..%2Fspec.json", "..", "%2e%2e%2fspec.json", "x%00", "/etc/passwd"])
def test_what_a_console_wrote_is_fetched_by_its_name_only(served, left, name):
    with pytest.raises(errors.LagerError) as why:
        served.runner.download(f"/runs/{left}/console-files/{name}", lambda _: None)
    assert not isinstance(why.value, errors.Defect | errors.ServiceUnreachable)
