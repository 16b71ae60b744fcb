"""Tables of a TOML file, read strictly: an error tells the file, the keys that lead to the place, and what is right.

Knows no bench. Opens nothing.
"""

from __future__ import annotations

import difflib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec

from lager.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

T = TypeVar("T", bound=msgspec.Struct)
_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
_WORDS = {
    str: 'a text in quotes, such as "1"',
    bool: "true or false",
    float: "a number, such as 1.5",
    tuple: 'a list of texts, such as ["load.1"]',
    dict: "a table, such as { key = 1.5 }",
}


class Table:
    """A table, and where it is.

    Args:
        file: What the file is called.
        path: The keys that lead to it.
        content: What is in it.
    """

    def __init__(self, file: str, path: tuple[str, ...], content: Mapping[str, Any]) -> None:
        self.file, self.path, self._content = file, path, content

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self._content.items())

    def wrong(self, key: str, what: str, right: str) -> UsageError:
        """Say what is wrong at a key of it (at the table itself for ""), and what would be right."""
        path = ".".join(_written(one) for one in (*self.path, key) if one)
        return UsageError(": ".join(one for one in (self.file, path, what) if one), right)

    def table(self, key: str) -> Table:
        """Give a table in it; an empty one where it has none of that name.

        Raises:
            UsageError: What is there is no table.
        """
        found = self._content.get(key, {})
        if not isinstance(found, dict):
            raise self.wrong(key, f"this is a table, not {_shown(found)}", f"write {_WORDS[dict]}")
        return Table(self.file, (*self.path, key), found)

    def keys_in(self, key: str) -> list[str]:
        """Give the keys of what is at a key; none where that is no table."""
        found = self._content.get(key)
        return list(found) if isinstance(found, dict) else []

    def refuse_others(self, known: Iterable[str]) -> None:
        """Refuse keys that mean nothing here.

        Raises:
            UsageError: It has one.
        """
        known = list(known)
        for key in self._content:
            if key not in known:
                right = f"{meant(key, known)}there are {listed(known)}" if known else "leave it out"
                raise self.wrong(key, "nothing is called so here", right)

    def read(self, kind: type[T]) -> T:
        """Read all of it.

        Raises:
            UsageError: A key is unknown or missing, or its value is not what it should be.
        """
        fields = msgspec.structs.fields(kind)
        self.refuse_others(field.encode_name for field in fields)
        for field in fields:
            if field.encode_name in self._content:
                self.value(field.encode_name, field.type)
            elif field.required:
                needed = [one.encode_name for one in fields if one.required]
                raise self.wrong("", f"it has no {field.encode_name}", f"it needs {listed(needed)}")
        return msgspec.convert(dict(self._content), kind)

    def value(self, key: str, kind: Any) -> Any:
        """Read one value.

        Raises:
            UsageError: It is not what it should be.
        """
        try:
            return msgspec.convert(self._content[key], kind)
        except msgspec.ValidationError as exc:
            raise self.wrong(key, f"{_shown(self._content[key])} cannot be used", f"write {_right(kind)}") from exc


def parse(text: str, file: str) -> Table:
    """Read a file's text.

    Raises:
        UsageError: It is no TOML; says in which line.
    """
    try:
        return Table(file, (), tomllib.loads(text))
    except tomllib.TOMLDecodeError as exc:
        last = f"at line {text.count(chr(10)) + 1}, the end"
        said = str(exc).replace("at end of document", last)
        raise UsageError(f"{file}: this is no TOML: {said}", "correct that line; https://toml.io shows how") from exc
    except RecursionError as exc:
        raise UsageError(f"{file}: this is no TOML: it is nested too deeply", "nest less deeply") from exc


def meant(word: str, known: Iterable[str]) -> str:
    """Ask whether another word was meant, where there is one like it."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {close[0]}? " if close else ""


def listed(words: Iterable[str]) -> str:
    """List words; a dash for none."""
    return ", ".join(words) or "-"


def _right(kind: Any) -> str:
    """Say what a kind of value is written like."""
    plain, *notes = get_args(kind) if get_origin(kind) is Annotated else (kind,)
    said = [one.description for one in notes if isinstance(one, msgspec.Meta) and one.description]
    return said[0] if said else _WORDS.get(get_origin(plain) or plain, "another value")


def _written(key: str) -> str:
    return key if _BARE.match(key) else json.dumps(key, ensure_ascii=False)


def _shown(value: Any) -> str:
    """Show a value as TOML has it, or nearly; a long one not to its end."""
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
