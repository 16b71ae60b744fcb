"""The tutorial `docs/first-bench.md` is true, and ends with a curve.

Run as a program, it renews what the page shows: `python tests/wholes/test_first_bench.py`.
"""

import csv
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from guide import Reader, lost_links, ready, renew

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "first-bench.md"


def test_the_tutorial_is_true_and_ends_with_a_curve(fresh_home):
    ready(fresh_home)
    page = GUIDE.read_text()
    assert Reader(fresh_home).do_all(page) == page
    with (fresh_home.folder / "discharge.csv").open(newline="") as file:
        head, *rows = csv.reader(file)
    percent, volts = ([float(row[head.index(name)]) for row in rows] for name in ("percent", "volts"))
    assert percent == sorted(percent, reverse=True)
    assert percent[-1] <= 2 < 10 < percent[0]
    assert volts[0] - volts[-1] > 0.05, "it falls as the battery is emptied"


def test_its_links_lead_somewhere():
    assert lost_links(GUIDE.read_text(), GUIDE.parent) == []


if __name__ == "__main__":
    renew(GUIDE, ready)
