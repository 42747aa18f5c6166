"""Letters as pairs (成对): each letter once with all that may be known of it, and how surely near letters are of one matter.

What grouping at any threshold begins with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shuju.clock import wall_time
from shuju.letters.grouping import LEAST, Pairs, candidate_pairs
from shuju.letters.nearness import Scene, near_enough
from shuju.letters.profiles import Profiles, profiles, run_counts
from shuju.letters.same_matter import learned, pair_scores
from shuju.letters.scene import scene_of
from shuju.letters.weighting import weights
from shuju.letters.wording import wordings


@dataclass(frozen=True)
class Scored:
    """Letters in the order of time, and the pairs of them that may be of one matter."""

    letters: pd.DataFrame
    scene: Scene
    profiles: Profiles
    pairs: Pairs


def scored(letters: pd.DataFrame) -> Scored:
    """Return letters (columns as in ``find_issues``) with their pairs. O(characters, and letters that share rare words)."""
    letters = prepared(letters)
    scene = scene_of(letters)
    titles, bodies = letters["title"].tolist(), letters["body"].tolist()
    rows = weights(wordings(titles, bodies), scene.day)
    first, second = candidate_pairs(rows, scene, LEAST * near_enough(rows, scene))
    spoken = profiled(letters, scene, run_counts(titles, bodies))
    return Scored(letters, scene, spoken, Pairs(first, second, pair_scores(spoken, first, second, learned())))


def profiles_of(letters: pd.DataFrame) -> Profiles:
    """Return the profiles of a few letters, by which pairs of them are scored (columns as in ``find_issues``)."""
    letters = optional(letters)
    counts = run_counts(letters["title"].tolist(), letters["body"].tolist())
    return profiled(letters, scene_of(letters), counts)


def profiled(letters: pd.DataFrame, scene: Scene, counts: tuple[np.ndarray, int]) -> Profiles:
    """Return the profiles of prepared letters; ``counts`` of all runs of their characters (``run_counts``)."""
    writer = pd.factorize(letters["writer_id"])[0]
    return profiles(
        letters["title"].tolist(),
        letters["body"].tolist(),
        scene.day,
        scene.county,
        scene.prefecture,
        writer,
        counts,
    )


def prepared(letters: pd.DataFrame) -> pd.DataFrame:
    """Return each letter once, in order of time, with all optional columns."""
    found = letters.assign(written_at=wall_time(letters["written_at"]))
    found = found.drop_duplicates("letter_id", keep="last").sort_values(
        ["written_at", "letter_id"], kind="stable", ignore_index=True
    )
    return optional(found)


def optional(letters: pd.DataFrame) -> pd.DataFrame:
    """Return the letters with all columns that may be missing."""
    found = letters.copy()
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
