"""What fits the word under the cursor: commands and options as click knows them; boxes, nets and runs as they are now.

What a word is, its parameter says: an option that takes a `NET`, an argument called `run`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    _resolve_context,  # how click itself finds out what is being typed; it has no public name
    _resolve_incomplete,
)

from lager_cli.app import App, lager
from lager_cli.completion import bench
from lager_cli.defaultnets import WORDS

_TYPED = re.compile(r"[^\s,'\"\\]+")  # what a shell takes as it is
_ANY_RUN = ("logs", "runs")  # also of runs that have ended
# The roles of the nets a command takes; those of a group that takes any are not here.
_ROLES = {word: (role,) for role, word in WORDS.items() if role not in ("watt-meter", "energy-analyzer")}
_ROLES |= {"gpi": ("gpio",), "gpo": ("gpio",)}

Source = Callable[[click.Context, str | None], list[str]]


def _roles(ctx: click.Context) -> Sequence[str]:
    path = _path(ctx)
    return _ROLES.get(path[0], ()) if path else ()


def _nets(ctx: click.Context, asked: str | None) -> list[str]:
    return bench.nets(asked, _roles(ctx))


def _runs(ctx: click.Context, asked: str | None) -> list[str]:
    return bench.runs(asked, ended=_path(ctx)[0] in _ANY_RUN)


def _path(ctx: click.Context) -> list[str]:
    """Give the words of the command: `["supply", "state"]`."""
    words: list[str] = []
    at: click.Context | None = ctx
    while at is not None and at.parent is not None:
        words.insert(0, at.info_name or "")
        at = at.parent
    return words


def _source(param: click.Parameter, ctx: click.Context) -> Source | None:
    """Find out what a parameter takes; None where click knows it itself."""
    path = _path(ctx)
    if isinstance(param, click.Argument):
        if path[:2] == ["nets", "add"]:
            return {"role": lambda *_: list(WORDS), "address": lambda _, asked: bench.addresses(asked)}.get(
                param.name or ""
            )
        of_nets = path[:1] == ["nets"] and param.name == "name"
        return _nets if of_nets else _ARGUMENTS.get(param.name or "")
    if "--box" in param.opts or (path[:1] == ["boxes"] and param.name == "name" and path[1:2] != ["add"]):
        return lambda *_: bench.boxes()
    if path == ["defaults", "add"]:
        return _default_net(param)
    return _METAVARS.get(getattr(param, "metavar", None) or "")


def _default_net(param: click.Parameter) -> Source | None:
    word = param.opts[0].removeprefix("--").removesuffix("-net")
    roles = [role for role, one in WORDS.items() if one == word]
    return (lambda _, asked: bench.nets(asked, roles)) if roles else None


_ARGUMENTS: dict[str, Source] = {
    "net": _nets,
    "names": _nets,
    "nets": _nets,
    "run": _runs,
    "net_type": lambda *_: list(WORDS),
}
_METAVARS: dict[str, Source] = {"ID": _runs, "NET": _nets, "ROLE": lambda *_: list(WORDS)}


def completions(args: list[str], incomplete: str) -> list[CompletionItem]:
    """Give what fits.

    Args:
        args: The words before the one under the cursor, without `lager`.
        incomplete: What there is of that one.
    """
    ctx = _resolve_context(lager, {}, "lager", args)
    what, incomplete = _resolve_incomplete(ctx, args, incomplete)
    if ctx.parent is None and what is lager and not incomplete.startswith("-"):
        return _commands(incomplete)
    source = _source(what, ctx) if isinstance(what, click.Parameter) else None
    if source is None:
        return _files(what, incomplete) or what.shell_complete(ctx, incomplete)
    app = ctx.find_object(App)
    words = [one for one in source(ctx, app.asked if app else None) if _TYPED.fullmatch(one)]
    found = [CompletionItem(one) for one in words if one.startswith(incomplete)]
    if isinstance(ctx.command, click.Group) and isinstance(what, click.Argument):
        found += ctx.command.shell_complete(ctx, incomplete)  # `lager supply state`, of the default net
    return found


def _files(what: click.Command | click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Have the shell complete files where a script is expected: that is text to click."""
    is_file = isinstance(what, click.Argument) and what.name in ("script", "json_file", "file")
    return [CompletionItem(incomplete, type="file")] if is_file else []


def _commands(incomplete: str) -> list[CompletionItem]:
    """Give commands, without importing each of them for its help."""
    from lager_cli.tasks import COMMANDS

    return [CompletionItem(name, help=COMMANDS[name]) for name in sorted(COMMANDS) if name.startswith(incomplete)]


def _joined(words: list[str]) -> list[str]:
    """Undo what bash does to `--box=lab`: it makes three words of it."""
    found: list[str] = []
    for word in words:
        if found and (word == "=" or (found[-1].startswith("--") and found[-1].endswith("="))):
            found[-1] += word
        else:
            found.append(word)
    return found


class _Answering(ShellComplete):
    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        *before, last = _joined([*args, incomplete])
        name, equals, value = last.partition("=")
        if equals and name.startswith("--"):
            return completions([*before, name], value)
        return completions(before, last)


class _Bash(_Answering, BashComplete):
    pass


class _Zsh(_Answering, ZshComplete):
    pass


class _Fish(_Answering, FishComplete):
    pass


SHELLS: dict[str, type[ShellComplete]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}


def answer(shell: str) -> str:
    """Give what a shell is to show; it says by its environment what is being typed."""
    return SHELLS[shell](lager, {}, "lager", "_LAGER_COMPLETE").complete()
