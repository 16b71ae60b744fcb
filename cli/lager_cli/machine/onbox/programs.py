"""The programs of the machine that steps run: bounded, in plain English, with what they said."""

from __future__ import annotations

import os
import subprocess
from typing import NamedTuple

from lager import errors

# Whoever comes over ssh or sudo may have another one.
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Ended(NamedTuple):
    """How a program ended."""

    status: int
    said: str


def ran(*words: str, within: float = 60.0) -> Ended:
    """Run a program to its end; 127 is the status of one that is not there, 124 of one that did not end in time."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_", "LC_"))}
    env |= {"PATH": _PATH, "LC_ALL": "C", "LANG": "C", "PIP_CONFIG_FILE": os.devnull}
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=within,
            env=env,
            cwd="/",
            check=False,
        )
    except (FileNotFoundError, PermissionError):
        return Ended(127, f"{words[0]}: not there")
    except subprocess.TimeoutExpired:
        return Ended(124, f"{words[0]} did not end in {within:g} s")
    return Ended(done.returncode, done.stdout.decode(errors="replace").strip())


def run(*words: str, hint: str, within: float = 60.0) -> str:
    """Run a program that must succeed; gives what it said.

    Raises:
        LagerError: It did not.
    """
    ended = ran(*words, within=within)
    if ended.status:
        said = "\n".join(ended.said.splitlines()[-12:])
        raise errors.LagerError(f"`{' '.join(words)}` failed with status {ended.status}: {said}", hint)
    return ended.said


def is_there(name: str) -> bool:
    """Tell whether the machine has a program."""
    return any(os.access(os.path.join(folder, name), os.X_OK) for folder in _PATH.split(":"))
