"""What is sent to the box: a script's bytes, or a folder as a zip. It reads files and changes none.

What is too large for a box is refused there, where the limits are (`lager box limits`).
"""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from lager.errors import BadScript
from lager_cli.runs.includes import included
from lager_cli.runs.packprogress import on_terminal

if TYPE_CHECKING:
    from lager_cli.runs.bundle import Bundle

MAIN = "main.py"
ABSURD = 1_000_000_000  # bytes of content; what a box takes is its own setting, and less
CODE, TEXT = "<string>", "<stdin>"  # what a script without a file is called: as Python itself calls it


@dataclass(frozen=True)
class Source:
    """What a user wants to have run; exactly one of these is given.

    Attributes:
        path: A file or a folder.
        code: Python itself (`-c CODE`).
        text: What came from standard input (`-`).
        module: Name of a module (`-m MODULE`), which is looked for in the current directory: that is what is sent.
    """

    path: str = ""
    code: str | None = None
    text: bytes | None = None
    module: str = ""


@dataclass(frozen=True)
class Packed:
    """Something to run.

    Attributes:
        script: The file's name; empty for a folder.
        content: The file's bytes, or the folder as a zip.
        main: Which file of the folder is the script; empty for main.py.
        module: Name of the module to run in the folder; else empty.
        name: What the user typed.
        warnings: Lines to show on stderr.
    """

    script: str
    content: bytes
    main: str = ""
    module: str = ""
    name: str = ""
    warnings: tuple[str, ...] = ()

    def fields(self) -> dict[str, Any]:
        """Give those fields of a `wire.RunRequest` that say what is run."""
        return {one: getattr(self, one) for one in ("script", "content", "main", "module", "name")}


def piped(source: BinaryIO) -> bytes:
    """Read a script from standard input.

    Raises:
        BadScript: It does not end where a script would: `lager python - </dev/zero` shall not fill the memory.
    """
    text = source.read(ABSURD + 1)
    if len(text) > ABSURD:
        raise absurd(TEXT)
    return text


def pack(given: str) -> Packed:
    """Pack up a script or a folder, as it is.

    Raises:
        BadScript: There is nothing there that could be run.
    """
    return pack_source(Source(path=given))


def pack_source(source: Source, add_files: Sequence[str] = (), progress: Callable[[int], None] | None = None) -> Packed:
    """Pack up what is to be run, with files beside it, and with what the nearest `.lager` file includes.

    Args:
        source: What is to be run.
        add_files: Files that shall lie beside the script (`--add-file`).
        progress: Called with the bytes that were packed so far, after each file; else a terminal is told.

    Raises:
        BadScript: There is nothing there that could be run, or a file to add is not there.
        UsageError: The nearest `.lager` file cannot be understood.
    """
    with contextlib.ExitStack() as ended:
        told = progress or ended.enter_context(on_terminal())
        with _readable(source.path or "the current directory"):
            if source.module:
                return _of_module(source.module, add_files, told)
            if source.code is not None:
                return _of_text(CODE, source.code.encode(errors="surrogateescape"), "-c", (add_files, told))
            if source.text is not None:
                return _of_text(TEXT, source.text, "-", (add_files, told))
            return _of_path(source.path, add_files, told)


def _of_path(given: str, add_files: Sequence[str], progress: Callable[[int], None]) -> Packed:
    path = Path(given)
    if path.is_dir():
        return _of_folder(path, given, (add_files, progress))
    if path.is_symlink() and not path.exists():
        raise BadScript(
            f"{given!r} is a link to {str(path.readlink())!r}, which is not there", "see where it leads with `ls -l`"
        )
    if not path.exists():
        raise BadScript(f"there is no script {given!r}", _near(path))
    if not path.is_file():
        raise BadScript(f"{given!r} is neither a file nor a folder", "give a Python script, or a folder with main.py")
    if path.stat().st_size > ABSURD:
        raise absurd(given)
    includes, warnings = included(path.resolve().parent)
    if not add_files and not includes:
        return Packed(path.name, path.read_bytes(), name=given, warnings=warnings)
    bundle = _bundle(progress)
    bundle.add(path, path.name)
    return _bundled(bundle, add_files, includes, Packed("", b"", main=path.name, name=given, warnings=warnings))


def _of_text(called: str, text: bytes, name: str, more: tuple[Sequence[str], Callable[[int], None]]) -> Packed:
    add_files, progress = more
    includes, warnings = included(Path.cwd())
    if not add_files and not includes:
        return Packed(called, text, name=name, warnings=warnings)
    bundle = _bundle(progress)
    bundle.add_text(text, called)
    return _bundled(bundle, add_files, includes, Packed("", b"", main=called, name=name, warnings=warnings))


def _of_folder(folder: Path, given: str, more: tuple[Sequence[str], Callable[[int], None]]) -> Packed:
    if not (folder / MAIN).is_file():
        raise BadScript(
            f"the folder {str(folder)!r} has no {MAIN}",
            f"add a {MAIN}, which is what is run, or give one script of the folder",
        )
    add_files, progress = more
    includes, warnings = included(folder.resolve())
    bundle = _bundle(progress)
    bundle.add_folder(folder)
    return _bundled(bundle, add_files, includes, Packed("", b"", name=given, warnings=warnings))


def _of_module(module: str, add_files: Sequence[str], progress: Callable[[int], None]) -> Packed:
    here = Path.cwd()
    if here in (_home(), Path("/")):
        what = "the root of this machine" if here == Path("/") else "your home directory"
        raise BadScript(
            f"-m sends the folder you are in, and that is {what}", "change to the folder of the project first"
        )
    includes, warnings = included(here)
    bundle = _bundle(progress)
    bundle.add_folder(here)
    return _bundled(bundle, add_files, includes, Packed("", b"", module=module, name=f"-m {module}", warnings=warnings))


def _home() -> Path | None:
    """Give the account's home directory; what HOME is set to may be a project."""
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:  # a container's user often has no account
        return None


def _bundled(bundle: Bundle, add_files: Sequence[str], includes: dict[str, Path], packed: Packed) -> Packed:
    """Complete a zip with what comes beside the script."""
    for given in add_files:
        path = Path(given)
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "is not there"
            raise BadScript(
                f"the file to add {given!r} {what}",
                'include folders with a .lager file: {"includes": {"NAME ON THE BOX": "FOLDER"}}'
                if path.is_dir()
                else "check the path; it is looked for from the directory you are in",
            )
        if not bundle.add(path, path.name):
            raise BadScript(
                f"two files are called {path.name!r}, and both would lie beside the script", "rename one of them"
            )
    hidden = [bundle.add_folder(folder, dest) for dest, folder in includes.items()]
    more = [f"Warning: {count} files of include {dest!r} are there already, skipping" if count != 1 else
            f"Warning: a file of include {dest!r} is there already, skipping"
            for dest, count in zip(includes, hidden, strict=True) if count]  # fmt: skip
    return Packed(packed.script, bundle.content(), packed.main, packed.module, packed.name, (*packed.warnings, *more))


def _bundle(progress: Callable[[int], None]) -> Bundle:
    """Begin a zip. A script alone needs none, and what makes one takes its time to be imported."""
    from lager_cli.runs.bundle import Bundle

    return Bundle(progress)


def absurd(at: str) -> BadScript:
    """Give the error of what is too large to be packed at all."""
    return BadScript(
        f"what is to be sent has more than {ABSURD / 1e9:g} GB (at {at!r})",
        "keep data that the script does not need outside of its folder",
    )


@contextlib.contextmanager
def _readable(given: str) -> Iterator[None]:
    """Say of what cannot be read what that is."""
    try:
        yield
    except OSError as exc:
        raise BadScript(
            f"{exc.filename or given} cannot be read: {(exc.strerror or str(exc)).lower()}",
            "see who may read it with `ls -l`",
        ) from exc


def _near(path: Path) -> str:
    import difflib

    there = path.parent
    names = (
        [one.name for one in there.iterdir() if one.suffix == ".py" or (one / MAIN).is_file()] if there.is_dir() else []
    )
    found = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5)
    if found:
        return f"perhaps you meant {' or '.join(str(there / name) for name in found)}"
    return "check the path; it is looked for from the directory you are in"
