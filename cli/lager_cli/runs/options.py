"""How the command line of `lager python` is read: what its options take, and which words are the script's own.

Pure: words in, words out. What is to be done with them, `choosing` decides.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any

import click

from lager_cli.units import NumberCommand

NAMED = "lager_cli.named_after_dashes"  # in a context: whether SCRIPT stands behind a `--`
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ENDING = ("-c", "-m")  # behind these and what they take come words of the code's or the module's own
_SCRIPTS_TOO = {"--help", "--debug"}  # behind the script they are its own
_SHORT = ("-d", "-p")  # all that is ours with one dash behind the script
SECTIONS = {
    "What to run, and with what": ("expression", "module", "add_file", "env", "passenv", "on_exception"),
    "How it runs": ("timeout", "at_end", "detach", "keep", "port"),
    "What comes back": ("download", "allow_overwrite", "junit", "as_json", "quiet"),
    "A script that runs already": ("reattach", "kill", "kill_all", "signal"),
    "A script that is to pause, or is paused": (
        "pause",
        "resume",
        "sets",
        "value",
        "abort",
        "every",
        "console",
        "view",
        "snapshot",
        "output",
        "dap",
    ),
    "Options": ("help",),
}


class Variable(click.ParamType[Any]):
    """NAME=VALUE."""

    name = "variable"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Split at the first equals sign."""
        name, equals, content = str(value).partition("=")
        if not equals or not _VARIABLE.fullmatch(name):
            shown = f"{name}=..." if equals else name  # the value may be a secret, and this may go into a log
            self.fail(f"{shown!r} is not NAME=VALUE.", param, ctx)
        return name, content


class PythonCommand(NumberCommand):
    """The command with its options in groups, and with the script's own words left to the script."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments."""
        takes = {
            name: not one.is_flag
            for one in self.get_params(ctx)
            if isinstance(one, click.Option)
            for name in [*one.opts, *one.secondary_opts]
        }
        at = _first(args, takes)
        wrong = _wrong(args[:at], takes)
        if wrong:  # else click would find a `-d` or a `-h` in it
            hint = "; a script of that name is run with -- before it" if wrong.endswith(".py") else ""
            raise click.NoSuchOption(wrong, f"No such option {wrong!r}{hint}.", ctx=ctx)
        ctx.meta[NAMED] = args[at : at + 1] == ["--"]
        return super().parse_args(ctx, arranged(args, takes))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the options by what they are for."""
        records = {one.name: one.get_help_record(ctx) for one in self.get_params(ctx) if isinstance(one, click.Option)}
        grouped = {name for names in SECTIONS.values() for name in names}
        for title, names in SECTIONS.items():
            last = title == "Options"
            wanted = [one for one in records if one not in grouped or one in names] if last else names
            with formatter.section(title):
                formatter.write_dl([record for one in wanted if (record := records[one])])


def arranged(args: list[str], takes: Mapping[str, bool]) -> list[str]:
    """Put the words of the script behind a `--`, and ours before it.

    Behind SCRIPT, `-c CODE` or `-m MODULE`, our long options are still ours, wherever they stand, and so are `-d` and
    `-p` behind SCRIPT. All else is the script's, letter for letter: `-vd` is not taken apart.

    Args:
        args: The words, as they were typed.
        takes: Our options, and whether each takes a value.
    """
    at = _first(args, takes)
    first = args[at] if at < len(args) else "--"
    if first == "--" or _is_for_console(args):
        return args
    short: tuple[str, ...] = _SHORT
    if first.startswith(_ENDING) and first != "-":
        short, at = (), at + (len(first) == 2)
    ours, theirs = args[: at + 1], list[str]()
    rest = iter(args[at + 1 :])
    for word in rest:
        if word == "--":
            theirs.extend(rest)
        elif _is_ours(word, takes, short):
            ours += [word, *itertools.islice(rest, _wants_more(word, takes))]
        else:
            theirs.append(word)
    return args if _wants_more(ours[-1], takes) else [*ours, "--", *theirs]  # where a value is missing, it is said


def _first(args: list[str], takes: Mapping[str, bool]) -> int:
    """Find the first word that is no option, or is `--`, `-c` or `-m`; the number of words if there is none."""
    at = 0
    while at < len(args):
        word = args[at]
        if word in ("-", "--") or not word.startswith("-") or word[:2] in _ENDING:
            break
        at += 2 if _wants_more(word, takes) else 1
    return at


def _wrong(ours: list[str], takes: Mapping[str, bool]) -> str:
    """Find a word with one dash that is no option of ours, nor several in one; empty if there is none."""
    words = iter(ours)
    for word in words:
        if not word.startswith("--") and not _are_short(word[1:], takes):
            return word
        if _wants_more(word, takes):
            next(words, None)
    return ""


def _are_short(letters: str, takes: Mapping[str, bool]) -> bool:
    for letter in letters:
        if f"-{letter}" not in takes:
            return False
        if takes[f"-{letter}"]:
            break  # the rest is its value
    return True


def _is_for_console(args: list[str]) -> bool:
    ours = args[: args.index("--")] if "--" in args else args
    return any(word == "--console" or word.startswith("--console=") for word in ours)


def _is_ours(word: str, takes: Mapping[str, bool], short: tuple[str, ...]) -> bool:
    if word.startswith("--"):
        return word.partition("=")[0] in takes.keys() - _SCRIPTS_TOO
    return any(word == one or (takes[one] and word.startswith(one)) for one in short)


def _wants_more(word: str, takes: Mapping[str, bool]) -> bool:
    """Say whether the value of an option is the next word."""
    return takes.get(word, False)
