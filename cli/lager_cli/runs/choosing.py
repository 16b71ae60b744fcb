"""What `lager python` is to do, of all that was given; what does not go together is refused here.

Pure: it is told the options and gives a word. `lager_cli.commands.python` then has that done.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import click

# What can be done, and what each option goes with.
ACTIONS = {
    "script": "SCRIPT",
    "code": "-c CODE",
    "module": "-m MODULE",
    "reattach": "--reattach ID",
    "kill": "--kill ID",
    "kill_all": "--kill-all",
    "resume": "--continue ID",
    "pause": "--pause ID",
    "abort": "--abort ID",
    "console": "--console ID",
    "view": "--view ID",
    "dap": "--dap ID",
    "snapshot": "--snapshot ID",
}
RUNNING = ("script", "code", "module")
_FOLLOWING = (*RUNNING, "reattach")
_GOES_WITH: dict[str, tuple[str, tuple[str, ...]]] = {
    "add_file": ("--add-file", RUNNING),
    "env": ("--env", RUNNING),
    "passenv": ("--passenv", RUNNING),
    "timeout": ("--timeout", RUNNING),
    "on_exception": ("--on-exception", RUNNING),
    "detach": ("--detach", RUNNING),
    "keep": ("--keep", RUNNING),
    "at_end": ("--finally", RUNNING),
    "junit": ("--junit", RUNNING),
    "download": ("--download", _FOLLOWING),
    "allow_overwrite": ("--allow-overwrite", _FOLLOWING),
    "quiet": ("--quiet", _FOLLOWING),
    "port": ("--port", (*_FOLLOWING, "dap")),
    "as_json": ("--json", (*_FOLLOWING, "kill", "kill_all", "view")),
    "signal": ("--signal", ("kill", "kill_all")),
    "expression": ("-c", ("console",)),
    "output": ("-o", ("snapshot",)),
    "sets": ("--set", ("resume",)),
    "value": ("--value", ("resume",)),
    "every": ("--all", ("resume", "abort")),
}
_AFTER_THE_END = {"download": "--download", "junit": "--junit", "port": "--port"}
_WITHOUT_ID = (*RUNNING, "kill_all")
_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")  # what may be one, or the beginning of one


def checked_id(given: str) -> str:
    """Give an ID back.

    Raises:
        UsageError: It cannot be one.
    """
    if not given.strip():
        raise click.UsageError("ID is empty; was a variable of the shell not set?")
    if not _ID.fullmatch(given):
        raise click.UsageError(f"{given!r} is no ID; see `lager runs`.")
    return given


def sorted_out(script: str | None, args: Sequence[str], options: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Give the options with `script`, `code` and `module`, and the arguments of what is run.

    `-c` is code to run, or where there is a console, an expression for that.
    """
    to_run = options["console"] is None
    given = {**options, "script": script, "code": options["expression"] if to_run else None}
    if to_run:
        given["expression"] = None
    if script is None or (given["code"] is None and given["module"] is None):
        return given, list(args)
    return {**given, "script": None}, [script, *args]


def chosen(given: Mapping[str, Any]) -> str:
    """Give what is to be done: a name of `ACTIONS`.

    Args:
        given: The options, with `script`, `code` and `module`; None, False or () for those that were not given.

    Raises:
        UsageError: That is nothing, or several things, or there are options that do not go with it.
    """
    _check_ids(given)
    actions = [name for name in ACTIONS if not _is_absent(given[name])]
    if not actions:
        *most, last = ACTIONS.values()
        raise click.UsageError(f"Say one of {', '.join(most)} and {last}.")
    if len(actions) > 1:
        raise click.UsageError(_several(actions, given["script"]))
    _check_options(given, actions[0])
    return actions[0]


def _is_absent(value: Any) -> bool:
    return value is None or value is False or value == ()


def _check_ids(given: Mapping[str, Any]) -> None:
    """Refuse what stands where an ID would, if the shell has put nothing there."""
    for name, what in (("code", "-c has no code"), ("module", "-m has no module")):
        if given[name] is not None and not given[name].strip():
            raise click.UsageError(f"{what}; was a variable of the shell not set?")
    if any(isinstance(given[one], str) and not given[one].strip() for one in ACTIONS):
        raise click.UsageError("SCRIPT or ID is empty; was a variable of the shell not set?")
    for name, shown in ACTIONS.items():
        if name not in _WITHOUT_ID and given[name] is not None:
            _check_id(given[name], shown.partition(" ")[0])


def _check_id(given: str, option: str) -> None:
    if given.startswith("."):
        raise click.UsageError(f"{given!r} is no ID; was a variable of the shell not set?")
    if given.startswith("-"):
        raise click.UsageError(f"{option} wants an ID, and {given!r} is none; was a variable of the shell not set?")
    checked_id(given)


def _check_options(given: Mapping[str, Any], action: str) -> None:
    after = "; put -- before arguments of the script." if action in RUNNING else "."
    for name, (option, wanted) in _GOES_WITH.items():
        if not _is_absent(given[name]) and action not in wanted:
            what = " or ".join(ACTIONS[one] for one in wanted if one not in RUNNING[1:])
            raise click.UsageError(f"{option} goes with {what}{after}")
    if given["every"] and (given["sets"] or given["value"] is not None):
        raise click.UsageError("--set and --value are for one pause: name it, such as ID.2, and leave --all out.")
    if given["detach"]:
        for name, option in _AFTER_THE_END.items():
            if not _is_absent(given[name]):
                raise click.UsageError(f"{option} needs somebody who stays until the end, and --detach leaves{after}")


def _several(actions: list[str], script: str | None) -> str:
    *most, last = [f"SCRIPT (here {script!r})" if one == "script" else ACTIONS[one] for one in actions]
    meant = "; put quotes around an expression with blanks, and -- before arguments of the script"
    return f"{', '.join(most)} and {last} exclude each other{meant if script is not None else ''}."
