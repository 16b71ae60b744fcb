"""Whole screens of `lager diagnose`, but for what is another each time: numbers of processes, times, messages."""

import re
from pathlib import Path

EXPECTED = Path(__file__).with_name("diagnoses.txt")
_HEADING = re.compile(r"^### (.*): exit status (\d+)\n", re.MULTILINE)
_VARYING = (
    (r"(?s)(   dmesg tail:   ).*?\n\n", r"\1MESSAGES\n\n"),
    (r"(   elapsed:  +)\d+ ms", r"\1N ms"),
    (r"\b(python|worker)\(\d+", r"\1(PID"),
    (r"(\brun|--kill) [0-9a-f]{8}\b", r"\1 RUN"),
    (r"\b(pid|kill) \d+", r"\1 PID"),
    (r"(going on for) \d+\.\d s", r"\1 N s"),
    (r"(/dev/bus/usb/001/)\d{3}", r"\1NNN"),
)


def expected():
    """Give the screens that are expected, each with its exit status, by name."""
    _, *parts = _HEADING.split(EXPECTED.read_text())
    return {name: (int(status), text) for name, status, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True)}


def plain(text):
    """Give a screen without what varies."""
    for pattern, instead in _VARYING:
        text = re.sub(pattern, instead, text)
    return text


def is_late(text):
    """Tell whether the box says that something took too long, as on a machine that has much else to do."""
    return "no answer" in text


def without_own_worker(text):
    """Leave out the box's own process, which has an instrument open just while it asks: the look may fall within."""
    return re.sub(r"( but|,) the box's own worker\(PID\)", "", text)
