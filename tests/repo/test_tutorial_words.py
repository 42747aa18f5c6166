"""Tutorials speak the words of the pages: what stands there in bold is on a button, in a heading, in a message."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TUTORIALS = ("tutorial-task.md", "tutorial-mine.md", "tutorial-tv.md")
BOLD = re.compile(r"\*\*([^*]+)\*\*")
# What is said in bold of the thing itself, not read off a page.
SAID = {
    "交给谁",
    "期限",
    "要求",
    "派单异议",
    "等待补充",
    "从任何页面固定",
    "现做一张",
    "收件人自己",
    "报结",
    "依据",
}


@cache
def words_of_pages() -> str:
    """Return the text of every template, script, table and module of the package."""
    kinds = ("*.html", "*.py", "*.js", "*.yaml")
    return "\n".join(
        p.read_text(encoding="utf-8") for kind in kinds for p in sorted((ROOT / "lib").rglob(kind))
    )


def bold_of(name: str) -> list[str]:
    return sorted(set(BOLD.findall((ROOT / "docs" / name).read_text(encoding="utf-8"))) - SAID)


@pytest.mark.parametrize(("page", "words"), [(name, words) for name in TUTORIALS for words in bold_of(name)])
def test_a_word_in_bold_is_on_a_page(page: str, words: str) -> None:
    for part in re.split(r"（某日）", words):
        assert part in words_of_pages(), f"{page}: no page says “{part}”"


@pytest.mark.parametrize("page", TUTORIALS)
def test_a_tutorial_names_what_is_to_be_pressed(page: str) -> None:
    assert len(bold_of(page)) >= 4
