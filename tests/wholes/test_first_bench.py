"""The tutorial `docs/first-bench.md` is true, and ends with a curve.

Its box listens on ports that are free: others' tests may have the usual ones.
"""

import csv
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from guide import Reader, lost_links

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "first-bench.md"


class Newcomer(Reader):
    """Somebody who does the page with nothing there before, not even a box."""

    def today(self, command):
        ports = " --port 0 --hardware-port 0 --http-port 0" if command == "lager box serve --sim" else ""
        return super().today(command) + ports


def test_the_tutorial_is_true_and_ends_with_a_curve(fresh_home):
    page = GUIDE.read_text()
    assert Newcomer(fresh_home).do_all(page) == page
    with (fresh_home.folder / "discharge.csv").open(newline="") as file:
        head, *rows = csv.reader(file)
    percent, volts = ([float(row[head.index(name)]) for row in rows] for name in ("percent", "volts"))
    assert percent == sorted(percent, reverse=True)
    assert percent[-1] <= 2 < 10 < percent[0]
    assert volts[0] - volts[-1] > 0.05, "it falls as the battery is emptied"


def test_its_links_lead_somewhere():
    assert lost_links(GUIDE.read_text(), GUIDE.parent) == []
