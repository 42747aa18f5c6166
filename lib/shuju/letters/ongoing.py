"""What lasts some days and was computed from letters: hot issues and warnings, in memory."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from shuju.clock import now
from shuju.facts.frame_selection import FrameSelection, FrameTable
from shuju.facts.schema import FactSchema
from shuju.letters.facts import selection as select_letters
from shuju.library import Library
from shuju.library.scope import EVERYTHING

# Both tables are rewritten by one build; whoever reads one, reads the other beside it.
TABLES = ("hot_issues", "warnings", "letters")


class OngoingSelection(FrameSelection):
    """What is chosen among rows that last some days; ``day`` keeps what was going on at some time of these days.

    A region holds what lies in it. Rows stand in the order of their table. O(rows) a question.
    """

    @property
    def span(self) -> tuple[dt.date, dt.date]:
        """The day on which the first row began, and that of the newest letter."""
        today = (self.as_of or now()).date()
        known = self.held.first[~np.isnat(self.held.first)]
        return (min(known.min().item(), today) if len(known) else today), today


def ongoing_table(
    library: Library,
    schema: FactSchema,
    rows: pd.DataFrame,
    values: dict[str, pd.Series],
    days: tuple[str, str],
    text: pd.Series,
) -> FrameTable:
    """Return ``rows`` to be filtered by ``values`` and ``text``; ``days`` names the columns of first and last day."""
    letters = select_letters(library.limited_to(EVERYTHING))
    first, last = (pd.to_datetime(rows[name]).to_numpy().astype("datetime64[D]") for name in days)
    versions = tuple(library.version_of(table) for table in TABLES)
    is_synthetic = letters.is_synthetic and len(rows) > 0
    return FrameTable(
        rows, schema, values, first, last, text.str.lower(), versions, letters.newest, is_synthetic
    )
