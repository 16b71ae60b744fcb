"""What commands show, with what is another each time taken out of it."""

import re

STEP = re.compile(r"^ ?\d+\. ([^:\n]+?)(?: …|: )", re.MULTILINE)
OTHER_EACH_TIME = [
    (re.compile(r" --wheel \S+(?=`)"), ""),  # what is said to be run again, as whoever gives no wheel sees it
    (re.compile(r"\b10\.211\.\d+\.\d+\b"), "192.168.1.7"),
    (re.compile(r"\b[0-9A-F]{2}(:[0-9A-F]{2}){31}\b"), "FINGERPRINT"),
    (re.compile(r"(?<=incoming/)[0-9a-f]{8}\b"), "HASH"),
    (re.compile(r"(?<=/)[a-z0-9_]+-[^/\s]+\.whl"), "PACKAGE.whl"),
    (re.compile(r"\b[0-9a-f]{8} \((?:\S*/)?(?=\w+\.py,)"), "RUN ("),
    (re.compile(r"\b(installed|ships) [0-9a-f]{8}\b"), r"\1 SHA256"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "SHA256"),
    (re.compile(r"(\d+\.\d+\.\d+)-[0-9a-f]{8}\b"), r"\1-HASH"),
    (re.compile(r"\d+(\.\d+)? (MB|MiB|GB|GiB)\b"), r"N \2"),
    (re.compile(r"\d+ (packages|more|were there)\b"), r"N \1"),
    (re.compile(r"\bended \d+ times"), "ended N times"),
    (re.compile(r", kept from before"), ""),  # by who was here before
    (re.compile(r"Python 3\.\d+\.\d+"), "Python 3.X"),
    (re.compile(r"x86_64|aarch64"), "PROCESSOR"),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
]


def steps(screen):
    """Give the names of the steps on a screen, in their order."""
    return list(dict.fromkeys(STEP.findall(screen)))


def plain(screen):
    """Give a screen with addresses, sums and sizes made the same."""
    for pattern, said in OTHER_EACH_TIME:
        screen = pattern.sub(said, screen)
    return screen


def without_log(screen):
    """Give a screen without the lines of a log at its end, which come as they come."""
    head, last, _ = plain(screen).partition("its last lines are:\n")
    return head + last


class Screen:
    """What a command showed on a terminal, once it has ended."""

    def __init__(self, terminal):
        self.returncode = terminal.wait()
        self.stdout = "\n".join(line.rpartition("\r")[2] for line in terminal.text.split("\n"))
        self.stderr = ""
