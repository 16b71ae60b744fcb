"""The commands of a console that are carried out in the script: `:where`, `:locals` and so on. They are no Python.

What needs the user's disk, or who he is (`:save`, `:continue` ...), his client carries out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, NamedTuple

from lager import errors
from lager_debugbridge import lookup, sharing, showing, still, threads
from lager_debugbridge.commandlist import CLIENTS, SCRIPTS
from lager_debugbridge.frames import Frames
from lager_debugbridge.snapshot import Snapshot

NOTHING: Any = object()  # no value was shown so far
DEADLINE_SECONDS = 60.0  # that a statement may take
LONGEST_SECONDS = 1e8
CODE = {"function": "functions", "module": "modules", "SnapshotModule": "modules", "StandIn": "modules"}
HELP = "`:help` lists the commands"


class State:
    """What commands look at and set: one console's.

    Attributes:
        last: The value that was shown last.
        file: With the whole output of the statement before, where that was too much to show.
        deadline: How long a statement may take, s; 0 for ever.
        live: Whether it has its process to itself: no script waits, and nothing is copied.
    """

    live = False

    def __init__(self, snapshot: Snapshot, frames: Frames) -> None:
        self.snapshot = snapshot
        self.frames = frames
        self.last: Any = NOTHING
        self.file = ""
        self.deadline = DEADLINE_SECONDS


class Asked(NamedTuple):
    """A command that is carried out.

    Attributes:
        word: What stands behind it; empty for nothing.
        write: Shows text.
        widen: Lets so much be shown as `:full` may.
    """

    state: State
    word: str
    write: Callable[[str], object]
    widen: Callable[[], None]


def is_command(source: str) -> bool:
    """Say whether a text is a command, and no Python."""
    return source.lstrip().startswith(":")


def carry_out(source: str, state: State, write: Callable[[str], object], widen: Callable[[], None]) -> None:
    """Do what a command says.

    Raises:
        UsageError: There is no such command, or not with this word.
    """
    name, _, word = source.strip().partition(" ")
    if "\n" in source.strip():
        raise errors.UsageError(
            f"a command stands alone: {name.splitlines()[0]}", "enter what comes after it by itself"
        )
    does = _CARRY_OUT.get(name)
    takes = " " in _USAGES.get(name, "")
    if name in _CLIENTS and (does is None or (word.strip() and not takes)):
        raise errors.UsageError(
            f"{_CLIENTS[name]} is carried out by the client, and yours does not know it", "use a newer `lager`"
        )
    if does is None:
        begin = [one for one in _CARRY_OUT if one.startswith(name)] if len(name) > 1 else []
        near = ", ".join(begin or get_close_matches(name, _CARRY_OUT, 1))
        raise errors.UsageError(f"there is no command {name}", f"did you mean {near}?" if near else HELP)
    if word.strip() and not takes:
        raise errors.UsageError(f"{name} takes nothing behind it", HELP)
    does(Asked(state, word.strip(), write, widen))


def _lines(asked: Asked, lines: Iterable[str]) -> None:
    for line in lines:
        asked.write(f"{line}\n")


def _where(asked: Asked) -> None:
    _lines(asked, asked.state.frames.where())


def _up(asked: Asked) -> None:
    _move(asked, _count(asked))


def _down(asked: Asked) -> None:
    _move(asked, -_count(asked))


def _move(asked: Asked, by: int) -> None:
    frames = asked.state.frames
    wanted = min(max(frames.at + by, 0), frames.highest)
    if wanted == frames.at:
        raise errors.UsageError(
            "this is the innermost frame" if by < 0 else "this is the outermost frame", "see `:where`"
        )
    _choose(asked, wanted)


def _frame(asked: Asked) -> None:
    if asked.word:
        _choose(asked, _number(asked.word, asked.state.frames.highest))
    else:
        asked.write(f"{asked.state.frames.describe(asked.state.frames.at)}\n")


def _choose(asked: Asked, number: int) -> None:
    asked.state.frames.choose(number)
    asked.write(f"{asked.state.frames.describe(number)}\n")


def _threads(asked: Asked) -> None:
    _lines(asked, threads.listed(threading.get_ident()))


def _locals(asked: Asked) -> None:
    names = asked.state.frames.names
    code: dict[str, list[str]] = {}
    found = False
    for name in asked.state.frames.own_names():
        value = names.peek(name)
        kind = "classes" if lookup.is_class(value) else CODE.get(showing.name(type(value)))
        if kind:
            code.setdefault(kind, []).append(name)
            continue
        found = True
        asked.write(f"{name} = {still.line(value)}\n")
    for kind, listed in code.items():
        asked.write(f"({kind}: {', '.join(listed)})\n")
    if not found and not code:
        asked.write("(no names)\n")


def _source(asked: Asked) -> None:
    _lines(asked, asked.state.frames.source())


def _shared(asked: Asked) -> None:
    state = asked.state
    if state.live:
        asked.write("nothing is copied: this console has its process to itself\n")
        return
    values = [(name, state.frames.names.peek(name)) for name in state.frames.all_names()]
    listed = list(sharing.shared(values, state.snapshot.copier.shares))
    _lines(asked, listed or ["nothing: all that this frame sees is copied when it is touched"])
    if listed:
        asked.write("(what is done to these is done to the script's own; all else here is a copy)\n")


def _full(asked: Asked) -> None:
    state = asked.state
    if state.last is NOTHING:
        kept = f"; the output of the last statement is in {state.file}: `:full FILE` fetches it" if state.file else ""
        raise errors.UsageError(f"no value was shown so far{kept}", "evaluate one")
    asked.widen()
    showing.write_all(state.last, asked.write)


def _deadline(asked: Asked) -> None:
    state = asked.state
    if asked.word:
        state.deadline = _seconds(asked.word)
    kept = f"is stopped after {state.deadline:g} s" if state.deadline else "may take as long as it likes"
    asked.write(f"a statement of this console {kept}\n")


def _count(asked: Asked) -> int:
    return _number(asked.word, asked.state.frames.highest) if asked.word else 1


def _number(word: str, highest: int) -> int:
    if not (word.isascii() and word.isdigit()) or len(word) > 9 or int(word) > highest:
        raise errors.UsageError(f"{word} is no frame: they are numbered 0 to {highest}", "`:where` lists them")
    return int(word)


def _seconds(word: str) -> float:
    try:
        seconds = float(word)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST_SECONDS:
        raise errors.UsageError(f"{word} is no number of seconds", "`:deadline 600`, or `:deadline 0` for no limit")
    return seconds


def _save(asked: Asked) -> None:
    from lager_debugbridge import saving  # dill is imported only for this

    above = [saving.Above(*one) for one in asked.state.frames.above()]
    report = saving.keep(asked.state.snapshot, asked.word, above)
    _lines(asked, report.lines())


def _help(asked: Asked) -> None:
    width = max(len(usage) for usage, _ in SCRIPTS)
    _lines(asked, (f"{usage:<{width}}  {what}" for usage, what in SCRIPTS))


_CARRY_OUT = {
    ":where": _where,
    ":up": _up,
    ":down": _down,
    ":frame": _frame,
    ":threads": _threads,
    ":locals": _locals,
    ":source": _source,
    ":shared": _shared,
    ":full": _full,
    ":deadline": _deadline,
    ":help": _help,
    ":save": _save,  # of a client's: into the run's directory, from which the client fetches it
}
_CLIENTS = {usage.partition(" ")[0]: usage for usage, _ in CLIENTS}
_USAGES = _CLIENTS | {usage.partition(" ")[0]: usage for usage, _ in SCRIPTS}
