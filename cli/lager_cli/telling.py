"""How an error becomes words on the screen, and an exit status."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TextIO

import click

from lager import errors
from lager_cli.app import DEBUG


def say(error: errors.LagerError) -> int:
    """Say what happened and what to try; give the exit status."""
    debugged = bool(os.environ.get(DEBUG))
    if debugged:
        _trace(error)
    with contextlib.suppress(OSError):  # nobody can read it; the status remains
        click.secho(f"Error: {_sentence(error.what)}", fg="red", err=True)
        _advise(error)
        if debugged and error.raw:
            click.echo(f"\n{click.style('--- raw error ---', dim=True)}\n{error.raw}", err=True)
    return error.exit_code


def _advise(error: errors.LagerError) -> None:
    """Say what to try; where the system's number of the trouble is known, what that number means on a bench."""
    known = None
    if error.number:
        from lager_cli.advice import BY_NUMBER

        known = BY_NUMBER.get(error.number)
    if known:
        click.secho(known.headline, fg="red", bold=True, err=True)
    if error.hint:
        click.echo(f"Try: {_sentence(error.hint)}", err=True)
    for line in known.actions if known else ():
        click.echo(f"  {line.format(net=error.net or 'NET')}", err=True)


def interrupted(error: BaseException) -> bool:
    """Tell whether Ctrl-C is behind an error: what is left half done then may raise another while it is closed."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, KeyboardInterrupt):
        cause = cause.__context__
    return cause is not None


def say_unexpected(error: Exception) -> int:
    """Say that it is our fault, or that of a damaged file; give the exit status."""
    if path := _damaged(error):
        hint = "delete that file: Python makes it anew from its source"
        return say(errors.LagerError(f"{path} is damaged: {error}", hint))
    if os.environ.get(DEBUG):
        _trace(error)
    told = f"Error: {type(error).__name__}: {_sentence(str(error) or 'no more is known')} This is a defect of lager."
    with contextlib.suppress(OSError):
        click.secho(told, fg="red", err=True)
        click.echo("Try: run it again with LAGER_DEBUG=1 to see where it happened, and report that.", err=True)
    return errors.Defect.exit_code


def _damaged(error: Exception) -> str:
    """Give the file of compiled Python that could not be read, as a full disk leaves it; empty where it is not that."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    reading = at is not None and at.tb_frame.f_code.co_name == "_compile_bytecode"  # of importlib
    return str(at.tb_frame.f_locals.get("bytecode_path") or "") if at is not None and reading else ""


def say_system(error: OSError) -> int:
    """Say what the system refused: a file, or the room on a disk; give the exit status."""
    import sys

    why = (error.strerror or str(error)).lower()
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG) and error.filename is None:
        forget(sys.stdout)
        return say(errors.LagerError(f"the output cannot be written: {why}", "write it elsewhere, or make room there"))
    if not isinstance(error.filename, str):
        return say_unexpected(error)
    hint = "see who may write there, and what is there; LAGER_STATE_DIR and LAGER_CONFIG_FILE_DIR give other places"
    return say(errors.LagerError(f"{error.filename} cannot be used: {why}", hint))


def _trace(error: Exception) -> None:
    import traceback

    traceback.print_exception(error)


def _sentence(text: str) -> str:
    text = text.rstrip("\n")
    return text if "\n" in text or text.endswith((".", "!", "?")) else f"{text}."


def forget(stream: TextIO) -> None:
    """Point a stream nowhere, so that Python's own flush at exit finds no broken pipe, and changes no status."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
