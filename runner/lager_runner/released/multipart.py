"""Reads the multipart form that released clients send: fields by their name, as bytes, in any order.

Every part of theirs has a file name, also a plain value; and the folder of a run has neither the name of a zip nor a
content type. So nothing is read from the file name, and nothing is decoded before it is known to be text.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple
from urllib.parse import unquote

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from lager import errors

MOST_PARTS = 20_000  # arguments and environment are a part each
_MEDIA_TYPE = b"multipart/form-data"
_SEND = "send multipart/form-data, as lager-cli and curl -F do"


class Part(NamedTuple):
    """One part of a form; `filename` is empty where it has none."""

    filename: str
    data: bytes


class Form:
    """The parts of a form, by name; of each name in the order they were sent."""

    def __init__(self) -> None:
        self._parts: dict[str, list[Part]] = defaultdict(list)
        self.count = 0

    def add(self, name: str, part: Part) -> None:
        """Take one part more.

        Raises:
            UsageError: There are too many.
        """
        self.count += 1
        if self.count > MOST_PARTS:
            raise errors.UsageError(f"the form has more than {MOST_PARTS} parts", "give fewer arguments")
        self._parts[name].append(part)

    def all(self, name: str) -> list[Part]:
        """Give the parts of that name."""
        return self._parts.get(name, [])

    def last(self, name: str) -> Part | None:
        """Give the last part of that name; None where there is none."""
        return self.all(name)[-1] if self.all(name) else None

    def texts(self, name: str) -> list[str]:
        """Give the values of that name.

        Raises:
            UsageError: One is no UTF-8.
        """
        try:
            return [part.data.decode() for part in self.all(name)]
        except UnicodeDecodeError as exc:
            raise errors.UsageError(f"a part {name!r} is no UTF-8 text: {exc.reason}", "send text as UTF-8") from exc

    def text(self, name: str, default: str = "") -> str:
        """Give the last value of that name.

        Raises:
            UsageError: It is no UTF-8.
        """
        return (self.texts(name) or [default])[-1]


async def read(request: Request, most: int, too_large: errors.UsageError) -> Form:
    """Read the form of a request, as it comes.

    Args:
        request: The request.
        most: How many bytes it may have.
        too_large: What is raised where it has more.

    Raises:
        UsageError: It is no such form, or is cut off.
    """
    reader = _Reader(_boundary(request.headers.get("content-type", "")))
    size = 0
    try:
        async for piece in request.stream():
            size += len(piece)
            if size > most:
                raise too_large
            reader.feed(piece)
    except FormParserError as exc:
        raise errors.UsageError(f"the form is malformed: {exc}", _SEND) from exc
    return reader.whole()


def _boundary(content_type: str) -> bytes:
    kind, options = parse_options_header(content_type.encode("latin-1"))
    if kind != _MEDIA_TYPE:
        raise errors.UsageError(f"the request is {content_type or 'of no type'!r}, and no form", _SEND)
    if not options.get(b"boundary"):
        raise errors.UsageError("the form's Content-Type names no boundary", _SEND)
    return options[b"boundary"]


class _Reader:
    """Gathers parts from what the parser finds."""

    def __init__(self, boundary: bytes) -> None:
        self._form = Form()
        self._header, self._value = bytearray(), bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._data = bytearray()
        self._complete = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                    "on_header_end": self._header_end,
                    "on_part_data": lambda data, start, end: self._data.extend(memoryview(data)[start:end]),
                    "on_part_end": self._end,
                    "on_end": self._finish,
                },
            )
        except FormParserError as exc:
            raise errors.UsageError(f"the form's boundary is no good: {exc}", _SEND) from exc

    def feed(self, piece: bytes) -> None:
        """Take some bytes."""
        self._parser.write(piece)

    def whole(self) -> Form:
        """Give the form, once all of it was taken.

        Raises:
            UsageError: Its end is missing.
        """
        if not self._complete:
            raise errors.UsageError("the form ends before its last boundary", "send it again")
        return self._form

    def _begin(self) -> None:
        self._headers, self._data = {}, bytearray()

    def _header_end(self) -> None:
        self._headers[bytes(self._header).lower()] = bytes(self._value)
        self._header, self._value = bytearray(), bytearray()

    def _end(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"")
        kind, options = parse_options_header(disposition)
        if kind != b"form-data" or b"name" not in options:
            raise errors.UsageError("a part of the form has no name", _SEND)
        filename = _text(options.get(b"filename", b"")) or _encoded_filename(disposition)
        self._form.add(_text(options[b"name"]), Part(filename, bytes(self._data)))

    def _finish(self) -> None:
        self._complete = True


def _text(name: bytes) -> str:
    return name.decode(errors="replace")


def _encoded_filename(disposition: bytes) -> str:
    """Give the name as older clients write one that is not ASCII: `filename*=utf-8''t%C3%A4st.py`; else nothing."""
    _, found, rest = disposition.partition(b"filename*=")
    encoded = rest.partition(b";")[0].strip(b' "').rpartition(b"''")[2]
    return unquote(encoded.decode("latin-1"), errors="replace") if found else ""
