"""Cards that follow a selection: HTML in a slot, a figure whose columns are patched, whatever a function gives."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Mapping
from typing import Any

import holoviews as hv
import pandas as pd
import panel as pn
from markupsafe import Markup

from shuju.access import NotAllowedError, require
from shuju.facts.cards import Card, Option
from shuju.facts.selection import Selection
from shuju.ui.cards.answers import answer, answer_key, is_known
from shuju.ui.cards.code import card_code
from shuju.ui.figures import rendered
from shuju.ui.link import Link
from shuju.ui.reads import note_card
from shuju.ui.templates import render, style
from shuju.ui.wire import Wire

log = logging.getLogger(__name__)
_numbers = itertools.count(1)
SLOW_SECONDS = 0.3  # a card that waits so long for a hand to rest does not hold up the page either
WAITING = '<div class="skeleton" aria-busy="true"><span>正在统计…</span><i></i><i></i><i></i><i></i></div>'
# Panel's own sheet of tables knows no dark page.
TABLE = (
    ".panel-df thead, .panel-df tbody tr:not(:hover) { color: var(--ink, inherit); } "
    ".panel-df tbody tr:nth-child(odd):not(:hover) { background: var(--ground, transparent); }"
)
FAILED = (
    '<div class="empty" role="alert">这张图卡暂时算不出来，其余照常；原因已记入日志。<br><br>'
    '<button class="tag" data-do="again">再试一次</button> <button class="tag" data-do="clear">清除全部条件</button></div>'
)


class LiveCard(pn.viewable.Viewer):
    """One card on a page or in a notebook; ``compute`` runs in a thread, ``show`` in the document's turn.

    ``takes_notes``: it is a time line on which annotations stand.
    """

    takes_notes = False

    def __init__(self, card: Card, selection: Selection, options: Mapping[str, Any]):
        """Show ``card`` of ``selection`` with ``options``, from now on."""
        super().__init__()
        self.card = card
        self.answered: Any = None
        self.reserved = ""
        self._sent: str | None = None
        self.link = Link.of(selection)
        self.link.add(self, self.all_options(), options)
        page = self.link.page
        self.slot = page.new_slot(card.name) if page is not None else f"{card.name}-{next(_numbers)}"
        self.wire: Wire | None = None
        self.root = None if page is not None and page.is_sketch else self.make_root()

    def all_options(self) -> Mapping[str, Option]:
        """Return the card's options, and those that its live form has beside them."""
        return self.card.options

    @property
    def rest_seconds(self) -> float:
        """How long a hand must rest before the card is computed."""
        return self.card.rest_seconds

    @property
    def is_heavy(self) -> bool:
        """Whether an answer costs a pass over the rows; the light ones are shown before."""
        return False

    @property
    def selection(self) -> Selection:
        """What the card shows."""
        return self.link.selection

    @property
    def has_root(self) -> bool:
        """Whether a part of the card is not HTML."""
        return type(self).make_root is not LiveCard.make_root

    # What a subclass may give

    def make_root(self) -> pn.viewable.Viewable | None:
        """Return the part of the card that is not HTML, built once; None if there is none."""
        return None

    def show(self, found: Any) -> None:
        """Send what changed."""
        note_card(self.card, self.selection.resources, found, self.own_options())
        self.send(self.html(found))

    def html(self, found: Any) -> str:
        """Return the HTML of the card's slot."""
        return self.card.html(found, **self.own_options()) if self.card.html else ""

    def act(self, do: str, of: str, value: str) -> bool:  # noqa: ARG002
        """Do what an element of this card asks for; tell whether it was this card's to do."""
        return False

    def is_allowed(self, right: str) -> bool:
        """Whether the visitor may do something; if not, the page says so."""
        try:
            require(right)
        except NotAllowedError as error:
            self.link.notices.append(str(error))
            self.link.refresh()
            return False
        return True

    def mark(self) -> None:
        """Show at once what is chosen, before anything is counted."""

    def renewed(self) -> None:
        """Take newer rows."""

    # For the link

    def key(self, selection: Selection, options: Mapping[str, Any]) -> Any:
        """Return what the answer depends on."""
        return answer_key(self.card, selection, options)

    def compute(self, selection: Selection, options: Mapping[str, Any]) -> Any:
        """Return the answer, None where it failed: the other cards are shown."""
        try:
            return answer(self.card, selection, options)
        except Exception:
            log.exception("card %s could not be computed", self.card.name)
            return None

    def sketch(self) -> str:
        """Return the HTML that stands in a page when it arrives; what takes long follows when the page is live."""
        selection, options = self.link.selection, self.link.option_values()
        if self.rest_seconds >= SLOW_SECONDS and not is_known(self.card, selection, options):
            return WAITING
        found = self.compute(selection, options)
        note_card(self.card, selection.resources, found, options)
        self.reserved = self.room(found) if found is not None else ""
        return FAILED if found is None else self.html(found)

    def room(self, found: Any) -> str:  # noqa: ARG002
        """Return as CSS how much room the part that is not HTML will take, so that nothing jumps when it comes."""
        return ""

    def start(self) -> None:
        """Put the first answer into the part that is not HTML; what takes long follows when the page is live."""
        if self.has_root and self.rest_seconds < SLOW_SECONDS:
            found = self.compute(self.link.selection, self.link.option_values())
            if found is not None:
                self.begin(found)

    def first(self) -> str:
        """Return the HTML of the first answer, as a notebook shows it."""
        selection, options = self.link.selection, self.link.option_values()
        found = self.compute(selection, options)
        self._sent = FAILED
        if found is not None:
            self.answered = self.key(selection, options)
            self.begin(found)
            self._sent = self.html(found)
        return self._sent

    def begin(self, found: Any) -> None:
        """Take the first answer before anything is sent."""

    def forget(self) -> None:
        """Show the card anew at the next question."""
        self.answered = None

    def fail(self) -> None:
        """Say that the card could not be shown; the next question asks it again."""
        self.answered = None
        self.send(FAILED)

    def send(self, html: str) -> None:
        """Write ``html`` into the card's slot, if it is not there already."""
        if html == self._sent:
            return
        self._sent = html
        if self.wire is not None:
            self.wire.slots = {self.slot: html}
        elif self.link.page is not None:
            self.link.page.send(self.slot, html)

    def own_options(self) -> dict[str, Any]:
        """Return the present values of the card's options."""
        return {name: getattr(self.link.options, name) for name in self.card.options}

    def code(self) -> str:
        """Return the lines of Python that make this card."""
        return card_code(self.card, self.selection, self.own_options())

    def __panel__(self) -> pn.viewable.Viewable:
        """Return the card by itself, as a notebook shows it."""
        body = Markup(self.first())
        html = render(
            "card.html", card=self.card, slot=self.slot, body=body, code=self.code(), root="", reserved=""
        )
        self.wire = Wire(
            self.link.act, html=html, stylesheets=[style()], sizing_mode="stretch_width", margin=0
        )
        self.wire.slots = {}
        return pn.Column(
            self.wire, *([self.root] if self.root is not None else []), sizing_mode="stretch_width"
        )


class ViewCard(LiveCard):
    """What a function of the selection gives: an element, a frame, a Panel object; made anew whenever the filters change."""

    def make_root(self) -> pn.viewable.Viewable:
        """Return the place in which it stands."""
        self._place = pn.Column(sizing_mode="stretch_width", margin=0)
        return self._place

    def key(self, selection: Selection, options: Mapping[str, Any]) -> Any:
        """Return what the answer depends on."""
        return selection.identity, selection.query, tuple(map(str, options.values()))

    def compute(self, selection: Selection, options: Mapping[str, Any]) -> Any:  # noqa: ARG002
        """Call the function; what it gives and cannot be drawn must not take the rest of the page with it."""
        try:
            found = self.card.data(selection)
            if found is None:
                raise ValueError("函数没有给出任何东西：是否少了 return？")
            if isinstance(found, hv.core.Dimensioned):
                rendered(found)
            return found
        except Exception:
            log.exception("the function of the view %s failed", self.card.title)
            return None

    def html(self, found: Any) -> str:
        """Return an error, or nothing: the root shows the rest."""
        return FAILED if found is None else ""

    def begin(self, found: Any) -> None:
        """Show the first answer."""
        self._put(found)

    def show(self, found: Any) -> None:
        """Show what the function gave."""
        self.send(self.html(found))
        self._put(found)

    def _put(self, found: Any) -> None:
        if found is None:
            self._place.objects = []
            return
        shown = self._place.objects[0] if self._place.objects else None
        if isinstance(found, pd.DataFrame):
            new = pn.pane.DataFrame(found.head(200), stylesheets=[TABLE], sizing_mode="stretch_width")
        else:
            new = pn.panel(found, sizing_mode="stretch_width")
        if shown is not None and type(shown) is type(new) and hasattr(new, "object"):
            shown.object = new.object
        else:
            self._place.objects = [new]
