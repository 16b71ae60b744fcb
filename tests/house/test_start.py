"""What starting pulls in. How long it takes is measured in benchmarks/, not asserted here."""

import subprocess
import sys

import pytest

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


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["supply", "--help"], ["python", "--help"]])
def test_help_gets_nothing_heavy(words):
    statement = (
        f"import sys; sys.argv = ['lager', *{words!r}]\n"
        "import contextlib, io\n"
        "from lager_cli.app import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()): main()"
    )
    assert not modules_after(statement) & HEAVY
