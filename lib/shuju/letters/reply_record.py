"""How letters were answered (答复情况): in term, overdue, how long, by whom; and the texts of the replies."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from shuju.charts import look, theme
from shuju.facts.selection import Selection
from shuju.letters.facts import ANSWERED
from shuju.letters.replies import assess_replies
from shuju.letters.reply_counts import ReplyCounts, days_told, reply_counts

READ = 20_000  # replies whose texts are read: some thousand a second
DEPARTMENTS = 8
DEPARTMENT_LETTERS = 30  # fewer letters of known answer than this make no rate of a department
PLOT_DAYS = 90
COLUMNS = ("key_hash", "title", "body", "writer_id", "department", "written_at", "reply", "replied_at")


@dataclass(frozen=True)
class Replies:
    """How letters were answered.

    ``counts`` are of all letters chosen, ``curve`` that of ``ReplyCounts.answered_within``; ``departments`` has ``name``
    and the ``ReplyCounts`` of each. Texts were read of ``n_read`` replies, the newest, of which ``n_template`` are
    templates; ``quality`` is their mean, None without any.
    """

    counts: ReplyCounts
    curve: pd.DataFrame
    departments: list[tuple[str, ReplyCounts]]
    n_read: int
    n_template: int
    quality: float | None


def replies_data(selection: Selection) -> Replies:
    """Return how the letters of a selection were answered. O(rows), and the texts of at most ``READ`` replies."""
    counts = reply_counts(selection)
    texts = _texts(selection)
    quality = texts["quality"].mean()
    return Replies(
        counts=counts,
        curve=counts.answered_within(),
        departments=_by_department(selection),
        n_read=len(texts),
        n_template=int(texts["is_template"].sum()),
        quality=None if np.isnan(quality) else float(quality),
    )


def _texts(selection: Selection) -> pd.DataFrame:
    """Return what ``assess_replies`` says of the newest replies that have a text."""
    asked = not selection.answer or ANSWERED in selection.answer
    keys = selection.copy(answer=[ANSWERED]).keys(READ) if asked else []  # type: ignore[attr-defined]
    letters = selection.resources.take("letters", list(keys), COLUMNS).to_pandas()
    letters["motive"] = selection.codes_at("motive", letters["key_hash"].to_numpy())  # type: ignore[attr-defined]
    letters = letters[letters["reply"].fillna("").str.strip() != ""].reset_index(drop=True)
    # All of these are answered, so none waits until any day.
    return assess_replies(letters, dt.datetime(2000, 1, 1))


def _by_department(selection: Selection) -> list[tuple[str, ReplyCounts]]:
    """Return the replies of the kinds of department with enough letters of known answer, most letters first."""
    n = selection.chosen_counts("department")[1:].sort_values(ascending=False, kind="stable")
    found = [
        (str(name), reply_counts(selection.copy(department=[name]))) for name in n[n > 0].index[:DEPARTMENTS]
    ]
    return [(name, counts) for name, counts in found if counts.n_known >= DEPARTMENT_LETTERS]


def waiting_plot(curve: pd.DataFrame, median_days: float | None = None) -> Any:
    """Return the share of letters answered within so many days (``answered_within``), the half marked."""
    import holoviews as hv

    days = np.append(0, curve["days"].to_numpy())
    answered = np.append(0, 100 * curve["share"].to_numpy())
    shown = days <= PLOT_DAYS
    steps = hv.Curve((days[shown], answered[shown]), "days", "answered")
    steps = look.styled(
        steps,
        page={"color": theme.PRIMARY, "line_width": 2, "interpolation": "steps-post"},
        print_={"color": theme.PRIMARY, "linewidth": 1.6, "interpolation": "steps-post"},
    )
    layers = [steps]
    if median_days is not None and median_days <= PLOT_DAYS:
        half = hv.Curve(([median_days, median_days, 0], [0, 50, 50]), "days", "answered")
        dashed = {"color": theme.ACCENT, "interpolation": "linear"}
        layers.append(
            look.styled(half, page=dashed | {"line_dash": "dashed"}, print_=dashed | {"linestyle": "--"})
        )
        told = hv.Text(
            median_days + 1.5, 42, f"半数于 {days_told(median_days)}内答复", fontsize=9, halign="left"
        )
        layers.append(look.styled(told, page={"text_color": theme.INK}))
    whole = {
        "xlim": (0, PLOT_DAYS),
        "ylim": (0, 100),
        "yticks": [(at, f"{at}%") for at in range(0, 101, 25)],
        "xticks": [(at, f"{at} 天") for at in range(0, PLOT_DAYS + 1, 15)],
    }
    return look.laid_out(hv.Overlay(layers), page={"height": 220, **whole}, print_={"aspect": 3, **whole})
