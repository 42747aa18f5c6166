"""The table of ASVS requirements: none is left out, each says what is there, and every test that it names is one."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (.+?) \| (.+?) \| (.*?) \| (.*?) ?\|$", re.MULTILINE)
ROWS = ROW.findall(TEXT)
# Sections of ASVS 5.0.0, and the level of each of their requirements of levels 1 and 2.
SECTIONS = """
1.1 22  1.2 111112222  1.3 11222222222  1.4 222  1.5 12
2.1 122  2.2 112  2.3 1222  2.4 2
3.2 11  3.3 1222  3.4 112222  3.5 11122  3.7 22
4.1 122  4.2 2  4.3 22  4.4 1222
5.1 2  5.2 112  5.3 11  5.4 222
6.1 122  6.2 111111112222  6.3 1122  6.4 1122  6.5 22222  6.6 222  6.8 2222
7.1 222  7.2 1111  7.3 22  7.4 11222  7.5 22  7.6 22
8.1 12  8.2 112  8.3 1  8.4 2
9.1 111  9.2 1222
10.1 22  10.2 22  10.3 2222  10.4 11111222222  10.5 22222  10.6 22  10.7 222
11.1 22  11.2 222  11.3 112  11.4 1222  11.5 2  11.6 2
12.1 122  12.2 11  12.3 2222
13.1 2  13.2 22222  13.3 22  13.4 12222
14.1 22  14.2 1222  14.3 122
15.1 122  15.2 122  15.3 1222222
16.1 2  16.2 22222  16.3 2222  16.4 222  16.5 222
17.1 2  17.2 2222  17.3 22
"""
SHOWN = {"met", "document"}
VERDICTS = SHOWN | {"no test", "partly", "not met", "n/a"}


def test_every_requirement_is_there_once_with_its_level() -> None:
    words = SECTIONS.split()
    wanted = {
        f"{section}.{number}": level
        for section, levels in zip(words[::2], words[1::2], strict=True)
        for number, level in enumerate(levels, 1)
    }
    assert len(wanted) == 253
    assert {number: level for number, level, *_ in ROWS} == wanted
    assert len(ROWS) == len(wanted)


def test_every_requirement_says_what_is_there() -> None:
    assert {verdict for _, _, _, verdict, _, _ in ROWS} == VERDICTS
    assert [number for number, _, _, _, told, _ in ROWS if len(told) < 3] == []
    assert [number for number, _, _, verdict, _, by in ROWS if (verdict in SHOWN) > bool(by)] == []
    mark = {"met": "`tests/", "document": "]("}
    assert [number for number, _, _, verdict, _, by in ROWS if mark.get(verdict, "") not in by] == []


def test_the_sums_are_right() -> None:
    told = {name: int(n) for name, n in re.findall(r"^\| ([a-z/ ]+) \| (\d+) \|", TEXT, re.MULTILINE)}
    assert told == Counter(verdict for _, _, _, verdict, _, _ in ROWS)


def test_every_test_that_is_named_is_one() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TEXT)
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).exists()
        or (name and f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8"))
    ]
    assert missing == []
    assert len(named) > 150
