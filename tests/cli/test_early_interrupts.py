"""Ctrl-C at any moment, of the start, or of something that is half done then, is no traceback and no error."""

import importlib
import io
import os
import py_compile
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import click
import pytest

from lager_cli.app import run
from lager_cli.machine.progress import AGAIN, Progress

# Interrupts itself where a module is looked for that is about to be imported.
EARLY = """\
import os, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == wanted:
            os.kill(os.getpid(), signal.SIGINT)

wanted = sys.argv[1]
sys.meta_path.insert(0, Interrupting())
sys.argv = ["lager", "boxes"]
from lager_cli.start import main
main()
"""


@pytest.mark.parametrize(
    "module", ["lager_cli.app", "click", "click.parser", "lager_cli.commands.boxes", "lager_cli.config"]
)
def test_no_traceback(folder, module):
    done = subprocess.run([sys.executable, "-c", EARLY, module], capture_output=True, text=True, timeout=60)
    assert done.returncode in (-2, 130)
    assert done.stdout == ""
    assert done.stderr.strip() in ("", "Aborted!")


def test_what_ignores_interrupts_goes_on_doing_so(folder):
    ignoring = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n{EARLY}"
    done = subprocess.run([sys.executable, "-c", ignoring, "click"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("No boxes found.")


def test_what_is_half_done_then_is_no_error(capsys):
    @click.command()
    def pack():
        with Progress().step("Pack it"), zipfile.ZipFile(io.BytesIO(), "w") as packed:
            kept.append(packed.open("file", "w"))  # as long as this is open, closing the archive is an error
            os.kill(os.getpid(), signal.SIGINT)

    kept = []
    assert run(pack, []) == 130
    assert capsys.readouterr().err == f" 1. Pack it: not done\n{AGAIN}\nAborted!\n"
    kept.pop().close()


def test_a_file_of_python_that_was_cut_off_is_no_interrupt(folder, tmp_path, capsys, monkeypatch):
    source = tmp_path / "cut_off.py"
    source.write_text("WORDS = 'some words'\n")
    compiled = Path(py_compile.compile(str(source), doraise=True))
    compiled.write_bytes(compiled.read_bytes()[:-9])  # as a full disk, or a power cut, leaves it

    @click.command()
    def imports():
        importlib.import_module("cut_off")

    monkeypatch.syspath_prepend(str(tmp_path))
    assert run(imports, []) == 1
    assert capsys.readouterr().err.strip().splitlines() == [
        f"Error: {compiled} is damaged: marshal data too short.",
        "Try: delete that file: Python makes it anew from its source.",
    ]
    compiled.unlink()
    assert run(imports, []) == 0


def test_another_end_of_a_file_is_a_defect_and_no_interrupt(capsys):
    @click.command()
    def ends():
        raise EOFError("nothing there")

    assert run(ends, []) == 1
    assert "Error: EOFError: nothing there. This is a defect of lager.\n" in capsys.readouterr().err


def test_who_ends_the_input_of_a_question_aborts(capsys, monkeypatch):
    @click.command()
    def asks():
        click.confirm("Sure?")

    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run(asks, []) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "Aborted!"


def test_tests_that_a_script_starts_in_its_background_hear_it_all_the_same():
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"{__file__}::test_no_traceback"]
    ignoring = ["sh", "-c", 'trap "" INT; exec "$@"', "sh"]
    done = subprocess.run([*ignoring, *words, "-k", "boxes"], capture_output=True, text=True, timeout=120)
    assert "1 passed" in done.stdout, done.stdout
