"""Examples to copy, of every command: its help and the manual show them. A file for each task of `lager --help`.

A table has the commands by how they are called, without `lager`, and for each of them what to type, and why.
"""

from __future__ import annotations

import importlib

from lager_cli.tasks import TASKS

Examples = tuple[tuple[str, str], ...]
_FILES = dict(zip(TASKS, ("settingup", "usingnets", "scripts", "trouble", "keeping", "machines"), strict=True))
_OWN_FILE = {"scope"}


def of(path: str) -> Examples:
    """Give the examples of a command.

    Args:
        path: How it is called, such as `supply voltage`.
    """
    return table(path.partition(" ")[0]).get(path, ())


def table(command: str) -> dict[str, Examples]:
    """Give the table that a command of `lager` is in; one that is in no task has none."""
    task = next((task for task, commands in TASKS.items() if command in commands), "")
    file = command if command in _OWN_FILE else _FILES.get(task)
    if file is None:
        return {}
    found: dict[str, Examples] = importlib.import_module(f"lager_cli.examples.{file}").EXAMPLES
    return found
