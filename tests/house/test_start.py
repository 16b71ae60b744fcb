"""What starting pulls in. How long it takes is measured in benchmarks/, not asserted here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import lager

HEAVY = {
    "pyvisa",
    "pyvisa_py",
    "usb",
    "starlette",
    "uvicorn",
    "prompt_toolkit",
    "ptpython",
    "asyncio",
    "httpx2",
    "rich",
    "cryptography",
}


def modules_after(statement):
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_a_script_that_imports_lager_gets_nothing_heavy():
    assert not modules_after("import lager") & (HEAVY | {"click", "websockets", "platformdirs", "psutil", "logging"})


def test_lager_alone_imports_nothing_of_its_own():
    assert not {name for name in modules_after("import lager") if name.startswith("lager.")} | (
        modules_after("import lager") & {"typing", "msgspec"}
    )


def test_all_that_lager_has_is_there_when_it_is_asked_for():
    assert set(lager.__all__) <= set(dir(lager))
    assert all(getattr(lager, name) is not None for name in lager.__all__)


# Each of these takes its time; which command imports one of them all the same is said below.
SELDOM = {
    "difflib",
    "email",
    "hashlib",
    "http.client",
    "importlib.metadata",
    "lager.breakpoint",
    "lager.hardware",
    "lager.net",
    "lager.proxies",
    "lager.tls",
    "lager.trust",
    "lager_cli.runs.annotations",
    "lager_cli.runs.attending",
    "lager_cli.runs.bundle",
    "lager_cli.runs.downloads",
    "lager_cli.runs.events",
    "lager_cli.runs.forwarding",
    "lager_cli.runs.listing",
    "lager_drivers",
    "logging",
    "msgspec",
    "platformdirs",
    "queue",
    "ssl",
    "subprocess",
    "tempfile",
    "urllib.request",
    "websockets",
    "zipfile",
}
if sys.version_info < (3, 11):  # there, `uuid`, which click needs, imports it
    SELDOM.remove("subprocess")
ASKING = {"msgspec"}
# What a WebSocket brings; it is imported while the box starts the script.
FOLLOWING = {
    "email",
    "hashlib",
    "http.client",
    "importlib.metadata",
    "lager_cli.runs.attending",
    "logging",
    "queue",
    "ssl",
    "tempfile",
    "urllib.request",
    "websockets",
    "zipfile",
}
# Of SELDOM, what each command may import (some depend on the version of Python), and how many modules in all. Where one
# of these grows, every call of the command becomes slower: a module is about 0.3 ms.
COMMANDS = [
    ("--version", set(), 45),
    ("--help", set(), 125),
    ("python --help", set(), 135),
    ("supply --help", ASKING, 195),
    ("supply supply1 state", ASKING, 190),
    ("battery --help", ASKING, 195),
    ("eload eload1 cc", ASKING, 185),
    ("adc adc1", ASKING, 185),
    ("dac dac1 1V", ASKING, 185),
    ("gpi gpio2", ASKING, 185),
    ("gpo gpio1 high", ASKING, 185),
    ("thermocouple thermocouple1", ASKING, 185),
    ("watt supply1", ASKING, 185),
    ("energy eload1 stats --duration 0.1", ASKING, 185),
    ("scope scope1 state", ASKING, 205),
    ("scope scope1 trigger", ASKING | {"lager.hardware", "lager.proxies"}, 245),
    ("nets", ASKING, 190),
    ("nets show supply1", ASKING, 190),
    ("nets state", ASKING, 190),
    ("instruments", ASKING, 185),
    ("hello", ASKING, 180),
    ("status", ASKING, 180),
    ("diagnose supply1", ASKING, 200),
    ("doctor", ASKING | {"queue", "subprocess"}, 215),
    ("defaults", {"msgspec"}, 160),
    ("boxes", {"msgspec"}, 160),
    ("completion bash", set(), 120),
    ("bench log", ASKING, 180),
    ("nets limits", ASKING, 190),
    ("supply supply1 tui --help", ASKING, 195),
    ("nets tui --help", ASKING, 150),
    ("install --help", set(), 135),
    ("update --help", set(), 140),
    ("uninstall --help", set(), 140),
    ("ssh --help", set(), 135),
    ("python hello.py", ASKING | FOLLOWING, 305),
    ("python --detach hello.py", ASKING, 195),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A directory, and an environment, with a private box."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "hello.py").write_text("print('hello')")
    others = ("LAGER_", "CI", "GITHUB_", "GITLAB_")
    env = {key: value for key, value in os.environ.items() if not key.startswith(others)}
    env |= {"HOME": str(folder), "LAGER_STATE_DIR": str(folder / "state"), "LAGER_CONFIG_FILE_DIR": str(folder)}
    lager = [str(Path(sys.executable).with_name("lager"))]
    subprocess.run([*lager, "nets"], cwd=folder, env=env, check=True, capture_output=True, timeout=60)
    yield folder, env
    subprocess.run([*lager, "box", "stop", "--force"], env=env, check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize(("words", "seldom", "most"), COMMANDS, ids=[words for words, *_ in COMMANDS])
def test_no_command_imports_what_it_does_not_use(home, words, seldom, most):
    folder, env = home
    code = (
        f"import sys; sys.argv = ['lager', *{words.split()!r}]\n"
        "from lager_cli.start import main\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code == 0\n"
        "print('\\n', *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, text=True, check=True, timeout=60
    )
    found = set(done.stdout.splitlines()[-1].split())
    assert not found & HEAVY
    assert found & SELDOM <= seldom
    assert len(found) <= most
