"""The guide `docs/breakpoints.md` is true: its scripts and commands do, in its order and in terminals, what it shows.

Each block belongs to the terminal that the sentence before it names, else to that of the block before; "Press Enter" in
that sentence is a key that is pressed.
Run as a program, it renews what the page shows: `python tests/wholes/test_breakpoints_guide.py`.
"""

import ast
import os
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from conftest import Home
from terminal import Terminal

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "breakpoints.md"
BLOCK = re.compile(r"(?:^`([\w./]+)`\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# What is another each time: ids, measured values, the time of day, how long something took, how wide a column is, and
# at which line a script is stopped from outside. Of `...` the guide leaves lines away.
CHANGING = re.compile(
    rf"(?P<id>{UUID}|\b[0-9a-f]{{8}}\b)|(?P<number>-?\d+\.\d{{3,}})|(?P<clock>\b\d\d:\d\d(?::\d\d)?\b)"
    r"|(?P<took>\b\d+m\d\ds\b|\b\d+\.\d\ds\b)|(?P<line>(?<=soak\.py:)\d+)|(?P<gap> {2,})"
    r"|(?P<any>\.\.\.\n?)|(?P<end>\n)",
    re.MULTILINE,
)
AS = {"number": r"-?\d[\d.e-]*", "clock": r"\d\d:\d\d(?::\d\d)?", "took": r"(?:\d+m)?\d[\d.]*s"}
AS |= {"line": r"\d+", "gap": " +", "any": r"(?:.|\n)*?", "end": r"\n+"}


class Desk:
    """Some terminals, at which the page is done."""

    def __init__(self, home):
        self.home = home
        home.env |= {"LAGER_USER": "alice", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        self.terminals = {}  # by what the page calls them: what is on their screens, and up to where that was read
        self.name = ""  # the one that is sat at
        self.ids = {}  # the page's, and today's

    def do_all(self, page):
        """Do the page from its start to its end; give it as it is today."""
        done, at = [], 0
        for block in BLOCK.finditer(page):
            words = page[at : block.start()].strip().rpartition("\n\n")[2]
            done += [page[at : block.start(3)], self.do(*block.groups(), " ".join(words.split()))]
            at = block.end(3)
        for name in self.terminals:
            self.end(name)
        return "".join(done) + page[at:]

    def do(self, file, kind, body, words):
        """Do one block; give it as it is today."""
        if kind == "python":
            ast.parse(body)
            if file:
                self.home.script(body, file)
        if kind != "console":
            return body
        if named := re.findall("(first|second|third) terminal", words):
            self.name = named[-1]
        if "Press Enter" in words:
            self.terminals[self.name][0].type("\n")
        done = "".join(self.step(self.name, *each) for each in steps(body))
        if self.name != "first":  # there a script may stay paused
            self.end(self.name)
        return done

    def step(self, name, command, shown):
        """Type a command, unless one is going on there, and see what it shows; give both as they are today."""
        if command:
            self.start(name, self.today(command))
        shown = self.talk(name, shown) if ">>> " in shown else self.see(name, shown)
        return f"$ {command}\n{shown}" if command else shown

    def start(self, name, command):
        status = self.end(name) if name in self.terminals else 0
        words = ["sh", "-c", f"(exit {status}); {command}"]
        one = Terminal(words, self.home.folder, self.home.env, size=(40, 120))
        self.home.terminals.append(one)
        self.terminals[name] = [one, 0]

    def end(self, name):
        """Wait until the terminal's command has ended, with nothing more than the page shows; give its status."""
        one, read = self.terminals[name]
        status = one.wait()
        rest = one.text[read:].strip()
        assert not rest, f"the guide does not show {rest!r}, at the end of {one.process.args[-1]}"
        return status

    def see(self, name, shown):
        """Wait until the terminal shows that, and nothing else."""
        one, read = self.terminals[name]
        found = one.expect(self.pattern(shown), timeout=20)
        between = one.text[read : found.start()].strip()
        assert not between, f"the guide does not show {between!r}"
        self.terminals[name][1] = found.end()
        self.ids |= {group[1:].replace("_", "-"): today for group, today in found.groupdict().items()}
        return shown

    def talk(self, name, shown):
        """Do a console's lines, with an end of file where nothing follows the prompt; its screen is drawn, not said."""
        one = self.terminals[name][0]
        first, *statements = re.split("^>>> ?", shown, flags=re.MULTILINE)
        one.expect(self.pattern(first))
        for each in statements:
            statement, _, answer = each.partition("\n")
            one.expect(">>>")
            one.type(statement + "\r" if statement else "\x04")
            if answer:
                one.expect(self.pattern(answer))
        self.terminals[name][1] = len(one.text)
        return shown

    def today(self, command):
        return CHANGING.sub(lambda found: self.id_today(found[0]) if found["id"] else found[0], command)

    def id_today(self, shown):
        """The id that is one on the page, or that begins as one."""
        return next((today[: len(shown)] for page, today in self.ids.items() if page.startswith(shown)), shown)

    def pattern(self, shown):
        """What fits the page, but for what changes; an id of which nothing was seen yet is learned."""
        parts, at, new = [], 0, set()
        for found in CHANGING.finditer(shown := shown.strip() + "\n"):
            parts.append(re.escape(shown[at : found.start()]))
            at = found.end()
            group = "i" + found[0].replace("-", "_")
            if found.lastgroup != "id":
                parts.append(AS[found.lastgroup])
            elif len(found[0]) < 36 or found[0] in self.ids:
                parts.append(re.escape(self.id_today(found[0])))
            else:
                parts.append(f"(?P={group})" if group in new else f"(?P<{group}>{UUID})")
                new.add(group)
        return "".join(parts)


class Pen(Desk):
    """Writes down what is shown, instead of comparing it."""

    def end(self, name):
        one, _ = self.terminals[name]
        return one.wait()

    def see(self, name, shown):
        one, read = self.terminals[name]
        while one._read(1.5):  # until nothing more comes
            continue
        self.terminals[name][1] = len(one.text)
        said = one.text[read:].strip("\n")
        new = [page for page in dict.fromkeys(re.findall(UUID, shown)) if page not in self.ids]
        today = [each for each in dict.fromkeys(re.findall(UUID, said)) if each not in self.ids.values()]
        self.ids |= dict(zip(new, today, strict=False))
        for page, each in self.ids.items():
            said = said.replace(each, page).replace(each[:8], page[:8])
        return shown if "..." in shown else "".join(f"{line.rstrip()}\n" for line in said.splitlines())


def steps(body):
    """Give each command of a block with what it shows; what comes before the first is of one that was going on."""
    before, *commands = re.split(r"^\$ ", body, flags=re.MULTILINE)
    return [(None, before)] * bool(before) + [each.split("\n", 1) for each in commands]


def test_the_guide_is_true(fresh_home):
    fresh_home.lager("nets")  # the private box says once that it starts
    page = GUIDE.read_text()
    assert Desk(fresh_home).do_all(page) == page


def test_its_links_lead_somewhere():
    page = GUIDE.read_text()
    titles = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    places = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    for link in re.findall(r"\]\(([^)]+)\)", page):
        file, _, place = link.partition("#")
        assert (place in places) if not file else (GUIDE.parent / file).exists(), link


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        try:
            home.lager("nets")
            GUIDE.write_text(Pen(home).do_all(GUIDE.read_text()))
        finally:
            home.close()
