"""One card by its address, without a session: as a page, a picture, its data, or the lines of Python that make it."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import pyarrow as pa
import xarray as xr
from markupsafe import Markup

from shuju.access import NotAllowedError
from shuju.charts.printing import png, svg
from shuju.desk import trail
from shuju.desk.store import open_desk
from shuju.facts import FactsError
from shuju.facts.cards import Card, find
from shuju.facts.selection import Selection
from shuju.kept import Kept
from shuju.library import open_library
from shuju.serve import marks
from shuju.serve.errors import ReadableErrors
from shuju.serve.files import csv_pieces
from shuju.serve.frame import shown_to
from shuju.serve.refusals import note_refused
from shuju.serve.xlsx import xlsx_pieces
from shuju.ui.cards.address import asked
from shuju.ui.cards.answers import answer, answer_key
from shuju.ui.cards.code import card_code
from shuju.ui.cards.still import state_of, still_card
from shuju.ui.reads import note_asked, note_card
from shuju.ui.templates import moment, render
from shuju.ui.trend_notes import notes_of, with_notes

log = logging.getLogger(__name__)
KINDS = {
    "": "text/html; charset=utf-8", ".html": "text/html; charset=utf-8", ".csv": "text/csv; charset=utf-8",
    ".py": "text/plain; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".png": "image/png", ".svg": "image/svg+xml",
}  # fmt: skip
# What columns of cards are called; a name that is not here is shown as it is.
TITLES = {
    "start": "起", "end": "止（不含）", "n": "数量", "n_all": "全部", "ghost": "全部（按比例缩放）", "then": "所比时期", "group": "分组",
    "label": "代码", "name": "名称", "is_on": "已选", "code": "行政区划代码", "value": "数值", "part": "部分", "told": "说明",
    "prefecture": "市州", "band": "分档", "title": "标题", "place": "地区", "topic": "主题", "department": "部门", "site": "网站",
    "genre": "信息类别", "published_at": "发布时间", "written_at": "来信时间", "replied_at": "答复时间", "answer": "答复情况",
    "share": "占比", "term": "词", "letters": "封数", "month": "月份", "day": "日期", "sure": "主题来源与把握",
    "letter_id": "来信编号", "record_id": "信息编号", "fill": "颜色", "shade": "不透明度", "population": "人口",
}  # fmt: skip
ROWS_SHOWN = 500
_pictures: Kept[str | bytes] = Kept(128)


class CardHandler(ReadableErrors):
    """``/card/letters.trend?topic=…``, and the same with ``.png``, ``.svg``, ``.csv``, ``.html`` (its data), ``.py``."""

    def initialize(self, shell: Mapping[str, Any]) -> None:
        """Take the frame around pages."""
        self.shell = shell

    async def get(self, name: str, kind: str | None) -> None:
        """Answer; a card, a filter or an option that does not exist is refused with a message."""
        query = {k: self.get_argument(k) for k in self.request.arguments}
        self.frame = shown_to(self.shell, self.request)
        try:
            content = await asyncio.to_thread(self._content, name, kind or "", query)
        except (FactsError, NotAllowedError) as error:
            if isinstance(error, NotAllowedError):
                await note_refused(self.request, str(error))
            self.set_status(404 if isinstance(error, FactsError) else 403)
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(str(error))
            return
        self.set_header("Content-Type", KINDS[kind or ""])
        self.finish(content)

    def _content(self, name: str, kind: str, query: Mapping[str, str]) -> str | bytes:
        card = find(name)
        if not kind and self.request.headers.get("X-Part"):
            address = f"{name}?{urlencode(query, safe=',_')}"
            still = still_card(address, state_of(open_library()))
            self.set_header("X-Page", still.page)  # where it can be filtered further
            return render("still_body.html", still=still)
        selection, options = asked(card, query)
        if kind == ".py":
            return card_code(card, selection, options)
        found = answer(card, selection, options)
        if kind in ("", ".html"):
            note_card(card, selection.resources, found, options)
        else:
            note_asked(card, selection.resources, options)
        match kind:
            case ".csv" | ".xlsx":
                frame = frame_of(found)
                made = rows_of(card, selection, frame, kind)
                told = {
                    "filters": dict(query),
                    "bytes": len(made),
                    "sha256": hashlib.sha256(made).hexdigest(),
                }
                desk = open_desk(selection.resources.home)
                trail.note(desk, "export", f"card/{name}{kind}", told, len(frame))
                return made
            case ".png" | ".svg":
                if card.plot is None:
                    raise FactsError(f"图卡“{card.title}”没有图片，只有数据")
                if card.live.takes_notes:  # type: ignore[attr-defined]
                    found = with_notes(found, notes_of(selection))
                made = picture(card, selection, found, options, kind)
                return (
                    marks.marked_png(made, marks.mark())
                    if kind == ".png"
                    else marks.marked_svg(made, marks.mark())
                )
            case ".html":
                frame = frame_of(found)
                content = render(
                    "card_data.html",
                    card=card,
                    selection=selection,
                    frame=frame.head(ROWS_SHOWN),
                    n=len(frame),
                )
            case _:
                address = f"{card.name}.png?{urlencode(query, safe=',_')}" if card.plot is not None else ""
                body = Markup(card.html(found, **options)) if card.html is not None else ""
                content = render(
                    "card_plain.html", card=card, selection=selection, body=body, picture=address
                )
        shell = {**self.frame, "here": None, "heading": card.title, "up": "../"}
        return render("plain_page.html", content=Markup(content), **shell)


def rows_of(card: Card, selection: Selection, frame: pd.DataFrame, kind: str) -> bytes:
    """Return what a card shows as a file: CSV, or a workbook that tells on its second sheet of which filters it is."""
    text = marks.mark()
    rows = marks.marked_rows([pa.Table.from_pandas(frame, preserve_index=False)], text)
    titles = marks.marked_titles(
        {str(name): TITLES.get(str(name), str(name)) for name in frame.columns}, text
    )
    if kind == ".csv":
        return b"".join(csv_pieces(rows, titles))
    told = [
        ("内容", f"数聚 {card.title}：{card.about}"),
        ("筛选", selection.describe()),
        ("数据截至", moment(selection.as_of)),
        *([("说明", "演示数据，不代表真实情况")] if selection.is_synthetic else []),
    ]
    return b"".join(xlsx_pieces(rows, titles, told, card.title))


def picture(
    card: Card, selection: Selection, found: Any, options: Mapping[str, Any], kind: str
) -> str | bytes:
    """Return a card's picture, drawn if it is not kept."""
    asked_for, version = answer_key(card, selection, options)
    question, state = (kind, asked_for), (version, str(getattr(found, "attrs", {}).get("notes", "")))
    made = _pictures.get(question, state)
    if made is None:
        made = (png if kind == ".png" else svg)(card.plot(found, **options), *card.print_size(found))  # type: ignore[misc]
        _pictures.put(question, state, made)
    return made


def frame_of(found: Any) -> pd.DataFrame:
    """Return what a card shows as one frame; of several, each row tells which it is from."""
    if isinstance(found, pd.DataFrame):
        return found.reset_index(drop=isinstance(found.index, pd.RangeIndex))
    if isinstance(found, pd.Series):
        return found.reset_index()
    if isinstance(found, xr.DataArray):
        counted = found.to_series()
        return counted[counted > 0].rename("n").reset_index()
    if dataclasses.is_dataclass(found):
        return pd.DataFrame([(n, _plain(v)) for n, v in vars(found).items()], columns=["name", "value"])
    if isinstance(found, Mapping):
        parts = [
            frame_of(value).assign(part=name)
            for name, value in found.items()
            if isinstance(value, pd.DataFrame)
        ]
        return (
            pd.concat(parts, ignore_index=True)
            if parts
            else pd.DataFrame(found.items(), columns=["name", "value"]).astype(str)
        )
    raise FactsError("这张图卡没有可以下载的数据")


def _plain(value: Any) -> str:
    return "" if value is None else str(value)
