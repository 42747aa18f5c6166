"""What keeps the cards of one selection up to it: one question at a time, the newest wins, one update a frame.

Long, since what a visitor does and what follows from it change the same state.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import panel as pn
import param

from shuju.clock import now
from shuju.facts.address import parse, take_query, to_query
from shuju.facts.cards import Option
from shuju.facts.selection import Selection
from shuju.library import Library
from shuju.ui.newest import Newest
from shuju.ui.session import current

if TYPE_CHECKING:
    from shuju.ui.cards.live import LiveCard

log = logging.getLogger(__name__)
PAINT_SECONDS = 1.0
TOGETHER_MILLISECONDS = 8
BUSY_MILLISECONDS = 150  # what is answered sooner needs no word
Span = tuple[dt.date, dt.date]


class Link:
    """The cards of one selection, the options that they share, and the address that holds both.

    In a session of the server questions are answered in a thread; a copy of the selection is asked there, so
    that nobody changes it meanwhile. In a notebook, and in a test, all is done at once, one question after the
    other: JupyterLab hears each card in a thread of its own.
    """

    def __init__(self, selection: Selection, query: Mapping[str, str] | None = None, prefix: str = ""):
        """Follow ``selection``, whose filters are taken from ``query`` where it holds them."""
        self.selection, self.prefix = selection, prefix
        # The page as it is made: later, whose turn it is cannot be asked for, other threads change that.
        self.page = current()
        self.notices: list[str] = []
        self.news = 0
        self.cards: list[LiveCard] = []
        self.options: Any = type("Options", (param.Parameterized,), {})()
        self._query = {k.removeprefix(prefix): v for k, v in (query or {}).items() if k.startswith(prefix)}
        self._follows: list[str] = []
        self._watched: set[str] = set()
        self._doc = pn.state.curdoc if pn.state.curdoc and pn.state.curdoc.session_context else None
        self._twin = selection.copy()
        self._newest: Newest[dict[str, Any]] = Newest(self._answer)
        self._one_question = threading.RLock()
        self._painted = threading.Event()
        self._frame = 0
        self._is_loaded = self._is_asking = self._is_taking = False
        self._narrowing: list[str] = []
        self._unanswered: tuple[LiveCard, ...] = ()
        self._is_watched = False
        self._active = ""
        self.on_address: Callable[[], None] = lambda: None
        self.notices += selection.take(self._query)
        self._twin.choose(**self._chosen())
        selection.link = self
        selection.param.watch(self._changed, list(selection.filter_names()))

    @classmethod
    def of(cls, selection: Selection) -> Link:
        """Return the link of a selection, made when the first card asks for it."""
        if selection.link is None:
            page = current()
            page.add_link(selection) if page is not None else cls(selection)
        return selection.link

    @property
    def is_served(self) -> bool:
        """Whether the cards are on a page of the server, which says when the browser shows it."""
        return self._doc is not None

    # Options

    def add(self, card: LiveCard, options: Mapping[str, Option], given: Mapping[str, Any]) -> None:
        """Keep ``card`` up to the selection; cards with an option of the same name share its value."""
        self.cards.append(card)
        for name, option in options.items():
            if name in self.options.param:
                continue
            self.options.param.add_parameter(name, _parameter(option, given.get(name, option.default)))
            self.notices += take_query(self.options, [name], self._query)
            self.options.param.watch(self._changed, name)
            if option.follows:
                self._follows.append(name)
            if option.narrows:
                self._narrowing.append(name)

    def option_values(self) -> dict[str, Any]:
        """Return the value of each option."""
        return {name: getattr(self.options, name) for name in self.option_names()}

    def option_names(self) -> list[str]:
        """Return the names of all options."""
        return [name for name in self.options.param if name != "name"]

    @property
    def address(self) -> str:
        """The query that holds every filter and every option."""
        parts = [self.selection.query, to_query(self.options, self.option_names())]
        text = "&".join(part for part in parts if part)
        return "&".join(self.prefix + part for part in text.split("&")) if self.prefix else text

    def finish(self) -> None:
        """Tell of what stands in the address and is neither a filter nor an option."""
        known = {*self.selection.filter_names(), *self.option_names()}
        self.notices += [
            f"链接中没有“{quote(name)[:40]}”这一项，已忽略" for name in self._query if name not in known
        ]

    # What the user does

    def act(self, do: str, of: str, value: str, slot: str = "") -> None:
        """Hear what an element asks for, in whatever thread, and do it in the document's turn."""
        if do == "painted":
            if value == str(self._frame):
                self._painted.set()
        elif self._doc is None:
            with self._one_question:
                self._do(do, of, value, slot)
        else:
            self._doc.add_next_tick_callback(partial(self._do, do, of, value, slot))

    def _do(self, do: str, of: str, value: str, slot: str) -> None:
        for card in self.cards:
            if card.slot == slot and card.act(do, of, value):
                return
        selection, filters = self.selection, self.selection.filter_names()
        match do:
            case "toggle" if of in filters or of in self.option_names():
                self.toggle(of, value)
            case "choose" if of in self.option_names():
                self.set_option(of, value)
            case "words" if "words" in filters and value.strip():
                words = [*selection.words, *value.replace(",", " ").split()]
                selection.param.update(words=list(dict.fromkeys(words)))
            case "word" if "word" in filters and value.strip():
                held = [word for word in selection.word if word != value]
                selection.param.update(word=held if value in selection.word else [*held, value])
            case "remove" if of in filters:
                now_ = getattr(selection, of)
                kept = [v for v in now_ if value and v != value] if isinstance(now_, list) else None
                selection.param.update(**{of: kept})
            case "unset" if of in self._narrowing:
                self._unset(of, value)
            case "clear":
                self.clear()
            case "address":
                self.take_address(parse(value))
            case "again":
                self.refresh()
            case "preset" if value in self.presets():
                selection.param.update(day=self.presets()[value])
            case "from" | "to":
                self._set_date(do, value)
            case "enter" if of in filters:
                self.enter(of)
            case "dismiss":
                self.notices.clear()
                self.refresh()

    def narrowing(self) -> dict[str, Any]:
        """Return the options that leave rows out, as filters do, where they are not at their defaults."""
        values = {name: getattr(self.options, name) for name in self._narrowing}
        return {name: value for name, value in values.items() if value != self.options.param[name].default}

    def clear(self) -> None:
        """Take every filter back, and every option that leaves rows out."""
        with self._one_change():
            self.options.param.update({name: self.options.param[name].default for name in self._narrowing})
            self.selection.param.update(**self._nothing_chosen())

    def _unset(self, name: str, label: str) -> None:
        """Take back one label of an option that leaves rows out, or all of it."""
        default, now_ = self.options.param[name].default, getattr(self.options, name)
        kept = [v for v in now_ if v != label] if isinstance(now_, list) and label else default
        self.options.param.update(**{name: kept})

    def take_address(self, query: Mapping[str, str]) -> None:
        """Go to the filters and options that an address holds, as Back and Forward do; what it lacks is not chosen."""
        own = {k.removeprefix(self.prefix): v for k, v in query.items() if k.startswith(self.prefix)}
        with self._one_change():
            filters = self.selection.filter_names()
            absent = self._nothing_chosen()
            self.selection.param.update({name: absent[name] for name in filters if name not in own})
            self.notices = self.selection.take(own)
            names = self.option_names()
            self.options.param.update({n: self.options.param[n].default for n in names if n not in own})
            self.notices += take_query(self.options, names, own)

    @contextmanager
    def _one_change(self) -> Iterator[None]:
        """Hold several changes for one question; nothing that follows is reset between them."""
        self._is_taking = True
        try:
            yield
        finally:
            self._is_taking = False
        for card in self.cards:
            card.mark()
        self.ask()

    def _nothing_chosen(self) -> dict[str, Any]:
        names = self.selection.filter_names()
        return {name: [] if isinstance(getattr(self.selection, name), list) else None for name in names}

    def toggle(self, name: str, label: str) -> None:
        """Choose a label of a filter or of an option, or take it back; what is no list of labels is left alone."""
        holder = self.selection if name in self.selection.filter_names() else self.options
        parameter = holder.param[name]
        if not isinstance(parameter, param.ListSelector):
            return
        chosen = list(getattr(holder, name))
        if label in chosen:
            chosen.remove(label)
        elif label in parameter.objects:
            chosen.append(label)
        holder.param.update(**{name: chosen})

    def set_option(self, name: str, text: str) -> None:
        """Set an option from text; what makes no sense is ignored."""
        take_query(self.options, [name], {name: text})

    def enter(self, dimension: str) -> None:
        """Hear that the pointer rests on a dimension: its filter will be changed next."""
        if dimension != self._active:
            self._active = dimension
            self.ask()

    def presets(self) -> dict[str, Span | None]:
        """Return the spans of days that a page offers; they end on the newest day of the data, not today."""
        if not self.selection.n_all:
            return {"全部": None}
        last = self.selection.span[1]
        year = "今年" if last.year == now().year else f"{last.year}年"
        spans = {f"近{n}天": (last - dt.timedelta(days=n - 1), last) for n in (7, 30)}
        return {
            "全部": None,
            **spans,
            "近一年": (last - dt.timedelta(days=364), last),
            year: (last.replace(month=1, day=1), last),
        }

    def _set_date(self, which: str, text: str) -> None:
        try:
            date = dt.date.fromisoformat(text)
        except ValueError:
            return self.refresh()
        start, end = self.selection.day or self.selection.span
        start, end = (date, end) if which == "from" else (start, date)
        self.selection.param.update(day=(start, end) if start <= end else (date, date))
        return None

    # What follows from it

    def begin(self) -> None:
        """Answer from now on: the browser shows the page."""
        self._is_loaded = True
        self.ask()

    def refresh(self) -> None:
        """Show every card anew, though nothing may have changed."""
        for card in self.cards:
            card.forget()
        self.ask()

    def renew(self, newer: Selection) -> None:
        """Go over to a newer state of the rows; filters stay."""
        self.news = newer.n_all - self.selection.n_all
        self.look_with(newer.resources)
        for selection in (self.selection, self._twin):
            selection.renew(newer.held if hasattr(newer, "held") else newer.whole)
        for card in self.cards:
            card.renewed()
        self.ask()

    def is_outdated(self, seconds: float = 0.0) -> bool:
        """Whether nobody waits for what is being answered: a newer question is there within ``seconds``, or the visitor left."""
        return self._doc is not None and (self._newest.comes_newer(seconds) or self._is_left())

    def _is_left(self) -> bool:
        """Whether the visitor left: Bokeh takes a document apart when its session ends."""
        return self._doc is not None and self._doc.session_context is None

    def look_with(self, library: Library) -> None:
        """Go over to another state of the library: of its tables, and of what of them is seen."""
        for selection in (self.selection, self._twin):
            selection.resources = library

    def ask(self) -> None:
        """Have the cards answered for the filters and options as they are."""
        self._is_asking = False
        self.on_address()
        if self._doc is None:
            with self._one_question:
                self._answer(self._question())
        elif self._is_loaded:
            self._newest.offer(self._question())
            self._watch()

    def ask_soon(self) -> None:
        """Ask once all ends of an axis have come; the browser sends them in two messages."""
        if self._doc is None:
            self.ask()
        elif not self._is_asking:
            self._is_asking = True
            self._doc.add_timeout_callback(self.ask, TOGETHER_MILLISECONDS)

    def _changed(self, *events: param.parameterized.Event) -> None:
        if self._is_taking:
            return
        changed = {event.name for event in events}
        for name in self._follows:
            if name not in changed:
                with param.parameterized.discard_events(self.options):
                    setattr(self.options, name, self.options.param[name].default)
        for card in self.cards:
            card.mark()
        self.ask()

    def _question(self) -> dict[str, Any]:
        return {"filters": self._chosen(), "options": self.option_values(), "active": self._active}

    def _chosen(self) -> dict[str, Any]:
        return {name: getattr(self.selection, name) for name in self.selection.filter_names()}

    def _answer(self, question: Mapping[str, Any]) -> None:
        """Answer card by card, the quick ones first; a newer question ends it. One update a frame."""
        twin = self._twin
        twin.param.update(**question["filters"])
        keys = {card: card.key(twin, question["options"]) for card in self.cards}
        self._unanswered = tuple(card for card in self.cards if keys[card] != card.answered)
        try:
            self._answer_in_stages(question, keys)
        finally:
            self._unanswered = ()

    def _answer_in_stages(self, question: Mapping[str, Any], keys: Mapping[LiveCard, Any]) -> None:
        twin = self._twin
        stages: dict[tuple[float, bool], list[LiveCard]] = {}
        for card in keys:
            stages.setdefault((card.rest_seconds, card.is_heavy), []).append(card)
        for (rest, is_heavy), cards in sorted(stages.items()):
            if rest and question["active"] and not self.is_outdated():
                twin.activate(question["active"])  # Falcon's way: what the pointer rests on changes next
            if self._is_left() or (rest and self.is_outdated(rest)):
                return
            waiting = [card for card in cards if keys[card] != card.answered]
            answered = [(card, keys[card], card.compute(twin, question["options"])) for card in waiting]
            self._unanswered = tuple(card for card in self._unanswered if card not in waiting)
            if answered:
                # The browser shows the light answers while the heavy ones are computed; then it sets the pace.
                waits = not rest and (is_heavy or (0.0, True) not in stages)
                self._send(answered, question["options"], waits=waits)

    def _send(
        self, answered: list[tuple[LiveCard, Any, Any]], options: Mapping[str, Any], *, waits: bool
    ) -> None:
        if self._doc is None:
            self._show(answered, options, None)
            return
        if self._is_left():
            return
        if not waits:
            self._doc.add_next_tick_callback(partial(self._show, answered, options, None))
            return
        self._painted.clear()
        self._frame += 1
        self._doc.add_next_tick_callback(partial(self._show, answered, options, self._frame))
        self._painted.wait(PAINT_SECONDS)

    def _show(
        self, answered: list[tuple[LiveCard, Any, Any]], options: Mapping[str, Any], frame: int | None
    ) -> None:
        """Send what changed, and have the browser say when it has painted ``frame``."""
        for card, key, answer in answered:
            if answer is None:
                card.fail()
                continue
            try:
                card.show(answer)
                self._mend(card, options, answer)
            except Exception:
                log.exception("card %s could not be shown", card.card.name)
                card.fail()
            else:
                card.answered = key
        page = self.page if self._doc is not None else None
        if page is not None and page.wire.busy:
            page.wire.busy = self._slots_unanswered()
        if page is not None and frame is not None:
            # Use a separate tick: Bokeh flushes the patches above at the end of this one.
            self._doc.add_next_tick_callback(partial(page.wire.param.update, frame=frame))

    def _mend(self, card: LiveCard, asked: Mapping[str, Any], answer: Any) -> None:
        """Write the page that is shown into the address where the one asked for does not exist."""
        page = getattr(answer, "attrs", {}).get("page")
        for name, option in card.card.options.items():
            is_page = page is not None and option.follows and isinstance(option.default, int)
            if is_page and page != getattr(self.options, name) == asked.get(name):
                with param.parameterized.discard_events(self.options):
                    setattr(self.options, name, page)
                self.on_address()

    def _watch(self) -> None:
        """Have the browser say which cards still show an answer to an older question if that takes more than a moment."""
        if self._doc is not None and not self._is_watched:
            self._is_watched = True
            self._doc.add_timeout_callback(self._tell_busy, BUSY_MILLISECONDS)

    def _tell_busy(self) -> None:
        self._is_watched = False
        slots = self._slots_unanswered()
        if self.page is not None and slots:
            self.page.wire.busy = slots
            self._watch()  # the next stage may take long, too

    def _slots_unanswered(self) -> list[str]:
        return [card.slot for card in self._unanswered]


def _parameter(option: Option, value: Any) -> param.Parameter:
    if option.choices is not None and isinstance(option.default, list):
        return param.ListSelector(
            default=value, objects=list(option.choices), check_on_set=True, label=option.label
        )
    if option.choices is not None:
        return param.Selector(default=value, objects=list(option.choices), label=option.label)
    if isinstance(option.default, int):
        return param.Integer(default=value, bounds=(option.low, option.high), label=option.label)
    if isinstance(option.default, list):
        return param.List(default=value, item_type=str, label=option.label)
    return param.String(default=value, label=option.label)
