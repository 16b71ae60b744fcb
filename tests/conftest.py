"""For all tests: the environment of a user's shell, where a build machine's settings would hide what users see."""

import os
import signal
import sys
from pathlib import Path

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


def pytest_addoption(parser):
    told = "how many statements a console evaluates in the test that none of them changes the script"
    parser.addoption("--statements", type=int, default=340, help=told)
    told_fuzz = "how long the fuzzer sends requests to all endpoints; 0 is a fixed number of them"
    parser.addoption("--fuzz-seconds", type=float, default=0.0, help=told_fuzz)
    parser.addoption("--statements-seed", type=int, default=6, help="which statements these are")
