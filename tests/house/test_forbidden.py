"""What must not stand in the source, and the few named places where it may."""

import ast
import re

from rooms import ROOMS, named, offenders, sources, tree

# The edges where anything may arrive: a request handler, a thread's top, the user's own code, the command line's end.
BROAD_EXCEPT = {
    "lager/breakpoint.py",  # a pause never breaks the script
    "lager/conditions.py",  # nor does its condition
    "debugbridge/lager_debugbridge/deadlines.py",  # a thread's top
    "debugbridge/lager_debugbridge/evaluator.py",  # whatever a statement raises is shown
    "hwservice/lager_hwservice/worker.py",  # a call's top
    "hwservice/lager_hwservice/zygote.py",  # a process' top
    "cli/lager_cli/app.py",  # where errors become words
    "cli/lager_cli/runs/stream.py",  # a thread's top
}
# Names that say nothing about what is inside.
GRAB_BAGS = {"utils", "util", "helpers", "common", "core", "manager", "base", "misc", "legacy"}
RELEASED = {"lager/core.py"}  # what released scripts import from: the name is theirs


def test_two_places_are_never_kept_in_sync_by_a_comment():
    kept = re.compile(r"keep .{0,20}in sync", re.IGNORECASE)
    assert [named(path) for path in sources() if kept.search(path.read_text())] == []


def test_exceptions_are_caught_by_name():
    def is_broad(node):
        return node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception")

    others = [path for path in sources() if named(path) not in BROAD_EXCEPT]
    assert offenders(ast.ExceptHandler, is_broad, others) == []


def test_no_exception_is_passed_away():
    def passes(node):
        expected = isinstance(node.type, ast.Name) and node.type.id == "FileNotFoundError"
        return len(node.body) == 1 and isinstance(node.body[0], ast.Pass) and not expected

    assert offenders(ast.ExceptHandler, passes) == []


def test_file_names_are_nouns():
    assert [named(path) for path in sources() if path.stem in GRAB_BAGS and named(path) not in RELEASED] == []


def test_every_module_says_what_it_is_for():
    assert [named(path) for path in sources() if not ast.get_docstring(tree(path))] == []


def test_only_the_command_line_prints():
    def prints(node):
        return isinstance(node.func, ast.Name) and node.func.id == "print"

    others = [path for path in sources() if not named(path).startswith("cli/")]
    assert offenders(ast.Call, prints, others) == []


def test_rooms_are_all_there():
    assert {named(path).rpartition("/")[0] for path in sources()} >= set(ROOMS.values())
