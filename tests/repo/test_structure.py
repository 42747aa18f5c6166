"""The shape of the code: files that can be read at once, calls that can be read without their definition."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

LIB = Path(__file__).parents[2] / "lib" / "shuju"
MOST_LINES = 300
MOST_POSITIONAL = 8


FILES = pytest.mark.parametrize(
    "path", sorted(LIB.rglob("*.py")), ids=lambda path: str(path.relative_to(LIB))
)


@FILES
def test_a_file_is_short_or_says_why_not(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if text.count("\n") > MOST_LINES:
        assert "Long, since " in (ast.get_docstring(ast.parse(text)) or "")


@FILES
def test_a_call_has_few_positional_arguments(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        if any("njit" in ast.unparse(decorator) for decorator in node.decorator_list):
            continue  # Numba takes flat arguments; a wrapper of few calls it
        given = [a.arg for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in ("self", "cls")]
        assert len(given) <= MOST_POSITIONAL, node.name
