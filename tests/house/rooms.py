"""The source files the house rules are about."""

import ast
import functools
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = {
    "lager": "lager",
    "lager_cli": "cli/lager_cli",
    "lager_runner": "runner/lager_runner",
    "lager_debugbridge": "debugbridge/lager_debugbridge",
    "lager_hwservice": "hwservice/lager_hwservice",
    "lager_drivers": "drivers/lager_drivers",
}


@functools.cache
def sources() -> list[Path]:
    return sorted(path for room in ROOMS.values() for path in (ROOT / room).rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


@functools.cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(tree(path)))


def offenders(kind, rule, paths=None) -> list[str]:
    """Give FILE:LINE of each node of a kind that a rule is true of: one test speaks for all files, and names each."""
    return [
        f"{named(path)}:{node.lineno}"
        for path in paths or sources()
        for node in nodes(path)
        if isinstance(node, kind) and rule(node)
    ]
