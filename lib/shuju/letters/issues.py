"""Hot issues (热点诉求): letters by different people, in different words, about one matter at one place."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pandas as pd

from shuju.letters.affected import affected_letters
from shuju.letters.grouping import group
from shuju.letters.heat import heat
from shuju.letters.nearness import Scene, near_enough
from shuju.letters.repeats import find_repeats
from shuju.letters.stages import petition, stages
from shuju.letters.weighting import weights
from shuju.letters.wording import wordings
from shuju.letters.wording_cache import KnownWordings
from shuju.text.features import Rows
from shuju.text.terms import stop_words
from shuju.text.tokens import cut

VOICES = 3  # fewer people than this make no issue
REPRESENTATIVES = 5
_CARRIED = ("title", "region_code", "topic_1", "channel", "department", "likes")
MEMBERS = (
    *("letter_id", "issue_id", "is_repeat", "similarity", "written_at", "writer"),
    *(*_CARRIED, "is_answered", "petition", "clearness"),
)


def find_issues(
    letters: pd.DataFrame, known: pd.DataFrame | None = None, wording: KnownWordings | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the issues among letters, and their members.

    ``letters`` has letter_id, title, body, written_at; used where there are: writer_id, region_code, topic_1,
    channel, department, likes, and is_answered (null: not known) or else status, replied_at.
    ``known`` are the members that an earlier call returned. A day's
    letters are given together with those of the 180 days before: letters in ``known`` keep their issue, the others
    join one or start new ones; issues older than the letters given are carried on. An issue keeps its id, that of its
    first letter when it was found. With ``wording`` (of ``update_wordings``, by the letters' ``content_hash``) only what its new
    letters can move is placed; all else stays as it is in ``known``.

    ``members``: letter_id, issue_id, is_repeat (not the writer's first letter in the issue), similarity (to the
    centre of the others, 0 to 1), and what the issues are told from: written_at, writer, title,
    region_code, topic_1, channel, department, likes, is_answered, petition, clearness (how well the title says
    what the others say); in the order of issue and time.

    ``issues``, hottest first: issue_id, title (of the letter that says best what the others say), heat and
    its parts (``heat``), first_at, last_at, letters, writers, regions (list), origin_region,
    department, topic_1 (the most frequent), stage, its dates and signs (``stages``), representatives (letter ids).

    Issues have three writers at least. Time is linear in the characters and in the letters that share rare
    words within 180 days.
    """
    letters = _prepared(letters)
    held, names = _held(letters, known)
    scene = _scene(letters)
    rows, is_new = _wordings(letters, wording)
    rows = weights(rows, scene.day)
    join = near_enough(rows, scene)
    if names and not is_new.all():
        asked = affected_letters(rows, scene, is_new, held, join)
        letters, rows, scene = letters[asked], rows.take(asked), scene.take(asked)
        held, names = _renumbered(held[asked], names)
    number, near = group(rows, scene, held, join=join)
    members = _members(letters, number, near, names)
    if known is not None and len(known):
        gone = known[~known["letter_id"].isin(letters["letter_id"])]
        members = pd.concat([gone[list(MEMBERS)], members], ignore_index=True)
    members = _with_voices(members, known)
    members["clearness"] = _clearness(members)
    return _describe(members), members


def _wordings(letters: pd.DataFrame, wording: KnownWordings | None) -> tuple[Rows, np.ndarray]:
    """Return what the letters say, and which of them are new."""
    if wording is not None:
        return wording.of(letters["content_hash"].to_numpy())
    return wordings(letters["title"].tolist(), letters["body"].tolist()), np.ones(len(letters), bool)


def _prepared(letters: pd.DataFrame) -> pd.DataFrame:
    """Return each letter once, in order of time, with all optional columns."""
    found = letters.drop_duplicates("letter_id", keep="last").sort_values(
        ["written_at", "letter_id"], kind="stable", ignore_index=True
    )
    for column in ("writer_id", "region_code", "topic_1", "channel", "department", "status"):
        found[column] = (
            found[column].astype("string") if column in found else pd.array([None] * len(found), "string")
        )
    found["likes"] = (
        pd.to_numeric(found["likes"]).astype("Float64")
        if "likes" in found
        else pd.array([None] * len(found), "Float64")
    )
    replied = found["replied_at"].notna() if "replied_at" in letters else None
    answered = found["status"].isin(["answered", "closed"])
    if "is_answered" in letters:
        found["is_answered"] = found["is_answered"].astype("boolean")
    elif replied is not None:
        found["is_answered"] = (replied | answered).astype("boolean")
    else:
        found["is_answered"] = answered.astype("boolean").where(found["status"].notna())
    found["title"] = found["title"].astype("string")
    return found


def _held(letters: pd.DataFrame, known: pd.DataFrame | None) -> tuple[np.ndarray, list[str]]:
    """Return the number of each letter's known issue (-1 if none), and the ids by number."""
    if known is None or not len(known):
        return np.full(len(letters), -1), []
    issue = letters["letter_id"].map(known.drop_duplicates("letter_id").set_index("letter_id")["issue_id"])
    held, names = pd.factorize(issue)
    return held.astype(np.int64), list(names)


def _renumbered(held: np.ndarray, names: list[str]) -> tuple[np.ndarray, list[str]]:
    """Return the numbers without gaps, for new issues are numbered after them, and the names by them."""
    numbers, place = np.unique(held, return_inverse=True)
    n_free = int(np.searchsorted(numbers, 0))
    return place - n_free, [names[k] for k in numbers[n_free:].tolist()]


def _scene(letters: pd.DataFrame) -> Scene:
    region = letters["region_code"]
    return Scene(
        day=letters["written_at"].to_numpy("datetime64[s]").astype(np.int64) / 86400,
        county=pd.factorize(region.where(~region.str.endswith("00").fillna(True).astype(bool)))[0],
        prefecture=pd.factorize(region.str[:4].where(~region.str.endswith("0000").fillna(True).astype(bool)))[
            0
        ],
        topic=pd.factorize(letters["topic_1"])[0],
    )


def _members(letters: pd.DataFrame, number: np.ndarray, near: np.ndarray, names: list[str]) -> pd.DataFrame:
    """Return the letters of groups that many voices speak in, or that are held."""
    writer = _writers(letters, number)
    voices = pd.DataFrame({"number": number, "writer": writer}).drop_duplicates().groupby("number").size()
    is_issue = np.zeros(int(number.max(initial=-1)) + 1, np.bool_)
    is_issue[voices.index[voices >= VOICES]] = True
    is_issue[: len(names)] = True
    chosen = np.flatnonzero(is_issue[number]) if len(number) else np.zeros(0, np.int64)
    first = np.zeros(len(is_issue), np.int64)
    first[number[chosen][::-1]] = chosen[::-1]
    ids = ("issue-" + letters["letter_id"].astype("string")).to_numpy(object)[first]
    ids[: len(names)] = names
    found = letters.iloc[chosen]
    return pd.DataFrame(
        {
            "letter_id": found["letter_id"].array,
            "issue_id": pd.array(ids[number[chosen]], "str"),
            "is_repeat": False,
            "similarity": near[chosen],
            "written_at": found["written_at"].array,
            "writer": writer[chosen],
            **{name: found[name].array for name in _CARRIED},
            "is_answered": found["is_answered"].array,
            "petition": petition(found["title"], found["body"]),
            "clearness": np.nan,
        }
    )[list(MEMBERS)]


def _writers(letters: pd.DataFrame, number: np.ndarray) -> np.ndarray:
    """Return who wrote each letter; an unknown writer is taken to be the one of a nearly equal letter of the group."""
    writer = letters["writer_id"].to_numpy(object, na_value=None)
    unknown = letters["writer_id"].isna().to_numpy()
    own = letters["letter_id"].astype("string").to_numpy(object)
    writer = np.where(unknown, "letter " + own, writer)
    size = np.bincount(number)[number] if len(number) else number
    asked = np.flatnonzero(unknown & (size > 1))
    if len(asked):
        of = pd.Series(np.arange(len(letters)), own)
        same = find_repeats(letters.iloc[asked][["letter_id", "body"]])
        a = of[same["letter_id"].astype("string")].to_numpy()
        b = of[same["group_id"].astype("string")].to_numpy()
        together = number[a] == number[b]
        writer[a[together]] = writer[b[together]]
    return writer


def _with_voices(members: pd.DataFrame, known: pd.DataFrame | None) -> pd.DataFrame:
    """Return the members in the order of issue and time, with the repeats of one writer marked."""
    if known is not None and len(known):
        before = known.drop_duplicates("letter_id").set_index("letter_id")["writer"]
        members["writer"] = members["letter_id"].map(before).fillna(members["writer"])
    members = members.sort_values(["issue_id", "written_at", "letter_id"], kind="stable", ignore_index=True)
    members["is_repeat"] = members.duplicated(["issue_id", "writer"])
    return members


def _describe(members: pd.DataFrame) -> pd.DataFrame:
    by = members.groupby("issue_id", sort=True)
    found = pd.DataFrame(
        {
            "first_at": by["written_at"].min(),
            "last_at": by["written_at"].max(),
            "letters": by.size(),
            "writers": by["writer"].nunique(),
            "regions": _lists(members, "region_code").reindex(by.size().index),
            "department": _most_frequent(members, "department"),
            "topic_1": _most_frequent(members, "topic_1"),
        }
    )
    found["regions"] = [value if isinstance(value, list) else [] for value in found["regions"]]
    as_of = members["written_at"].max() if len(members) else pd.Timestamp(0)
    found = found.join(heat(members, as_of)).join(stages(members))
    told = members.sort_values(["clearness", "similarity"], ascending=False, kind="stable")
    found["title"] = told.drop_duplicates("issue_id").set_index("issue_id")["title"]
    spoken = told[~told["is_repeat"]]
    spoken = spoken[spoken.groupby("issue_id").cumcount() < REPRESENTATIVES]
    found["representatives"] = _lists(spoken, "letter_id")
    return found.reset_index().sort_values(["heat", "issue_id"], ascending=[False, True], ignore_index=True)


def _lists(members: pd.DataFrame, column: str) -> pd.Series:
    """Return the values of a column by issue, in order of first appearance."""
    pairs = members[["issue_id", column]].dropna().drop_duplicates()
    issue, ids = pd.factorize(pairs["issue_id"])
    order = np.argsort(issue, kind="stable")
    values, ends = pairs[column].to_numpy(object)[order].tolist(), np.cumsum(np.bincount(issue)).tolist()
    return pd.Series(
        [values[start:end] for start, end in zip([0, *ends], ends, strict=False)], ids, dtype=object
    )


def _most_frequent(members: pd.DataFrame, column: str) -> pd.Series:
    count = members.groupby(["issue_id", column], sort=True, observed=True).size().rename("n").reset_index()
    count = count.sort_values("n", ascending=False, kind="stable")
    return count.drop_duplicates("issue_id").set_index("issue_id")[column]


def _clearness(members: pd.DataFrame) -> np.ndarray:
    """Return how well each title says what the titles of its issue say; as it is known, where no letter is new.

    That is the mean share of titles with its words. Short titles name the matter but not what is wrong with it, so a
    word counts by its square share and the sum is divided by the root of the number of words.
    """
    known = members["clearness"].to_numpy(float, copy=True)
    is_asked = members["issue_id"].isin(members.loc[np.isnan(known), "issue_id"]).to_numpy()
    asked = members[is_asked]
    words = cut(asked["title"].fillna("").tolist())
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    rows = pd.DataFrame(
        {
            "row": np.repeat(np.arange(len(words)), lengths),
            "word": pd.array(list(chain.from_iterable(words)), "str"),
        }
    ).drop_duplicates()
    rows = rows[(rows["word"].str.len() > 1) & ~rows["word"].isin(stop_words())]
    rows["issue"] = pd.factorize(asked["issue_id"])[0][rows["row"]]
    size = asked.groupby("issue_id")["letter_id"].transform("size").to_numpy()
    share = rows.groupby(["issue", "word"])["row"].transform("size").to_numpy() / size[rows["row"]]
    summed = np.bincount(rows["row"], share**2, minlength=len(asked))
    known[is_asked] = summed / np.sqrt(2 + np.bincount(rows["row"], minlength=len(asked)))
    return known
