"""Pages of linked views: filters as parameters and address, one question at a time, one update a frame."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, ClassVar, Protocol

import panel as pn
import param

from shuju.views import panorama_style as style
from shuju.views.filtered_page import FilteredPage
from shuju.views.live import Live, Snapshot
from shuju.views.newest import Newest

PAINT_SECONDS = 1.0
TOGETHER_MILLISECONDS = 8


class Answers(Protocol):
    """Answers questions piece by piece, and remembers what it answered last."""

    def pieces(self, asked: Any, is_outdated: Callable[[float], bool]) -> Iterator[Any]:
        """Yield the pieces of the answer that changed; a piece with ``counts`` is sent without waiting."""


class LinkedPage(FilteredPage):
    """A page whose parameters filter one fact table.

    A subclass makes the views in ``_make_views``, lays them out once, and fills them in ``_show_piece``.
    """

    STYLE: ClassVar = style.CONTENT
    LOOK_MILLISECONDS: ClassVar = 1000

    def __init__(self, answers: Answers, shared: Live | None, **filters: Any):
        """Show ``shared`` (that of the process if not given), filtered by the page's address and ``filters``."""
        super().__init__(shared)
        self._answers = answers
        self._newest: Newest[Any] = Newest(self._answer)
        self._painted = threading.Event()
        self._frame = 0
        self._is_asking = False
        self._is_loaded = False
        self._active = "day"
        self._news = 0
        self._total = 0
        self._filters = self.active()
        self._table = self.active()
        self._make_views()
        self._take_snapshot()
        self._take_choices(filters)
        self._layout = self._lay_out()
        self._show_notices()
        self._mark_chosen()
        self._answer_at_once(is_all=self._doc is None)
        self._begin()

    # What a subclass gives

    def _make_views(self) -> None:
        raise NotImplementedError

    def _lay_out(self) -> pn.viewable.Viewable:
        raise NotImplementedError

    def _take_views(self) -> None:
        """Bring the views' axes and labels up to a new snapshot."""
        raise NotImplementedError

    def _mark_chosen(self) -> None:
        raise NotImplementedError

    def _filters_html(self) -> str:
        raise NotImplementedError

    def _show_piece(self, piece: Any) -> None:
        raise NotImplementedError

    @property
    def _state_now(self) -> Snapshot:
        """The newest snapshot of the page's fact table."""
        raise NotImplementedError

    @property
    def _question(self) -> Any:
        raise NotImplementedError

    # What the user does

    def act(self, do: str, of: str, value: str) -> None:
        """Hear at once what was painted; the rest in the document's turn."""
        if do != "painted":
            super().act(do, of, value)
        elif value == str(self._frame):
            self._painted.set()

    def _do(self, do: str, of: str, value: str) -> None:
        if do == "enter" and of in self.FILTERS.NAMES:
            self._enter(of)
        else:
            super()._do(do, of, value)

    def _enter(self, name: str) -> None:
        if name != self._active:
            self._active = name
            self._ask()

    # What follows from it

    def _take_snapshot(self) -> None:
        """Take the newest facts; filters stay as they are."""
        self._version = self._live.version
        self._snapshot = self._state_now
        for name in self.FILTERS.NAMES:
            if name != "day":
                self.param[name].objects = list(self._snapshot.facts.labels(name))
        self._take_views()

    def _look(self) -> None:
        """See whether something new arrived."""
        if self._live.version != self._version:
            self._news = self._state_now.facts.n - self._snapshot.facts.n
            self._take_snapshot()
            self._ask()

    def _changed(self, *events: param.parameterized.Event) -> None:
        """Bring address, filters and brush up to the parameters, and ask anew."""
        self._to_first_page(events)
        self._show_notices()
        self._mark_chosen()
        self._ask()

    def _show_notices(self) -> None:
        self._filters.param.update(html=self._filters_html(), address=self.address)

    def _loaded(self) -> None:
        """Begin to ask: what is sent before the browser says that it is ready, Panel takes as seen."""
        assert self._doc is not None
        self._is_loaded = True
        self._doc.add_next_tick_callback(self._ask)

    def _ask(self) -> None:
        self._is_asking = False
        if self._doc is None:
            self._answer_at_once()
        elif self._is_loaded:
            self._newest.offer(self._question)

    def _ask_soon(self) -> None:
        """Ask anew once all four ends of the axes have come; the browser sends them in two messages."""
        if self._doc is None:
            self._ask()
        elif not self._is_asking:
            self._is_asking = True
            self._doc.add_timeout_callback(self._ask, TOGETHER_MILLISECONDS)

    def _answer_at_once(self, *, is_all: bool = True) -> None:
        """Answer in this thread; not ``is_all`` leaves out what reads the library."""
        for piece in self._answers.pieces(self._question, lambda _: not is_all):
            self._show(piece)

    def _answer(self, question: Any) -> None:
        """Answer in a thread of its own, no faster than the browser paints: one update a frame."""
        assert self._doc is not None
        for piece in self._answers.pieces(question, self._newest.comes_newer):
            if piece.counts is not None:
                self._doc.add_next_tick_callback(partial(self._show, piece))
                continue
            self._painted.clear()
            self._frame += 1
            self._doc.add_next_tick_callback(partial(self._show, piece, self._frame))
            self._painted.wait(PAINT_SECONDS)

    def _show(self, piece: Any, frame: int | None = None) -> None:
        """Send what changed, and have the browser say when it has painted ``frame``."""
        self._show_piece(piece)
        if self._doc is not None and frame is not None:
            # In a turn of its own: Panel sends it at once, Bokeh what is above at the end of this turn.
            self._doc.add_next_tick_callback(partial(self._table.param.update, frame=frame))


def card(*content: pn.viewable.Viewable, css: str = "") -> pn.Column:
    """Return a card of the page's grid; ``css`` names its place."""
    return pn.Column(
        *content,
        stylesheets=[style.CARD],
        css_classes=css.split(),
        sizing_mode="stretch_width",
        margin=0,
    )


def stack(*cards: pn.viewable.Viewable) -> pn.Column:
    """Return one column of the page's grid: cards one under the other, without gaps."""
    return pn.Column(*cards, stylesheets=[style.STACK], sizing_mode="stretch_width", margin=0)


def plot(figure: Any) -> pn.pane.Bokeh:
    """Return a figure as wide as its card."""
    return pn.pane.Bokeh(figure, sizing_mode="stretch_width", margin=0)


def head(title: str, note: str) -> pn.pane.HTML:
    """Return a card's heading; ``note`` is HTML."""
    return pn.pane.HTML(
        head_html(title, note), stylesheets=[style.CONTENT], sizing_mode="stretch_width", margin=(0, 0, 6, 0)
    )


def head_html(title: str, note: str) -> str:
    """Return a card's heading as HTML."""
    return f'<h3 class="head">{title}</h3><div class="muted">{note}</div>'
