"""Sizes of house-style 1.1 rule 11."""

import ast

from rooms import named, offenders, sources


def test_no_file_is_too_long_to_read_in_one_sitting():
    assert [named(path) for path in sources() if len(path.read_text().splitlines()) > 400] == []


def test_no_function_is_too_long_to_hold_in_the_head():
    def is_long(node):
        return (node.end_lineno or 0) - node.body[0].lineno + 1 - _docstring_lines(node) > 40

    assert offenders(ast.FunctionDef | ast.AsyncFunctionDef, is_long) == []


def _docstring_lines(node):
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return (first.end_lineno or 0) - first.lineno + 1
    return 0
