"""The source files the house rules are about."""

import ast
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


def sources() -> list[Path]:
    return sorted(path for room in ROOMS.values() for path in (ROOT / room).rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))
