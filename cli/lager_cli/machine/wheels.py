"""All that is installed on a box, as wheels: the product, what it needs there, and the pip that installs it.

They are fetched here, for the Python and the processor of the box, so that the box needs no internet; what was fetched
once is kept, and the next box like it needs none here, either.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import filelock

from lager import errors
from lager_cli.machine import carrying, markers, ownwheel
from lager_cli.machine.pipping import pip

_OLDEST_LIBC = 17  # manylinux_2_17: older ones have no Python that is new enough
_ROUNDS = 5
_KEPT = 3  # sets for one kind of Python
_PART = 1 << 20  # bytes


@dataclass(frozen=True)
class Python:
    """The Python of a box.

    Attributes:
        version: Such as `3.11.2`.
        machine: The processor, as `uname -m` says it.
        libc: Version of glibc, such as `2.36`.
    """

    version: str
    machine: str
    libc: str

    @property
    def options(self) -> list[str]:
        """Get what is said to pip, so that it fetches for that Python and not for this one."""
        major, minor = self.version.split(".")[:2]
        words = ["--implementation", "cp", "--python-version", f"{major}.{minor}"]
        for abi in (f"cp{major}{minor}", "abi3", "none"):
            words += ["--abi", abi]
        for platform in self._platforms:
            words += ["--platform", platform]
        return words

    @property
    def _platforms(self) -> list[str]:
        newest = int(self.libc.split(".")[1])
        names = [f"manylinux_2_{minor}_{self.machine}" for minor in range(newest, _OLDEST_LIBC - 1, -1)]
        return [*names, f"manylinux2014_{self.machine}", f"linux_{self.machine}"]

    @property
    def name(self) -> str:
        """Get a name for it that is good for a folder."""
        return f"cp{''.join(self.version.split('.')[:2])}-{self.libc}-{self.machine}"


@dataclass(frozen=True)
class Wheels:
    """What is sent to a box.

    Attributes:
        version: Of the product.
        hash: Eight digits that tell this set from any other.
        files: The wheels, each with its SHA-256.
        fetched: Whether anything had to be fetched for it.
    """

    version: str
    hash: str
    files: dict[Path, str]
    fetched: bool

    @property
    def size(self) -> int:
        """Get how much that is, in bytes."""
        return sum(path.stat().st_size for path in self.files)


def gathered(python: Python, given: Path | None, cache: Path, say: Callable[[str], None]) -> Wheels:
    """Gather all wheels for a box.

    Args:
        python: Of the box.
        given: The product's wheel, where the user names one.
        cache: Where wheels are kept.
        say: Told how it goes.

    Raises:
        LagerError: They cannot be fetched, and why.
    """
    cache.mkdir(parents=True, exist_ok=True)
    own = ownwheel.made(cache / "own", given)
    needs = hashlib.sha256("\n".join(sorted(_requirements(own))).encode()).hexdigest()[:16]
    folder = cache / f"{python.name}-{needs}"
    with filelock.FileLock(cache / "fetching.lock"):  # boxes may be set up side by side
        known = _kept(folder)
        fetched = known is None
        if known is None:
            _fetch(python, own, folder, say)
            known = _kept(folder)
            assert known is not None
    files = {own: sha256(own), **known}
    digest = carrying.set_hash({path.name: one for path, one in files.items()})
    return Wheels(ownwheel.version(own), digest, files, fetched)


def _requirements(wheel: Path) -> list[str]:
    """Give the lines that say what a wheel needs: versions of the product that need the same, share what is fetched."""
    return [line for line in _metadata(wheel).splitlines() if line.startswith("Requires-")]


def sha256(path: Path) -> str:
    """Give the SHA-256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while part := content.read(_PART):
            digest.update(part)
    return digest.hexdigest()


def _kept(folder: Path) -> dict[Path, str] | None:
    """Give the wheels of a set that is complete, and whole; None where it is to be fetched."""
    try:
        listed = json.loads((folder / "set.json").read_text(encoding="utf-8"))
        known = {folder / str(name): str(digest) for name, digest in listed.items()}
        return known if all(sha256(path) == digest for path, digest in known.items()) else None
    except (OSError, ValueError, AttributeError):
        return None


def _fetch(python: Python, own: Path, folder: Path, say: Callable[[str], None]) -> None:
    """Fetch a set into its folder: all of it, or nothing."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="fetching-") as name:
        draft = Path(name) / "set"
        draft.mkdir()
        wanted = [str(own), "pip"]
        for _ in range(_ROUNDS):
            _download(python, wanted, draft, say)
            missing = lacking(draft, python)
            if not missing:
                break
            wanted += missing
        (draft / own.name).unlink()
        listed = {path.name: sha256(path) for path in sorted(draft.glob("*.whl"))}
        (draft / "set.json").write_text(json.dumps(listed, indent=1), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        draft.replace(folder)
        sets = sorted(folder.parent.glob(f"{python.name}-*"), key=lambda one: one.stat().st_mtime)
        for old in sets[:-_KEPT]:
            shutil.rmtree(old, ignore_errors=True)


def _download(python: Python, wanted: list[str], draft: Path, say: Callable[[str], None]) -> None:
    words = [*pip(), "download", "--only-binary=:all:", "--no-input", "--disable-pip-version-check"]
    words += ["--progress-bar", "off", "--dest", str(draft), *python.options, *wanted]
    said: list[str] = []
    with subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        count = 0
        for line in process.stdout:
            said.append(line.strip())
            if line.startswith(("Collecting ", "Processing ")):
                count += 1
                say(f"package {count}: {_named(line)}")
    if process.returncode:
        raise _unfetched(python, said)


def _named(line: str) -> str:
    """Give the name of the package that a line of pip's is about."""
    name = Path(line.split()[1]).name
    return next(iter(re.findall(r"^[A-Za-z0-9._]+(?:-[A-Za-z][A-Za-z0-9._]*)*", name)), name)


def _unfetched(python: Python, said: list[str]) -> errors.LagerError:
    """Say why pip could not fetch what is needed."""
    told = [line.removeprefix("ERROR: ") for line in said if line.startswith("ERROR: ")]
    why = told[-1] if told else (said[-1] if said else "pip does not say why")
    what = f"what a box with Python {python.version} on {python.machine} needs cannot be fetched: {why.rstrip('.')}"
    if any("No space left" in line for line in said):
        return errors.LagerError(what, "make room on this machine; TMPDIR and XDG_CACHE_HOME name other places")
    return errors.LagerError(
        what, "see that this machine reaches a package index (pip's configuration counts); what was fetched is kept"
    )


def lacking(folder: Path, python: Python) -> list[str]:
    """Give what a folder lacks that its wheels need on a box: pip reads conditions for the Python it runs in."""
    env = markers.environment(python.version, python.machine)
    there = {markers.normal(path.name.partition("-")[0]) for path in folder.glob("*.whl")}
    missing: dict[str, str] = {}
    for path in sorted(folder.glob("*.whl")):
        for name, wanted in markers.needed(_metadata(path), env).items():
            if name not in there:
                missing.setdefault(name, wanted)
    return list(missing.values())


def _metadata(wheel: Path) -> str:
    try:
        with zipfile.ZipFile(wheel) as opened:
            name = next(one for one in opened.namelist() if one.endswith(".dist-info/METADATA") and one.count("/") == 1)
            return opened.read(name).decode(errors="replace")
    except (OSError, zipfile.BadZipFile, StopIteration) as exc:
        raise errors.LagerError(f"{wheel.name} is no wheel that can be read", "try again; it is fetched anew") from exc
