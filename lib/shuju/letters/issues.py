"""Hot issues (热点诉求): letters by different people, in different words, about one matter at one place.

Letters of one matter are a *matter* (同一事项), be they two by one writer; a matter of ``LEAST_WRITERS`` writers is a hot issue.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from shuju.letters.affected import affected_letters
from shuju.letters.decisions import Decision, applied, constraints, renamed
from shuju.letters.grouping import LEAST, Pairs, candidate_pairs, group, title_truth
from shuju.letters.issue_summary import clearness, describe
from shuju.letters.nearness import near_enough
from shuju.letters.profiles import Profiles, names_of, run_counts
from shuju.letters.repeats import find_repeats
from shuju.letters.same_matter import learned, pair_scores
from shuju.letters.scene import scene_of
from shuju.letters.scored import prepared, profiled
from shuju.letters.stages import petition
from shuju.letters.weighting import weights
from shuju.letters.wording import wordings
from shuju.letters.wording_cache import KnownWordings
from shuju.text.features import Rows

LEAST_WRITERS = 3  # fewer people than this make no issue
_CARRIED = ("title", "region_code", "topic_1", "channel", "department", "likes")
MEMBERS = (
    *("letter_id", "issue_id", "is_repeat", "similarity", "written_at", "writer"),
    *(*_CARRIED, "is_answered", "petition", "names", "holds", "clearness"),
)


def find_issues(
    letters: pd.DataFrame,
    known: pd.DataFrame | None = None,
    wording: KnownWordings | None = None,
    decisions: Sequence[Decision] = (),
    threshold: float | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the hot issues among letters, and the members of these and of all lesser matters.

    ``letters`` has letter_id, title, body, written_at; used where there are: writer_id, region_code, topic_1,
    channel, department, likes, and is_answered (null: not known) or else status, replied_at.
    ``known`` are the members that an earlier call returned. A day's letters are given together with those of the 180
    days before: letters of a known hot issue keep it, the others join one or start new matters; matters older than
    the letters given are carried on. An issue keeps its id, that of its
    first letter when it was found. With ``wording`` (of ``update_wordings``, by the letters' ``content_hash``) only what its new
    letters can move is placed; all else stays as it is in ``known``. ``decisions`` of people hold whatever the letters
    say (oldest first). ``threshold``: the log-odds from which two letters are of one matter; as learned from pairs that
    people read if not given.

    ``members``: letter_id, issue_id, is_repeat (not the writer's first letter in the issue), similarity (how near it is
    to the others by its words, place and topic, 0 to 1), and what the issues are told from: written_at, writer, title,
    region_code, topic_1, channel, department, likes, is_answered, petition, names (that the letter writes, joined by 、), holds
    (share of the others in which all names of its title stand), clearness (how well the title says
    what the others say; null in lesser matters); in the order of issue and time. A matter has two letters at least.

    ``issues``, hottest first: issue_id, title (``issue_title``, or the name that people gave), heat and
    its parts (``heat``), first_at, last_at, letters, writers, regions (list), origin_region,
    department, topic_1 (the most frequent), stage, its dates and signs (``stages``), representatives (letter ids),
    related (ids of issues that name the same things).

    Issues have three writers at least. Time is linear in the characters and in the letters that share rare
    words within 180 days.
    """
    decisions = list(decisions)
    letters = prepared(letters)
    if known is not None and len(known):
        known = applied(known, decisions)
    before, held, names = _held(letters, known)
    scene = scene_of(letters)
    rows, is_new = _wordings(letters, wording)
    rows = weights(rows, scene.day)
    join = near_enough(rows, scene)
    counts = run_counts(letters["title"].tolist(), letters["body"].tolist())
    if known is not None and len(known) and not is_new.all():
        asked = affected_letters(rows, scene, is_new, before, join)
        letters, rows, scene = letters[asked].reset_index(drop=True), rows.take(asked), scene.take(asked)
        held, names = _renumbered(held[asked], names)
    model = learned()
    first, second = candidate_pairs(rows, scene, LEAST * join)
    spoken = profiled(letters, scene, counts)
    pairs = Pairs(first, second, pair_scores(spoken, first, second, model))
    limits = constraints(decisions, letters["letter_id"])
    number, sure = group(
        spoken, scene, pairs, held, limits, model, model.threshold if threshold is None else threshold
    )
    members = _members(letters, number, sure, names, spoken, known)
    if known is not None and len(known):
        gone = known[~known["letter_id"].isin(letters["letter_id"])]
        members = pd.concat([gone[list(MEMBERS)], members], ignore_index=True)
    members = _with_voices(members, known)
    hot = _is_hot(members)
    members.loc[hot, "clearness"] = clearness(members[hot])
    return describe(members[hot].reset_index(drop=True), renamed(members, decisions)), members


def _is_hot(members: pd.DataFrame) -> np.ndarray:
    """Tell which members are of a matter with ``LEAST_WRITERS`` writers or more."""
    writers = members[~members["is_repeat"]].groupby("issue_id").size()
    hot = writers.index[writers >= LEAST_WRITERS]
    return members["issue_id"].isin(hot).to_numpy(bool)


def _wordings(letters: pd.DataFrame, wording: KnownWordings | None) -> tuple[Rows, np.ndarray]:
    """Return what the letters say, and which of them are new."""
    if wording is not None:
        return wording.of(letters["content_hash"].to_numpy())
    return wordings(letters["title"].tolist(), letters["body"].tolist()), np.ones(len(letters), bool)


def _held(letters: pd.DataFrame, known: pd.DataFrame | None) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return the number of each letter's known matter (-1 if none), the same of those that stay as they are, and their ids.

    Hot issues stay, and matters of which a letter is not given; the others may grow together.
    """
    if known is None or not len(known):
        nothing = np.full(len(letters), -1)
        return nothing, nothing, []
    issue = letters["letter_id"].map(known.drop_duplicates("letter_id").set_index("letter_id")["issue_id"])
    stays = known.loc[_is_hot(known) | ~known["letter_id"].isin(letters["letter_id"]).to_numpy(), "issue_id"]
    before = pd.factorize(issue)[0].astype(np.int64)
    held, names = pd.factorize(issue.where(issue.isin(stays)))
    return before, held.astype(np.int64), list(names)


def _renumbered(held: np.ndarray, names: list[str]) -> tuple[np.ndarray, list[str]]:
    """Return the numbers without gaps, for new issues are numbered after them, and the names by them."""
    numbers, place = np.unique(held, return_inverse=True)
    n_free = int(np.searchsorted(numbers, 0))
    return place - n_free, [names[k] for k in numbers[n_free:].tolist()]


def _members(
    letters: pd.DataFrame,
    number: np.ndarray,
    sure: np.ndarray,
    names: list[str],
    spoken: Profiles,
    known: pd.DataFrame | None,
) -> pd.DataFrame:
    """Return the letters that are not alone with their matter, or whose matter is held."""
    writer = _writers(letters, number)
    is_matter = np.bincount(number, minlength=len(names)) > 1
    is_matter[: len(names)] = True
    chosen = np.flatnonzero(is_matter[number]) if len(number) else np.zeros(0, np.int64)
    ids = _ids(letters["letter_id"], number, names, known)
    holds = title_truth(spoken, number)
    told = np.array(names_of(spoken), object)
    found = letters.iloc[chosen]
    return pd.DataFrame(
        {
            "letter_id": found["letter_id"].array,
            "issue_id": pd.array(ids[number[chosen]], "str"),
            "is_repeat": False,
            "similarity": sure[chosen],
            "written_at": found["written_at"].array,
            "writer": writer[chosen],
            **{name: found[name].array for name in _CARRIED},
            "is_answered": found["is_answered"].array,
            "petition": petition(found["title"], found["body"]),
            "names": pd.array(told[chosen], "str"),
            "holds": holds[chosen],
            "clearness": np.nan,
        }
    )[list(MEMBERS)]


def _ids(
    letter_ids: pd.Series, number: np.ndarray, names: list[str], known: pd.DataFrame | None
) -> np.ndarray:
    """Return the id of each group: its own if held; that of the known matter of its first letter; else of its first letter."""
    own = letter_ids.astype("string").to_numpy(object)
    _, first = np.unique(number, return_index=True)
    ids = "issue-" + own[first] if len(first) else np.zeros(0, object)
    full = np.empty(max(int(number.max(initial=-1)) + 1, len(names)), object)
    full[number[first]] = ids
    full[: len(names)] = names
    taken = set(names)
    if known is not None and len(known):
        before = known.drop_duplicates("letter_id").set_index("letter_id")["issue_id"]
        taken |= set(known.loc[~known["letter_id"].isin(letter_ids), "issue_id"])
        had = letter_ids.map(before).to_numpy(object)
        at = np.flatnonzero(pd.notna(had) & (number >= len(names)))
        for k in at.tolist():
            if full[number[k]] != had[k] and had[k] not in taken and full[number[k]] not in taken:
                full[number[k]] = had[k]
            taken.add(full[number[k]])
    seen = set(names)
    for fresh in np.unique(number[number >= len(names)]).tolist():
        while full[fresh] in seen:
            full[fresh] += "-2"
        seen.add(full[fresh])
    return full


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
