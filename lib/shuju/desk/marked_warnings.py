"""Warnings with what users said of them (预警与标注): recent and earlier ones, what is heard and what is muted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from shuju.clock import now
from shuju.desk.marks import (
    ACKNOWLEDGED,
    MUTED,
    RIGHT,
    VERDICT,
    WRONG,
    YES,
    Precision,
    precision,
    put,
    read_marks,
    undo,
)
from shuju.desk.store import open_desk
from shuju.facts.selection import Selection

RECENT_DAYS = 30
MUTE_DAYS = 30


@dataclass(frozen=True)
class Warned:
    """How many warnings of the days shown stand (neither muted nor wrong), how many of them nobody has acknowledged.

    ``n_earlier`` are those before these days.
    """

    n: int
    n_new: int
    n_earlier: int
    verdicts: Precision


@dataclass(frozen=True)
class MarkedWarnings:
    """Warnings by what is to be done: ``heard`` and ``muted`` ones of the days shown, ``earlier`` ones before these.

    Each has the columns of the table, and ``acknowledged, verdict, muted`` (of its series, a date as text),
    ``is_muted``.
    """

    heard: pd.DataFrame
    muted: pd.DataFrame
    earlier: pd.DataFrame


def marked_warnings_data(warnings: Selection, voices: int = 0) -> MarkedWarnings:
    """Return the warnings that pass, and in which at least so many ``voices`` speak.

    Where no days are chosen, those of the last ``RECENT_DAYS`` are shown, the others earlier.
    """
    marks = read_marks(open_desk(warnings.resources.home))
    rows = warnings.rows(warnings.n_all)
    rows = with_marks(rows[rows["n_voices"].fillna(rows["n_observed"]) >= voices], marks)
    day = today(warnings)
    rows["is_muted"] = np.array(
        [until is not None and until > day.isoformat() for until in rows[MUTED]], bool
    )
    is_recent = pd.Series(True, rows.index)
    if warnings.day is None:
        is_recent = pd.to_datetime(rows["day"]) > pd.Timestamp(day) - pd.Timedelta(days=RECENT_DAYS)
    shown = rows[is_recent]
    return MarkedWarnings(shown[~shown["is_muted"]], shown[shown["is_muted"]], rows[~is_recent])


def warned_data(warnings: Selection, voices: int = 0) -> Warned:
    """Return the figures of the warnings of ``marked_warnings_data``, and how many of all judged ones proved right."""
    found = marked_warnings_data(warnings, voices)
    heard = found.heard
    standing = heard[heard[VERDICT] != WRONG]
    # Whoever sees some warnings is told of the verdicts on these.
    among = set(warnings.held.rows["warning_id"]) if warnings.scope.of("warnings") else None  # type: ignore[attr-defined]
    verdicts = precision(open_desk(warnings.resources.home), among)
    return Warned(len(standing), int(standing[ACKNOWLEDGED].isna().sum()), len(found.earlier), verdicts)


def with_marks(warnings: pd.DataFrame, marks: pd.DataFrame) -> pd.DataFrame:
    """Return the warnings with ``acknowledged``, ``verdict`` and ``muted`` (of their series)."""
    ids = warnings["warning_id"]
    about = {ACKNOWLEDGED: ids, VERDICT: ids, MUTED: ids.map(series_of)}
    known = {kind: marks[kind].dropna().to_dict() for kind in about}
    told = {
        kind: pd.Series([known[kind].get(s) for s in about[kind]], ids.index, dtype=object) for kind in about
    }
    return warnings.assign(**told)


def series_of(warning_id: str) -> str:
    """Return the series of a warning, which is what is muted: its id without the day."""
    return warning_id.rpartition("-")[0]


def today(warnings: Selection) -> dt.date:
    """Return the day of the newest letter: recent and muted are counted from there."""
    return (warnings.as_of or now()).date()


def mark(desk: Engine, what: str, warning_id: str, day: dt.date, who: str = "") -> None:
    """Set a mark on ``day``, or take it away where it stands already; ``undo`` takes back the newest change.

    ``what`` is ``acknowledged``, ``muted`` (the whole series, for ``MUTE_DAYS``), ``right``, ``wrong`` or ``undo``;
    anything else does nothing.
    """
    at, series = now(), series_of(warning_id)
    (now_,) = with_marks(pd.DataFrame({"warning_id": [warning_id]}), read_marks(desk)).to_dict("records")
    match what:
        case "acknowledged":
            put(desk, warning_id, ACKNOWLEDGED, None if now_[ACKNOWLEDGED] else YES, at=at, who=who)
        case "muted":
            is_muted = now_[MUTED] is not None and now_[MUTED] > day.isoformat()
            until = (day + dt.timedelta(days=MUTE_DAYS)).isoformat()
            put(desk, series, MUTED, None if is_muted else until, at=at, who=who)
        case "right" | "wrong":
            value = RIGHT if what == "right" else WRONG
            put(desk, warning_id, VERDICT, None if now_[VERDICT] == value else value, at=at, who=who)
        case "undo":
            undo(desk, [warning_id, series], at=at, who=who)
