"""Programs that were put on the box for scripts (`/binaries/add`): find one, run one.

They lie in one folder (LAGER_BINARIES_DIR, set for every run); `lager.binaryfolder` puts them there. A program is known
by its name alone.
"""

from __future__ import annotations

import errno
import os
import reprlib
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from lager import errors
from lager.errors import BinaryNotFound as BinaryNotFoundError

__all__ = ["FOLDER", "BinaryNotFoundError", "get_binary_path", "list_binaries", "run_custom_binary"]

FOLDER = "LAGER_BINARIES_DIR"


def list_binaries() -> list[str]:
    """List the programs that are there, by name."""
    folder = _folder()
    return sorted(one.name for one in folder.iterdir() if _is_program(one)) if folder.is_dir() else []


def get_binary_path(name: str) -> str:
    """Give where a program is.

    Raises:
        BinaryNotFound: There is none of that name; says which there are. A FileNotFoundError, too.
    """
    if not isinstance(name, str):
        raise TypeError(f"name must be text, such as 'flasher', not {name!r}")
    there = list_binaries()
    if name in there:
        return str(_folder() / name)
    raise BinaryNotFoundError(
        f"the box has no program {reprlib.repr(name)} for scripts",
        f"it has {', '.join(there) or 'none'}; put it into {_folder()} on the box, and make it executable",
    )


def run_custom_binary(
    name: str,
    *args: str | os.PathLike[str] | float,
    timeout: float | None = 30.0,
    cwd: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    check: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run a program, wait for its end, and give its `returncode`, `stdout` and `stderr`.

    It ends with all that it has started where the time is over or the script is interrupted.

    Args:
        name: Of the program.
        args: Its arguments.
        timeout: How long it may take, s; None for as long as it takes.
        cwd: Where it runs; the script's own directory if none is given.
        env: Variables beside those of the script.
        check: Whether a status other than 0 is an error.

    Raises:
        BinaryNotFound: There is none of that name.
        UsageError: The system cannot start it.
        subprocess.TimeoutExpired: The time was over.
        subprocess.CalledProcessError: It ended with another status than 0, and `check` is set.
    """
    command = [get_binary_path(name), *(os.fspath(one) if isinstance(one, os.PathLike) else str(one) for one in args)]
    variables = {**os.environ, **env} if env else None
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            cwd=cwd,
            env=variables,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except (OSError, ValueError) as exc:
        raise errors.UsageError(f"{name} cannot be started: {exc}", _why(exc)) from exc
    with process:
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException:
            _end(process)
            raise
    done = subprocess.CompletedProcess(command, process.returncode, out, err)
    if check:
        done.check_returncode()
    return done


def _end(process: subprocess.Popen[str]) -> None:
    """End a program and what it has started: its session is its own."""
    os.killpg(process.pid, signal.SIGKILL)  # it is not waited for yet, so the number is still its own
    process.wait()


def _why(exc: Exception) -> str:
    if isinstance(exc, OSError) and exc.errno == errno.ENOEXEC:
        return "it is no program for this machine: build it for the box's processor, or begin a script with #!"
    return "see that it is a program for the box's processor, and that its directory is there"


def _folder() -> Path:
    given = os.environ.get(FOLDER)
    if given:
        return Path(given)
    from lager import settings

    return settings.binaries_dir()


def _is_program(path: Path) -> bool:
    """Tell whether a file can be run; one with a dot in front is just being put there."""
    return not path.name.startswith(".") and path.is_file() and os.access(path, os.X_OK)
