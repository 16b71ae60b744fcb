"""The register of what broke in the released product: each row names tests that are there, or why there is none."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from rooms import ROOT

TEXT = (Path(__file__).parent / "register.txt").read_text()
ROWS = {found[1]: found[2] for found in re.finditer(r"^([BPHL]\d+): .+\n((?:    .+\n)*)", TEXT, re.MULTILINE)}
TESTS = sorted(set(re.findall(r"^    (tests/\S+)$", TEXT, re.MULTILINE)))
ALL = [
    f"{part}{number}" for part, last in (("B", 16), ("P", 20), ("H", 19), ("L", 15)) for number in range(1, last + 1)
]


def test_every_row_is_there_once():
    assert sorted(re.findall(r"^([BPHL]\d+):", TEXT, re.MULTILINE)) == sorted(ALL)


@pytest.mark.parametrize("row", ALL)
def test_a_row_has_a_test_or_a_reason(row):
    assert re.search(r"^    (tests/\S+::test_\w+|\(.+\))$", ROWS[row], re.MULTILINE)


def test_the_tests_are_there():
    missing = []
    for one in TESTS:
        file, name = one.split("::")
        path = ROOT / file
        if not (path.exists() and re.search(rf"^(async )?def {name}\(", path.read_text(), re.MULTILINE)):
            missing.append(one)
    assert missing == [], "renamed? then name them so in register.txt, too"


def test_the_tests_of_a_row_are_found_by_it():
    chosen = ["--collect-only", "-q", "-p", "no:cacheprovider", "-m", "register(row='B1')"]
    files = [one.split("::")[0] for one in TESTS if "    " + one in ROWS["B1"]]
    command = [sys.executable, "-m", "pytest", *chosen, *files, "tests/house/test_register.py"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^(tests/\S+::\w+)", shown, re.MULTILINE)) == set(ROWS["B1"].split())
