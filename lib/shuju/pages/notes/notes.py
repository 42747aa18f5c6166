"""The form that annotates a trend with the filters that are chosen: what stands there already, one's own to change, a new one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from shuju.clock import now
from shuju.desk.annotations import REACHES, AnnotationError, annotate, end_annotation
from shuju.desk.store import open_desk
from shuju.desk.trail import note
from shuju.facts.cards import find
from shuju.facts.selection import Selection
from shuju.library import Library
from shuju.pages.tasks.assigning import who_asks
from shuju.ui.cards.address import asked, own_query
from shuju.ui.templates import render
from shuju.ui.trend_notes import chosen_labels, notes_of


def annotate_form(library: Library, query: Mapping[str, str]) -> str:  # noqa: ARG001 - as every form
    """Return the form for the trend of an address, as HTML; ``id`` is an annotation that is changed.

    Raises:
        FactsError: there is no such card, or filter.
        NotAllowedError: the visitor may see nothing of the card's table.
        AnnotationError: the card is no time line.
    """
    return _form(query)


def receive_annotation(library: Library, form: Mapping[str, str]) -> str:
    """Make, change or take away an annotation as a form says; return what is to be read then, as HTML.

    Raises:
        ValueError: it cannot be so; the message says why.
        NotAllowedError: the visitor may see nothing of the card's table.
    """
    desk, at, by = open_desk(library.home), now(), who_asks()
    query = dict(parse_qsl(form.get("of", "")))
    selection = _selection(query)
    number = int(form["id"]) if form.get("id", "").isdecimal() and len(form["id"]) < 10 else 0
    if form.get("do") == "end":
        note(desk, "subscription", f"annotation:{number}", {"do": "end"})
        end_annotation(desk, by, number, at=at)
        return render("notes/done.html", told="注记已删除")
    first, last = form.get("first", ""), form.get("last", "") or form.get("first", "")
    days = _day(first), _day(last)
    note(
        desk,
        "subscription",
        f"{selection.table}:{first}",
        {"do": "annotate", "reach": form.get("reach", ""), "of": form.get("of", "")},
    )
    annotate(
        desk, by, selection.table, chosen_labels(selection), days, form.get("text", ""), form.get("reach", ""), number=number, at=at
    )  # fmt: skip
    return render("notes/done.html", told="注记已保存，图上随即显示")


def _form(query: Mapping[str, str]) -> str:
    selection, by = _selection(query), who_asks()
    notes = notes_of(selection)
    changed = next(
        (one for one in notes if str(one.id) == query.get("id") and one.account == by.account), None
    )
    of = {"card": query["card"], **own_query(find(query["card"]), query)}
    day = selection.day or (selection.span[1], selection.span[1])
    labels = selection.copy(day=None).describe()
    return render(
        "notes/form.html", notes=notes, mine=by.account, changed=changed, of=urlencode(of, safe=",_"), reaches=REACHES, day=day, labels=labels
    )  # fmt: skip


def _selection(query: Mapping[str, str]) -> Selection:
    card = find(query.get("card", ""))
    if not card.live.takes_notes:  # type: ignore[attr-defined]
        raise AnnotationError(f"图卡“{card.title}”不是时间走势，不能加注记")
    return asked(card, query)[0]


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise AnnotationError("请填写日期") from None
