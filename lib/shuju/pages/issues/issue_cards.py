"""The cards of one hot issue: what it is, its stages, heat, time line, map, records, answers, repeats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from shuju.facts.cards import Card, Option, register
from shuju.facts.naming import label_name
from shuju.facts.selection import Selection
from shuju.letters.issue_spread import (
    GROUPS,
    MAPS,
    TIMELINES,
    group_colours,
    issue_map_data,
    issue_map_plot,
    origin_of,
    timeline_data,
    timeline_plot,
)
from shuju.letters.one_issue import (
    answers_data,
    heat_data,
    issue_letters,
    issue_row,
    reactions_data,
    repeats_data,
    stages_data,
)
from shuju.letters.reply_counts import median_reply_days
from shuju.pages.issues.cards import HEAT_COLOURS, chosen_query, known_as_of
from shuju.ui.cards.charts import ChartCard, CountyMapCard, empty_counties
from shuju.ui.cards.live import LiveCard
from shuju.ui.crumbs import crumbs
from shuju.ui.templates import render, text

ID = Option("", "诉求编号")
TIMELINE = Option("day", "时间线", TIMELINES)
BY = Option("region", "分组", GROUPS)
MAP = Option("first", "地图", MAPS)


class IssueMapCard(CountyMapCard):
    """The counties that an issue reached, with a star on its origin."""

    LAYERS = ("counties", "borders", "chosen", "origin")

    def _element(self) -> Any:
        return issue_map_plot(empty_counties().assign(is_origin=False))

    def _put(self, found: pd.DataFrame | None) -> None:
        super()._put(found)
        if found is not None:
            self._sources["origin"].data = origin_of(found)

    def mark(self) -> None:
        """Outline nothing: the map shows one issue, whatever is chosen."""

    def _tapped(self, event: Any) -> None:
        """Choose nothing."""


def _head(selection: Selection, issue_id: str) -> dict[str, Any]:
    issue = issue_row(selection, issue_id)
    told = {"known": known_as_of(selection), "back": chosen_query(selection), "issue": issue}
    if issue is None:
        return told
    replies = issue_letters(selection, issue_id)["days"]
    days = (issue["last_at"].normalize() - issue["first_at"].normalize()).days + 1
    region, topic = issue["region_code"], issue["topic_1"]
    way = [("region", region, label_name("regions", region)), ("topic", topic, label_name("topics", topic))]
    steps = crumbs("issues", "热点与预警", [(name, text(label), told_) for name, label, told_ in way])
    return told | {"days": days, "median_days": median_reply_days(replies), "steps": steps}


def _head_html(found: dict[str, Any], **options: Any) -> str:
    """Return the head, or that there is no such issue; the way back leads to the list as it was filtered."""
    return render("issues/head.html", asked=options["id"], **found)


def _of_one(data: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``data`` with the id as the option ``id``."""
    return lambda selection, **options: data(selection, options.pop("id"), **options)


def _shown(template: str, **fixed: Any) -> Callable[..., str]:
    """Return what fills a template with an answer."""
    return lambda found, **options: render(f"issues/{template}.html", found=found, **fixed, **options)


def _timeline(selection: Selection, issue_id: str, timeline: str, by: str) -> pd.DataFrame:  # noqa: ARG001
    return timeline_data(selection, issue_id, by)


def _timeline_html(found: pd.DataFrame, timeline: str, by: str, **_: Any) -> str:
    colours = group_colours(found)
    return render(
        "issues/timeline.html", options=TIMELINES, timeline=timeline, groups=GROUPS, by=by, colours=colours
    )


def _map(selection: Selection, issue_id: str, map: str) -> pd.DataFrame:  # noqa: A002
    return issue_map_data(selection, issue_id, map)


def _card(
    name: str, title: str, about: str, data: Callable[..., Any], html: Callable[..., str], **more: Any
) -> Card:
    live, options = more.pop("live", LiveCard), {"id": ID} | more.pop("options", {})
    return Card(
        f"hot_issues.{name}", title, about, "hot_issues", _of_one(data), live, html, options=options, **more
    )


register(
    _card("head", "一件热点", "是什么事、在哪里、多少人、多久", _head, _head_html, bare=True),
    _card("stages", "发展阶段", "源头：第一封来信；传导：到新的县市区、渠道或主题；转化：重复、逾期未答或已有回应。",
          stages_data, _shown("stages")),
    _card("heat", "热度的组成", "每一部分 0 至 100，热度是它们的加权平均；不知道的部分不计。",
          heat_data, _shown("heat", colours=HEAT_COLOURS)),
    _card("timeline", "来信时间线", "按来信所涉地区、承办部门、渠道或答复情况着色。", _timeline, _timeline_html, live=ChartCard,
          plot=lambda found, timeline, **_: timeline_plot(found, timeline), options={"timeline": TIMELINE, "by": BY}),
    _card("map", "传播", "颜色越深，来信越早（或越多）；星号为源头。", _map, _shown("map", maps=MAPS), live=IssueMapCard,
          plot=lambda found, **_: issue_map_plot(found), options={"map": MAP}, size_mm=(155, 130)),
    _card("records", "文件与媒体回应", "事发之后，本市州说到这件事的要闻、公告与政策文件；按名称与关键词比对，请核对。",
          reactions_data, _shown("records")),
    _card("answers", "谁办理、谁答复", "按署名答复的单位，无署名的按承办部门。", answers_data, _shown("answers")),
    _card("repeats", "并单建议", "同一来信人就这件事的多封来信。", repeats_data, _shown("repeats")),
)  # fmt: skip
