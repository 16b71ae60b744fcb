"""Lines that are typed at Python's prompt, put together to statements, as Python's own prompt does."""

from __future__ import annotations

import ast
import asyncio
import codeop
import warnings

COMMAND = ":"  # what a command of the console begins with, which is no Python
QUICK = 4096  # characters that are looked at in no time
LIMIT = 64 * 1024  # characters of a statement of several lines: each of them has all of it looked at again


class Typed:
    """What was typed of a statement that is not whole yet."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._size = 0

    async def take(self, line: str) -> str | None:
        """Take a line; give the statement where that makes it whole, or so wrong that no further line would mend it."""
        self._lines.append(line.rstrip("\r\n"))
        self._size += len(line)
        source = "\n".join(self._lines)
        if not await self._is_whole(source):
            return None
        self._lines.clear()
        self._size = 0
        return source

    async def _is_whole(self, source: str) -> bool:
        if source.lstrip().startswith(COMMAND) if len(self._lines) == 1 else self._size > LIMIT:
            return True
        return is_whole(source) if self._size < QUICK else await asyncio.to_thread(is_whole, source)


def is_whole(source: str) -> bool:
    """Whether Python's prompt would evaluate this now, or say what is wrong with it."""
    compiler = codeop.CommandCompiler()
    compiler.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # said where it is evaluated
            return compiler(source) is not None
    except (SyntaxError, ValueError, OverflowError, MemoryError, RecursionError):
        return True  # evaluating it will say so
