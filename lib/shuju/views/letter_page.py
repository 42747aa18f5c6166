"""One letter (来信详情): its text and reply, its issue, letters like it, where it came from.

Letters are hostile input: every value is escaped. Nothing of ``letters_private`` is shown here.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd

from shuju.letters.relevance import taken_up
from shuju.library import Library
from shuju.text.topics import classify
from shuju.views.filters import label_name
from shuju.views.formats import moment
from shuju.views.record_page import STYLE, origin_html, revisions_html

__all__ = ["STYLE", "letter_html"]

LIKE_DAYS = 180
LIKE_LETTERS = 400
LIKE_SHOWN = 6
LIKE_AT_LEAST = 0.35
FIELDS = (
    "letter_id",
    "channel",
    "writer_id",
    "department",
    "reply_department",
    "status",
    "likes",
    "satisfaction",
)


def letter_html(library: Library, letter_id: str) -> str:
    """Return one letter as HTML, or a message if there is no such letter.

    O(log n), and the letters of its county and half-year around it, up to ``LIKE_LETTERS``.
    """
    if not letter_id:
        return _message("链接中没有来信编号", "请从列表中点击一封来信，或在地址后写 ?id=来信编号。")
    revisions = library.revisions("letters", letter_id)
    if not revisions:
        return _message(
            "没有这封来信", f"资源库中没有编号为“{escape(letter_id[:200])}”的来信；可能编号有误。"
        )
    letter = revisions[-1]
    return (
        f'<article class="record">{_text(library, letter)}{_reply(letter)}{_issue(library, letter)}'
        f"{_alike(library, letter)}{origin_html(library, 'letters', letter, FIELDS)}{revisions_html(revisions)}</article>"
    )


def _text(library: Library, letter: Mapping[str, Any]) -> str:
    source = library.catalog.sources.get(letter["source"])
    badge = ' <span class="demo">演示数据</span>' if source is not None and source.synthetic else ""
    place = label_name("region", letter["region_code"]) if letter["region_code"] else "地区不明"
    topic, by = letter["topic_1"], "来源系统分类"
    motive = letter["motive"]
    if not topic or not motive:
        found = classify([letter["title"]], [letter["body"]]).iloc[0]
        motive = motive or found["motive"]
        if not topic and isinstance(found["topic_1"], str):
            sure = "，存疑待核" if found["is_unsure"] else ""
            topic, by = found["topic_1"], f"模型判定，置信度 {found['confidence']:.0%}{sure}"
    parts = (
        place,
        f"{topic}（{by}）" if topic else "主题不明",
        label_name("motive", motive) if motive else "",
        label_name("channel", letter["channel"]),
        moment(letter["written_at"]),
    )
    body = escape(letter["body"] or "") or '<span class="muted">（没有正文）</span>'
    return (
        f'<div class="card"><h2>{escape(letter["title"])}</h2>'
        f'<p class="muted">{escape("　".join(p for p in parts if p))}{badge}</p><div class="text">{body}</div></div>'
    )


def _reply(letter: Mapping[str, Any]) -> str:
    if not letter["reply"] and letter["replied_at"] is None:
        return '<div class="card"><h3>答复</h3><p class="bad">尚未答复。</p></div>'
    who = letter["reply_department"] or letter["department"] or "答复单位不明"
    when = moment(letter["replied_at"])
    took = ""
    if letter["replied_at"] is not None:
        days = (letter["replied_at"] - letter["written_at"]) / pd.Timedelta(days=1)
        took = f"　用时 {max(days, 0):.1f} 天"
    said = escape(letter["reply"] or "") or '<span class="muted">（没有答复内容）</span>'
    return (
        f'<div class="card"><h3>答复</h3><p class="muted">{escape(who)}　{when}{took}</p>'
        f'<div class="text">{said}</div></div>'
    )


def _issue(library: Library, letter: Mapping[str, Any]) -> str:
    member = library.get("issue_letters", letter["letter_id"])
    issue = library.get("hot_issues", member["issue_id"]) if member else None
    if issue is None:
        return ""
    again = "　本封为同一人的重复来信，可并单。" if member and member["is_repeat"] is True else ""
    return (
        f'<div class="card"><h3>所属热点诉求</h3><p><a href="issues?issue={quote(issue["issue_id"], safe="")}">'
        f"{escape(issue['title'])}</a></p>"
        f'<p class="muted">{issue["n_letters"]:,} 封来信，{issue["n_writers"]:,} 人，涉及 {issue["n_regions"]:,} 个县市区；'
        f"{moment(issue['first_at'], with_time=False)} 至 {moment(issue['last_at'], with_time=False)}{again}</p></div>"
    )


def _alike(library: Library, letter: Mapping[str, Any]) -> str:
    found = alike(library, letter)
    if found.empty:
        return '<div class="card"><h3>相似来信</h3><div class="muted">前后半年、同一地区没有相似的来信。</div></div>'
    items = "".join(
        f'<tr><td><a href="letter?id={quote(str(r.letter_id), safe="")}">{escape(r.title)}</a></td>'
        f"<td>{moment(r.written_at, with_time=False)}</td><td>{'已答复' if pd.notna(r.replied_at) else '未答复'}</td>"
        f"<td class=n>{r.similarity:.0%}</td></tr>"
        for r in found.itertuples(index=False)
    )
    return (
        '<div class="card"><h3>相似来信</h3><div class="muted">前后半年、同一地区；相似度为本信要词在对方信中出现的权重。</div>'
        f'<table class="plain"><tr><th>标题</th><th>来信日期</th><th>答复</th><th class=n>相似度</th></tr>{items}</table></div>'
    )


def alike(library: Library, letter: Mapping[str, Any]) -> pd.DataFrame:
    """Return letters of the same region and time that speak of the same: ``letter_id, title, written_at, replied_at, similarity``."""
    if not letter["region_code"]:
        return pd.DataFrame()
    around = pd.Timedelta(days=LIKE_DAYS)
    where = [
        ("library", "==", letter["library"]),
        ("region_code", "==", letter["region_code"]),
        ("written_at", ">=", (letter["written_at"] - around).isoformat()),
        ("written_at", "<=", (letter["written_at"] + around).isoformat()),
    ]
    rows = library.read(
        "letters", ["letter_id", "title", "body", "written_at", "replied_at", "topic_1"], where
    )
    rows = rows[rows["letter_id"] != letter["letter_id"]]
    if letter["topic_1"]:
        rows = rows[rows["topic_1"] == letter["topic_1"]]
    near = (rows["written_at"] - letter["written_at"]).abs().sort_values().index[:LIKE_LETTERS]
    rows = rows.loc[near]
    n = len(rows)
    texts = (rows["title"].fillna("") + "\n" + rows["body"].fillna("")).tolist()
    similarity = taken_up([letter["title"]] * n, [letter["body"]] * n, texts) if n else np.empty(0)
    rows = rows.assign(similarity=similarity)
    rows = rows[rows["similarity"] >= LIKE_AT_LEAST].sort_values("similarity", ascending=False)
    return rows.head(LIKE_SHOWN)[["letter_id", "title", "written_at", "replied_at", "similarity"]]


def _message(title: str, text: str) -> str:
    return (
        f'<div class="card" role="alert"><h3>{title}</h3><p>{text}</p>'
        f'<p><a href="letters">返回社情民意</a></p></div>'
    )
