"""Puts the results of a pytest into the JUnit file of a run: pytest's own writer writes them."""

from __future__ import annotations

import os
from xml.etree import ElementTree

import pytest

from lager.testing import junit


def write(config: pytest.Config) -> None:
    """Have them written when this pytest ends, also where the user has chosen a file of his own for them."""
    path = junit.take()
    chosen = config.option.xmlpath
    written = config.option.xmlpath = os.path.abspath(
        os.path.expanduser(os.path.expandvars(chosen or f"{path}.{os.getpid()}.pytest"))
    )

    def finish() -> None:
        junit.give_back(path)
        if not os.path.exists(written):  # it never came to running tests
            return
        junit.add(path, list(ElementTree.parse(written).getroot()))
        if not chosen:
            os.unlink(written)

    config.add_cleanup(finish)
