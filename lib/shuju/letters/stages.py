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

# What people write who are about to leave the mailbox for the street, and those who turn to court or media.
STREET = (
    r"上访|信访局|越级|提级|进京|请愿|横幅|静坐|游行|示威|罢工|罢课|群体性|聚众|联名信"
    r"|集体(?:信访|反映|维权|抗议|投诉|起诉|诉讼)|(?:去|到|进)[省市县京][里城]?信访"
)
COURT_OR_MEDIA = r"维权|聚集|起诉|记者|电视台|媒体|网媒|短视频|舆情|热搜"
CENTRAL = (
    0.6  # of the median similarity of an issue: a letter that is less may be a stranger, and tells no spread
)


def petition(titles: pd.Series, bodies: pd.Series) -> np.ndarray:
    """Return of each letter (int8) 2 where it speaks of petition or protest, 1 of court or media, else 0."""
    said = titles.astype("string").fillna("") + "\n" + bodies.astype("string").fillna("")
    street, media = (
        said.str.contains(words, regex=True).to_numpy(bool) for words in (STREET, COURT_OR_MEDIA)
    )
    return np.where(street, 2, media).astype(np.int8)


def stages(members: pd.DataFrame) -> pd.DataFrame:
    """Return by issue: origin_region, stage, source_at, transmission_at, conversion_at (null: not reached).

    ``members`` has issue_id, written_at, writer, region_code, channel, similarity, is_repeat, petition, is_answered and is
    in the order of time within an issue. **源头** begins with the first letter; the origin is the region that most of the
    first five voices name, the earliest on a tie. **传导** begins with the first voice from another region (or,
    where no region is known, through another channel than the first), if two voices and 6 % of all are
    such. **转化** begins with the first letter that speaks of petition or protest (counts 2), court or
    media (counts 1), if they come to 2 and to 6 % of the voices; or with the third repeat that comes more than 21
    days after its writer's first letter, unanswered; the earlier of the two. Letters far from the centre
    of the issue do not count for 传导. The stage is the last reached. Linear.
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
    central = members["similarity"] >= CENTRAL * by["similarity"].transform("median")
    found["transmission_at"] = _first(members, away & central & ~members["is_repeat"], needed)
    turned = _first(members, members["petition"], needed)
    found["conversion_at"] = pd.concat([turned, _third_repeat(members)], axis=1).min(axis=1)
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


def _first(members: pd.DataFrame, sign: pd.Series, needed: pd.Series) -> pd.Series:
    """Return when a sign first shows, of issues in which its sum is as much as is needed."""
    shows = members.assign(sign=sign.astype(int))[sign.to_numpy() > 0].groupby("issue_id")
    shown = shows.agg(at=("written_at", "min"), sum=("sign", "sum")).reindex(needed.index)
    return shown["at"].where(shown["sum"] >= needed)


def _third_repeat(members: pd.DataFrame) -> pd.Series:
    first = members.groupby(["issue_id", "writer"])["written_at"].transform("min")
    late = members["is_repeat"] & (members["written_at"] - first > pd.Timedelta(days=TERM_DAYS))
    late &= ~members["is_answered"].fillna(True).astype(bool)
    again = members[late]
    third = again[again.groupby("issue_id").cumcount() == REPEATS - 1]
    return third.set_index("issue_id")["written_at"].rename("third")
