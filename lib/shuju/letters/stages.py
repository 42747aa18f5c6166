"""Stages of an issue (热点阶段): source 源头, transmission 传导, conversion 转化, each with its date and its sign.

Told from where, when and about what voices (writers, each counted once) speak, and from what they say. A sign must
count 2, so that one stray letter moves nothing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from shuju.letters.elsewhere import is_elsewhere
from shuju.letters.nearness import ELSEWHERE, IN_PREFECTURE, OTHER_TOPIC

STAGES = ("源头", "传导", "转化")
FIRST_VOICES = 5  # the voices that tell where a matter began
ENOUGH = 2  # what signs must add up to
SHARE = 0.06  # of the voices, that must have spread
TERM_DAYS = 21  # 15 working days
REPEATS = 3  # repeats past the term, unanswered, that tell that it turned

# What people write who are about to leave the mailbox for the street, and those who turn to court or media.
STREET = (
    r"上访|信访局|越级|提级|进京|请愿|横幅|静坐|游行|示威|罢工|罢课|群体性|联名信"
    r"|集体(?:信访|反映|维权|抗议|投诉|起诉|诉讼)|(?:去|到|进)[省市县京][里城]?信访"
)
COURT_OR_MEDIA = r"维权|聚集|起诉|记者|电视台|媒体|网媒|短视频|舆情|热搜"
# Of the median nearness of an issue's letters to its centre, place and topic apart: a letter that is less near may be
# a stranger, and tells no spread; one that is as near is none, and counts for two.
NEAR, CENTRAL = 0.6, 0.9


def petition(titles: pd.Series, bodies: pd.Series) -> np.ndarray:
    """Return for each letter (int8) 2 if it speaks of petition or protest, 1 if of court or media, else 0."""
    said = titles.astype("string").fillna("") + "\n" + bodies.astype("string").fillna("")
    street, media = (
        said.str.contains(words, regex=True).to_numpy(bool) for words in (STREET, COURT_OR_MEDIA)
    )
    return np.where(street, 2, media).astype(np.int8)


def stages(members: pd.DataFrame) -> pd.DataFrame:
    """Return by issue: origin_region, stage, source_at, transmission_at, conversion_at (null: not reached), and what
    told of the two: transmission_sign, conversion_sign (``stage_signs``).

    ``members`` has issue_id, written_at, writer, region_code, topic_1, channel, similarity, is_repeat, petition,
    is_answered and is in the order of time within an issue. **源头** begins with the first letter; the origin is the
    region that most of the first five voices name, the earliest on a tie. **传导** begins with the first voice from
    another place (``is_elsewhere``; where no region is known, through another channel than the first five), if such voices
    count 2 and 6 % of all: a voice counts 2 if its letter is as near to the centre of the issue as most, 1 if less, 0 if
    far; or with the first of two voices, and 6 % of all, on one other topic than the first five. **转化**
    begins with the first letter that speaks of petition or protest (counts 2), court or media (counts 1), if they come to 2;
    or with the third repeat that comes more than 21 days after its writer's first letter, unanswered. The
    earlier date counts; the stage is the last reached. Linear.
    """
    voices = members[~members["is_repeat"]]
    by = members.groupby("issue_id", sort=True)
    found = pd.DataFrame({"source_at": by["written_at"].min()})
    origin = {name: _origin(voices, name) for name in ("region_code", "channel", "topic_1")}
    found["origin_region"] = origin["region_code"].reindex(found.index)
    central = _central(voices, origin)
    needed = np.maximum(ENOUGH, np.ceil(SHARE * voices.groupby("issue_id").size())).reindex(found.index)
    knows_place = voices["issue_id"].isin(origin["region_code"].index)
    region = _first(voices, central * _is_away(voices, origin), needed)
    channel = _first(voices, central * _is_other(voices, origin, "channel") * ~knows_place, needed)
    topic = _first_topic(voices[(central == 2) & _is_other(voices, origin, "topic_1")], needed)
    said = _first(members, members["petition"].to_numpy(), pd.Series(ENOUGH, found.index))
    signs = {
        "transmission": {"region": region, "channel": channel, "topic": topic},
        "conversion": {"petition": said, "repeat": _third_repeat(members)},
    }
    for stage, dates in signs.items():
        table = pd.DataFrame(dates, found.index, dtype="datetime64[us]")
        found[f"{stage}_at"] = table.min(axis=1)
        found[f"{stage}_sign"] = _sign(table)
    return found.assign(stage=reached(found))


def reached(dates: pd.DataFrame) -> np.ndarray:
    """Return the last stage that has a date, by ``transmission_at`` and ``conversion_at``."""
    has = [dates["conversion_at"].notna(), dates["transmission_at"].notna()]
    return np.select(has, [STAGES[2], STAGES[1]], STAGES[0]).astype(object)


def _sign(dates: pd.DataFrame) -> pd.Series:
    """Return the column with the earliest date of each row."""
    first = dates.fillna(pd.Timestamp.max.floor("us")).to_numpy().argmin(axis=1)
    return pd.Series(dates.columns.to_numpy()[first], dates.index).where(dates.notna().any(axis=1))


def _is_other(voices: pd.DataFrame, origin: dict[str, pd.Series], column: str) -> np.ndarray:
    """Tell which voices name another value than the origin of their issue; what is not known is none."""
    home = origin[column].reindex(voices["issue_id"]).astype("string").array
    other = voices[column].astype("string").array != home
    return other.fillna(False).to_numpy(bool)


def _is_away(voices: pd.DataFrame, origin: dict[str, pd.Series]) -> np.ndarray:
    """Tell which voices are of another place than the origin of their issue."""
    return is_elsewhere(voices["region_code"], origin["region_code"].reindex(voices["issue_id"]))


def _central(voices: pd.DataFrame, origin: dict[str, pd.Series]) -> np.ndarray:
    """Return of each voice 2 if it is as near to the centre of its issue as most, 1 if less, 0 if far.

    What grouping took off for another place or topic is given back: it would make each letter from elsewhere a stranger.
    """
    away = _is_away(voices, origin)
    home = origin["region_code"].reindex(voices["issue_id"]).astype("string").array
    beside = (voices["region_code"].astype("string").str[:4].array == pd.Series(home).str[:4].array).fillna(
        False
    )
    near = voices["similarity"].to_numpy(float)
    near = near / np.where(away, np.where(beside, IN_PREFECTURE, ELSEWHERE), 1)
    near = near / np.where(_is_other(voices, origin, "topic_1"), OTHER_TOPIC, 1)
    median = pd.Series(near, voices.index).groupby(voices["issue_id"]).transform("median").to_numpy()
    return (near >= NEAR * median).astype(np.int8) + (near >= CENTRAL * median)


def _origin(voices: pd.DataFrame, column: str) -> pd.Series:
    known = voices[voices[column].notna()]
    first = known[known.groupby("issue_id").cumcount() < FIRST_VOICES]
    count = first.groupby(["issue_id", column], sort=False, observed=True).size().rename("n").reset_index()
    return (
        count.sort_values("n", ascending=False, kind="stable")
        .drop_duplicates("issue_id")
        .set_index("issue_id")[column]
    )


def _first(members: pd.DataFrame, counts: np.ndarray, needed: pd.Series) -> pd.Series:
    """Return when a sign first shows, of issues in which it counts as much as is needed."""
    shows = members.assign(counts=counts)[counts > 0].groupby("issue_id")
    shown = shows.agg(at=("written_at", "min"), sum=("counts", "sum")).reindex(needed.index)
    return shown["at"].where(shown["sum"] >= needed)


def _first_topic(voices: pd.DataFrame, needed: pd.Series) -> pd.Series:
    """Return when another topic first shows, of issues in which as many voices as are needed speak of that one."""
    by = (
        voices.groupby(["issue_id", "topic_1"], observed=True)["written_at"]
        .agg(["min", "size"])
        .reset_index()
    )
    by = by[by["size"].to_numpy() >= needed.reindex(by["issue_id"]).to_numpy()]
    return by.groupby("issue_id")["min"].min().reindex(needed.index)


def _third_repeat(members: pd.DataFrame) -> pd.Series:
    first = members.groupby(["issue_id", "writer"])["written_at"].transform("min")
    late = members["is_repeat"] & (members["written_at"] - first > pd.Timedelta(days=TERM_DAYS))
    late &= ~members["is_answered"].fillna(True).astype(bool)
    again = members[late]
    third = again[again.groupby("issue_id").cumcount() == REPEATS - 1]
    return third.set_index("issue_id")["written_at"].rename("third")
