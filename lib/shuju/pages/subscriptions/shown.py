"""What a card shows to whoever asks, as figures: its measures (主数值), lines of text, the matters in it.

A card's measures are the numbers of its headline; of a chart or table of counts (a frame with a column ``n``) the one sum of what
it shows. Other cards have none: nothing can be above or below it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import pandas as pd

from shuju.charts.printing import png
from shuju.desk.marked_warnings import marked_warnings_data
from shuju.desk.subscriptions.shown import Measured, Shown
from shuju.facts.cards import find
from shuju.facts.selection import Selection
from shuju.letters.measures import MEASURES
from shuju.letters.warning_selection import warnings_beside
from shuju.ui.cards.address import asked, refuse_unknown
from shuju.ui.cards.answers import answer

LINES = 5
# Headline figures that are no measures of letters: name, unit (empty: that of the rows).
OTHERS: Mapping[str, tuple[str, str]] = {
    "n": ("总量", ""), "n_sites": ("涉及网站", "个"), "n_counties": ("涉及县市区", "个"), "last_7": ("近 7 天", ""),
    "before_7": ("此前 7 天", ""), "last_30": ("近 30 天", ""), "before_30": ("此前 30 天", ""),
}  # fmt: skip
NAMES = ("name", "term", "group")


def shown(card_name: str, query: str) -> Shown:
    """Return what a card of the default library shows to the person who asks (``shuju.access.entered``), within their sight.

    Raises:
        FactsError: no such card, filter or option.
        NotAllowedError: the person sees nothing of the card's table.
    """
    card, given = find(card_name), dict(parse_qsl(query))
    refuse_unknown(card, given)
    selection, options = asked(card, given)
    found = answer(card, selection, options)
    measures = measures_of(selection, found)
    warnings = _warnings(selection)
    lines = [f"{selection.noun}：{selection.total:,} {selection.unit}"]
    lines += [f"{one.title}：{one.told}" for name, one in measures.items() if name != "n"] or _parts(
        selection, found
    )
    if selection.table == "hot_issues":
        lines.append(f"预警：{len(warnings):,} 条")

    def picture() -> bytes:
        return png(
            card.plot(found, **{name: options[name] for name in card.options}), *card.print_size(found)
        )

    return Shown(
        card.name, card.title, card.table, measures, tuple(lines), _issues(selection), warnings, selection.describe(),
        selection.as_of, selection.is_synthetic, None if card.plot is None else picture,
    )  # fmt: skip


def measures_of(selection: Selection, found: Any) -> dict[str, Measured]:
    """Return the measures of a card by name, empty where it has no single number."""
    if isinstance(found, pd.DataFrame) and "n" in found:
        total = float(found["n"].sum())
        return {"n": Measured(f"{selection.noun}合计", total, selection.unit)}
    if not dataclasses.is_dataclass(found):
        return {}
    measures = {}
    for field in dataclasses.fields(found):
        value = getattr(found, field.name)
        if (
            value is None
            or isinstance(value, bool)
            or not isinstance(value, int | float)
            or math.isnan(value)
        ):
            continue
        if selection.table == "letters" and field.name in MEASURES:
            measures[field.name] = Measured(
                MEASURES[field.name].title, float(value), MEASURES[field.name].unit
            )
        elif field.name in OTHERS:
            title, unit = OTHERS[field.name]
            measures[field.name] = Measured(title, float(value), unit or selection.unit)
    return measures


def _parts(selection: Selection, found: Any) -> list[str]:
    """Return the largest parts of a frame of counts, of a trend the newest periods."""
    if not isinstance(found, pd.DataFrame) or "n" not in found:
        return []
    if "start" in found and "group" not in found:
        last = found[found["n"] > 0].tail(LINES)
        return [
            f"{row.start:%Y-%m-%d} 起：{row.n:,} {selection.unit}" for row in last.itertuples(index=False)
        ]
    name = next((name for name in NAMES if name in found), None)
    if name is None:
        return []
    most = found.groupby(name, sort=False)["n"].sum().sort_values(ascending=False, kind="stable")
    return [f"{told}：{n:,} {selection.unit}" for told, n in most[most > 0].head(LINES).items()]


def _issues(selection: Selection) -> tuple[str, ...]:
    if selection.table != "hot_issues" or not selection.total:
        return ()
    return tuple(sorted(selection.rows(selection.total, ["issue_id"])["issue_id"]))


def _warnings(selection: Selection) -> tuple[str, ...]:
    if selection.table != "hot_issues" or selection.resources.version_of("warnings") < 0:
        return ()
    if selection.scope.shows_nothing_of("warnings"):
        return ()
    return tuple(sorted(marked_warnings_data(warnings_beside(selection)).heard["warning_id"]))
