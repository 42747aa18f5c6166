"""Every number of 我的专报 is counted anew from the letters, card by card, under the filters of each: no digit is left over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from math import isfinite
from pathlib import Path

import pandas as pd
import pytest
from docx import Document

import shuju.pages  # noqa: F401 - fills the table of cards
from shuju.access import Subject, entered
from shuju.desk.board_content import Content, Item
from shuju.desk.boards import make_board
from shuju.desk.store import open_desk
from shuju.library import Library
from shuju.pages.mine.exports import write_briefing
from tests.letters.conftest import Letters
from tests.pages.conftest import raw_letters
from tests.pages.left_over import left_over

AS_OF = dt.datetime(2024, 8, 31, 9, 30)
LAST = pd.Timestamp("2024-07-28")
BOARD = Content(
    (
        Item(1, "letters.headline", "来信概况"),
        Item(2, "letters.headline?topic=教育文体", "教育来信"),
        Item(3, "letters.headline?region=430104&answer=answered", "岳麓区已答复的"),
    )
)
LEADER = Subject("leader", "领导", "leader")
FURNITURE = (
    r"〔2024〕第",
    r"2024年8月31日",
    r"制作：2024-08-31 09:30",
    r"数据截至 2024-07-28 16:38",
    r"(?m)^[图表]\d",
)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    held = Letters(tmp_path / "province")
    monkeypatch.setenv("SHUJU_HOME", held.library.home.uri)
    monkeypatch.setenv("SHUJU_CATALOG", str(held.folder / "catalog.yaml"))
    return held.add(*raw_letters())


def raw() -> pd.DataFrame:
    rows = pd.DataFrame(raw_letters())
    written, replied = pd.to_datetime(rows["time"]), pd.to_datetime(rows["replied"])
    return rows.assign(day=written.dt.normalize(), days=(replied - written).dt.total_seconds() / 86_400)


def changed(now: int, before: int) -> str:
    if now == before:
        return f"持平（{now}）"
    if before < 20:
        return f"由 {before} {'增至' if now > before else '减至'} {now}"
    return f"{'增' if now > before else '减'} {abs(now / before - 1) * 100:.1f}%"


def headline(chosen: pd.DataFrame, n_all: int) -> Iterator[str]:
    """Yield what the headline has to tell of letters, whole lines."""
    n, topics = len(chosen), chosen["topic"].value_counts()
    ago = (LAST - chosen["day"]).dt.days
    of_year = pd.Timestamp("2023-06-29"), pd.Timestamp("2023-07-28")
    week, week_before = (ago < 7).sum(), ((ago >= 7) & (ago < 14)).sum()
    month, month_before = (ago < 30).sum(), ((ago >= 30) & (ago < 60)).sum()
    most = (
        f"，最多的是{topics.index[0]}（{topics.iloc[0]} 封，占 {100 * topics.iloc[0] / n:.1f}%）"
        if len(topics) > 1
        else ""
    )
    yield f"{'共有' if n == n_all else '所选'}来信　{n}　封{most}；至 2024-07-28 的 30 天来信　{month}　封，此前 30 天 {month_before} 封。"
    counties = f"涉及 {chosen['place'].nunique()} 个县市区"
    yield f"来信总量　{n}　封　{counties if n == n_all else f'占全部 {n_all} 封的 {100 * n / n_all:.1f}%'}"
    yield f"近 7 天来信　{week}　封　至 2024-07-28；此前 7 天 {week_before} 封"
    year = changed(month, chosen["day"].between(*of_year).sum())
    yield f"近 30 天来信　{month}　封　环比{changed(month, month_before)}，同比{year}"
    answered = chosen["days"].notna()
    # Days are counted in steps of a tenth, and told by the end of the step.
    median = f"{chosen['days'].median():.1f}　天" if answered.any() else "—"
    # Nobody who waits was lost before the last answer: half of all letters are answered by the day of the median rank.
    ranked = chosen["days"].fillna(float("inf")).sort_values().to_numpy()[-(-n // 2) - 1]
    whole = f"{ranked:.1f} 天" if isfinite(ranked) else "不足半数已答复"
    yield f"答复用时中位数　{median}　计入未答复的：{whole}"
    yield f"尚未答复　{(~answered).sum()}　封　占答复情况已知的 {100 * (~answered).mean():.1f}%".replace(
        "100.0%", "100%"
    ).replace(" 0.0%", " 0%")


def test_no_number_is_left_that_nobody_counted(library: Library, tmp_path: Path) -> None:
    board = make_board(open_desk(library.home), ("leader", "领导"), "每日来信", BOARD, told="", at=AS_OF)
    with entered(LEADER):
        write_briefing(library, {"board": str(board.id)}, tmp_path / "briefing.docx", AS_OF)
    word = Document(str(tmp_path / "briefing.docx"))
    text = "\n".join(paragraph.text for paragraph in word.paragraphs).replace("　", " ")
    rows = raw()
    county = rows[rows["place"] == "430104"]
    lines = [
        line.replace("　", " ")
        for chosen in (rows, rows[rows["topic"] == "教育文体"], county[county["days"].notna()])
        for line in headline(chosen, len(rows))
    ]
    assert [line for line in lines if line not in text] == []
    assert left_over(text, lines, FURNITURE) == []
