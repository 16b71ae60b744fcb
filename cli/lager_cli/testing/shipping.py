"""Packs up the root folder of the tests, with what the box's pytest must know: the request that starts the run."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lager import wire
from lager.testing import events
from lager_cli import holder
from lager_cli.runs.packing import Packed, Source, pack_source
from lager_cli.selection import user_name
from lager_cli.testing.arguments import Call

# What of this terminal's environment is meant for the tests, too: pauses, and how much pytest says.
_PASSED_ON = (
    *("LAGER_BREAKPOINTS", "LAGER_BREAKPOINT_TIMEOUT", "LAGER_ON_EXCEPTION"),
    *("PYTEST_ADDOPTS", "CI", "BUILD_NUMBER"),
)
_REMEMBERING = ("lf", "failedfirst", "newfirst", "stepwise", "stepwise_skip")  # options that look into the cache
_MEMORIES = ("cache/lastfailed", "cache/nodeids", "cache/stepwise")


class Shipment:
    """All that is sent.

    Args:
        config: Of the pytest here.
        call: What the box's is called with.
        box: What the user gave as the box.

    Raises:
        BadScript: A file cannot be read.
    """

    def __init__(self, config: pytest.Config, call: Call, box: str) -> None:
        self._memory = _memory(config)
        self._packed = self._pack(config, call)
        self._call, self._box = call, box
        self.warnings = self._packed.warnings

    def request(self) -> wire.RunRequest:
        """Give the request."""
        who, kind = holder.holder(os.environ)
        cache = ["-o", f"cache_dir={events.CACHE}"] if self._memory else []
        return wire.RunRequest(
            args=[*cache, *self._call.args],
            env=[(name, os.environ[name]) for name in _PASSED_ON if name in os.environ],
            box=self._box,
            user=user_name(),
            holder=who,
            holder_type=kind,
            **self._packed.fields() | {"name": "pytest"},
        )

    def _pack(self, config: pytest.Config, call: Call) -> Packed:
        root = config.rootpath
        path = any(os.path.abspath(one) == os.fspath(root) for one in sys.path)
        settings = {"folder": call.folder, "path": path, "cache": self._memory}
        with tempfile.TemporaryDirectory() as folder, _standing_in(root):
            beside = Path(folder, events.SETTINGS)
            beside.write_text(json.dumps(settings), encoding="utf-8")
            return pack_source(Source(module=events.MODULE), [os.fspath(beside)])


def _memory(config: pytest.Config) -> dict[str, object]:
    """Give what this pytest remembers of its last runs, where an option asks for that."""
    cache = getattr(config, "cache", None)  # which `-p no:cacheprovider` takes away
    if cache is None or not any(getattr(config.option, name, False) for name in _REMEMBERING):
        return {}
    known = {name: cache.get(name, None) for name in _MEMORIES}
    return {name: value for name, value in known.items() if value is not None}


@contextlib.contextmanager
def _standing_in(folder: Path) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
