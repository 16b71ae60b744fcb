"""The guide `docs/diagnose.md` is true, and names every finding, with its exit status.

Run as a program, it renews what the page shows: `python tests/wholes/test_diagnose_guide.py`.
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from guide import Reader, lost_links, ready, renew

sys.path.insert(0, str(Path(__file__).parents[1] / "usb"))
import diagnosedscreens

from lager.diagnosis import STATUSES

BENCH = "usb_and_network.toml"
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "diagnose.md"


def test_the_guide_is_true(fresh_home):
    ready(fresh_home)
    page = GUIDE.read_text()
    assert Reader(fresh_home).do_all(page) == page


def test_every_finding_is_in_its_table():
    rows = re.findall(r"^\| (\d+) \| ([\w-]+) \|", GUIDE.read_text(), re.MULTILINE)
    assert {name: int(status) for status, name in rows} == STATUSES


SAMPLE = re.compile(r"^```output\n\$ lager diagnose \S+\n(.*?)\n\$ echo \$\?\n(\d+)\n```$", re.MULTILINE | re.DOTALL)


def test_its_samples_are_what_real_usb_is_proven_to_show_one_of_each_finding():
    """`make test-usb` compares the same screens with what the command says there."""
    proven = {(status, text.strip()) for status, text in diagnosedscreens.expected().values()}
    samples = SAMPLE.findall(GUIDE.read_text())
    assert len(samples) == GUIDE.read_text().count("```output\n")
    assert {int(status) for _, status in samples} == {status for status, _ in proven}
    for shown, status in samples:
        said = diagnosedscreens.plain(f"{shown}\n\n").strip()
        alike = {(int(status), said), (int(status), diagnosedscreens.without_own_worker(said))}
        assert alike & proven, f"other words than in tests/usb/diagnoses.txt:\n{shown}"


def test_its_links_lead_somewhere():
    assert lost_links(GUIDE.read_text(), GUIDE.parent) == []


if __name__ == "__main__":
    renew(GUIDE, bench=Path(__file__).with_name(BENCH))
