"""`/download-file` on :9000, as newer released clients ask for it."""

import os

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lager_hwservice.downloadroutes import DownloadRoutes
from lager_hwservice.lanes import Lanes

MINE = {"Lager-Invocation-Id": "one"}


@pytest.fixture
def fetch(tmp_path, monkeypatch):
    """Ask for a file of a box that has one run."""
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path))
    work = tmp_path / "runs" / "ID" / "work"
    work.mkdir(parents=True)
    (work.parent / "invocation").write_text("one")
    (work / "volts.csv").write_bytes(b"3.3\r\n")
    os.symlink("/etc/passwd", work / "sly")
    client = TestClient(Starlette(routes=DownloadRoutes(Lanes()).routes()))
    return lambda path, headers=MINE: client.get("/download-file", params={"filename": path}, headers=headers)


def test_a_run_s_file(fetch, tmp_path):
    for reply in (fetch("volts.csv"), fetch(f"{tmp_path}/runs/ID/work/volts.csv", {})):
        assert (reply.status_code, reply.content, reply.headers["content-length"]) == (200, b"3.3\r\n", "5")
        assert reply.headers["content-disposition"] == 'attachment; filename="volts.csv"'


@pytest.mark.parametrize(
    ("path", "headers", "status", "error"),
    [
        ("", MINE, 400, "Missing filename parameter"),
        ("none", MINE, 404, "File not found: none"),
        (".", MINE, 400, "Path is not a file"),
        ("sly", MINE, 403, "Access to this path is not permitted"),
        ("volts.csv", {"Lager-Invocation-Id": "two"}, 403, "Access to this path is not permitted"),
        ("volts.csv", {}, 403, "Access to this path is not permitted"),
        ("../invocation", MINE, 403, "Access to this path is not permitted"),
    ],
)
def test_what_is_refused(fetch, path, headers, status, error):
    reply = fetch(path, headers)
    assert (reply.status_code, reply.json()["error"], reply.json()["status"]) == (status, error, "error")
