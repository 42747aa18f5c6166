"""Regular expressions of the catalog (RE2, as Arrow reads them)."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

# An escaped character, a set of characters, and the parenthesis that opens a group of its own.
_OPENING = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(\((?!\?))", re.DOTALL)


def with_one_named_group(pattern: str) -> str:
    """Return a pattern whose first group is called ``found`` and whose others have no name, as Arrow wants it."""
    n_groups = 0

    def renamed(match: re.Match[str]) -> str:
        nonlocal n_groups
        if match[1] is None:
            return match[0]
        n_groups += 1
        return "(?P<found>" if n_groups == 1 else "(?:"

    named = _OPENING.sub(renamed, pattern)
    return named if n_groups else f"(?P<found>{pattern})"


def check_expression(pattern: str) -> str:
    """Return ``pattern`` if it is a regular expression; a ``ValueError`` says in Chinese where it is none."""
    try:
        pc.extract_regex(pa.array([""]), with_one_named_group(pattern))
    except pa.ArrowInvalid as error:
        said = str(error).partition("Invalid regular expression: ")[2] or str(error)
        raise ValueError(f"正则表达式 {pattern!r} 有误：{_in_chinese(said)}") from None
    return pattern


_SAID = {
    "missing )": "缺少右括号 )",
    "unexpected )": "多出右括号 )",
    "missing ]": "缺少右方括号 ]",
    "no argument for repetition operator": "重复符号之前没有内容",
    "bad repetition operator": "重复符号写法有误",
    "invalid repetition size": "重复次数过大",
    "invalid escape sequence": "不支持的转义（如反向引用 \\1）",
    "invalid perl operator": "不支持的写法（如前瞻、后顾 (?=…)）",
    "invalid character class": "字符类写法有误",
    "invalid named capture group": "命名组写法有误",
    "trailing \\": "末尾多出反斜杠",
}


def _in_chinese(said: str) -> str:
    return next((word for begin, word in _SAID.items() if said.startswith(begin)), said)
