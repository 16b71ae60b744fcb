"""Sizes of house-style 1.1 rule 11."""

import ast

import pytest
from rooms import named, sources, tree


@pytest.mark.parametrize("path", sources(), ids=named)
def test_no_file_is_too_long_to_read_in_one_sitting(path):
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", sources(), ids=named)
def test_no_function_is_too_long_to_hold_in_the_head(path):
    long = [
        f"{named(path)}:{node.name}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.body[0].lineno + 1 - _docstring_lines(node) > 40
    ]
    assert long == []


def _docstring_lines(node):
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return (first.end_lineno or 0) - first.lineno + 1
    return 0
