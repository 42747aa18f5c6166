"""How letters were answered (答复情况): in term, overdue, by template, how long; judged on letters spread over time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuju.charts import look, theme
from shuju.facts.fact_selection import newest_of
from shuju.facts.selection import Selection
from shuju.letters.departments import department_kinds
from shuju.letters.replies import IN_TERM, OVERDUE, VETO, WAITING, assess_replies, reply_times
from shuju.series.survival import kaplan_meier, quantile_time
from shuju.standard.holidays import holidays

JUDGED = 5_000
BLOCK = 200
DEPARTMENTS = 8
DEPARTMENT_LETTERS = 30  # fewer judged letters than this make no rate of a department
PLOT_DAYS = 90
COLUMNS = ("title", "body", "motive", "writer_id", "department", "written_at", "reply", "replied_at")


@dataclass(frozen=True)
class Replies:
    """How the judged letters were answered: ``n`` of ``n_all``, waiting counted until ``until``.

    ``share_in_term`` is None where no letter is answered or past its term, ``median_days`` and ``p90_days``
    where fewer than that share were ever answered. ``curve`` is that of ``kaplan_meier``; ``departments`` that
    of ``reply_times`` by kind of department.
    """

    n: int
    n_all: int
    until: dt.datetime
    n_answered: int
    n_due: int
    share_in_term: float | None
    median_days: float | None
    p90_days: float | None
    n_overdue: int
    n_veto: int
    n_template: int
    quality: float | None
    curve: pd.DataFrame
    departments: pd.DataFrame


def replies_data(selection: Selection, as_of: dt.datetime) -> Replies:
    """Return how the letters of a selection were answered until ``as_of``.

    At most ``JUDGED`` letters are judged, spread evenly over time: the newest alone could not be late yet.
    """
    n = selection.total
    rows = selection.resources.take("letters", _spread_keys(selection, n).tolist(), COLUMNS)
    letters = rows.to_pandas()
    # What came after the newest letter or reply in the library is not known, so nothing waited longer for us.
    newest = newest_of(selection.facts)  # type: ignore[attr-defined]
    known = max((t for t in (newest, letters["replied_at"].max()) if pd.notna(t)), default=as_of)
    until = min(as_of, pd.Timestamp(known).to_pydatetime())
    judged = assess_replies(letters, until, holidays=_days_off())
    state, answered = judged["state"], judged["has_reply"]
    due = int((state != WAITING).sum())
    curve = kaplan_meier(judged["days"], answered)
    return Replies(
        n=len(judged),
        n_all=n,
        until=until,
        n_answered=int(answered.sum()),
        n_due=due,
        share_in_term=float((state == IN_TERM).sum() / due) if due else None,
        median_days=_known(quantile_time(curve)),
        p90_days=_known(quantile_time(curve, 0.9)),
        n_overdue=int(state.isin([OVERDUE, VETO]).sum()),
        n_veto=int((state == VETO).sum()),
        n_template=int(judged["is_template"].sum()),
        quality=_known(float(judged["quality"].mean())),
        curve=curve,
        departments=_by_department(judged, department_kinds(rows.column("department"))),
    )


def waiting_plot(curve: pd.DataFrame, median_days: float | None = None) -> Any:
    """Return the share of letters answered within so many days (``curve`` of ``kaplan_meier``), the half marked."""
    import holoviews as hv

    days = np.append(0, curve["time"].to_numpy())
    answered = np.append(0, 100 * (1 - curve["share_waiting"].to_numpy()))
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
        told = hv.Text(median_days + 1.5, 42, f"半数于 {median_days:.1f} 天内答复", fontsize=9, halign="left")
        layers.append(look.styled(told, page={"text_color": theme.INK}))
    whole = {
        "xlim": (0, PLOT_DAYS),
        "ylim": (0, 100),
        "yticks": [(at, f"{at}%") for at in range(0, 101, 25)],
        "xticks": [(at, f"{at} 天") for at in range(0, PLOT_DAYS + 1, 15)],
    }
    return look.laid_out(hv.Overlay(layers), page={"height": 220, **whole}, print_={"aspect": 3, **whole})


def _by_department(judged: pd.DataFrame, kinds: pa.ChunkedArray) -> pd.DataFrame:
    """Return ``reply_times`` of the kinds of department with enough letters, most letters first."""
    by = kinds.to_pandas().set_axis(judged.index).rename("department")
    enough = by.isin(by.value_counts().loc[lambda n: n >= DEPARTMENT_LETTERS].head(DEPARTMENTS).index)
    found = reply_times(judged[enough], by[enough])
    return found.sort_values("n", ascending=False, kind="stable") if len(found) else found


def _spread_keys(selection: Selection, n: int) -> npt.NDArray[np.int64]:
    """Return all keys, or those of ``JUDGED`` letters in blocks spread evenly over the letters in order of time."""
    if n <= JUDGED:
        return selection.keys(JUDGED)  # type: ignore[attr-defined]
    starts = np.linspace(0, n - BLOCK, JUDGED // BLOCK).astype(int)
    blocks = [selection.keys(BLOCK, first=int(start)) for start in starts]  # type: ignore[attr-defined]
    return np.unique(np.concatenate(blocks))


def _days_off() -> npt.NDArray[np.datetime64]:
    return np.concatenate([np.arange(h.first_day, h.last_day + 1) for h in holidays()])


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
