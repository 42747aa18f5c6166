"""Heat of an issue (热度指数): 0 to 100, of five parts that the result shows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shuju.letters.elsewhere import place_counts
from shuju.letters.stages import TERM_DAYS

# Of each part its weight, and the value that counts 100 (on a logarithmic scale).
WEIGHTS = {"volume": 0.40, "growth": 0.15, "breadth": 0.20, "likes": 0.10, "unanswered": 0.15}
FULL_VOICES, FULL_LIKES, FULL_REGIONS = 100, 1000, 14
RECENT_DAYS = 30


def heat(members: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return by issue heat_volume, heat_growth, heat_breadth, heat_likes, heat_unanswered and heat, 0 to 100.

    ``members`` has issue_id, written_at, writer, region_code, likes, is_repeat, is_answered. With voices v (writers, each
    counted once), regions r, likes l, voices of the last 30 days before ``as_of`` n and of the 30 before o:
    volume = 100 · log(1 + v) / log(101); growth = 100 · n / (n + o + 3); breadth = half volume, half 100 · log(r) / log(14);
    likes = 100 · log(1 + l) / log(1001); unanswered = percentage of letters older than 21 days without an
    answer; all cut at 100. Heat is their weighted mean; a part of which nothing is known is null and left
    out of it.
    """
    voices = members[~members["is_repeat"]]
    by = members.groupby("issue_id", sort=True)
    index = by.size().index
    count = voices.groupby("issue_id").size().reindex(index, fill_value=0)
    age = (as_of - voices["written_at"]) / pd.Timedelta(days=1)
    recent = _count(voices, age < RECENT_DAYS, index)
    before = _count(voices, (age >= RECENT_DAYS) & (age < 2 * RECENT_DAYS), index)
    regions = place_counts(members).reindex(index, fill_value=0)
    due = members[
        (as_of - members["written_at"] > pd.Timedelta(days=TERM_DAYS)) & members["is_answered"].notna()
    ]
    answered = due["is_answered"].astype(float).groupby(due["issue_id"]).mean().reindex(index)
    volume = _log_scale(count, FULL_VOICES)
    wide = (100 * np.log(np.maximum(regions, 1)) / np.log(FULL_REGIONS)).clip(upper=100)
    parts = pd.DataFrame(
        {
            "heat_volume": volume,
            "heat_growth": 100 * recent / (recent + before + 3),
            "heat_breadth": (volume + wide) / 2,
            "heat_likes": _log_scale(by["likes"].sum(min_count=1), FULL_LIKES),
            "heat_unanswered": 100 * (1 - answered),
        }
    )
    weight = np.array(list(WEIGHTS.values())) * parts.notna().to_numpy()
    parts["heat"] = (parts.fillna(0).to_numpy() * weight).sum(axis=1) / weight.sum(axis=1)
    return parts


def _count(voices: pd.DataFrame, where: pd.Series, index: pd.Index) -> pd.Series:
    return voices[where].groupby("issue_id").size().reindex(index, fill_value=0)


def _log_scale(value: pd.Series, full: int) -> pd.Series:
    return (100 * np.log1p(value.astype(float).clip(lower=0)) / np.log1p(full)).clip(upper=100)
