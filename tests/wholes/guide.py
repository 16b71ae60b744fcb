"""Guides that are true: scripts and commands of a page do, in its order and in terminals, what it shows.

Each block belongs to the terminal that the sentence before it names, else to that of the block before; "Press Enter" in
that sentence is a key that is pressed. What goes on "until Ctrl-C" is ended when that terminal is needed again. A
console stays open from block to block. A `text` block is what is on the screen while something is typed, which is not
entered; with "F1" in the sentence before it, F1 is pressed. "Press Ctrl-C" and "Press Ctrl+D" are keys, too. A block
with a file's name above it is written into that file.
"""

import ast
import itertools
import os
import re
import sys
import tempfile
import time
from pathlib import Path

from conftest import Home
from terminal import Terminal

BLOCK = re.compile(r"(?:^`([\w./]+)`\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROMPT = re.compile("^>>>", re.MULTILINE)
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# What is another each time: ids, measured values, the time of day, how long something took, how wide a column is, at
# which line a script is stopped from outside, and what the system numbers. Of `...` the guide leaves lines away.
CHANGING = re.compile(
    rf"(?P<id>{UUID}|\b[0-9a-f]{{8}}\b)|(?P<number>-?\d+\.\d{{3,}})|(?P<clock>\b\d\d:\d\d(?::\d\d)?\b)"
    r"|(?P<day>\b\d{4}-\d\d-\d\d\b)"
    r"|(?P<took>\b\d+m\d\ds\b|\b\d+\.\d\ds\b|(?<=installed in )\d+\.\ds)|(?P<line>(?<=soak\.py:)\d+)|(?P<gap> {2,})"
    r"|(?P<count>\b\d+(?= bytes\b)|(?<=process )\d+|(?<=127\.0\.0\.1:)\d+|(?<=\"port\": )\d+"
    r"|(?<=127\.0\.0\.1::)\d+|\d+(?= ms\b)|(?<=^   port:        )\d+)"
    r"|(?P<path>(?<=Root\": \")[^\"]+)|(?P<any>\.\.\.\n?)|(?P<end>\n)",
    re.MULTILINE,
)
AS = {"number": r"-?\d[\d.e-]*", "clock": r"\d\d:\d\d(?::\d\d)?", "took": r"(?:\d+m)?\d[\d.]*s"}
AS |= {"day": r"\d{4}-\d\d-\d\d", "line": r"\d+", "count": r"\d+", "path": r"[^\"]+"}
AS |= {"gap": " +", "any": r"(?:.|\n)*?", "end": r"\n+"}
F1, CTRL_C, CTRL_D = "\x1bOP", "\x03", "\x04"
KEYS = {"Enter": "\n", "Ctrl-C": CTRL_C, "Ctrl+D": CTRL_D}
STOPPED = "KeyboardInterrupt\n"


class Reader:
    """Somebody at some terminals, who does a page."""

    def __init__(self, home):
        self.home = home
        home.env |= {"LAGER_USER": "alice", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        self.terminals = {}  # by what the page calls them: what is on their screens, and up to where that was read
        self.name = ""  # the one that is sat at
        self.until_stopped = set()  # those in which something goes on until Ctrl-C
        self.unshown = set()  # those of which the page leaves the last lines away
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
        elif kind == "text":
            self.type(body, words)
        return self.sit(body, words) if kind == "console" else body

    def sit(self, body, words):
        """Do a block at the terminal it belongs to."""
        if named := re.findall("(first|second|third) terminal", words):
            self.name = named[-1]
        for key, typed in KEYS.items():
            if f"Press {key}" in words:
                self.terminals[self.name][0].type(typed)
        done = "".join(self.step(self.name, *each) for each in steps(body))
        if "until Ctrl-C" in words:
            self.until_stopped.add(self.name)
        talks = PROMPT.search(body) and not re.search("^(Disconnected|Console ended)", body, re.MULTILINE)
        if not talks and self.name not in ("first", *self.until_stopped):  # in the first, a script may stay paused
            self.end(self.name)
        return done

    def step(self, name, command, shown):
        """Type a command, unless one is going on there, and see what it shows; give both as they are today."""
        if command:
            self.start(name, self.today(command))
        shown = self.talk(name, shown) if PROMPT.search(shown) else self.see(name, shown)
        return f"$ {command}\n{shown}" if command else shown

    def start(self, name, command):
        status = self.end(name) if name in self.terminals else 0
        status = max(status, 0)  # a Ctrl-C in a console was for the shell around it, too
        words = ["sh", "-c", f"trap : INT; (exit {status}); {command}"]  # Ctrl-C is for the command, as in any shell
        one = Terminal(words, self.home.folder, self.home.env, size=(40, 120))
        self.home.terminals.append(one)
        self.terminals[name] = [one, 0]

    def end(self, name):
        """Wait until the terminal's command has ended, with nothing more than the page shows; give its status."""
        one, read = self.terminals[name]
        if name in self.until_stopped:
            self.until_stopped.discard(name)
            one.type(CTRL_C)
            one.wait()
            return 0
        status = one.wait()
        rest = one.text[read:].strip()
        assert not rest or name in self.unshown, (
            f"the guide does not show {rest!r}, at the end of {one.process.args[-1]}"
        )
        return status

    def see(self, name, shown):
        """Wait until the terminal shows that, and nothing else."""
        one, read = self.terminals[name]
        if not shown.strip():
            self.unshown.discard(name)
            return shown
        found = one.expect(self.pattern(shown), timeout=20)
        between = one.text[read : found.start()].strip()
        assert not between, f"the guide does not show {between!r}"
        self.terminals[name][1] = found.end()
        (self.unshown.add if shown.endswith("...\n") else self.unshown.discard)(name)
        self.ids |= {group[1:].replace("_", "-"): today for group, today in found.groupdict().items()}
        return shown

    def talk(self, name, shown):
        """Do a console's lines, with an end of file where nothing follows the prompt; its screen is drawn, not said."""
        one = self.terminals[name][0]
        first, *statements = re.split("^>>> ?", shown, flags=re.MULTILINE)
        if first:
            one.expect(self.pattern(first))
        for each in statements:
            source, answer = parted(each)
            one.expect(">>>")
            one.type(f"{pasted(source)}\r" if source else CTRL_D)
            if answer.endswith(STOPPED):
                answer = answer.removesuffix(STOPPED)
                one.expect(self.pattern(answer))
                one.type(CTRL_C)
                answer = STOPPED
            if answer:
                one.expect(self.pattern(answer))
        self.terminals[name][1] = len(one.text)
        return shown

    def type(self, shown, words):
        """Type what is not entered, see what the console shows of it, and take it back."""
        one = self.terminals[self.name][0]
        typed, *seen = shown.splitlines()
        one.expect(">>>")
        one.type(typed.removeprefix(">>> "))
        if "F1" in words:
            one.type(F1)
        for line in seen:
            one.expect(re.sub(r"(\\ )+", r"\\s+", re.escape(line.strip())))
        one.type((F1 if "F1" in words else "") + CTRL_C)

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


class Writer(Reader):
    """Writes down what is shown, instead of comparing it."""

    def end(self, name):
        one, _ = self.terminals[name]
        return one.wait()

    def see(self, name, shown):
        if "..." in shown:  # lines are left away, as of what goes on and on: what is there is kept where it is true
            return super().see(name, shown)
        one, read = self.terminals[name]
        until = time.monotonic() + 20
        while time.monotonic() < until and one._read(4):  # until it ends, or nothing more comes
            continue
        self.terminals[name][1] = len(one.text)
        said = one.text[read:].strip("\n")
        new = [page for page in dict.fromkeys(re.findall(UUID, shown)) if page not in self.ids]
        today = [each for each in dict.fromkeys(re.findall(UUID, said)) if each not in self.ids.values()]
        self.ids |= dict(zip(new, today, strict=False))
        for page, each in self.ids.items():
            said = said.replace(each, page).replace(each[:8], page[:8])
        return "".join(f"{line.rstrip()}\n" for line in said.splitlines())


def parted(each):
    """Part a statement with its further lines from what it shows."""
    first, *lines = each.splitlines(keepends=True)
    more = list(itertools.takewhile(lambda line: line.startswith("..."), lines))
    source = "".join([first, *(line[4:] or "\n" for line in more)])
    return source.removesuffix("\n"), "".join(lines[len(more) :])


def pasted(source):
    """Give the keys for a statement; several lines are pasted, or each would be indented once more."""
    return f"\x1b[200~{source}\x1b[201~\r" if "\n" in source else source


def steps(body):
    """Give each command of a block with what it shows; what comes before the first is of one that was going on."""
    before, *commands = re.split(r"^\$ ", body, flags=re.MULTILINE)
    return [(None, before)] * bool(before) + [each.split("\n", 1) for each in commands]


def lost_links(page, folder):
    """Give the links of a page that lead nowhere."""
    titles = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    places = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    links = [(link, *link.partition("#")[::2]) for link in re.findall(r"\]\(([^)]+)\)", page)]
    return [link for link, file, place in links if not ((folder / file).exists() if file else place in places)]


def ready(home):
    """Have the private box run, which says once that it starts."""
    home.lager("nets")


def renew(guide, prepare=ready, bench=None):
    """Write down what a guide's commands show today, in a home that was prepared."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder), bench)
        try:
            prepare(home)
            guide.write_text(Writer(home).do_all(guide.read_text()))
        finally:
            home.close()
