"""What must not stand in the source, and the few named places where it may."""

import ast
import re

import pytest
from rooms import ROOMS, named, sources, tree

# The edges where anything may arrive: a request handler, a thread's top, the user's own code, the command line's end.
BROAD_EXCEPT = {
    "lager/breakpoint.py",  # a pause never breaks the script
    "lager/conditions.py",  # nor does its condition
    "debugbridge/lager_debugbridge/evaluator.py",  # whatever a statement raises is shown
    "hwservice/lager_hwservice/worker.py",  # a call's top
    "cli/lager_cli/app.py",  # where errors become words
    "cli/lager_cli/runs/stream.py",  # a thread's top
}
# Names that say nothing about what is inside.
GRAB_BAGS = {"utils", "util", "helpers", "common", "core", "manager", "base", "misc", "legacy"}


@pytest.mark.parametrize("path", sources(), ids=named)
def test_two_places_are_never_kept_in_sync_by_a_comment(path):
    assert not re.search(r"keep .{0,20}in sync", path.read_text(), re.IGNORECASE)


@pytest.mark.parametrize("path", sources(), ids=named)
def test_exceptions_are_caught_by_name(path):
    broad = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"))
    ]
    assert not broad or named(path) in BROAD_EXCEPT


@pytest.mark.parametrize("path", sources(), ids=named)
def test_no_exception_is_passed_away(path):
    passed = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and len(node.body) == 1
        and isinstance(node.body[0], ast.Pass)
        and not (isinstance(node.type, ast.Name) and node.type.id == "FileNotFoundError")
    ]
    assert passed == []


@pytest.mark.parametrize("path", sources(), ids=named)
def test_file_names_are_nouns(path):
    assert path.stem not in GRAB_BAGS


@pytest.mark.parametrize("path", sources(), ids=named)
def test_every_module_says_what_it_is_for(path):
    assert ast.get_docstring(tree(path))


@pytest.mark.parametrize("path", [path for path in sources() if not named(path).startswith("cli/")], ids=named)
def test_only_the_command_line_prints(path):
    prints = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert prints == []


def test_rooms_are_all_there():
    assert {named(path).rpartition("/")[0] for path in sources()} >= set(ROOMS.values())
