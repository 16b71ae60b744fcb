"""Every command has examples, of which each is one of ours and is understood as it stands."""

import os
import shlex

import click
import pytest

from lager_cli import examples, manual
from lager_cli.app import lager
from lager_cli.tasks import COMMANDS, TASKS

FILES = (
    "reset.JLinkScript",
    "saved_nets.json",
    "mine.toml",
    "nets.json",
    "boxes.json",
    "run.snapshot",
    "cell.csv",
    "lager-0.1.0-py3-none-any.whl",
)  # that examples name
OPERATORS = {"|", ">", ">>", "<", ";", "&&", "&"}


def commands():
    """Give every command below `lager`, by how it is called."""
    ctx = click.Context(lager, info_name="lager", **lager.context_settings)

    def below(command, path):
        if path and not command.hidden:
            yield path, command
        if isinstance(command, click.Group):
            for name in command.list_commands(ctx):
                yield from below(command.get_command(ctx, name), f"{path} {name}".strip())

    return dict(below(lager, ""))


EVERY = commands()
SHOWN = {(path, line) for path in EVERY for line, _ in examples.of(path)}


def test_every_command_has_an_example():
    missing = [path for path in EVERY if not examples.of(path)]
    assert not missing, f"write examples for {missing}, in the tables of cli/lager_cli/examples (see its __init__)"


def test_every_example_has_its_command():
    """A table may not keep what is gone: `defaults delete` is one command for each default."""
    gone = sorted({path for name in COMMANDS for path in examples.table(name)} - set(EVERY))
    assert not gone, f"there are no such commands: {gone}; take them out of cli/lager_cli/examples, or rename them"


def words_of(line):
    """Give the words of a line that are one call of `lager`: without what the shell does with it."""
    if line.startswith('eval "$('):
        line = line.removeprefix('eval "$(').removesuffix(')"')
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = []
    for word in lexer:
        if word in OPERATORS:
            break
        words.append(word)
    return words


def understand(command, ctx, args):
    """Have a command read its words, and all below it; give how the last of them is called."""
    if not isinstance(command, click.Group) or not (rest := [*ctx._protected_args, *ctx.args]):
        return ctx.info_name
    name, one, left = command.resolve_command(ctx, rest)
    with one.make_context(name, left, parent=ctx) as inner:
        return f"{ctx.info_name} {understand(one, inner, left)}"


@pytest.mark.parametrize(("path", "line"), sorted(SHOWN), ids=lambda one: one)
def test_every_example_is_understood(path, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LAGER_BOX", raising=False)
    for name in FILES:
        (tmp_path / name).write_text("")
    first, *args = words_of(line)
    assert first == "lager"
    with lager.make_context("lager", args) as ctx:
        called = understand(lager, ctx, args)
    assert called.removeprefix("lager ").startswith(path.partition(" ")[0])
    assert called == f"lager {path}" or len(examples.of(path)) > 1 or isinstance(EVERY[path], click.Group)


def test_examples_have_room_on_a_small_terminal():
    assert [line for _, line in SHOWN if len(line) > 76] == []


def test_every_command_has_a_task_and_a_line_that_fits():
    assert sum(map(len, TASKS.values())) == len(COMMANDS), "a command stands in two tasks"
    assert [name for name, line in COMMANDS.items() if len(line) > 72 or not line.endswith(".")] == []


def test_the_manual_has_a_page_for_every_command_and_names_all_below(tmp_path):
    pages = {path.name: path.read_text() for path in manual.write(tmp_path)}
    assert set(pages) == {"lager.1", *(f"lager-{name}.1" for name in COMMANDS)}
    for path in EVERY:
        if " " in path:
            assert f".SS lager {path}\n".replace("-", "\\-") in pages[f"lager-{path.partition(' ')[0]}.1"]
    laid_out = (
        ".PP\n.nf\nA command without NET is for the default one:\n  lager defaults add \\-\\-supply\\-net NET\n.fi\n"
    )
    assert laid_out in pages["lager-supply.1"]
    lost = [name for name, text in pages.items() for line in text.splitlines() if line.startswith("'")]
    assert not lost, "a line that troff takes for a request"


def test_every_command_takes_debug():
    without = [path for path, one in EVERY.items() if not any("--debug" in each.opts for each in one.params)]
    assert without == []
    assert os.environ.get("LAGER_DEBUG") is None
