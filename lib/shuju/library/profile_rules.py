"""What is worth telling of a file when its profile is held against those of the files before it.

A month differs from the last one; what is told is a difference beyond what the earlier files show among each other. The limits
are set by hand; docs/methods/profile.md measures what they give.

A source may bring one file a place and a month. Names tell which belong together: those that differ in their period alone are one
*series* (批), and a file is held against its own.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from shuju.catalog import Column, Table
from shuju.standard import code_list

KEPT = 6  # so many earlier files are looked at
FEW, MANY = 0.6, 2.0  # of the usual number of rows
EMPTIER, RESPELT, SPOILT, REJECTED = 0.15, 0.1, 0.1, 0.05
REPEATED = 0.9
WORDS = 0.02  # NULL, nan and the like
SHIFT, COMMON = 0.4, 0.1
LONGER = 2.5
SEVERAL = 3  # rows of a new code that count in a file of few
FEW_ROWS = 20  # shares of fewer rows say nothing
LISTED = 60  # code lists longer than this (regions) have rare codes that come and go
CUT_ROWS = 10
SIGMAS = 3.0  # of what chance gives in so many rows
EXPECTED = 7.0  # rows of a code that earlier files would have had, if its share were the new file's

Profile = Mapping[str, Any]

# 2024, 2024-07, 202407, 20240731, 2024年7月, 2024h1, 2024q3, 2024年上半年
_PERIOD = re.compile(
    r"(?<!\d)(?:19|20)\d{2}(?:年?[-_.]?(?:[hq][1-4]|[上下]半年|第?[一二三四1-4]季度"
    r"|(?:1[0-2]|0?[1-9])月?(?:[-_.]?(?:3[01]|[12]\d|0?[1-9])日?)?)|年)?(?!\d)",
    re.IGNORECASE,
)


def series_of(name: str) -> str:
    """Return what the names of one series have in common: ``platform/430100-#`` of ``platform/430100-2024h1``; '' without a period."""
    common, n = _PERIOD.subn("#", name)
    return common if n else ""


def differences(new: Profile, before: Sequence[Profile], table: Table) -> list[str]:
    """Return what is unlike the earlier files (oldest first), one Chinese sentence each; [] for a file like them.

    The first file of a source is only looked at for itself. The first of a series, where there are other series, is held
    against the last of each of them, in form alone: another place has other rows, times and codes, but the same fields.
    """
    before, is_own = _comparable(new, [profile for profile in before if profile["rows"]])
    told = list(_of_itself(new))
    if not before:
        told += _of_null_words(new, table)
    if before:
        told += _of_rows(new, before) if is_own else ()
        if new["rows"]:
            for name, field in new["fields"].items():
                earlier = [p["fields"][name] | {"rows": p["rows"]} for p in before if name in p["fields"]]
                if earlier and name in table.columns:
                    small = new["rows"] < FEW_ROWS or min(p["rows"] for p in before) < FEW_ROWS
                    told += (
                        f"{table.columns[name].name}（{name}）：{said}"
                        for said in _of_field(field, earlier, table.columns[name], new["rows"], small, is_own)
                    )
    return told


def _comparable(new: Profile, before: Sequence[Profile]) -> tuple[Sequence[Profile], bool]:
    """Return the files that a file is held against, and whether they are of its own series."""
    own = new.get("series", "")
    if not own:
        return before[-KEPT:], True
    if same := [p for p in before if p.get("series") == own]:
        return same[-KEPT:], True
    times = Counter(p["series"] for p in before if p.get("series"))
    if not any(n > 1 for n in times.values()):
        return before[-KEPT:], True  # names tell no series yet
    return list({p["series"]: p for p in before if p.get("series")}.values())[-KEPT:], False


def _of_itself(new: Profile) -> Iterator[str]:
    if not new["rows"]:
        yield "没有一行数据：是否导出时没有选中时间段，或没有传完？"
    if new["respelt"] > RESPELT and new["rows"] >= 3:
        yield f"{_percent(new['respelt'])} 的行与本文件中另一行编号相同而内容不同：编号是否重复使用或已损坏？"


def _of_null_words(new: Profile, table: Table) -> Iterator[str]:
    for name, field in new["fields"].items():
        if field.get("null_words") and name in table.columns:
            yield f"{table.columns[name].name}（{name}）：{_percent(field['null_words'])} 写作 NULL 之类，按空处理"


def _of_rows(new: Profile, before: Sequence[Profile]) -> Iterator[str]:
    rows = [p["rows"] for p in before]
    usual = float(np.median(rows))
    if usual < FEW_ROWS:
        most = max(p.get("quarantined", 0) for p in before)
        if new.get("quarantined", 0) > 0.5 + most and new["rows"] >= SEVERAL:
            yield f"{_percent(new['quarantined'])} 的行被隔离，以往至多 {_percent(most)}"
        return
    by_chance = SIGMAS * math.sqrt(usual)
    if new["rows"] < min(FEW * usual, usual - by_chance) and new["rows"] < 0.9 * min(rows):
        yield f"只有 {new['rows']:,} 行，以往约 {usual:,.0f} 行"
    if new["rows"] > max(MANY * usual, usual + by_chance) and new["rows"] > 1.2 * max(rows):
        yield f"有 {new['rows']:,} 行，以往约 {usual:,.0f} 行"
    for name, said in (("quarantined", "被隔离"), ("flagged", "有字段因不可读而留空")):
        most = max(p.get(name, 0) for p in before)
        if new.get(name, 0) > 1.5 * most + REJECTED:
            yield f"{_percent(new[name])} 的行{said}，以往至多 {_percent(most)}"
    if new.get("merged", 0) > REPEATED and max(p.get("merged", 0) for p in before) < 0.5:
        yield f"{_percent(new['merged'])} 的行与已入库的完全相同：是否重复导出了以往的文件？"


def _of_field(
    new: Profile, before: Sequence[Profile], column: Column, rows: int, small: bool, is_own: bool
) -> Iterator[str]:
    if new.get("null_words", 0) > 1.5 * max(p.get("null_words", 0) for p in before) + WORDS:
        yield f"{_percent(new['null_words'])} 写作 NULL 之类，按空处理"
    kind = column.type if is_own or column.type in ("string", "text") else None
    empty = [p["empty"] for p in before]
    n_before = sum(p["rows"] for p in before) if small else min(p["rows"] for p in before)
    by_chance = _by_chance((new["empty"] + max(empty)) / 2, rows, n_before)
    beyond = max(EMPTIER if not small else 0.5, by_chance)
    if new["empty"] > max(empty) + beyond + (max(empty) - min(empty)) / 2:
        yield f"{_percent(new['empty'])} 为空，以往至多 {_percent(max(empty))}"
        if new["empty"] > 0.95:
            return
    is_known = sum(p["rows"] for p in before) >= FEW_ROWS
    if min(empty) > 0.98 and new["empty"] < 0.5 and len(before) > 1 and is_known:
        yield f"以往为空，这次 {_percent(1 - new['empty'])} 有值"
        return
    small |= min(rows * (1 - new["empty"]), *(p["rows"] * (1 - p["empty"]) for p in before)) < FEW_ROWS
    if kind in ("date", "datetime") and is_known:
        yield from _of_times(new, [p for p in before if "middle" in p], small)
    elif kind == "code":
        yield from _of_codes(
            new["codes"], [p for p in before if p.get("codes")], str(column.codes), rows, small
        )
    elif kind in ("string", "text"):
        yield from _of_texts(new, [p for p in before if "usual" in p], rows, small)
    elif "highest" in new:
        yield from _of_numbers(new, [p for p in before if "highest" in p])


def _of_times(new: Profile, before: Sequence[Profile], small: bool) -> Iterator[str]:
    if "middle" not in new or not before:
        return
    day = dt.timedelta(days=1)
    middles = [dt.datetime.fromisoformat(p["middle"]) for p in before]
    spans = [_time(p["latest"]) - _time(p["earliest"]) for p in before]
    steps = [abs(b - a) for a, b in itertools.pairwise(middles)] or [max(spans)]
    usual = max(sorted(spans)[len(spans) // 2], *steps, 3 * day)
    middle = _time(new["middle"])
    if middle > max(middles) + 3 * usual + 60 * day:
        yield f"多在 {middle:%Y-%m-%d} 前后，比以往（{max(middles):%Y-%m-%d}）晚得多"
    elif middle < min(middles) - 3 * usual - 60 * day:
        yield f"多在 {middle:%Y-%m-%d} 前后，比以往（{min(middles):%Y-%m-%d}）早得多"
    else:
        longest = max(spans)
        reach = max(longest, usual)
        if middle - _time(new["earliest"]) > 2 * reach + 180 * day:
            yield f"最早的为 {_time(new['earliest']):%Y-%m-%d}，远早于其余"
        if _time(new["latest"]) - middle > 2 * reach + 180 * day:
            yield f"最晚的为 {_time(new['latest']):%Y-%m-%d}，远晚于其余"
    if not small and new["earliest"] == new["latest"] and min(spans) > day:
        yield f"全部是同一时间 {_time(new['earliest']):%Y-%m-%d %H:%M}"
    elif "midnight" in new and new["midnight"] > 0.5 + max(p.get("midnight", 0) for p in before):
        yield f"{_percent(new['midnight'])} 没有时分，以往至多 {_percent(max(p['midnight'] for p in before))}"


def _of_codes(
    new: Mapping[str, float], files: Sequence[Profile], listed: str, rows: int, small: bool
) -> Iterator[str]:
    if not files or not new:
        return
    before = [p["codes"] for p in files]
    known = set().union(*before)
    # Of a long list (regions) single rows of rare codes come and go; five rows of one do not.
    least = max(COMMON, 5 / rows) if len(code_list(listed).codes) > LISTED else 0
    least = max(least, EXPECTED / sum(p["rows"] * (1 - p["empty"]) for p in files))
    strange = {code: share for code, share in new.items() if code not in known and share > least}
    if small:
        strange = {code: share for code, share in strange.items() if share * rows >= SEVERAL}
    if strange:
        yield "出现以往没有的代码 " + "、".join(f"{c}（{_percent(s)}）" for c, s in list(strange.items())[:5])
    distances = [_distance(a, b) for a, b in itertools.pairwise(before)]
    away = min(_distance(new, one) for one in before)
    if not small and distances and away > max(SHIFT, 2 * max(distances)):
        code = max(new, key=lambda c: abs(new[c] - np.mean([one.get(c, 0) for one in before])))
        yield f"代码分布变了：{code} 占 {_percent(new[code])}，以往约 {_percent(float(np.mean([b.get(code, 0) for b in before])))}"


def _by_chance(share: float, n: int, m: int) -> float:
    """Return how far apart two shares of ``n`` and ``m`` rows may lie by chance."""
    spread = max(share * (1 - share), 1 / max(n, m))
    return SIGMAS * math.sqrt(spread * (1 / n + 1 / m))


def _distance(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    return sum(abs(a.get(code, 0) - b.get(code, 0)) for code in {*a, *b}) / 2


def _of_texts(new: Profile, before: Sequence[Profile], rows: int, small: bool) -> Iterator[str]:
    if "usual" not in new or not before:
        return
    for name, said in (
        ("tags", "含有网页标记"),
        ("garbled", "是乱码或成串的问号"),
        ("starred", "有成串的星号"),
    ):
        most = max(p[name] for p in before)
        if new[name] > SPOILT + 1.3 * most:
            yield f"{_percent(new[name])} {said}，以往至多 {_percent(most)}"
    if small:
        return
    usual = [p["usual"] for p in before]
    if new["usual"] > LONGER * max(usual) + 3 or LONGER * (new["usual"] + 1) < min(usual) - 1:
        yield f"通常长 {new['usual']:,} 字，以往 {min(usual):,} 至 {max(usual):,} 字"
    is_cut = new["cut"] > 0.05 + max(p["cut"] for p in before) and new["cut"] * rows >= CUT_ROWS
    if is_cut and 20 <= new["longest"] < 0.9 * min(p["longest"] for p in before):
        yield f"{_percent(new['cut'])} 恰长 {new['longest']:,} 字：是否被截断？"
    elif new["usual"] > 0.6 * new["longest"] and new["longest"] < 0.2 * min(p["longest"] for p in before):
        yield f"最长只有 {new['longest']:,} 字，以往至少有 {min(p['longest'] for p in before):,} 字的：是否被截断？"
    one_length = {p["shortest"] for p in before} | {p["longest"] for p in before}
    # A running number that grows by a digit (GD9999, GD10000) is as it should be.
    has_grown = new["shortest"] in one_length and new["longest"] == new["shortest"] + 1
    if len(one_length) == 1 and {new["shortest"], new["longest"]} != one_length and not has_grown:
        yield f"长 {new['shortest']:,} 至 {new['longest']:,} 字，以往都是 {one_length.pop():,} 字"
    least = min(p["distinct"] for p in before)
    if new["distinct"] < 0.5 * least - 0.05:
        yield f"只有 {_percent(new['distinct'])} 的值互不相同，以往至少 {_percent(least)}"
    shaped = [p for p in before if p.get("shape") and p["shaped"] > 0.7]
    if shaped and len(shaped) == len(before):
        shapes = {p["shape"] for p in shaped}
        if new.get("shape") not in shapes and new.get("shaped", 0) > 0.3:
            yield f"写法变了：多为 {new['shape']}，以往为 {'、'.join(sorted(shapes)[:3])}"
        elif new.get("shaped", 0) < 0.5 * min(p["shaped"] for p in shaped):
            yield f"写法变了：只有 {_percent(new.get('shaped', 0))} 写作 {new.get('shape', '')}"


def _of_numbers(new: Profile, before: Sequence[Profile]) -> Iterator[str]:
    if not before:
        return
    highest = max(abs(p["highest"]) for p in before)
    if abs(new["highest"]) > 20 * highest + 100:
        yield f"最大为 {new['highest']:,.0f}，以往至多 {highest:,.0f}"
    if new["lowest"] < 0 <= min(p["lowest"] for p in before):
        yield f"有负数（{new['lowest']:,.0f}），以往没有"


def _time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 or share == 0 else f"{share:.1%}"
