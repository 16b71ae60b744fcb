"""Fixtures of pytest for tests on a bench: `net`, and `box`. pytest loads them with `lager.pytest_plugin`.

They imply nothing about what an instrument is left like: a test, or a fixture of your own, switches off what it has
switched on.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lager.nettype import NetType


@dataclass(frozen=True)
class Box:
    """Where this test runs.

    Attributes:
        name: The box, as the user gave it; `local` where nobody named one.
        run: The run's id, as `lager runs` shows it.
        user: Who started it.
    """

    name: str
    run: str
    user: str


@pytest.fixture(scope="session")
def net() -> Callable[..., Any]:
    """Give what gives the nets of the bench: `net("supply1", NetType.PowerSupply)`, as `lager.Net.get` does."""
    _check("net")
    from lager.net import Net

    def get(name: str, type: NetType, **options: Any) -> Any:
        return Net.get(name, type, **options)

    return get


@pytest.fixture(scope="session")
def box() -> Box:
    """Give the box that this test runs on: its `name`, the id of the `run`, and the `user`."""
    _check("box")
    return Box(os.environ.get("LAGER_BOX") or "local", os.environ["LAGER_PROCESS_ID"], os.environ.get("LAGER_USER", ""))


def _check(fixture: str) -> None:
    """Fail, where there is no box: a test of the bench that is skipped would look like a bench that is well."""
    if not os.environ.get("LAGER_PROCESS_ID"):
        pytest.fail(
            f"the fixture {fixture!r} needs a box, and this pytest does not run on one\n"
            "  Try: run it with `pytest --lager-box BOX`, or with `lager python -m pytest`",
            pytrace=False,
        )
