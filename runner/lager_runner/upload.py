"""What a client sent to be run, laid out in a run's own directory; nothing of it can land anywhere else."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from lager import errors, wire

MAIN = "main.py"
LARGEST_UPLOAD = 20_000_000  # bytes as sent
LARGEST_CONTENT = 40_000_000  # bytes once unpacked
MOST_FILES = 10_000
_LONGEST_NAME = 255  # bytes, as file systems have it
_LONGEST_PATH = 1000
_DEEPEST = 32  # folders in folders
_PART = 1 << 20
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


def lay_out(request: wire.RunRequest, work: Path) -> str:
    """Write the upload into the directory `work`; give the script's file name in it.

    Raises:
        BadScript: It is no script, no zip, has no main.py, or is too large.
        UsageError: Something in it points outside its own directory.
    """
    if len(request.content) > LARGEST_UPLOAD:
        raise errors.BadScript(
            f"the upload has {len(request.content)} bytes; this box takes up to {LARGEST_UPLOAD}",
            "leave out of the folder what the script does not need",
        )
    if not request.script:
        _unpack(request.content, work)
        return MAIN
    if not _is_plain(request.script):
        raise errors.UsageError(f"{request.script!r} is not the name of a file", "send the script's base name")
    (work / request.script).write_bytes(request.content)
    return request.script


def _is_plain(name: str) -> bool:
    return (
        name not in {".", ".."}
        and not {"/", "\\", "\0"} & set(name)
        and len(name.encode(errors="replace")) <= _LONGEST_NAME
    )


def _unpack(content: bytes, work: Path) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _extract(archive, work)
    except _DAMAGED as exc:
        raise errors.BadScript(f"the uploaded folder cannot be unpacked: {exc}", "send it again") from exc
    if not (work / MAIN).is_file():
        raise errors.BadScript(f"the folder has no {MAIN}", f"name the script to run {MAIN}, or give the file itself")


def _extract(archive: zipfile.ZipFile, work: Path) -> None:
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        raise errors.BadScript(f"the folder has {len(entries)} files; this box takes up to {MOST_FILES}")
    left = LARGEST_CONTENT
    for entry in entries:
        target = work.joinpath(*_inside(entry).parts)
        if entry.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        left -= _write(archive, entry, target, left)


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
    """Write one file; what its header says of its size is not believed."""
    size = 0
    with archive.open(entry) as source, target.open("wb") as sink:
        while part := source.read(_PART):
            size += len(part)
            if size > most:
                raise errors.BadScript(f"the folder has more than {LARGEST_CONTENT} bytes", "leave out what is large")
            sink.write(part)
    if entry.external_attr >> 16 & 0o100:
        target.chmod(0o700)
    return size
