"""What a client sent to be run, laid out in a run's own directory; nothing of it can land anywhere else."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from lager import errors, wire
from lager.limits import Limits

MAIN = "main.py"
_LONGEST_NAME = 255  # bytes, as file systems have it
_LONGEST_PATH = 1000
_DEEPEST = 32  # folders in folders
_PART = 1 << 20
_ROW = b"PK\1\2"  # how what the table of an archive says of one file begins
_ROWS_A_FILE = 4  # archives that are in the archive have such rows, too
# How zipfile and what is below it say that an archive is damaged, encrypted, or does not fit any file system.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    RuntimeError,
    ValueError,
    FileExistsError,
    IsADirectoryError,
    NotADirectoryError,
)


def lay_out(request: wire.RunRequest, work: Path, limits: Limits) -> str:
    """Write the upload into the directory `work`; give the script's file name in it, empty for a module.

    Raises:
        BadScript: It is no script, no zip, has no such script, or is too large.
        UsageError: Something in it points outside its own directory.
    """
    if len(request.content) > limits.upload:
        raise too_large(f"the upload has {len(request.content)} bytes", "upload", limits.upload)
    if request.script:
        _write_script(request, work)
        return request.script
    if request.main and not _is_plain(request.main):
        raise errors.UsageError(f"{request.main!r} is not the name of a file", "send the script's base name")
    _unpack(request.content, work, limits)
    if request.module:
        return ""
    main = request.main or MAIN
    if not (work / main).is_file():
        raise errors.BadScript(f"the folder has no {main}", f"name the script to run {MAIN}, or give the file itself")
    return main


def too_large(what: str, limit: str, most: int) -> errors.BadScript:
    """Say what a box does not take, and which of its limits that is."""
    return errors.BadScript(
        f"{what}; this box takes up to {most} (its limit {limit!r})",
        "leave out what the script does not need, or raise the limit on the box: see `lager box limits`",
    )


def _write_script(request: wire.RunRequest, work: Path) -> None:
    if not _is_plain(request.script):
        raise errors.UsageError(f"{request.script!r} is not the name of a file", "send the script's base name")
    if request.module:
        raise errors.UsageError("a run is a script or a module, not both", "send the module's folder as a zip")
    (work / request.script).write_bytes(request.content)


def _is_plain(name: str) -> bool:
    return (
        name not in {".", ".."}
        and not {"/", "\\", "\0"} & set(name)
        and len(name.encode(errors="replace")) <= _LONGEST_NAME
    )


def _unpack(content: bytes, work: Path, limits: Limits) -> None:
    rows = content.count(_ROW)
    if rows > _ROWS_A_FILE * limits.files:  # to read a table of so many takes long, and much memory
        raise too_large(f"the folder has some {rows} files", "files", limits.files)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _extract(archive, work, limits)
    except _DAMAGED as exc:
        raise errors.BadScript(f"the uploaded folder cannot be unpacked: {exc}", "send it again") from exc


def _extract(archive: zipfile.ZipFile, work: Path, limits: Limits) -> None:
    entries = archive.infolist()
    if len(entries) > limits.files:
        raise too_large(f"the folder has {len(entries)} files", "files", limits.files)
    left = limits.content
    for entry in entries:
        target = work.joinpath(*_inside(entry).parts)
        if entry.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        size = _write(archive, entry, target, left)
        if size > left:
            raise too_large(f"the folder has more than {limits.content} bytes", "content", limits.content)
        left -= size


def _inside(entry: zipfile.ZipInfo) -> PurePosixPath:
    """Give the entry's path, once it is sure that it stays below the directory it is unpacked in."""
    path = PurePosixPath(entry.filename)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in entry.filename:
        raise errors.UsageError(f"{entry.filename!r} in the folder points outside it", "send only files of the folder")
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise errors.UsageError(f"{entry.filename!r} in the folder is a link or a device", "send plain files only")
    sizes = [len(part.encode(errors="replace")) for part in path.parts]
    if max(sizes) > _LONGEST_NAME or sum(sizes) > _LONGEST_PATH or len(sizes) > _DEEPEST:
        raise errors.BadScript(f"the name {entry.filename[:80]!r}… in the folder is too long", "use shorter names")
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise errors.BadScript(f"{entry.filename!r} is compressed in an unusual way", "use deflate")
    return path


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, most: int) -> int:
    """Write one file, and give its size; what its header says of that is not believed. Stops once it is too large."""
    size = 0
    with archive.open(entry) as source, target.open("wb") as sink:
        while size <= most and (part := source.read(_PART)):
            size += len(part)
            sink.write(part)
    if entry.external_attr >> 16 & 0o100:
        target.chmod(0o700)
    return size
