"""For all tests: the environment of a user's shell, where a build machine's settings would hide what users see."""

import os
import re
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))  # what tests of several folders use

# COLUMNS and LINES: those of the terminal the tests run in; readline sets them for whatever pytest starts.
for name in ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONWARNINGS", "COLUMNS", "LINES"):
    os.environ.pop(name, None)
# A build machine's own: what is said there, and who has the lock, is said otherwise. Tests of that set what they need.
for name in list(os.environ):
    if name in ("CI", "BUILD_NUMBER") or name.startswith(("CI_", "GITHUB_", "GITLAB_", "JENKINS_")):
        del os.environ[name]
# What a script starts in its background, or nohup does, ignores Ctrl-C or the end of its terminal, and so does all that
# is started by it: never what a user types. A handler is not handed on.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)
# How long something takes says nothing on a machine that does other things, too.
settings.register_profile("lager", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lager")


def pytest_collection_modifyitems(items):
    """Mark each test with the rows of the register it proves: `pytest -m "register(row='B5')"`."""
    here, row, proven = Path(__file__).parent, "", {}
    for line in (here / "house" / "register.txt").read_text().splitlines():
        if found := re.match(r"([BPHL]\d+): ", line):
            row = found[1]
        elif line.startswith("    tests/"):
            proven.setdefault(line.strip(), []).append(row)
    for item in (one for one in items if here in one.path.parents):
        name = f"{item.path.relative_to(here.parent).as_posix()}::{getattr(item, 'originalname', item.name)}"
        for one in proven.get(name, ()):
            item.add_marker(pytest.mark.register(row=one))


def pytest_addoption(parser):
    told = "how many statements a console evaluates in the test that none of them changes the script"
    parser.addoption("--statements", type=int, default=340, help=told)
    told_fuzz = "how long the fuzzer sends requests to all endpoints; 0 is a fixed number of them"
    parser.addoption("--fuzz-seconds", type=float, default=0.0, help=told_fuzz)
    parser.addoption("--statements-seed", type=int, default=6, help="which statements these are")
