"""One HTTP request on a connection that is there, and its whole answer.

As much of HTTP/1.1 as the two ends of this project say to each other, with no more trust in the other end than
`http.client` has. That one imports `email` and `ssl`: every short command would take about 15 ms longer (measured).
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping
from typing import IO, NamedTuple

_LONGEST_LINE = 65536  # bytes
_MOST_HEADERS = 100
_AT_ONCE = 1 << 20  # bytes; nothing larger is made room for before it comes
_JOINED = 65536  # bytes of a body that go with the head: one packet less, and one system call


class Answer(NamedTuple):
    """What came.

    Attributes:
        headers: By their names in lower case; the last of a name counts.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(
    connection: socket.socket,
    line: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> Answer:
    """Ask, and read the answer to its end.

    Args:
        connection: It may have a timeout.
        line: Method and path.
        headers: Without the body's length.
        body: What is sent, if anything.
        meanwhile: What to do while the other end is at it.

    Raises:
        ValueError: What came is no HTTP; or `line` or `headers` hold what cannot be sent.
        OSError: The connection ended, or too long nothing came.
    """
    length = {} if body is None else {"Content-Length": str(len(body))}
    head = _head(line, {**headers, **length})
    if body and len(body) > _JOINED:
        connection.sendall(head)
        connection.sendall(body)
    else:
        connection.sendall(head + (body or b""))
    if meanwhile is not None:
        meanwhile()
    with contextlib.closing(connection.makefile("rb")) as source:
        status, said = _begun(source)
        while 100 <= status < 200:  # "wait", "soon": the answer follows
            status, said = _begun(source)
        return Answer(status, said, b"".join(_body(source, status, said)))


def _head(line: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"{line} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if line.count(" ") != 1 or not all(one.isprintable() for one in lines):  # a line end would begin another header
        raise ValueError("a request holds a character that cannot be sent")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _line(source: IO[bytes]) -> bytes:
    line = source.readline(_LONGEST_LINE + 1)
    if not line.endswith(b"\n"):
        if len(line) > _LONGEST_LINE:
            raise ValueError("a line is too long")
        raise ConnectionResetError("it ended in the middle of an answer")
    return line.rstrip(b"\r\n")


def _begun(source: IO[bytes]) -> tuple[int, dict[str, str]]:
    """Read an answer's status and headers."""
    first = source.readline(_LONGEST_LINE + 1)
    if not first.endswith(b"\n") and b"HTTP/1.".startswith(first[:7]):
        raise ConnectionResetError("it ended before an answer")
    version, _, rest = first.partition(b" ")
    code = rest.split(None, 1)[:1]
    if not version.startswith(b"HTTP/1.") or not code or not (len(code[0]) == 3 and code[0].isdigit()):
        raise ValueError("the first line is no HTTP")
    headers: dict[str, str] = {}
    for _ in range(_MOST_HEADERS):
        line = _line(source)
        if not line:
            return int(code[0]), headers
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    raise ValueError("there are too many headers")


def _body(source: IO[bytes], status: int, headers: Mapping[str, str]) -> Iterator[bytes]:
    if status in (204, 304):
        return
    length = headers.get("content-length")
    if headers.get("transfer-encoding", "").lower() == "chunked":
        yield from _chunks(source)
    elif length is not None:
        yield from _exactly(source, _number(length, 10))
    else:  # it ends with the connection
        while part := source.read(_AT_ONCE):
            yield part


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while size := _number(_line(source).partition(b";")[0].strip().decode("latin-1"), 16):
        yield from _exactly(source, size)
        if _line(source):
            raise ValueError("a chunk is longer than it says")
    while _line(source):  # what follows the last one
        pass


def _exactly(source: IO[bytes], size: int) -> Iterator[bytes]:
    while size:
        part = source.read(min(size, _AT_ONCE))
        if not part:
            raise ConnectionResetError("it ended in the middle of an answer")
        size -= len(part)
        yield part


def _number(text: str, base: int) -> int:
    if not (text.isascii() and text.isalnum()):  # `int` takes signs, spaces and underscores, too
        raise ValueError(f"{text!r} is no length")
    return int(text, base)
