"""The shape of the code: files that can be read at once, calls that can be read without their definition."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

LIB = Path(__file__).parents[2] / "lib" / "shuju"
MOST_LINES = 300
MOST_POSITIONAL = 8


@pytest.mark.parametrize("path", sorted(LIB.rglob("*.py")), ids=lambda path: str(path.relative_to(LIB)))
def test_a_file_is_short_or_says_why_not(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    if text.count("\n") > MOST_LINES:
        assert "Long, since " in (ast.get_docstring(tree) or "")
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        is_kernel = any("njit" in ast.unparse(d) for d in node.decorator_list)  # Numba takes flat arguments
        n = (
            len(node.args.posonlyargs)
            + len(node.args.args)
            - (node.args.args[:1] != [] and node.args.args[0].arg == "self")
        )
        assert is_kernel or n <= MOST_POSITIONAL, node.name
