"""Answers that read a file while they are sent, of both services: no file stays open when its client has gone."""

import contextlib
import gc
import os

import anyio
import pytest
from starlette.applications import Starlette

from lager_hwservice.downloadroutes import DownloadRoutes
from lager_hwservice.lanes import Lanes
from lager_runner.released.downloads import Downloads


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A file of the one run that a box has; larger than what is read at once."""
    monkeypatch.setenv("LAGER_STATE_DIR", str(tmp_path))
    work = tmp_path / "runs" / "ID" / "work"
    work.mkdir(parents=True)
    (work / "volts.csv").write_bytes(bytes(2_000_000))
    return work / "volts.csv"


@pytest.fixture
def no_collection():
    """Nothing is tidied up by the way."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("routes", [DownloadRoutes(Lanes()).routes, Downloads().routes], ids=["nets", "runner"])
@pytest.mark.parametrize("version", ["2.3", "2.4"])  # of ASGI: who goes is told by a message, or by an error
def test_the_file_of_a_client_that_goes_is_closed_when_it_goes(file, no_collection, routes, version):
    app = Starlette(routes=routes())
    scope = {"type": "http", "method": "GET", "path": "/download-file", "headers": []}
    scope |= {"query_string": f"filename={file}".encode(), "asgi": {"spec_version": version}}
    seen = []

    async def main():
        sent = anyio.Event()

        async def receive():
            await sent.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            if message.get("body"):
                seen.append(str(file) in open_now())
                sent.set()
                if version == "2.4":
                    raise OSError("it has gone")
                await anyio.sleep_forever()  # it reads no more

        with contextlib.suppress(Exception):
            await app(scope, receive, send)
        seen.append(str(file) in open_now())

    anyio.run(main)
    assert seen == [True, False]


def open_now():
    found = []
    for one in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # it was that of the list
            found.append(os.readlink(f"/proc/self/fd/{one}"))
    return found
