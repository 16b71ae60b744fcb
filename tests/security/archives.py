"""Folders to upload that no honest client would make."""

import io
import stat
import struct
import warnings
import zipfile

from hypothesis import strategies as st

OUTSIDE = b"print('this must be nowhere')\n"


def entry(name, mode=0o644, kind=stat.S_IFREG, method=zipfile.ZIP_STORED):
    info = zipfile.ZipInfo("x")
    info.filename = name  # as it is: ZipInfo would mend it
    info.create_system, info.external_attr, info.compress_type = 3, (kind | mode) << 16, method
    return info


def zipped(*entries):
    """Make an archive of entries with their contents; what occurs twice is in it twice."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Duplicate name")
        for info, data in entries:
            archive.writestr(info, data)
    return content.getvalue()


parts = st.one_of(
    st.sampled_from(
        [
            "..",
            "..",
            ".",
            "",
            "/",
            "//",
            "~",
            "C:",
            "C:\\",
            "\\\\server",
            "..\\",
            "\\..",
            "\0",
            "..\0",
            "\0..",
            "%2e%2e",
        ]
    ),
    st.sampled_from(
        ["a", "A", "\u00e9", "e\u0301", "\ufb01", "fi", "main.py ", "main.py.", "MAIN.PY", ".git", "CON", "x" * 256]
    ),
    st.sampled_from(
        ["\uff0e\uff0e", "\u2025", "\u2215", "\uff0f", "\u202e", "\n", "\r", "\x1b[A", " ", "-rf", "$HOME", "*"]
    ),
    st.text(max_size=4),
)
names = st.lists(parts, min_size=1, max_size=6).map("/".join)
kinds = st.sampled_from([stat.S_IFREG] * 5 + [0, stat.S_IFDIR, stat.S_IFLNK, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFBLK])


@st.composite
def hostile(draw):
    """Give an archive with any names, kinds and modes, without a main.py; sometimes its two tables differ."""
    found = draw(st.lists(st.tuples(names, kinds, st.integers(0, 0o7777)), min_size=1, max_size=4))
    content = zipped(*[(entry(_sent(name), mode, kind), OUTSIDE) for name, kind, mode in found])
    if draw(st.booleans()):
        return content
    # Each name stands in the archive twice: in its own header, and in the table at the end.
    old = _sent(draw(st.sampled_from(found))[0]).encode("utf-8", "replace")
    new = draw(st.sampled_from([b"../", b"/etc/", b"\\..\\", b"..\0"]))
    if len(old) < len(new):
        return content
    where = draw(st.sampled_from([content.find(old), content.rfind(old)]))
    return content[:where] + new + content[where + len(new) :] if where >= 0 else content


def _sent(name):
    return name.encode("utf-8", "replace").decode() or "x"


def links_then_files():
    """A link to a folder outside, and then a file through it."""
    return zipped((entry("out", 0o777, stat.S_IFLNK), b"../../.."), (entry("out/evil.py"), OUTSIDE))


def bomb():
    """A hundred megabytes of zeros in a hundred kilobytes."""
    packed = entry("zeros", method=zipfile.ZIP_DEFLATED)
    return zipped((entry("main.py"), b""), (packed, b"\0" * 100_000_000))


def lying_bomb():
    """The same, with a table that says it is ten bytes."""
    content = bytearray(bomb())
    size = struct.pack("<I", 100_000_000)
    for where in (content.find(size), content.rfind(size)):
        content[where : where + 4] = struct.pack("<I", 10)
    return bytes(content)


def overlapping():
    """A table that names one megabyte of zeros a thousand times."""
    one = zipped((entry("000", method=zipfile.ZIP_DEFLATED), b"\0" * 1_000_000))
    table = one.index(b"PK\1\2")
    end = one.rindex(b"PK\5\6")
    row = one[table:end]
    rows = b"".join(row.replace(b"000", f"{number:03}".encode()) for number in range(1000))
    last = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1000, 1000, len(rows), table, 0)
    return one[:table] + rows + last


def crowded():
    """A table of a hundred thousand files; to read it would take a second."""
    one = zipped((entry("00000"), b""))
    table, end = one.index(b"PK\1\2"), one.rindex(b"PK\5\6")
    rows = b"".join(one[table:end].replace(b"00000", f"{number:05}".encode()) for number in range(100_000))
    last = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 65535, 65535, len(rows), table, 0)
    return one[:table] + rows + last


def deep():
    return zipped((entry("a/" * 300 + "main.py"), b""))


def encrypted():
    content = bytearray(zipped((entry("main.py"), b"1")))
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    return bytes(content)


def unusual(method):
    return zipped((entry("main.py", method=method), b"1"))
