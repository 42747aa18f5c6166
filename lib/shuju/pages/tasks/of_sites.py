"""Tasks about sites (网站): one that lacks a document which is due there (未到达), one that has fallen silent (停更)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pandas as pd

from shuju import select
from shuju.access import require_sight
from shuju.facts.naming import place_name
from shuju.facts.schema import FactsError
from shuju.library import Library
from shuju.pages.tasks.figure import Figure
from shuju.records.silent_sites import site_days
from shuju.spread.one_document import document_data, first_of_sites
from shuju.ui.templates import cut, day, hours, text


def missing_figure(library: Library, document_id: str, site_id: str) -> Figure:
    """Return a site that lacks a document, or that had it in the meantime.

    Raises:
        FactsError: there is no such document or site, or it is not due there.
    """
    require_sight(library.scope, "cascades")
    selection = select("cascades", library.home.uri)
    shown, site = document_data(selection, document_id), _site(library, site_id)
    if not shown.is_known:
        raise FactsError("没有这份文件")
    lacking = shown.missing[(shown.missing["site_id"] == site_id).to_numpy(bool)]
    copies = first_of_sites(shown.copies[(shown.copies["site_id"] == site_id).to_numpy(bool)])
    title, published = cut(shown.row["title"], 60), day(shown.row["published_at"])
    told = f"网站“{site['name']}”（{place_name(site['region_code'])}）"
    if len(lacking):
        row = lacking.iloc[0]
        waited = hours(row["waited_hours"])
        stop = "本站" if row["stopped_at"] == site_id else row["stopped_name"]
        value = {"转载情况": "没有转载", "已等": waited, "停在": text(stop)}
        sentence = f"{told}至今没有转载文件“{title}”（{published} 发布）：{row['why']}（{row['clause']}），已等 {waited}，停在{stop}。"
    elif len(copies):
        value = {"转载情况": "已转载", "已等": "—", "停在": "—"}
        sentence = f"{told}已转载文件“{title}”（{published} 发布）。"
    else:
        raise FactsError("按应转规则，这个网站没有应转这份文件")
    return Figure(
        "site", cut(f"{site['name']}没有转载“{title}”", 150), sentence, "请核查原因，按要求转载，并反馈转载地址和时间。", value, len(copies), "",
        "cascades", urlencode({"document": document_id, "site": site_id}), f"document?{urlencode({'id': document_id})}",
        text(shown.row["topic_1"]), text(site["region_code"]), department=_office(site), is_synthetic=selection.is_synthetic,
    )  # fmt: skip


def site_figure(library: Library, site_id: str) -> Figure:
    """Return how long a site has been without a record, and what is usual with it.

    Raises:
        FactsError: there is no such site, or it never published anything.
    """
    require_sight(library.scope, "records")
    site, days = _site(library, site_id), site_days(library)
    own = days[(days["site_id"] == site_id).to_numpy(bool)]
    if own.empty:
        raise FactsError("这个网站在资源库中还没有信息")
    row, selection = own.iloc[0], select("records", library.home.uri, site=[site_id])
    silent, usual = f"{row['silent_days']:,.0f} 天", f"{row['usual_days']:,.1f} 天"
    value = {"没有更新": silent, "最近一条": str(row["last_day"]), "平常间隔": usual}
    return Figure(
        "site", cut(f"{site['name']}已 {silent}没有更新", 150),
        f"网站“{site['name']}”（{place_name(site['region_code'])}）最近一条信息在 {row['last_day']}，"
        f"至资源库最新一天已 {silent}没有更新；平常每隔 {usual}更新一次。",
        "请核查网站是否停止更新、迁移或采集中断，恢复更新并反馈原因。", value, selection.total, "", "records", urlencode({"site": site_id}),
        f"panorama?{urlencode({'site': site_id})}", "", text(site["region_code"]), department=_office(site),
        is_synthetic=selection.is_synthetic,
    )  # fmt: skip


def _office(site: dict[str, Any]) -> str:
    """Return the department whose own site it is, by the site's name; empty of a government's portal."""
    return text(site["name"]).removesuffix("网站").removesuffix("门户") if site.get("department") else ""


def _site(library: Library, site_id: str) -> dict[str, Any]:
    sites = library.sites_frame()
    found = sites[(sites["site_id"] == site_id).to_numpy(bool)]
    if found.empty:
        raise FactsError("没有这个网站")
    return found.iloc[0].map(lambda cell: None if pd.isna(cell) else cell).to_dict()
