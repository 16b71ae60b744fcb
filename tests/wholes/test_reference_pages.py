"""The pages in `docs/reference/` are true: every example runs on the simulated bench, and prints what its page says.

The `python` blocks of a page are one script, done in one run, in their order. A `text` block right after one is what
it prints; without one it prints nothing. An error that nobody catches is printed as at the end of a traceback, and the
page goes on. Of `...` a page leaves text away; a number with three decimals or more, as any that was measured, may
be 2 % (and 0.005) off. Blocks with a file name above them, and `console` blocks, are done as those of the guides.

Run as a program, it renews what pages show: `python tests/wholes/test_reference_pages.py [PAGE...]`.
"""

import inspect
import itertools
import re
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from conftest import Home
from guide import BLOCK, Reader, Writer, lost_links, ready

from lager import proxies

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
PAGES = sorted(FOLDER.glob("*.md"))
SHOWN = re.compile(r"\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHANGING = re.compile(r"\.\.\.|-?\d+\.\d{3,}(?:e-?\d+)?")
NUMBER = r"(-?\d+\.?\d*(?:e-?\d+)?)"
END = "\x1e"  # of what one block prints
# Whose page it is: each of its calls stands there.
ROLES = {
    "power-supply.md": "power-supply",
    "battery.md": "battery",
    "eload.md": "eload",
    "adc.md": "adc",
    "dac.md": "dac",
    "gpio.md": "gpio",
    "thermocouple.md": "thermocouple",
    "scope.md": "scope",
}
SCRIPT = """\
import traceback

BLOCKS = {blocks!r}
names = {{"__name__": "__main__"}}
for place, source in BLOCKS:
    try:
        exec(compile(source, place, "exec"), names)
    except Exception as exc:
        print("".join(traceback.format_exception_only(exc)).rstrip())
    print({end!r})
"""


class PageReader(Reader):
    """Does the files and terminals of a page, and leaves its other blocks alone."""

    def do(self, file, kind, body, words):
        return super().do(file, kind, body, words) if file or kind == "console" else body


class PageWriter(PageReader, Writer):
    """Writes down what the terminals of a page show, and leaves its other blocks alone."""


def examples(page):
    """Give the page's examples: where each begins, its source, and where the text stands that it prints, if any."""
    for block in BLOCK.finditer(page):
        file, kind, source = block.groups()
        if kind == "python" and not file:
            yield page.count("\n", 0, block.start(3)) + 1, source, SHOWN.match(page, block.end() + 1)


def printed(home, name, page):
    """Do the examples of a page in one run; give what each prints."""
    blocks = [(f"{name}:{line}", source) for line, source, _ in examples(page)]
    if not blocks:
        return []
    ended = home.lager("python", home.script(SCRIPT.format(blocks=blocks, end=END), f"{Path(name).stem}_page.py"))
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout + ended.stderr
    *parts, rest = ended.stdout.split(f"{END}\n")
    assert (len(parts), rest) == (len(blocks), "")
    return parts


def alike(shown, now):
    """Tell whether that is what the page shows, but for what was left away or measured."""
    pattern, measured, at = [], [], 0
    for found in CHANGING.finditer(shown := shown.rstrip()):
        pattern += [re.escape(shown[at : found.start()]), "(?:.|\n)*?" if found[0] == "..." else NUMBER]
        measured += [] if found[0] == "..." else [float(found[0])]
        at = found.end()
    matched = re.fullmatch("".join(pattern) + re.escape(shown[at:]), now.rstrip())
    return matched is not None and all(
        abs(was - float(today)) <= 0.005 + 0.02 * abs(was)
        for was, today in zip(measured, matched.groups(), strict=True)
    )


@pytest.fixture(scope="module")
def bench(home):
    ready(home)
    return home


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_page_is_true(bench, path):
    page = path.read_text()
    for (line, _, shown), now in zip(examples(page), printed(bench, path.name, page), strict=True):
        said = shown[1] if shown else ""
        assert alike(said, now), f"{path.name}:{line} says {said!r}, and prints {now!r}"
    if "```console" in page:
        assert PageReader(bench).do_all(page) == page


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_its_links_lead_somewhere(path):
    assert lost_links(path.read_text(), FOLDER) == []


def test_the_index_names_every_page():
    index = (FOLDER / "README.md").read_text()
    assert [path.name for path in PAGES if f"]({path.name})" not in index and path.name != "README.md"] == []


@pytest.mark.parametrize("path", [path for path in PAGES if path.name in ROLES], ids=lambda path: path.name)
def test_every_call_stands_on_its_page(path):
    page = path.read_text()
    calls = [name for name, _ in inspect.getmembers(proxies.PROXIES[ROLES[path.name]], inspect.isfunction)]
    assert [one for one in calls if not one.startswith("_") and not re.search(rf"\b{one}\(", page)] == []


@pytest.mark.parametrize(
    ("shown", "now", "same"),
    [
        ("3.3\n", "3.3\n", True),
        ("3.3\n", "3.4\n", False),
        ("at 3.301 V\n", "at 3.29 V\n", True),
        ("at 3.301 V\n", "at 3.5 V\n", False),
        ("a ... d\n", "a b\nc d\n", True),
        ("", "", True),
        ("", "more\n", False),
    ],
)
def test_what_a_page_shows_is_compared(shown, now, same):
    assert alike(shown, now) is same


def renewed(home, path):
    """Give a page with what its examples print today."""
    page = path.read_text()
    done, at = [], 0
    for (_, _, shown), now in zip(examples(page), printed(home, path.name, page), strict=True):
        if shown and not alike(shown[1], now):
            done += [page[at : shown.start(1)], now]
            at = shown.end(1)
        elif now and not shown:
            sys.stdout.write(f"{path.name} does not show {now!r}\n")
    page = "".join(done) + page[at:]
    return PageWriter(home).do_all(page) if "```console" in page else page


def main(names):
    """Renew pages, all of them or some."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        try:
            ready(home)
            for path in [FOLDER / name for name in names] or itertools.chain(PAGES):
                path.write_text(renewed(home, path))
        finally:
            home.close()


if __name__ == "__main__":
    main(sys.argv[1:])
