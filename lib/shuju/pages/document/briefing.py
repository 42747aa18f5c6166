"""传播专报: a Word briefing on where one document went, as an office sends it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd

from shuju.charts.printing import png
from shuju.facts.naming import label_name
from shuju.spread.arrival import FEW
from shuju.spread.arrival_curve import arrival_numbers, curve_plot
from shuju.spread.documents import GROUPS
from shuju.spread.due_counts import WITHIN
from shuju.spread.lag_map import first_arrivals, lag_map_plot, map_frame
from shuju.spread.one_document import (
    Document,
    findings,
    first_mover,
    levels,
    silent_breaks,
    unregistered,
    within_limits,
)
from shuju.standard import code_list
from shuju.ui.templates import hours, moment, percent, text
from shuju.ui.word import OfficialDocument, blank_number

TITLE = "传播专报"
ISSUER = "数聚·统一信息资源库"
SHOWN_MISSING, SHOWN_FINDINGS = 40, 12


def write_spread_briefing(
    shown: Document, path: Path, as_of: dt.datetime, newest: dt.datetime | None, *, is_synthetic: bool
) -> None:
    """Write the briefing on one document to ``path`` (.docx), made at ``as_of``; ``newest`` is the library's newest record.

    The same tables and times give the same bytes.

    Raises:
        NoChineseFontError: this machine has no font to write Chinese into the charts.
    """
    paper = OfficialDocument(
        TITLE,
        blank_number(as_of),
        ISSUER,
        as_of.date(),
        "演示数据　不代表真实情况" if is_synthetic else "",
    )
    row = shown.row
    number = f"（{text(row['document_number'])}）" if text(row["document_number"]) else ""
    paper.small(f"文件：{row['title']}{number}")
    paper.small(
        f"首发：{row['site_name']}，{moment(row['published_at'])}；类别：{label_name('genres', row['genre']) if text(row['genre']) else '不明'}"
    )
    paper.small(
        f"数据来源：统一信息资源库·网页信息，经比对算得；数据截至：{moment(newest)}（库中最新一条）；制作：{moment(as_of)}。"
    )
    for number, (heading, write) in enumerate(
        {
            "总体情况": _whole,
            "到达时效": _speed,
            "层级与地区": _places,
            "未到达名单": _missing,
            "疑点与断点": _doubts,
        }.items()
    ):
        paper.heading(f"{'一二三四五'[number]}、{heading}")
        write(paper, shown)
    paper.small(
        "到达率的分母为按应转规则应当转载的网站；时差按页面所标时间计算，早于原文与没有时间的不计入。"
    )
    paper.save(path, TITLE, as_of)


def _whole(paper: OfficialDocument, shown: Document) -> None:
    row = shown.row
    if not shown.is_carried:
        paper.text("至今没有发现其他网站转载。")
        return
    shape = code_list("spread_shapes").names.get(text(row["shape"]))
    n_strange = unregistered(shown)
    strange = f"（其中{n_strange:,}条的网站不在网站名录中，不计网站数与到达）" if n_strange else ""
    paper.text(
        f"该文件共被转载{row['n_reprints']:,}条{strange}，转载网站{row['n_sites']:,}个，到达{row['n_prefectures']}个市州、{row['n_counties']}个县市区，"
        f"传播最深{row['depth']}代{f'，形态为{shape}' if shape else ''}。"
    )
    first = first_mover(shown)
    if first is not None:
        paper.text(
            f"{first['site']}，晚{hours(first['lag_hours'])}；各网站时差中位数{hours(row['median_lag_hours'])}。",
            "最先转载：",
        )
    kinds = code_list("reprint_kinds").names
    told = "、".join(
        f"{kinds[k]}{n:,}条" for k, n in shown.copies["kind"].astype(object).value_counts().items()
    )
    paper.text(f"{told}。", "转载方式：")


def _speed(paper: OfficialDocument, shown: Document) -> None:
    *_, (_, n_due, _, _) = within_limits(shown)
    if not n_due:
        paper.text("按现行规则没有网站应当转载该文件，不计算到达率。")
    else:
        told = "，".join(
            f"{WITHIN[key].replace(' ', '')}{percent(value)}（{arrived:,}/{n:,}）"
            if n
            else f"{WITHIN[key].replace(' ', '')}未满时限"
            for key, n, arrived, value in within_limits(shown)
        )
        few = f"应转网站不足{FEW}个，比例仅供参考。" if n_due < FEW else ""
        paper.text(f"应转网站{n_due:,}个，到达率：{told}。{few}")
    points = arrival_numbers(shown)
    if len(points):
        paper.picture(png(curve_plot(points, "number"), 155, 62), "各层级转载网站数（横轴为发布后时间）")


def _places(paper: OfficialDocument, shown: Document) -> None:
    rows = levels(shown)
    if rows.empty:
        paper.text("没有转载。")
        return
    paper.table(
        "各层级到达情况",
        ("层级", "应转网站", "8小时", "24小时", "72小时", "至今", "实际转载"),
        [
            (GROUPS[r.group], f"{r.n_due:,}", *(percent(getattr(r, f"share_{h}h")) for h in (8, 24, 72)), percent(r.share_ever), f"{r.n_sites:,}")
            for r in rows.itertuples()
        ],
        (30, 22, 20, 20, 20, 20, 24),
    )  # fmt: skip
    if len(first_arrivals(shown.copies, "county")):
        picture = png(lag_map_plot(map_frame(shown.copies, shown.row["region_code"])), 155, 115)
        paper.picture(picture, "各县市区首个转载的时间（圆点为市州本级网站，星号为首发）")


def _missing(paper: OfficialDocument, shown: Document) -> None:
    rows = shown.missing
    if rows.empty:
        paper.text("应转网站全部到达。" if len(shown.pairs) else "没有应转网站。")
        return
    tail = f"，以下列前{SHOWN_MISSING}个，全部见页面导出" if len(rows) > SHOWN_MISSING else ""
    paper.text(f"应转而未到达的网站{len(rows):,}个{tail}。")
    paper.table(
        "未到达名单",
        ("网站", "所在地区", "应转条款", "停在"),
        [
            (r.name_, r.place, r.clause, "本站" if r.stopped_at == r.site_id else r.stopped_name)
            for r in rows.head(SHOWN_MISSING).rename(columns={"name": "name_"}).itertuples()
        ],
        (56, 32, 36, 32),
        4,
    )


def _doubts(paper: OfficialDocument, shown: Document) -> None:
    flags, broken = findings(shown), silent_breaks(shown)
    names = code_list("spread_flags").names
    for flag, own in flags.groupby("flag", sort=False):
        told = "、".join(f"{r.site}（{_lag(r.lag_hours)}）" for r in own.head(SHOWN_FINDINGS).itertuples())
        more = f"等{len(own):,}条" if len(own) > SHOWN_FINDINGS else ""
        paper.text(f"{told}{more}。", f"{names.get(str(flag), str(flag))}：")
    if len(broken):
        told = "、".join(
            f"{r.name_}（下面{r.n_below}个应转网站没有，{r.n_passed}个越过它转载）"
            for r in broken.head(SHOWN_FINDINGS).rename(columns={"name": "name_"}).itertuples()
        )
        paper.text(f"{told}。", "沉默的断点：")
    if flags.empty and broken.empty:
        paper.text("没有疑点，链条没有断处。")


def _lag(value: float) -> str:
    if pd.isna(value):
        return "无日期"
    return f"早于原文{hours(-value)}" if value < 0 else f"晚{hours(value)}"
