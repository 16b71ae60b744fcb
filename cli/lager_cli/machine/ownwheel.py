"""The wheel of this very installation: given, packed again from what is installed, or built from its source."""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib.metadata
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from lager import errors
from lager_cli.machine.pipping import pip

NAME = "lager"
_NAMED = re.compile(rf"{NAME}-([^-]+)(-\d[^-]*)?-py3-none-any\.whl")
_LEFT_OUT = {"INSTALLER", "REQUESTED", "direct_url.json", "RECORD"}  # these tell of the installation, not of the wheel
_DRAFT = "making-"
_KEPT = 8  # wheels, of different contents
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same contents make the same file


def made(folder: Path, given: Path | None) -> Path:
    """Give the wheel to install on a box; where none is given, of what runs here.

    Args:
        folder: Where it may be written.
        given: A wheel the user named.

    Raises:
        UsageError: What was given is no wheel of this product.
        LagerError: None can be made of this installation.
    """
    if given is not None:
        return checked(given)
    folder.mkdir(parents=True, exist_ok=True)
    installed = importlib.metadata.distribution(NAME)
    source = _source(installed)
    with tempfile.TemporaryDirectory(dir=folder, prefix=_DRAFT) as draft:
        made = _built(source, Path(draft)) if source else _packed(installed, Path(draft))
        return _placed(made, folder)


def _placed(made: Path, folder: Path) -> Path:
    """Put a wheel where each of other contents has a place of its own: another command may be sending that one."""
    place = folder / hashlib.sha256(made.read_bytes()).hexdigest()[:16]
    place.mkdir(exist_ok=True)
    os.utime(place)
    made.replace(place / made.name)
    others = [one for one in folder.iterdir() if not one.name.startswith(_DRAFT)]
    for old in sorted(others, key=lambda one: one.stat().st_mtime)[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return place / made.name


def checked(given: Path) -> Path:
    """Give the wheel that the user named, if it is one of the product, and whole.

    Raises:
        UsageError: It is none.
    """
    if why := _trouble(given):
        raise errors.UsageError(
            f"{given} is no wheel of lager: {why}", f"give one as it was built: {NAME}-VERSION-py3-none-any.whl"
        )
    return given


def version(wheel: Path) -> str:
    """Give the version of one of the product's wheels; its name says it."""
    named = _NAMED.fullmatch(wheel.name)
    return named[1] if named else ""


def _trouble(wheel: Path) -> str:
    """Say why a file is no wheel of the product; nothing where it is one."""
    if not version(wheel):
        return "it does not have the name of one"
    info = f"{NAME}-{version(wheel)}.dist-info/METADATA"
    try:
        with zipfile.ZipFile(wheel) as opened:
            spoilt, names = opened.testzip(), opened.namelist()
    except (OSError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return "it is damaged, or cut off"
    if spoilt:
        return "it is damaged, or cut off"
    return "" if info in names else f"{info} is not in it"


def _source(installed: importlib.metadata.Distribution) -> Path | None:
    """Give the folder that an editable installation runs from; None for any other."""
    told = json.loads(installed.read_text("direct_url.json") or "{}")
    if not told.get("dir_info", {}).get("editable"):
        return None
    return Path(urllib.request.url2pathname(urllib.parse.urlsplit(told["url"]).path))


def _built(source: Path, folder: Path) -> Path:
    """Build a wheel from its source."""
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    if importlib.util.find_spec("hatchling") is None:
        words = [*pip(), "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)]
    done = subprocess.run(words, cwd=source, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    found = list(folder.glob(f"{NAME}-*.whl"))
    if done.returncode or len(found) != 1:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-5:])
        raise errors.LagerError(
            f"no wheel could be built from {source}: {said or 'nothing came of it'}",
            "build it yourself, and give it with --wheel FILE",
        )
    return found[0]


def _packed(installed: importlib.metadata.Distribution, folder: Path) -> Path:
    """Pack the files of an installation into a wheel again."""
    info = f"{NAME}-{installed.version}.dist-info"
    wheel = folder / f"{NAME}-{installed.version}-py3-none-any.whl"
    draft = wheel.with_suffix(".part")
    rows: list[tuple[str, str, str]] = []
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as out:
        for name, path in sorted(_files(installed, info).items()):
            content = _content(path)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            rows.append((name, f"sha256={digest}", str(len(content))))
            out.writestr(_entry(name), content)
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([*rows, (f"{info}/RECORD", "", "")])
        out.writestr(_entry(f"{info}/RECORD"), text.getvalue())
    return draft.replace(wheel)


def _files(installed: importlib.metadata.Distribution, info: str) -> dict[str, Path]:
    """Give the files that were in the wheel: no scripts, nothing compiled, nothing of the installation itself.

    From its RECORD (PEP 376), also those that are there no more, which `installed.files` leaves out since Python 3.12.
    """
    found = {}
    for name, *_ in csv.reader((installed.read_text("RECORD") or "").splitlines()):
        one = PurePosixPath(name)
        if ".." in one.parts or "__pycache__" in one.parts or (one.parts[0] == info and one.name in _LEFT_OUT):
            continue
        found[name] = Path(str(installed.locate_file(name)))
    if f"{info}/WHEEL" not in found:
        raise errors.LagerError(
            "this installation does not know its own files", "give a wheel of lager with --wheel FILE"
        )
    return found


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise errors.LagerError(
            f"{path}, a file of this installation, cannot be read: {(exc.strerror or '').lower()}",
            "install lager here again, or give a wheel of it with --wheel FILE",
        ) from exc


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
