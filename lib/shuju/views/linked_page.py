"""Pages of linked views: filters as parameters and address, one question at a time, one update a frame."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, ClassVar, Protocol

import panel as pn
import param

from shuju.views import panorama_style as style
from shuju.views.active_html import ActiveHTML
from shuju.views.date_presets import date_presets
from shuju.views.filters import Filters
from shuju.views.live import Live, Snapshot
from shuju.views.newest import Newest
from shuju.views.url_state import page_query, take_query, to_query

PAINT_SECONDS = 1.0
LOOK_MILLISECONDS = 1000
TOGETHER_MILLISECONDS = 8


class Answers(Protocol):
    """Answers questions piece by piece, and remembers what it answered last."""

    def pieces(self, asked: Any, is_outdated: Callable[[float], bool]) -> Iterator[Any]:
        """Yield the pieces of the answer that changed; a piece with ``counts`` is sent without waiting."""


class LinkedPage(pn.viewable.Viewer):
    """A page whose parameters filter one fact table, all of them in its address.

    A subclass has a parameter for each name of ``FILTERS.NAMES``, and ``page``; it makes the views in
    ``_make_views``, lays them out once, and fills them in ``_show_piece``.
    """

    FILTERS: ClassVar[type[Filters]]
    # Parameters besides filters and page that the address holds too.
    CHOICES: ClassVar[tuple[str, ...]] = ()

    day = param.CalendarDateRange(default=None, allow_None=True, label="日期")
    page = param.Integer(default=1, bounds=(1, None), label="页码")

    def __init__(self, answers: Answers, shared: Live, **filters: Any):
        """Show ``shared``, filtered by the page's address and ``filters``."""
        super().__init__()
        self._live = shared
        doc = pn.state.curdoc
        # Outside a server (a notebook, a test) every answer is given at once, in this thread.
        self._doc = doc if doc is not None and doc.session_context is not None else None
        self._answers = answers
        self._newest: Newest[Any] = Newest(self._answer)
        self._painted = threading.Event()
        self._frame = 0
        self._is_asking = False
        self._is_loaded = False
        self._active = "day"
        self._notices: list[str] = []
        self._news = 0
        self._total = 0
        self._filters = self._html()
        self._table = self._html()
        self._make_views()
        self._take_snapshot()
        self.param.update(**filters)
        self._notices += take_query(self, self._state, page_query())
        self._layout = self._lay_out()
        self._show_filters()
        self._mark_chosen()
        self._answer_at_once(is_all=self._doc is None)
        self.param.watch(self._changed, list(self._state))
        if self._doc is not None:
            pn.state.onload(self._loaded)
            self._doc.add_periodic_callback(self._look, LOOK_MILLISECONDS)

    def __panel__(self) -> pn.viewable.Viewable:
        """Return the layout, built once; only content changes."""
        return self._layout

    @property
    def filters(self) -> Filters:
        """The filters that the parameters stand for."""
        chosen = {name: getattr(self, name) for name in self.FILTERS.NAMES}
        return self.FILTERS(**{k: tuple(v) if isinstance(v, list) else v for k, v in chosen.items()})

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
    def _span_shown(self) -> tuple[dt.date, dt.date]:
        raise NotImplementedError

    @property
    def _question(self) -> Any:
        raise NotImplementedError

    # What the user does

    @property
    def _dimensions(self) -> tuple[str, ...]:
        return tuple(name for name in self.FILTERS.NAMES if name != "day")

    @property
    def _state(self) -> tuple[str, ...]:
        return (*self.FILTERS.NAMES, *self.CHOICES, "page")

    def _html(self) -> ActiveHTML:
        return ActiveHTML(self._act, stylesheets=[style.CONTENT], sizing_mode="stretch_width", margin=0)

    def _act(self, do: str, of: str, value: str) -> None:
        """Hear what an element of the page asks for, in whatever thread, and do it in the document's turn."""
        if do == "painted":
            if value == str(self._frame):
                self._painted.set()
        elif self._doc is None:
            self._do(do, of, value)
        else:
            self._doc.add_next_tick_callback(partial(self._do, do, of, value))

    def _do(self, do: str, of: str, value: str) -> None:
        """Do what is asked for; what makes no sense is ignored."""
        names = self.FILTERS.NAMES
        match do:
            case "enter" if of in names:
                self._enter(of)
            case "toggle" if of in self._dimensions:
                self._toggle(of, value)
            case "choose" if of in self.CHOICES and value in self.param[of].objects:
                self.param.update(**{of: value})
            case "remove" if of in names:
                kept = [v for v in getattr(self, of) if value and v != value] if of != "day" else None
                self.param.update(**{of: kept})
            case "clear":
                self.param.update(**{name: [] for name in self._dimensions}, day=None)
            case "preset" if value in self._presets():
                self.day = self._presets()[value]
            case "from" | "to":
                self._set_date(do, value)
            case "page" if value.isdecimal():
                self.page = max(int(value), 1)
            case "dismiss":
                self._notices.clear()
                self._show_filters()

    def _toggle(self, name: str, label: str) -> None:
        chosen = list(getattr(self, name))
        if label in self.param[name].objects:
            self.param.update(
                **{name: [v for v in chosen if v != label] if label in chosen else [*chosen, label]}
            )

    def _set_date(self, which: str, text: str) -> None:
        try:
            date = dt.date.fromisoformat(text)
        except ValueError:
            return self._show_filters()
        start, end = self.day or self._span_shown
        start, end = (date, end) if which == "from" else (start, date)
        self.day = (start, end) if start <= end else (date, date)
        return None

    def _enter(self, name: str) -> None:
        if name != self._active:
            self._active = name
            self._ask()

    def _presets(self) -> dict[str, tuple[dt.date, dt.date] | None]:
        return date_presets(self._span_shown[1])

    # What follows from it

    def _take_snapshot(self) -> None:
        """Take the newest facts; filters stay as they are."""
        self._version = self._live.version
        self._snapshot = self._state_now
        for name in self._dimensions:
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
        if self.page != 1 and any(event.name in self.FILTERS.NAMES for event in events):
            with param.parameterized.discard_events(self):
                self.page = 1
        self._show_filters()
        self._mark_chosen()
        self._ask()

    def _show_filters(self) -> None:
        self._filters.param.update(html=self._filters_html(), address=to_query(self, self._state))

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
