"""The manual: a man page for `lager` and one for each of its commands, from what their help is made of.

`python -m lager_cli.manual FOLDER` writes them; `make man` puts them where `man lager` finds them.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from lager import __version__
from lager_cli import examples
from lager_cli.app import lager
from lager_cli.tasks import COMMANDS, FIRST_STEPS, TASKS

_ENVIRONMENT = (
    ("LAGER_BOX", "The box to use where no --box is given."),
    ("LAGER_TOKEN", "The box's token, where no configuration file has it."),
    ("LAGER_FINGERPRINT", "The fingerprint of the box's TLS certificate."),
    ("LAGER_USER", "Who you are for the others."),
    ("LAGER_LOCK_WAIT", "How many seconds to wait for a box that another has."),
    ("LAGER_DEBUG", "1: show where an error came from, and what it was, as --debug does."),
)
_STATUSES = (
    ("0", "Done."),
    ("1", "Anything that is not below."),
    ("2", "The request was wrong."),
    ("3", "There is no such net."),
    ("4", "The instrument or its cable."),
    ("5", "The box does not answer."),
    ("6", "The box refused the token."),
    ("130", "Ctrl-C ended it."),
)


def pages() -> Iterator[tuple[str, str]]:
    """Give every page: its file's name, and its text."""
    root = click.Context(lager, info_name="lager", help_option_names=lager.context_settings["help_option_names"])
    yield "lager.1", _overview(root)
    for name in COMMANDS:
        command = lager.get_command(root, name)
        assert command is not None
        yield f"lager-{name}.1", _page(command, root, name)


def _overview(root: click.Context) -> str:
    lines = [*_head("lager", "a bench of real instruments from the command line"), *_synopsis(lager, root)]
    lines += [".SH DESCRIPTION", *_told(lager)]
    for task, commands in TASKS.items():
        lines += [f".SH {_text(task.upper())}"]
        for name, line in commands.items():
            lines += [".TP", f"\\fBlager\\-{_text(name)}\\fR(1)", _text(line)]
    lines += [".SH EXAMPLES", *_examples(FIRST_STEPS), *_options(lager, root, ".SH OPTIONS")]
    lines += [".SH ENVIRONMENT", *_definitions(_ENVIRONMENT), ".SH EXIT STATUS", *_definitions(_STATUSES)]
    lines += [".PP", "\\fBlager python\\fR ends with the script's own."]
    return "\n".join(lines) + "\n"


def _page(command: click.Command, root: click.Context, name: str) -> str:
    ctx = click.Context(command, info_name=name, parent=root)
    lines = [*_head(f"lager-{name}", COMMANDS[name].rstrip(".")), *_synopsis(command, ctx)]
    lines += [".SH DESCRIPTION", *_told(command), *_options(command, ctx, ".SH OPTIONS")]
    lines += [".SH EXAMPLES", *_examples(examples.of(name))]
    below = list(_below(command, ctx, name))
    if below:
        lines += [".SH COMMANDS"]
        for path, one, inner in below:
            lines += [f".SS lager {_text(path)}", *_usage(one, inner), ".PP", *_told(one)]
            lines += [*_options(one, inner, ".PP"), ".PP", *_examples(examples.of(path))]
    lines += [".SH SEE ALSO", "\\fBlager\\fR(1)"]
    return "\n".join(lines) + "\n"


def _below(command: click.Command, ctx: click.Context, path: str) -> Iterator[tuple[str, click.Command, click.Context]]:
    """Give every command below a command, with how it is called."""
    if not isinstance(command, click.Group):
        return
    for name in command.list_commands(ctx):
        one = command.get_command(ctx, name)
        if one is None or one.hidden:
            continue
        inner = click.Context(one, info_name=name, parent=ctx)
        yield f"{path} {name}", one, inner
        yield from _below(one, inner, f"{path} {name}")


def _head(name: str, line: str) -> list[str]:
    title = f'.TH "{_text(name.upper())}" 1 "" "lager {_text(__version__)}" "Lager"'
    return [title, ".nh", ".ad l", ".SH NAME", f"{_text(name)} \\- {_text(line)}"]  # words are copied: none is parted


def _synopsis(command: click.Command, ctx: click.Context) -> list[str]:
    return [".SH SYNOPSIS", *_usage(command, ctx)]


def _usage(command: click.Command, ctx: click.Context) -> list[str]:
    return [f"\\fB{_text(ctx.command_path)}\\fR {_text(' '.join(command.collect_usage_pieces(ctx)))}"]


def _told(command: click.Command) -> list[str]:
    """Give what the command's help says, a paragraph each; lines that are laid out there stay so."""
    lines = []
    for one in inspect.cleandoc(command.help or "").split("\n\n"):
        if one.startswith("\b\n"):
            lines += [".PP", ".nf", *map(_text, one.splitlines()[1:]), ".fi"]
        else:
            lines += [".PP", _text(" ".join(one.split()))]
    return lines[1:]


def _options(command: click.Command, ctx: click.Context, title: str) -> list[str]:
    records = [one.get_help_record(ctx) for one in command.get_params(ctx)]
    found = [one for one in records if one is not None and one[1]]
    return [title, *_definitions(found)] if found else []


def _definitions(pairs: tuple[tuple[str, str], ...] | list[tuple[str, str]]) -> list[str]:
    return [line for what, why in pairs for line in (".TP", f"\\fB{_text(what)}\\fR", _text(" ".join(why.split())))]


def _examples(found: examples.Examples) -> list[str]:
    begin, end = (".RS 2", ".nf"), (".fi", ".RE")
    lines = [line for what, why in found for line in (*begin, f"\\fB{_text(what)}\\fR", *end, _why(why))]
    return [line for line in lines if line]


def _why(text: str) -> str:
    return f".RS 6\n{_text(text)}\n.RE" if text else ""


def _text(text: str) -> str:
    """Write text for troff: what it would take for its own is escaped."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    escaped = escaped.replace('"', "\\(dq").replace("^", "\\(ha").replace("~", "\\(ti")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def write(folder: Path) -> list[Path]:
    """Write all pages into a folder; give the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written


if __name__ == "__main__":
    click.echo(f"{len(write(Path(sys.argv[1])))} pages in {sys.argv[1]}")
