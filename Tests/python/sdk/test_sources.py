"""The bundled Python as text."""

import ast
import re

import pytest
from .places import FIXTURES, PYTHON

SOURCES = sorted(PYTHON.rglob("*.py"))
OLDEST = (3, 9)


@pytest.mark.parametrize("path", SOURCES + sorted(FIXTURES.glob("*.py")), ids=lambda path: path.name)
def test_source_runs_on_the_oldest_python(path):
    ast.parse(path.read_text(), str(path), feature_version=OLDEST)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PYTHON)))
def test_source_has_a_docstring_and_no_long_lines(path):
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text))
    long = [number for number, line in enumerate(text.splitlines(), 1) if len(line) > 120]
    assert long == []


def public(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and not re.match("_[^_]", node.name):
            yield node


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PYTHON)))
def test_functions_have_type_hints(path):
    for node in public(ast.parse(path.read_text())):
        arguments = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
        arguments += [each for each in (node.args.vararg, node.args.kwarg) if each]
        missing = [each.arg for each in arguments if each.annotation is None and each.arg not in ("self", "cls")]
        assert node.returns is not None and not missing, node.name
