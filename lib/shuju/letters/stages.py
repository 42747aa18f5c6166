"""Stages of an issue (热点阶段): source 源头, transmission 传导, conversion 转化, each with its date.

Told from the letters alone: where and when voices (writers, each counted once) speak, and what they say. A
sign must come from two voices at least, so that one stray letter moves nothing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

STAGES = ("源头", "传导", "转化")
FIRST_VOICES = 5  # the voices that tell where a matter began
VOICES, SHARE = 2, 0.06  # as many as tell that it spread, or turned
TERM_DAYS = 21  # 15 working days
REPEATS = 3  # repeats past the term, unanswered, that tell that it turned

# What people write who are about to leave the mailbox for another way.
PETITION = (
    r"上访|信访局|越级|进京|请愿|维权|横幅|静坐|游行|示威|堵路|罢工|罢课|群体性|聚众|聚集"
    r"|集体(?:上访|信访|反映|维权|抗议|投诉|起诉|诉讼)|起诉|打官司|记者|电视台|媒体|曝光|舆情|热搜"
)


def says_petition(titles: pd.Series, bodies: pd.Series) -> np.ndarray:
    """Return which letters hold a word of petition, protest, court or media."""
    said = [
        texts.astype("string").str.contains(PETITION, regex=True).fillna(False).to_numpy(bool)
        for texts in (titles, bodies)
    ]
    return said[0] | said[1]


def stages(members: pd.DataFrame) -> pd.DataFrame:
    """Return by issue: origin_region, stage, source_at, transmission_at, conversion_at (null: not reached).

    ``members`` has issue_id, written_at, region_code, channel, is_repeat, is_petition, is_answered and is in the
    order of time within an issue. **源头** begins with the first letter; the origin is the region that most of the
    first five voices name, the earliest on a tie. **传导** begins with the first voice from another region (or,
    where no region is known, through another channel than the first), **转化** with the first letter with a word
    of petition, if two voices and 6 % of all do so, or with the third repeat that follows more than 21 days after
    a writer's first, unanswered letter; the earlier of the two. The stage is the last reached. Linear.
    """
    voices = members[~members["is_repeat"]]
    by = members.groupby("issue_id", sort=True)
    found = pd.DataFrame({"source_at": by["written_at"].min()})
    total = voices.groupby("issue_id").size().reindex(found.index, fill_value=0)
    needed = np.maximum(VOICES, np.ceil(SHARE * total))
    origin = _origin(voices, "region_code")
    found["origin_region"] = origin.reindex(found.index)
    known = origin.reindex(members["issue_id"]).notna().to_numpy()
    place = members["region_code"].where(known, members["channel"])
    home = origin.reindex(members["issue_id"]).array
    first_channel = _origin(voices, "channel").reindex(members["issue_id"]).array
    away = place.notna().to_numpy() & (
        place.array != pd.array(np.where(known, home, first_channel), "object")
    )
    found["transmission_at"] = _first(members, away & ~members["is_repeat"].to_numpy(), needed)
    petition = _first(members, members["is_petition"].to_numpy(), needed)
    found["conversion_at"] = pd.concat([petition, _third_repeat(members)], axis=1).min(axis=1)
    reached = [found["conversion_at"].notna(), found["transmission_at"].notna()]
    found["stage"] = pd.array(np.select(reached, [STAGES[2], STAGES[1]], STAGES[0]), "str")
    return found


def _origin(voices: pd.DataFrame, column: str) -> pd.Series:
    known = voices[voices[column].notna()]
    first = known[known.groupby("issue_id").cumcount() < FIRST_VOICES]
    count = first.groupby(["issue_id", column], sort=False, observed=True).size().rename("n").reset_index()
    return (
        count.sort_values("n", ascending=False, kind="stable")
        .drop_duplicates("issue_id")
        .set_index("issue_id")[column]
    )


def _first(members: pd.DataFrame, sign: np.ndarray, needed: pd.Series) -> pd.Series:
    """Return when the sign first shows, of issues in which enough letters show it."""
    shown = members[sign].groupby("issue_id")["written_at"].agg(["min", "size"]).reindex(needed.index)
    return shown["min"].where(shown["size"] >= needed)


def _third_repeat(members: pd.DataFrame) -> pd.Series:
    first = members.groupby(["issue_id", "writer"])["written_at"].transform("min")
    late = members["is_repeat"] & (members["written_at"] - first > pd.Timedelta(days=TERM_DAYS))
    late &= ~members["is_answered"].fillna(True).astype(bool)
    again = members[late]
    third = again[again.groupby("issue_id").cumcount() == REPEATS - 1]
    return third.set_index("issue_id")["written_at"].rename("third")
