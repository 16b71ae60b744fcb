"""What a wheel needs on a machine that is not this one: the markers of its requirements, read for that machine. Pure.

pip reads them for the Python it runs in, also where it downloads for another.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from email.parser import Parser

_NAME = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?\s*")
_VERSIONS = {"python_version", "python_full_version", "implementation_version"}


def normal(name: str) -> str:
    """Give the one form of a distribution's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def environment(python: str, machine: str) -> dict[str, str]:
    """Give what markers can ask of a Linux machine.

    Args:
        python: Version of its Python, such as `3.11.2`.
        machine: Its kind, as `uname -m` says it.
    """
    return {
        "os_name": "posix",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "implementation_version": python,
        "python_full_version": python,
        "python_version": ".".join(python.split(".")[:2]),
        "platform_release": "",
        "platform_version": "",
        "extra": "",
    }


def needed(metadata: str, env: Mapping[str, str]) -> dict[str, str]:
    """Give what a wheel needs, each by its name, as one asks pip for it.

    Args:
        metadata: Text of its METADATA.
        env: Of the machine it is for.
    """
    found: dict[str, str] = {}
    for line in Parser().parsestr(metadata, headersonly=True).get_all("Requires-Dist") or []:
        wanted, _, marker = line.partition(";")
        named = _NAME.match(wanted)
        if named and holds(marker, env):
            versions = wanted[named.end() :].strip().strip("()").replace(" ", "")
            found[normal(named[1])] = f"{named[1]}{versions}"
    return found


def holds(marker: str, env: Mapping[str, str]) -> bool:
    """Whether a marker is true of a machine. One that cannot be read is: more than is needed does no harm."""
    if not marker.strip():
        return True
    try:
        return _is_true(ast.parse(marker.strip(), mode="eval").body, env)
    except (SyntaxError, ValueError, KeyError):
        return True


def _is_true(node: ast.expr, env: Mapping[str, str]) -> bool:
    if isinstance(node, ast.BoolOp):
        each: Iterable[bool] = (_is_true(one, env) for one in node.values)
        return all(each) if isinstance(node.op, ast.And) else any(each)
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        raise ValueError(node)
    left, right = node.left, node.comparators[0]
    values = _text(left, env), _text(right, env)
    if any(isinstance(one, ast.Name) and one.id in _VERSIONS for one in (left, right)):
        if isinstance(node.ops[0], ast.In | ast.NotIn):
            return (values[0] in values[1].split()) is isinstance(node.ops[0], ast.In)
        return _compare(node.ops[0], _numbers(values[0]), _numbers(values[1]))
    return _compare(node.ops[0], *values)


def _text(node: ast.expr, env: Mapping[str, str]) -> str:
    if isinstance(node, ast.Name):
        return env[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise ValueError(node)


def _compare(how: ast.cmpop, left: object, right: object) -> bool:
    if isinstance(how, ast.Eq | ast.NotEq):
        return (left == right) is isinstance(how, ast.Eq)
    if isinstance(left, str) and isinstance(right, str) and isinstance(how, ast.In | ast.NotIn):
        return (left in right) is isinstance(how, ast.In)
    if isinstance(left, tuple) and isinstance(right, tuple):
        return _ordered(how, left, right)
    raise ValueError(how)


def _ordered(how: ast.cmpop, left: tuple[int, ...], right: tuple[int, ...]) -> bool:
    if isinstance(how, ast.Lt | ast.GtE):
        return (left < right) is isinstance(how, ast.Lt)
    if isinstance(how, ast.Gt | ast.LtE):
        return (left > right) is isinstance(how, ast.Gt)
    raise ValueError(how)


def _numbers(version: str) -> tuple[int, ...]:
    """Give the numbers of a version, without zeros at its end: 3.11 and 3.11.0 are one."""
    numbers = [int(one) for one in re.findall(r"\d+", re.split(r"[abr+-]", version)[0])]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
