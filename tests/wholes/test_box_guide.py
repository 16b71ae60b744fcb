"""docs/box.md shows what is so: each screen in it is one that `make test-box` has seen."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "machine"))
from screens import plain, without_log  # noqa: E402  # from beside it

GUIDE = (ROOT / "docs" / "box.md").read_text()
SHOWN = re.findall(r"^<!-- seen: (\S+) -->\n```console\n\$ lager [^\n]*\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
# The machine of the tests has no udev of its own, as a container has none; a real one does not say so.
OF_CONTAINERS = re.compile(r"^    Note: udev does not run here.*\n", re.MULTILINE)


@pytest.mark.parametrize(("name", "block"), SHOWN, ids=[name for name, _ in SHOWN])
def test_a_screen_of_the_guide_was_seen(name, block):
    seen = OF_CONTAINERS.sub("", (ROOT / "tests" / "machine" / "seen" / f"{name}.txt").read_text())
    wanted = ".*".join(re.escape(part) for part in re.split(r"^\.\.\.\n", without_log(block), flags=re.MULTILINE))
    assert re.fullmatch(rf"{wanted}(\[\d+\]\n)?", seen, re.DOTALL), f"{plain(block)}\n--- was seen as:\n{seen}"


def test_every_screen_is_named():
    assert GUIDE.count("\n$ lager ") == len(SHOWN)
