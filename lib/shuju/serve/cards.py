"""One card by its address, without a session: as a page, a picture, its data, or the lines of Python that make it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

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
from shuju.serve.card_rows import file_of, frame_of, told_frame
from shuju.serve.errors import ReadableErrors
from shuju.serve.frame import shown_to
from shuju.serve.refusals import note_refused
from shuju.ui.cards.address import asked
from shuju.ui.cards.answers import answer, answer_key
from shuju.ui.cards.code import card_code
from shuju.ui.cards.still import state_of, still_card
from shuju.ui.reads import note_asked, note_card
from shuju.ui.templates import render
from shuju.ui.trend_notes import notes_of, with_notes

log = logging.getLogger(__name__)
KINDS = {
    "": "text/html; charset=utf-8", ".html": "text/html; charset=utf-8", ".csv": "text/csv; charset=utf-8",
    ".py": "text/plain; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".png": "image/png", ".svg": "image/svg+xml",
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
                frame = frame_of(card, found, options)
                made = file_of(card, selection, frame, kind)
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
                frame, titles = told_frame(card, selection, frame_of(card, found, options))
                content = render(
                    "card_data.html",
                    card=card,
                    selection=selection,
                    titles=titles,
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
