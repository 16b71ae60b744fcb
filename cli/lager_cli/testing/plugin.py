"""The plugin of the laptop's pytest: the option, and no more unless it is used. pytest loads it by its entry point."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

Main = Generator[None, "int | pytest.ExitCode | None", "int | pytest.ExitCode | None"]


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the option."""
    parser.getgroup("lager").addoption(
        "--lager-box",
        metavar="NAME",
        help="run the tests on this box (its name, or its IP address) and report here as if they ran here",
    )
    pluginmanager.register(Choice(parser), "lager-choice")


class Choice:
    """Decides whether a box runs the tests.

    Args:
        parser: Knows all options of this pytest.
    """

    def __init__(self, parser: pytest.Parser) -> None:
        self._parser = parser

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> Main:
        """Have a box run the tests, where one was named; in a run, this is the box itself."""
        box = config.getoption("lager_box")
        if box is not None and not os.environ.get("LAGER_PROCESS_ID") and not hasattr(config, "workerinput"):
            if not box.strip():
                raise pytest.UsageError("--lager-box is empty; was a variable of the shell not set?")
            from lager_cli.testing.elsewhere import Elsewhere

            # The workers of pytest-xdist (`-n`) are the box's: it gets the options as they were given.
            for name, none in (("numprocesses", None), ("dist", "no"), ("tx", [])):
                if hasattr(config.option, name):
                    setattr(config.option, name, none)
            config.pluginmanager.register(Elsewhere(config, self._parser, box), "lager-elsewhere")
        return (yield)
