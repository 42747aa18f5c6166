"""What a task can be made of: a letter, an issue, a warning, a document, or a card with its filters, and the figure in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from shuju import select
from shuju.access import require_sight
from shuju.desk.tasks.evidence import Evidence
from shuju.facts.cards import find
from shuju.facts.naming import label_name, place_name
from shuju.facts.schema import FactsError
from shuju.facts.selection import Selection
from shuju.letters.facts import answer_of, places_at
from shuju.letters.one_issue import issue_row
from shuju.letters.warning_selection import issue_counted, where_counted
from shuju.library import Library
from shuju.pages.tasks.figure import Figure
from shuju.pages.tasks.of_sites import missing_figure, site_figure
from shuju.ui.cards.still import PAGES
from shuju.ui.templates import cut, day, text


def figure_of(library: Library, query: Mapping[str, str]) -> Figure:
    """Return what an address asks for: ``letter``, ``issue``, ``warning``, ``document``, ``site``, ``suggestion``, or ``card`` and its filters.

    ``document`` and ``site`` together are a site that lacks the document.

    Raises:
        FactsError: there is no such thing, or it is not seen.
        NotAllowedError: the visitor may see nothing of its table.
    """
    card = find(query["card"]) if query.get("card") else None
    if card is not None and query.get("id") and card.table in _OF_CARD:
        query = {_OF_CARD[card.table]: query["id"]}
    if card is None and query.get("site"):
        of = query.get("document", "")
        return missing_figure(library, of, query["site"]) if of else site_figure(library, query["site"])
    for name, make in _KINDS.items():
        if query.get(name):
            return make(library, query[name])
    if card is None:
        raise FactsError("没有说明交办什么")
    return _of_card(library, query)


# What is derived from other tables is kept with the versions of those that hold the records behind it.
BEHIND = {
    "hot_issues": ("hot_issues", "issue_letters", "letters"),
    "cascades": ("cascades", "reprints"),
    "records": ("records", "reprints"),
}


def evidence_for(library: Library, figure: Figure, scope: str) -> Evidence:
    """Return what is kept of a figure with a task."""
    version = " ".join(
        f"{table}@{library.version_of(table)}" for table in BEHIND.get(figure.table, (figure.table,))
    )
    return Evidence(
        figure.card, figure.table, figure.query, figure.address, figure.sentence, figure.value, figure.n_rows, version, scope
    )  # fmt: skip


def _letter(library: Library, letter_id: str) -> Figure:
    revisions = library.revisions("letters", letter_id)
    if not revisions:
        raise FactsError("没有这封来信，或不在可见范围")
    row = revisions[-1]
    place = places_at(library, [row["letter_id"]])[0]
    answer = {"answered": "已答复", "unanswered": "未答复"}.get(answer_of(library, row) or "", "未知")
    return Figure(
        "letter", cut(row["title"], 150), f"来信“{cut(row['title'], 60)}”（{place_name(place)}，{day(row['written_at'])}），{answer}。",
        "请核查来信反映的问题，依法依规办理，并按期答复来信人。", {"答复情况": answer}, 1, "", "letters",
        urlencode({"letter": letter_id}), f"letter?{urlencode({'id': letter_id})}", text(row["topic_1"]),
        place or text(row["library"]), text(row["channel"]), text(row["department"]), _is_synthetic(library, row),
    )  # fmt: skip


def _suggestion(library: Library, suggestion_id: str) -> Figure:
    row = library.get("suggestions", suggestion_id)
    if row is None:
        raise FactsError("没有这条微建议，或不在可见范围")
    answer = "已答复" if row["replied_at"] is not None else "未答复"
    return Figure(
        "suggestion", cut(row["title"], 150), f"微建议“{cut(row['title'], 60)}”（{text(row['member'])}，{day(row['submitted_at'])}），{answer}。",
        "请研究办理，并提出答复意见。", {"答复情况": answer}, 1, "", "suggestions", urlencode({"suggestion": suggestion_id}), "",
        text(row["topic_1"]), text(row["region_code"]) or text(row["library"]), is_synthetic=_is_synthetic(library, row),
    )  # fmt: skip


def _issue(library: Library, issue_id: str) -> Figure:
    require_sight(library.scope, "hot_issues")
    selection = select("hot_issues", library.home.uri)
    row = issue_row(selection, issue_id)
    if row is None:
        raise FactsError("没有这件热点，或不在可见范围")
    n_unanswered = "未知" if pd.isna(row["n_unanswered"]) else f"{row['n_unanswered']:,.0f} 封"
    unanswered = "答复情况未知" if n_unanswered == "未知" else f"尚未答复 {n_unanswered}"
    value = {
        "来信": f"{row['n_letters']:,.0f} 封",
        "来信人": f"{row['n_writers']:,.0f} 人",
        "尚未答复": n_unanswered,
    }
    told = f"“{cut(row['title'], 60)}”：{value['来信人']}来信 {value['来信']}，{day(row['first_at'])} 至 {day(row['last_at'])}，"
    return Figure(
        "issue", cut(row["title"], 150), told + f"涉及 {row['n_regions']:.0f} 个县市区，{unanswered}。",
        "请牵头核查这件热点反映的问题，研究解决办法，逐一答复来信人。", value, int(row["n_letters"]), "hot_issues.head", "hot_issues",
        urlencode({"issue": issue_id}), f"issue?{urlencode({'id': issue_id})}", text(row["topic_1"]), text(row["region_code"]),
        department=text(row["department"]), is_synthetic=selection.is_synthetic,
    )  # fmt: skip


def _warning(library: Library, warning_id: str) -> Figure:
    require_sight(library.scope, "warnings")
    row = library.get("warnings", warning_id)
    if row is None:
        raise FactsError("没有这条预警，或不在可见范围")
    topic, place = text(row["topic_1"]), place_name(row["region_code"])
    about, matter = f"{place}{topic or '各主题'}", f"{place}{topic or '各主题'}来信异常增多"
    if issue := issue_counted(warning_id, row["issue_id"]):
        known = library.get("hot_issues", issue)
        about = f"“{cut(known['title'] if known else row['matter'], 60)}”（{place}）"
        matter = f"{about}的来信异常增多"
    span = f"{day(row['first_day'])} 至 {day(row['day'])} "
    usual = "不到 1" if row["n_expected"] < 1 else f"{row['n_expected']:.0f}"
    value = {
        "实际": f"{row['n_observed']:.0f} 封",
        "平常": f"{usual} 封",
        "平常上限": f"{row['n_upper']:.0f} 封",
    }
    return Figure(
        "warning", cut(matter, 150),
        f"{about}，{span}来信 {value['实际']}，平常 {value['平常']}，上限 {value['平常上限']}。",
        "请核实增多的原因，处置源头问题，并报告情况。", value, int(row["n_observed"]), "warnings.list", "warnings",
        urlencode({"warning": warning_id}), where_counted(SimpleNamespace(**row)), topic,
        text(row["region_code"]), is_synthetic=select("letters", library.home.uri).is_synthetic,
    )  # fmt: skip


def _document(library: Library, record_id: str) -> Figure:
    row = library.get("records", record_id)
    if row is None:
        raise FactsError("没有这份文件")
    carried = library.get("cascades", record_id)
    n = 0 if carried is None else int(carried["n_sites"])
    return Figure(
        "document", cut(row["title"], 150), f"文件“{cut(row['title'], 60)}”（{day(row['published_at'])} 发布）已有 {n} 个网站转载。",
        "请核查应转未转的网站，按要求转载，并报告情况。", {"转载网站": f"{n} 个"}, n, "", "records",
        urlencode({"document": record_id}), f"document?{urlencode({'id': record_id})}", text(row["topic_1"]), text(row["region_code"]),
        is_synthetic=_is_synthetic(library, row),
    )  # fmt: skip


def _of_card(library: Library, query: Mapping[str, str]) -> Figure:
    card = find(query["card"])
    require_sight(library.scope, card.table)
    selection = select(card.table, library.home.uri)
    chosen = {name: value for name, value in query.items() if value and name in selection.filter_names()}
    refused = selection.take(chosen)
    if refused:
        raise FactsError("；".join(refused))
    n, told = f"{selection.total:,} {selection.unit}", selection.describe()
    topic, region = _only(selection, "topic"), _only(selection, "region")
    place, about = place_name(region) if region else "全省", label_name("topics", topic) if topic else ""
    return Figure(
        "region" if region and not topic else "card", cut(f"{place}{about}{selection.noun}：{n}", 150),
        f"{told}：{selection.noun} {n}（数据截至 {day(selection.as_of)}，见“{card.title}”）。", "请核实情况，分析原因，研究办理并反馈。",
        {selection.noun: n}, selection.total, card.name, card.table, urlencode({"card": card.name, **chosen}, safe=",_"),
        f"{PAGES.get(card.table, card.table)}?{urlencode(chosen, safe=',_')}", topic, region, _only(selection, "channel"),
        is_synthetic=selection.is_synthetic,
    )  # fmt: skip


def _only(selection: Selection, dimension: str) -> str:
    """Return the one label that is chosen in a dimension, empty for none or several."""
    chosen = getattr(selection, dimension, None) or []
    return chosen[0] if len(chosen) == 1 else ""


def _is_synthetic(library: Library, row: Mapping[str, Any]) -> bool:
    source = library.catalog.sources.get(row["source"])
    return source is not None and source.synthetic


_KINDS: Mapping[str, Callable[[Library, str], Figure]] = {
    "letter": _letter,
    "issue": _issue,
    "warning": _warning,
    "document": _document,
    "suggestion": _suggestion,
}
_OF_CARD = {"hot_issues": "issue", "records": "document", "cascades": "document"}


def due_in_words(due: dt.datetime | None, at: dt.datetime) -> str:
    """Return how long a term still runs, or how long it is over: ``还有 3 天``, ``超期 2 小时``; empty where none runs."""
    if due is None:
        return ""
    seconds = (due - at).total_seconds()
    days, hours, minutes = abs(seconds) // 86400, abs(seconds) // 3600, abs(seconds) // 60
    long = f"{days:.0f} 天" if days >= 2 else f"{hours:.0f} 小时" if hours else f"{max(minutes, 1):.0f} 分钟"
    return f"还有 {long}" if seconds >= 0 else f"超期 {long}"
