"""The guide `docs/running.md` is true.

Run as a program, it renews what the page shows: `python tests/wholes/test_running_guide.py`.
"""

import sys
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from guide import Reader, lost_links, renew

BENCH = "two_instruments.toml"
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "running.md"


def prepare(home):
    """Have pip find the page's package without a network, and nothing of where this test runs be seen on the page."""
    wheels = home.folder / "wheels"
    wheels.mkdir()
    info = "intelhex-2.3.0.dist-info"
    parts = {
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: intelhex\nVersion: 2.3.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(wheels / "intelhex-2.3.0-py3-none-any.whl", "w") as wheel:
        for name, text in parts.items():
            wheel.writestr(name, text)
    home.env |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    for name in ("CI", "GITHUB_ACTIONS", "GITHUB_WORKSPACE", "GITLAB_CI", "JENKINS_URL"):
        home.env.pop(name, None)  # the page is read by a person, wherever its test runs
    del home.env["PYTHONWARNINGS"]  # other plugins of this environment have some of their own
    home.lager("nets")  # the private box says once that it starts


def test_the_guide_is_true(fresh_home):
    prepare(fresh_home)
    page = GUIDE.read_text()
    assert Reader(fresh_home).do_all(page) == page


def test_its_links_lead_somewhere():
    assert lost_links(GUIDE.read_text(), GUIDE.parent) == []


if __name__ == "__main__":
    renew(GUIDE, prepare)
