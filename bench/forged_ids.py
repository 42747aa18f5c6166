"""Ids of others' letters, asked for by each role: what is answered, and whether the time of the answer tells that they exist.

    python -m bench.forged_ids HOME [ids]

HOME is a library with letters of several regions (``shuju demo --no-serve``). For a department of a county the ids of letters of other
counties are asked for, and as many that nobody has, in turns of chance, by each way that takes an id: the letter's page, its contacts,
its correction, the letter itself. Told are rows answered, answers that differ, and the AUC of the times, foreign against not there:
0.5 tells nothing.
Fails if a row is answered or an answer differs.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.stats import rankdata

from shuju.access import NotAllowedError, Subject, entered
from shuju.access.roles import DEPARTMENT
from shuju.desk.vault import reveal
from shuju.library import Library, open_library
from shuju.pages.detail.letter import correct_topic, letter_html

Way = Callable[[Library, str], object]


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("home", type=Path)
    asked.add_argument("ids", type=int, nargs="?", default=10_000)
    given = asked.parse_args()
    library = open_library(given.home)
    letters = library.read("letters", ["letter_id", "region_code"]).dropna()
    own = letters["region_code"].value_counts().index[0]
    foreign = letters.loc[letters["region_code"] != own, "letter_id"]
    chance = np.random.default_rng(1)
    foreign = chance.choice(foreign, min(given.ids, len(foreign)), replace=False)
    known = set(letters["letter_id"])
    invented = [other for letter_id in foreign if (other := other_id(letter_id, chance)) not in known]
    subject = Subject("forger", "承办人", DEPARTMENT, "某县", (own,))
    print(
        "| way | foreign | not there | rows | answers that differ | AUC of times |\n|---|---|---|---|---|---|"
    )
    failed = 0
    for name, way in WAYS.items():
        failed += tried(name, way, library, subject, list(foreign), invented, chance)
    return failed


def tried(
    name: str,
    way: Way,
    library: Library,
    subject: Subject,
    foreign: list[str],
    invented: list[str],
    chance: np.random.Generator,
) -> int:
    """Ask for all by one way; print and return how many answers were wrong."""
    asked = [(str(letter_id), True) for letter_id in foreign] + [(letter_id, False) for letter_id in invented]
    chance.shuffle(asked)  # type: ignore[arg-type]
    times: dict[bool, list[float]] = {True: [], False: []}
    answers: dict[str, int] = {}
    with entered(subject):
        limited = open_library(library.home.uri)
        for letter_id, is_foreign in asked:
            began = time.perf_counter()
            try:
                answer = str(way(limited, letter_id))
            except (NotAllowedError, ValueError) as refusal:
                answer = f"{type(refusal).__name__}: {refusal}"
            times[is_foreign].append(time.perf_counter() - began)
            plain = re.sub(re.escape(letter_id), "·", answer)
            answers[plain] = answers.get(plain, 0) + 1
    rows = sum(n for answer, n in answers.items() if "letter_id" in answer)
    differ = len(asked) - max(answers.values())
    print(
        f"| {name} | {len(foreign):,} | {len(invented):,} | {rows} | {differ} | {auc(times[True], times[False]):.3f} |",
        flush=True,
    )
    return rows + differ


def auc(one: list[float], other: list[float]) -> float:
    """Return how well the times of one tell them from the other, 0.5 not at all, whichever is slower."""
    ranks = rankdata([*one, *other])[: len(one)]
    found = (ranks.sum() - len(one) * (len(one) + 1) / 2) / (len(one) * len(other))
    return float(max(found, 1 - found))


def other_id(letter_id: str, chance: np.random.Generator) -> str:
    """Return an id that looks like another: its digits changed."""
    return "".join(str(chance.integers(10)) if c.isdecimal() else c for c in letter_id)


def the_letter(library: Library, letter_id: str) -> object:
    return library.get("letters", letter_id)


def its_contacts(library: Library, letter_id: str) -> object:
    return reveal(library, letter_id, "核实情况")


def its_correction(library: Library, letter_id: str) -> object:
    return correct_topic(library, {"id": letter_id, "topic": "交通运输"})


WAYS: dict[str, Way] = {
    "the letter": the_letter,
    "its page": letter_html,
    "its contacts": its_contacts,
    "its correction": its_correction,
}

if __name__ == "__main__":
    sys.exit(main())
