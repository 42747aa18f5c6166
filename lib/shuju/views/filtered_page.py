"""Pages with filters: every parameter is in the address, and what their buttons ask for changes parameters."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any, ClassVar

import panel as pn
import param

from shuju.views.active_html import ActiveHTML
from shuju.views.date_presets import date_presets
from shuju.views.filters import Filters
from shuju.views.live import Live, live
from shuju.views.url_state import page_query, take_query, to_query


class FilteredPage(pn.viewable.Viewer):
    """A page whose parameters filter what it shows, all of them in its address.

    A subclass has a parameter for each name of ``FILTERS.NAMES`` and of ``BESIDES``. It calls ``_take_choices`` once
    its parameters know what may be chosen, and gives ``_layout``, ``_span_shown``, ``_loaded``, ``_look``,
    ``_changed`` and ``_show_notices``.
    """

    FILTERS: ClassVar[type[Filters]]
    # Parameters besides filters and page that the address holds too.
    BESIDES: ClassVar[tuple[str, ...]] = ()
    STYLE: ClassVar[str]
    LOOK_MILLISECONDS: ClassVar = 2000

    day = param.CalendarDateRange(default=None, allow_None=True, label="日期")
    page = param.Integer(default=1, bounds=(1, None), label="页码")

    _layout: pn.viewable.Viewable

    def __init__(self, shared: Live | None = None):
        """Show ``shared`` (that of the process if not given)."""
        super().__init__()
        self._live = shared if shared is not None else live()
        doc = pn.state.curdoc
        # Outside a server (a notebook, a test) all is done at once, in this thread.
        self._doc = doc if doc is not None and doc.session_context is not None else None
        self._notices: list[str] = []

    def __panel__(self) -> pn.viewable.Viewable:
        """Return the layout, built once; only content changes."""
        return self._layout

    @classmethod
    def state(cls) -> tuple[str, ...]:
        """Return the names of the parameters that the address holds."""
        return (*cls.FILTERS.NAMES, *cls.BESIDES, "page")

    @property
    def filters(self) -> Any:
        """The filters that the parameters stand for, as ``FILTERS``."""
        chosen = {name: getattr(self, name) for name in self.FILTERS.NAMES}
        return self.FILTERS(**{k: tuple(v) if isinstance(v, list) else v for k, v in chosen.items()})

    @property
    def address(self) -> str:
        """The query that holds every parameter."""
        return to_query(self, self.state())

    def active(self, css: str = "") -> ActiveHTML:
        """Return a piece of HTML whose buttons speak to this page."""
        return ActiveHTML(
            self.act,
            stylesheets=[self.STYLE],
            sizing_mode="stretch_width",
            margin=0,
            css_classes=css.split(),
        )

    def act(self, do: str, of: str, value: str) -> None:
        """Hear what an element of the page asks for, in whatever thread, and do it in the document's turn."""
        if self._doc is None:
            self._do(do, of, value)
        else:
            self._doc.add_next_tick_callback(partial(self._do, do, of, value))

    # What a subclass gives

    @property
    def _span_shown(self) -> tuple[dt.date, dt.date]:
        """The first and the last day of what there is to show."""
        raise NotImplementedError

    def _loaded(self) -> None:
        """Show the whole: what is sent before the browser says that it is ready, Panel takes as seen."""
        raise NotImplementedError

    def _look(self) -> None:
        """See whether there is something new to show."""
        raise NotImplementedError

    def _changed(self, *events: param.parameterized.Event) -> None:
        """Bring everything up to the parameters."""
        raise NotImplementedError

    def _show_notices(self) -> None:
        """Show what was to be told, and the filters as they are."""
        raise NotImplementedError

    # What it does for a subclass

    def _take_choices(self, choices: dict[str, Any]) -> None:
        """Take the parameters from ``choices``, then from the page's address."""
        self.param.update(**choices)
        self._notices += take_query(self, self.state(), page_query())

    def _begin(self) -> None:
        """Follow the parameters, and the library, from now on."""
        self.param.watch(self._changed, list(self.state()))
        if self._doc is not None:
            pn.state.onload(self._loaded)
            self._doc.add_periodic_callback(self._look, self.LOOK_MILLISECONDS)

    def _to_first_page(self, events: tuple[param.parameterized.Event, ...], *besides: str) -> None:
        """Begin at page one where a filter, or what is named, has changed."""
        if self.page != 1 and {event.name for event in events} & {*self.FILTERS.NAMES, *besides}:
            with param.parameterized.discard_events(self):
                self.page = 1

    def _do(self, do: str, of: str, value: str) -> None:
        """Do what is asked for; what makes no sense is ignored."""
        names = self.FILTERS.NAMES
        kind = type(self.param[of]) if of in self.state() else None
        match do:
            case "toggle" if kind is param.ListSelector:
                self._toggle(of, value)
            case "choose" if kind is param.Selector and value in self.param[of].objects:
                self.param.update(**{of: value})
            case "words" if "words" in names and value.strip():
                self.words = list(dict.fromkeys([*self.words, *value.replace(",", " ").split()]))
            case "remove" if of in names:
                kept = [v for v in getattr(self, of) if value and v != value] if of != "day" else None
                self.param.update(**{of: kept})
            case "clear":
                self.param.update(**{name: [] for name in names if name != "day"}, day=None)
            case "preset" if value in self._presets():
                self.day = self._presets()[value]
            case "from" | "to":
                self._set_date(do, value)
            case "page" if value.isdecimal():
                self.page = max(int(value), 1)
            case "dismiss":
                self._notices.clear()
                self._show_notices()

    def _toggle(self, name: str, label: str) -> None:
        chosen = list(getattr(self, name))
        if label in self.param[name].objects:
            kept = [v for v in chosen if v != label] if label in chosen else [*chosen, label]
            self.param.update(**{name: kept})

    def _set_date(self, which: str, text: str) -> None:
        try:
            date = dt.date.fromisoformat(text)
        except ValueError:
            return self._show_notices()
        start, end = self.day or self._span_shown
        start, end = (date, end) if which == "from" else (start, date)
        self.day = (start, end) if start <= end else (date, date)
        return None

    def _presets(self) -> dict[str, tuple[dt.date, dt.date] | None]:
        return date_presets(self._span_shown[1])
