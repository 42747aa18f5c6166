"""Annotations on a trend: which of them whoever looks sees on it, as a layer of its figure, as a list, as marks of its print."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, HoverTool, Plot, Range1d, Text, VStrip
from sqlalchemy import Engine

from shuju.access import present
from shuju.charts import theme
from shuju.desk.annotations import Annotation, annotation_change, annotations_seen
from shuju.desk.store import open_desk
from shuju.facts.filters import Range
from shuju.facts.selection import Selection
from shuju.library import Library
from shuju.ui.templates import render

SHORT = 10  # characters of a note that stand in the figure
_told: dict[Engine, Any] = {}


def chosen_labels(selection: Selection) -> dict[str, list[str]]:
    """Return the labels that are chosen by dimension, without days and words."""
    words = selection.searches
    return {
        name: list(labels)
        for name, labels in selection.filters.items()
        if not isinstance(labels, Range) and name not in words
    }


def notes_of(selection: Selection) -> list[Annotation]:
    """Return the annotations that whoever asks sees on a trend of these filters; about rows that they do not see, none."""
    by = present()
    if by is None or selection.scope.shows_nothing_of(selection.table):
        return []
    found = annotations_seen(
        open_desk(selection.resources.home), by, selection.table, chosen_labels(selection)
    )
    if not selection.scope.of(selection.table):
        return found
    seen = {name: _seen_labels(selection, name) for one in found for name in one.filters}
    return [one for one in found if all(set(labels) & seen[name] for name, labels in one.filters.items())]


def notes_version(library: Library) -> Any:
    """Return what moves when an annotation does.

    Where a thread follows the library, it is what that thread saw last (``tell_notes_version``): a session that is told of
    something new must not find the version of a moment ago.
    """
    desk = open_desk(library.home)
    return _told.get(desk) if library.is_followed else annotation_change(desk)


def tell_notes_version(desk: Engine, version: Any) -> None:
    """Say what the thread that follows a library saw of its annotations; before it says that there is something new."""
    _told[desk] = version


def add_layer(figure: Plot) -> ColumnDataSource:
    """Put the layer of annotations into a trend's figure; return its source, which ``note_columns`` fills."""
    source = ColumnDataSource(note_columns([]))
    figure.extra_y_ranges = {**figure.extra_y_ranges, "notes": Range1d(0, 1)}
    band = figure.add_glyph(
        source, VStrip(x0="first", x1="last", fill_color=theme.ACCENT, fill_alpha=0.16, line_color=theme.ACCENT, line_alpha=0.8)
    )  # fmt: skip
    label = Text(
        x="first",
        y="height",
        text="label",
        text_font_size="12px",
        text_font=value(theme.FONT),
        text_color=theme.INK,
        x_offset=4,
    )
    figure.add_glyph(source, label, y_range_name="notes")
    figure.add_tools(
        HoverTool(renderers=[band], tooltips="<div>@told</div>", visible=False, point_policy="follow_mouse")
    )
    return source


def note_columns(notes: Sequence[Annotation]) -> Mapping[str, list[Any]]:
    """Return the columns of the layer: where each band begins and ends (ms), how high its label stands, its words."""
    return {
        "first": [_ms(one.first_day) for one in notes],
        "last": [_ms(one.last_day + dt.timedelta(days=1)) for one in notes],
        "height": [0.88 - 0.1 * (number % 3) for number in range(len(notes))],
        "label": [one.text if len(one.text) <= SHORT else one.text[:SHORT] + "…" for one in notes],
        "told": [f"{one.days_told}　{one.text}（{one.name}）" for one in notes],
    }


def list_html(notes: Sequence[Annotation]) -> str:
    """Return the annotations as a list below the controls of a trend, empty where there are none."""
    return render("trend_notes.html", notes=notes) if notes else ""


def with_notes(found: pd.DataFrame, notes: Sequence[Annotation]) -> pd.DataFrame:
    """Return a trend with annotations to be printed; what was given is left as it is, for others have it too."""
    told = [(one.first_day.isoformat(), one.last_day.isoformat(), one.text) for one in notes]
    copied = found.copy(deep=False)
    copied.attrs = found.attrs | {"notes": told}
    return copied


def _seen_labels(selection: Selection, dimension: str) -> set[str]:
    return {label for label, n in zip(selection.labels(dimension), selection.codes_of_all(dimension)) if n}


def _ms(day: dt.date) -> float:
    return (dt.datetime.combine(day, dt.time()) - dt.datetime(1970, 1, 1)) / dt.timedelta(milliseconds=1)
