"""Whatever names a command of ours to a person names one that there is, with options that it has.

Register P20: hints of the released product named commands that did not exist, and showed `{box_ip}` as it stood there.
"""

import ast
import re

import click
import pytest
from rooms import ROOT, named, sources, tree

from lager_cli.app import lager

NAMED = re.compile(r"`lager ([^`\n]+)`")
GAP, FILLED = "\ue000", "\ue001"  # what is to be filled in, and what is when it is said
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*.md")])
CONTEXT = click.Context(lager, info_name="lager", **lager.context_settings)


def said(path):
    """Give what a file's texts have in backquotes, with the line of each; docstrings are for us, and are left out."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    parts = {id(one) for node in ast.walk(tree(path)) if isinstance(node, ast.JoinedStr) for one in node.values}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.JoinedStr):
            text = "".join(one.value if isinstance(one, ast.Constant) else FILLED for one in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | parts:
            text = re.sub(r"\{\w*\}", GAP, node.value)
        else:
            continue
        for found in NAMED.finditer(text):
            yield node.lineno, found[1]


def wrong(words):
    """Say what is wrong with the words of a command; nothing if all is well, or if it depends on what is filled in."""
    command, rest = lager, iter(words)
    for word in rest:
        if word == "--" or (command is lager and {GAP, FILLED} & set(word)):
            break  # what follows is somebody else's, or nobody knows what of
        if word.startswith("-"):
            option = word.partition("=")[0]
            if option not in options(command) | {"--help", "-h"} and not {GAP, FILLED} & set(option):
                return f"{option} of {command.name}"
            if "=" not in word and takes_a_value(command, option):
                next(rest, None)
        elif isinstance(command, click.Group) and (found := re.match(r"[a-z][a-z-]*(?![\w.])", word)):
            command = command.get_command(CONTEXT, found[0])
            if command is None:
                return word
    return ""


def options(command):
    return {name for one in command.params for name in (*one.opts, *one.secondary_opts)}


def takes_a_value(command, option):
    return any(option in one.opts and not (one.is_flag or one.count) for one in command.params)


@pytest.mark.parametrize("path", [path for path in sources() if "`lager " in path.read_text()], ids=named)
def test_p20_of_what_is_said(path):
    there = [(line, words, wrong(words.split())) for line, words in said(path)]
    assert [one for one in there if one[2]] == []
    filler = path.with_name("telling.py") if path.name == "advice.py" else path
    as_it_stands = [one for one in there if GAP in one[1] and ".format(" not in filler.read_text()]
    assert as_it_stands == [], "nobody fills that in"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_p20_of_what_is_written(path):
    found = [words.replace("\\|", " | ").partition(" | ")[0] for words in NAMED.findall(path.read_text())]
    assert [(words, wrong(words.split())) for words in found if wrong(words.split())] == []


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("box upgrade", "upgrade"),
        ("nets create adc1", "create"),
        ("supplies", "supplies"),
        ("boxes list --ip 1", "--ip of list"),
        ("python --kill ID", ""),
        ("boxes add --name N --ip IP", ""),
    ],
)
def test_a_command_that_is_none_is_found(words, fault):
    assert wrong(words.split()) == fault
