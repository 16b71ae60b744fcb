"""Help while a statement is typed: what fits, what is called, whether it is whole. Nobody waits for it.

Whatever is asked is asked from prompt_toolkit's event loop, and answered there; a key typed meanwhile drops it.
"""

from __future__ import annotations

import ast
import asyncio
import re
import warnings
from collections.abc import AsyncGenerator, Callable, Iterable
from inspect import Parameter as Kinds
from typing import Any

from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.validation import ValidationError, Validator
from ptpython.signatures import Parameter, Signature

from lager import wire
from lager_cli.console import calls, commands
from lager_cli.console.session import Session

_KEY_BEGINS = re.compile(r"\[['\"]\Z")
_COMPLETING = 3.0  # s after which a completion comes too late to be of use


class RemoteCompleter(Completer):
    """Asks the script what fits; of a command, what is known here.

    Args:
        session: The console.
        listed: Gives the commands there are.
    """

    def __init__(self, session: Session, listed: Callable[[], list[tuple[str, str]]]) -> None:
        self._session, self._listed = session, listed
        self._paths = PathCompleter(expanduser=True)

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Give what is known here: the commands, and files of this machine."""
        before = document.text_before_cursor.lstrip()
        begun = commands.wants_file(before)
        if begun is not None:
            yield from self._paths.get_completions(Document(begun), complete_event)
        elif " " not in before:
            told = dict.fromkeys(command.split()[0] for command, _ in self._listed())
            for word in [one for one in told if one.startswith(before)]:
                yield Completion(word, start_position=-len(before))

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Give what fits at the cursor."""
        if commands.is_command(document.text) or document.text.startswith("%"):
            for known in self.get_completions(document, complete_event):
                yield known
            return
        before = document.text_before_cursor.rstrip(" ")[-1:]
        unasked = complete_event.text_inserted and not document.get_word_before_cursor().isidentifier()
        if unasked and before not in tuple(".(,[") and not _KEY_BEGINS.search(document.text_before_cursor):
            return  # then everything would fit
        found = await _asked(self._session, wire.Complete, document)
        if isinstance(found, wire.Completions):
            for name in found.names:
                if before == "." or not unasked or not name.isidentifier():
                    yield Completion(name, start_position=-found.replaces)


async def explained(session: Session, document: Document) -> wire.Explained | None:
    """Ask what is called, or named, at the cursor; None when nobody knows."""
    found = await _asked(session, wire.Explain, document)
    return found if isinstance(found, wire.Explained) else None


def signature(said: wire.Explained, document: Document) -> Signature | None:
    """Give a signature as ptpython shows it, at the bracket of the call; None where nothing is called."""
    at = calls.opening(document.text, document.cursor_position)
    if not said.signature or at is None:
        return None
    name, parts = calls.split(said.signature)
    row, column = document.translate_index_to_position(at)
    parameters: list[Any] = [Parameter(part, None, None, Kinds.POSITIONAL_OR_KEYWORD) for part in parts]
    return Signature(name, said.doc, parameters, calls.current(parts, said.parameter), bracket_start=(row + 1, column))


async def _asked(
    session: Session, kind: type[wire.Complete] | type[wire.Explain], document: Document
) -> wire.Completions | wire.Explained | None:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[wire.Completions | wire.Explained] = loop.create_future()

    def settle(found: wire.Completions | wire.Explained) -> None:
        if not answer.done():
            answer.set_result(found)

    def answered(found: wire.Completions | wire.Explained) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, found)

    if not session.ask(kind, document.text, document.cursor_position, answered):
        return None
    done, _ = await asyncio.wait([answer], timeout=_COMPLETING)
    return answer.result() if done else None


class Wholeness(Validator):
    """Refuses what cannot be compiled here, once: the script's Python may be a newer one, and Enter again sends it."""

    def validate(self, document: Document) -> None:
        """Refuse a statement with an error in it.

        Raises:
            ValidationError: Where the error is, and what.
        """
        if commands.is_command(document.text):
            return
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the box says it, where the statement is evaluated
                compile(document.text, "<input>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        except SyntaxError as error:
            place = document.translate_row_col_to_index((error.lineno or 1) - 1, (error.offset or 1) - 1)
            hint = commands.meant(document.text)
            why = f"{hint[:1].upper()}{hint[1:]}" if hint else f"Syntax error: {error.msg}."
            raise ValidationError(place, f"{why} Enter again sends it as it is.") from error
        except (ValueError, OverflowError) as error:
            raise ValidationError(0, f"{error}. Enter again sends it as it is.") from error
