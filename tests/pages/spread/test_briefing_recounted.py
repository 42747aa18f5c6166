"""Every number of the briefing on a document is counted anew from the raw pages: no digit is left that nobody has counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from docx import Document

from shuju.library import Library
from shuju.spread.documents import selection
from shuju.ui.exports import Briefing, find
from tests.pages.left_over import left_over
from tests.pages.recount_exports import (
    FLAGS,
    LEVELS,
    copies,
    sites,
    spread,
    spread_copies,
    spread_missing,
    waits,
)  # fmt: skip
from tests.spread.spread_library import PAGES, spread_library

AS_OF = dt.datetime(2024, 8, 31, 9, 30)
FURNITURE = (r"〔2024〕第", r"2024年8月31日", r"制作：2024-08-31 09:30", r"(?m)^[图表]\d", r"(?m)^文件：.*$")
GROUPS = {**LEVELS, "media": "媒体", "outside": "省外"}
LIMITS = (8, 24, 72)
OBSERVED = {"a": 724.0, "b": 268.0, "c": 6.0}  # hours from the document to the newest record


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return spread_library(tmp_path_factory.mktemp("documents"))


def percent(part: int, whole: int) -> str:
    return "0%" if not part else f"{100 * part / whole:.1f}%"


def hours(value: float) -> str:
    return "—" if pd.isna(value) else f"{value:.1f} 小时"


def sentences(document: str) -> Iterator[str]:
    begun = next(row[3] for row in PAGES if row[0] == document)
    yield f"首发：湖南省人民政府门户网站，{begun}；"
    yield "数据截至：2024-07-31 12:00（库中最新一条）"
    due, rows = waits(document), spread().set_index("origin_id")
    told = spread_copies(document)
    told = told[told["kind"] != "相关报道"]
    if document in rows.index:
        row = rows.loc[document]
        n_strange = (~told["site_id"].isin(sites()["site_id"])).sum()
        strange = f"（其中{n_strange}条的网站不在网站名录中，不计网站数与到达）" if n_strange else ""
        yield (
            f"该文件共被转载{row['n_reprints']}条{strange}，转载网站{row['n_sites']}个，"
            f"到达{row['n_prefectures']}个市州、{row['n_counties']}个县市区，传播最深{row['depth']}代"
        )
        first = told[told["lag_hours"] >= 0].iloc[0]
        yield f"最先转载：{first['site']}，晚{hours(first['lag_hours'])}；各网站时差中位数{hours(row['median_lag_hours'])}。"
        kinds = told["kind"].value_counts()
        yield from (f"{kind}{n}条" for kind, n in kinds.items())
    told_of = [
        f"{limit}小时{percent((due['hours'] <= limit).sum(), len(due))}（{(due['hours'] <= limit).sum()}/{len(due)}）"
        if OBSERVED[document] >= limit
        else f"{limit}小时未满时限"
        for limit in LIMITS
    ]
    yield f"应转网站{len(due)}个，到达率：{'，'.join(told_of)}，至今{percent(due['has'].sum(), len(due))}（{due['has'].sum()}/{len(due)}）。"
    yield f"应转而未到达的网站{len(spread_missing(document))}个。"
    for row in copies(document).itertuples():
        for flag in filter(None, row.flags.split(",")):
            name = sites().set_index("site_id")["name"][row.site_id]
            yield f"{FLAGS[flag]}：{name}（早于原文{hours(-row.lag_hours)}）"
    for portal, county in (("4301000001", "4301040001"), ("4311000001", "4311810001")):
        has = due.set_index("site_id")["has"]
        if not has[portal]:
            name = sites().set_index("site_id")["name"][portal]
            below = int(not has[county])
            yield f"{name}（下面{below}个应转网站没有，{1 - below}个越过它转载）"


def level_rows(document: str) -> list[list[str]]:
    due = waits(document)
    reprints = copies(document)[lambda rows: rows["kind"] != "related"]
    of_site = sites().set_index("site_id")
    group = of_site["level"].where(of_site["kind"] != "media", "media")
    carrying = reprints.drop_duplicates("site_id")["site_id"].map(group).fillna("outside").value_counts()
    found = []
    for name, title in GROUPS.items():
        own = due[due["level"] == name]
        if len(own) or carrying.get(name, 0):
            shares = [
                percent((own["hours"] <= limit).sum(), len(own))
                if len(own) and OBSERVED[document] >= limit
                else "—"
                for limit in LIMITS
            ]
            ever = percent(own["has"].sum(), len(own)) if len(own) else "—"
            found.append([title, str(len(own)), *shares, ever, str(carrying.get(name, 0))])
    return found


@pytest.mark.parametrize("document", ["a", "b", "c"])
def test_no_number_is_left_that_nobody_counted(library: Library, tmp_path: Path, document: str) -> None:
    briefing = find("spread-briefing")
    assert isinstance(briefing, Briefing)
    briefing.write(selection(library), {"id": document}, tmp_path / "briefing.docx", AS_OF)
    word = Document(str(tmp_path / "briefing.docx"))
    text = "\n".join(paragraph.text for paragraph in word.paragraphs)
    counted = list(sentences(document))
    assert left_over(text, counted, FURNITURE) == []
    assert [sentence for sentence in counted if sentence not in text] == []
    levels, missing = ([[cell.text for cell in row.cells] for row in table.rows[1:]] for table in word.tables)
    assert levels == level_rows(document)
    lacking = spread_missing(document)
    stopped = lacking["stopped_name"].where(lacking["stopped_at"] != lacking["site_id"], "本站")
    rows = zip(lacking["name"], lacking["place"], lacking["clause"], stopped, strict=True)
    assert sorted(missing) == sorted(map(list, rows))
