"""The JUnit file of a run (`lager python --junit`): where it is, and how results come into it.

A script may run tests several times, also in processes of its own; each adds its suites to the file.
"""

from __future__ import annotations

import fcntl
import os
import re
from xml.etree import ElementTree

FILE = "LAGER_JUNIT"  # the variable that names the file, relative to the run's own directory
_ROOT = "LAGER_RUN_DIR_ROOT"
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def take() -> str:
    """Give the file's path, or nothing where none is wanted. Tests that tests start are none of its results."""
    name = os.environ.pop(FILE, "")
    return os.path.join(os.environ.get(_ROOT, ""), name) if name else ""


def give_back(path: str) -> None:
    """Undo `take`: what the script runs next may add to the file."""
    os.environ[FILE] = path  # absolute paths stay what they are when they are joined


def add(path: str, suites: list[ElementTree.Element]) -> None:
    """Add test suites to the file, in one piece.

    Raises:
        OSError: It cannot be written; it is as it was.
    """
    folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        root = ElementTree.parse(path).getroot() if os.path.exists(path) else ElementTree.Element("testsuites")
        root.extend(suites)
        draft = f"{path}.{os.getpid()}.new"
        ElementTree.ElementTree(root).write(draft, encoding="utf-8", xml_declaration=True)
        os.replace(draft, path)
    finally:
        os.close(folder)


def text(value: object) -> str:
    """Give a text as XML can hold it."""
    return _NOT_IN_XML.sub(lambda found: f"#x{ord(found[0]):02X}", str(value))
