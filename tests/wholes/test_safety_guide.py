"""The guide `docs/safety.md` is true.

Run as a program, it renews what the page shows: `python tests/wholes/test_safety_guide.py`.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from guide import Reader, lost_links, ready, renew

BENCH = "two_instruments.toml"
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "safety.md"


def test_the_guide_is_true(fresh_home):
    ready(fresh_home)
    page = GUIDE.read_text()
    assert Reader(fresh_home).do_all(page) == page


def test_its_links_lead_somewhere():
    assert lost_links(GUIDE.read_text(), GUIDE.parent) == []


if __name__ == "__main__":
    renew(GUIDE, bench=Path(__file__).with_name(BENCH))
