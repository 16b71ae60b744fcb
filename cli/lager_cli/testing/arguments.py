"""What the box's pytest is called with, so that it means there what the user has typed here.

It knows no box: paths and words in, words out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

_SENTINEL = "\0here"


@dataclass(frozen=True)
class Call:
    """How pytest is called on the box.

    Attributes:
        args: Its arguments.
        folder: Where it stands, below the root folder.
    """

    args: list[str]
    folder: str


def of(config: pytest.Config, parser: pytest.Parser) -> Call:
    """Give the call that does there what this one was to do here.

    Raises:
        UsageError: It wants a file that lies outside the root folder, which is what the box gets.
    """
    here, root = config.invocation_params.dir, config.rootpath
    folder = here if here == root or root in here.parents else root
    given = [os.fspath(one) for one in config.invocation_params.args]
    places = set(_positions(parser, given))
    args = [_moved(one, here, folder, root) if n in places else one for n, one in enumerate(given)]
    if config.getoption("pyargs"):
        args = given
    fixed = [f"--rootdir={os.path.relpath(root, folder)}"]
    if config.inipath:
        fixed += ["-c", _below(config.inipath, folder, root)]
    end = args.index("--") if "--" in args else len(args)
    return Call([*args[:end], *fixed, *args[end:]], os.path.relpath(folder, root))


def _positions(parser: pytest.Parser, args: list[str]) -> Iterator[int]:
    """Give which of the arguments are files, and no values of options: those whose place another file could take."""
    dashes = args.index("--") if "--" in args else len(args)
    for number, one in enumerate(args):
        if number == dashes or (one.startswith("-") and number < dashes):
            continue
        try:
            read = parser.parse_known_args([*args[:number], _SENTINEL, *args[number + 1 :]])
        except pytest.UsageError:  # an option's value that is to be a number, or one of a few words
            continue
        if _SENTINEL in read.file_or_dir:
            yield number


def _moved(argument: str, here: Path, folder: Path, root: Path) -> str:
    """Give a file, or a test in it, as it is called from the folder."""
    path, colons, rest = argument.partition("::")
    return _below(here / path, folder, root) + colons + rest


def _below(path: Path, folder: Path, root: Path) -> str:
    full = os.path.abspath(path)
    if os.path.commonpath([full, root]) != os.fspath(root):
        raise pytest.UsageError(
            f"{path} lies outside the root folder {root}, which is what the box gets\n"
            "  Try: --rootdir=FOLDER, with a folder that holds all the tests need"
        )
    return os.path.relpath(full, folder)
