"""Every number of a briefing counted anew, by pandas, from the rows of the library: none is taken from the code that writes it.

``sentences`` are what a briefing has to say; what is left of its text when these are taken out has no digit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from shuju.letters.facts import selection
from shuju.letters.replies import assess_replies
from shuju.library import Library
from shuju.library.hashing import hash_columns
from shuju.standard import code_list, regions
from tests.working_days import worked_days

DIMENSIONS = ("topic", "motive", "region", "department", "channel", "answer", "term")
COLUMNS = ["letter_id", "written_at", "replied_at"]
Filters = Mapping[str, Any]


def all_rows(library: Library) -> pd.DataFrame:
    """Return each letter with its times and what the facts of the library say it is."""
    everything = selection(library)
    rows = everything.frame(COLUMNS).compute().reset_index(drop=True)
    keys = hash_columns(pa.table({"letter_id": pa.array(rows["letter_id"], pa.string())}))
    for name in DIMENSIONS:
        rows[name] = np.asarray(everything.codes_at(name, keys))
    rows["day"] = rows["written_at"].dt.date
    days = (rows["replied_at"] - rows["written_at"]).dt.total_seconds() / 86400
    rows["days"] = days.clip(lower=0)
    written = rows["written_at"].to_numpy("datetime64[D]")
    until = rows["replied_at"].fillna(rows["written_at"].max()).to_numpy("datetime64[D]")
    worked = worked_days(written, np.maximum(until, written))
    rows["late"] = worked > np.where(rows["motive"] == "inquiry", 5, 15)
    rows.attrs["span"] = everything.span  # a few stray early letters are left aside
    rows["waited"] = (np.datetime64(rows["written_at"].max(), "D") - written).astype(int)
    return rows


def filtered(rows: pd.DataFrame, filters: Filters) -> pd.DataFrame:
    """Return the rows that pass."""
    for name, labels in filters.items():
        rows = rows[rows["day"].between(*labels)] if name == "day" else rows[rows[name].isin(labels)]
    return rows


def changed(now: int, before: int | None) -> str:
    """Return how a change is told: a share only where at least twenty came before."""
    if before is None:
        return "无可比数据"
    if before < 20:
        if now == before:
            return f"持平（{now:,}）"
        return f"由 {before:,} {'增至' if now > before else '减至'} {now:,}"
    share = (now / before - 1) * 100
    return "持平" if round(abs(share), 1) == 0 else f"{'增' if share > 0 else '减'} {abs(share):.1f}%"


def date(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f}%"


def spells(rows: pd.DataFrame, filters: Filters) -> tuple[tuple[dt.date, dt.date], list[pd.DataFrame | None]]:
    """Return the days compared, and their letters, those before and those of the year before; None is out of reach."""
    begin, end = rows.attrs["span"]
    first, last = filters.get("day") or (end - dt.timedelta(days=29), end)
    length = last - first + dt.timedelta(days=1)
    year = tuple((pd.Timestamp(day) - pd.DateOffset(years=1)).date() for day in (first, last))
    found = []
    for a, b in ((first, last), (first - length, last - length), year):
        found.append(None if a < begin and a != first else filtered(rows, {**filters, "day": (a, b)}))
    return (first, last), found


def quantile_with_waiting(known: pd.DataFrame, share: float) -> float | None:
    """Return the Kaplan–Meier quantile over single letters: by when ``share`` of them are answered."""
    ended = known.loc[known["replied_at"].notna(), "days"].to_numpy()
    lost = known.loc[known["answer"] == "unanswered", "waited"].to_numpy()
    still = 1.0
    for day in np.unique(ended):
        still *= 1 - (ended == day).sum() / ((ended >= day).sum() + (lost >= day).sum())
        if 1 - still >= share - 1e-9:
            return float(day)
    return None


def whole_sentences(rows: pd.DataFrame, filters: Filters) -> Iterator[str]:
    chosen = filtered(rows, filters)
    span = filters.get("day") or rows.attrs["span"]
    counties = {r.code for r in regions("county")}
    part = "" if len(chosen) == len(rows) else f"，占全部{len(rows):,}封的{percent(len(chosen), len(rows))}"
    outside = (~chosen["day"].between(*span)).sum()
    part = f"（含更早或日期不明的{outside:,}封）{part}" if outside else part
    yield (
        f"{date(span[0])}至{date(span[1])}，共收到来信{len(chosen):,}封{part}，"
        f"涉及{len(set(chosen['region']) & counties)}个县市区；"
    )
    n = chosen["answer"].value_counts()
    answered, unanswered = n.get("answered", 0), n.get("unanswered", 0)
    if answered + unanswered:
        yield (
            f"已答复{answered:,}封，尚未答复{unanswered:,}封，占答复情况已知的"
            f"{percent(unanswered, answered + unanswered)}"
        )
    unknown = len(chosen) - answered - unanswered
    yield f"{unknown:,}封来源不含答复信息，答复情况未知"
    (first, last), spell = spells(rows, filters)
    counts = [None if of is None else len(of) for of in spell]
    yield f"{date(first)}至{date(last)}收到来信{counts[0]:,}封（{(last - first).days + 1}天），"
    yield f"环比{changed(counts[0], counts[1])}，同比{changed(counts[0], counts[2])}。"
    if last == rows.attrs["span"][1]:
        others = filtered(rows, {name: value for name, value in filters.items() if name != "day"})
        back = (pd.Timestamp(last) - pd.to_datetime(others["day"])).dt.days // 7
        weeks = [int((back == k).sum()) for k in range(12)]
        usual = int(pd.Series(weeks).median())
        n_thin = next(k for k, n_week in enumerate([*weeks, usual]) if n_week >= usual / 10)
        if usual >= 20 and n_thin:
            yield f"最近{n_thin}周只有{sum(weeks[:n_thin]):,}封，此前每周约{usual:,}封，可能还没有收齐，变化仅供参考。"
    for name in ("channel", "motive", "department"):
        names = selection_names(name)
        for label, k in chosen[name].value_counts().items():
            yield f"{names.get(label, label)}{k:,}封（{percent(k, len(chosen))}）"


def selection_names(name: str) -> Mapping[str, str]:
    lists = {"channel": "channels", "motive": "motives"}
    return code_list(lists[name]).names if name in lists else {}


def topic_sentences(rows: pd.DataFrame, filters: Filters) -> Iterator[str]:
    chosen = filtered(rows, filters)
    n = chosen["topic"].value_counts()
    (first, last), (now, before, year) = spells(rows, filters)
    for label, k in n[n == n.max()].items():
        yield f"来信最多的主题为{label}，{k:,}封，占{percent(k, len(chosen))}。"
    yield f"{date(first)}至{date(last)}，"
    yield "对比数不足20封的"
    yield f"（本期：{first} 至 {last}）"
    for label in n.index:
        counts = [None if of is None else int((of["topic"] == label).sum()) for of in (now, before, year)]
        told = (changed(counts[0], counts[1]), changed(counts[0], counts[2]))
        yield f"环比上升最多的是{label}（{told[0]}）；"
        yield f"[{label}|{n[label]:,}|{counts[0]:,}|{told[0]}|{told[1]}]"
        yield f"[{label}|{counts[0]:,}|{told[0]}|{told[1]}]"  # where all days are compared


def place_sentences(chosen: pd.DataFrame) -> Iterator[str]:
    names = {r.code: r.name for r in regions("county")}
    n = chosen.loc[chosen["region"].isin(names), "region"].value_counts()
    yield f"{len(n)}个县市区有来信。"


def bands_are_right(chosen: pd.DataFrame, table: list[list[str]]) -> bool:
    """Whether each county with letters is in one band, and in the one whose range holds its number."""
    by_name = {r.code: r.name for r in regions("county")}
    n = chosen.loc[chosen["region"].isin(by_name), "region"].map(by_name).value_counts()
    told: dict[str, tuple[int, int]] = {}
    for _, span, members, names in table:
        low, *high = (int(number.replace(",", "")) for number in span.split(" 至 "))
        for name in names.split("、"):
            assert name not in told, f"{name} stands twice"
            told[name] = (low, high[0] if high else low)
        assert members == f"{len(names.split('、'))} 个"
    return set(told) == set(n.index) and all(low <= n[name] <= high for name, (low, high) in told.items())


def reply_sentences(rows: pd.DataFrame, filters: Filters) -> Iterator[str]:
    chosen = filtered(rows, filters)
    known = chosen[chosen["answer"].isin(["answered", "unanswered"])]
    until = rows["day"].max()
    yield f"以下对答复情况已知的全部{len(known):,}封来信计算"
    yield f"另{len(chosen) - len(known):,}封答复情况未知，不计入"
    yield f"未答复的等待时间计至{until}；期限为咨询5个、其他15个工作日。"
    yield from in_term(known)
    timed = known[known["replied_at"].notna()]
    if len(timed):
        # Days are told to a tenth, from steps of a tenth: the middle letter may stand at the edge of one.
        yield from about("已答复的，用时中位数", timed["days"].median(), "天")
    for told, share, end in (("计入未答复的，中位数", 0.5, "天"), ("九成于", 0.9, "天内答复")):
        days = quantile_with_waiting(known, share)
        if days is not None:
            yield from about(told, days, end)


def about(before: str, days: float, after: str) -> Iterator[str]:
    """Yield the numbers of one decimal that are at most a step of the count away."""
    for away in (-0.1, 0.0, 0.1):
        yield f"{before}{days + away:.1f}{after}"


def in_term(known: pd.DataFrame) -> Iterator[str]:
    timed, waiting = known[known["replied_at"].notna()], known[known["answer"] == "unanswered"]
    overdue = waiting[waiting["late"] | (waiting["waited"] > 92)]
    due = len(timed) + len(overdue)
    late = f"逾期未答复{len(overdue):,}封，其中超过三个月{(waiting['waited'] > 92).sum():,}封。"
    kept = (~timed["late"]).sum()
    yield f"已答复或已到期的{due:,}封中，按期答复{percent(kept, due)}；{late}" if due else f"均未到期；{late}"


def department_rows(rows: pd.DataFrame, filters: Filters) -> Iterator[str]:
    """Yield the rows of the table of departments, their medians as they may be told."""
    chosen = filtered(rows, filters)
    known = chosen[chosen["answer"].isin(["answered", "unanswered"])]
    for name, of in known.groupby("department"):
        timed, waiting = of[of["replied_at"].notna()], of[of["answer"] == "unanswered"]
        overdue = waiting[waiting["late"] | (waiting["waited"] > 92)]
        due = len(timed) + len(overdue)
        share = percent((~timed["late"]).sum(), due) if due else "—"
        end = f"|{len(overdue):,}|{(waiting['waited'] > 92).sum():,}]"
        medians = about("", timed["days"].median(), "") if len(timed) else ["—"]
        for days in medians:
            yield f"[{name}|{len(of):,}|{share}|{days}{end}"


def text_sentences(library: Library, chosen: pd.DataFrame) -> Iterator[str]:
    """Yield how many replies have a text, how many of these are templates, and how good all are, judged one by one."""
    letters = library.read("letters", ["letter_id", "title", "body", "writer_id", "reply"])
    of = chosen.loc[chosen["answer"] == "answered", ["letter_id", "motive", *COLUMNS[1:]]].merge(
        letters, on="letter_id"
    )
    of = of[of["reply"].fillna("").str.strip() != ""].reset_index(drop=True)
    if of.empty:
        return
    judged = assess_replies(of, dt.datetime(2030, 1, 1))
    n_template = int(judged["is_template"].sum())
    yield (
        f"全部已答复来信中有答复文字的{len(of):,}封，其中{n_template:,}封（{percent(n_template, len(of))}）"
    )
    yield f"答复质量平均{100 * judged['quality'].mean():.0f}分（满分100分）"
