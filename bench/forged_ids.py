"""Ids of others' letters and records, asked for as each role: what is answered, and whether the time of the answer tells that they exist.

    python -m bench.forged_ids HOME [ids]

HOME is a library with letters of several regions (``shuju demo --no-serve``). Whoever does not see a row asks for it, and for as many ids
that nobody has, in turns of chance, by each way that takes an id: the row itself, its page, and of letters the contacts and the correction.
A department of a county asks for letters of other counties; who sees all letters, masked, asks for contacts. Told are rows answered,
answers that differ, and the AUC of the times, foreign against not there: 0.5 tells nothing. Fails if a row is answered or an answer differs.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from shuju.access import NotAllowedError, Subject, entered
from shuju.access.roles import ANALYST, DEPARTMENT, GOVERNORS, LEADER, ROLES
from shuju.desk.vault import reveal
from shuju.library import Library, open_library
from shuju.pages.detail.letter import correct_topic, letter_html
from shuju.pages.detail.record import record_html

Way = Callable[[Library, str], object]


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("home", type=Path)
    asked.add_argument("ids", type=int, nargs="?", default=10_000)
    given = asked.parse_args()
    library = open_library(given.home)
    letters = library.read("letters", ["letter_id", "region_code"]).dropna()
    own = str(letters["region_code"].value_counts().index[0])
    records = library.read("records", ["record_id"])["record_id"]
    chance = np.random.default_rng(1)
    of_others = ids_of(
        letters.loc[letters["region_code"] != own, "letter_id"], given.ids, letters["letter_id"], chance
    )
    any_letters = ids_of(letters["letter_id"], given.ids, letters["letter_id"], chance)
    any_records = ids_of(records, given.ids, records, chance)
    print(
        "| role | way | foreign | not there | rows | answers that differ | AUC of times |\n|---|---|---|---|---|---|---|"
    )
    failed = 0
    for role in ROLES:
        subject = Subject("forger", "某人", role, "某县", (own,) if role == DEPARTMENT else ())
        ids = of_others if role == DEPARTMENT else any_letters
        for name, way in LETTER_WAYS.items():
            if name in BY_RIGHT.get(role, LETTER_WAYS):
                failed += tried(name, way, library, subject, ids, chance)
        if role in GOVERNORS:
            for name, way in RECORD_WAYS.items():
                failed += tried(name, way, library, subject, any_records, chance)
    return failed


def ids_of(
    kept: pd.Series, n: int, known: pd.Series, chance: np.random.Generator
) -> tuple[list[str], list[str]]:
    """Return so many ids that there are, and as many that look like them and nobody has."""
    there = [str(i) for i in chance.choice(kept, min(n, len(kept)), replace=False)]
    taken = set(known)
    return there, [other for i in there if (other := other_id(i, chance)) not in taken]


def tried(
    name: str,
    way: Way,
    library: Library,
    subject: Subject,
    ids: tuple[list[str], list[str]],
    chance: np.random.Generator,
) -> int:
    """Ask for all by one way; print and return how many answers were wrong."""
    foreign, invented = ids
    asked = [(row_id, True) for row_id in foreign] + [(row_id, False) for row_id in invented]
    chance.shuffle(asked)  # type: ignore[arg-type]
    times: dict[bool, list[float]] = {True: [], False: []}
    answers: dict[str, int] = {}
    with entered(subject):
        limited = open_library(library.home.uri)
        for row_id, is_foreign in asked:
            began = time.perf_counter()
            try:
                answer = str(way(limited, row_id))
            except (NotAllowedError, ValueError) as refusal:
                answer = f"{type(refusal).__name__}: {refusal}"
            times[is_foreign].append(time.perf_counter() - began)
            plain = re.sub(re.escape(row_id), "·", answer)
            answers[plain] = answers.get(plain, 0) + 1
    rows = sum(n for answer, n in answers.items() if "letter_id" in answer or "record_id" in answer)
    differ = len(asked) - max(answers.values())
    print(
        f"| {subject.role} | {name} | {len(foreign):,} | {len(invented):,} | {rows} | {differ} | {auc(times[True], times[False]):.3f} |",
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


def the_record(library: Library, record_id: str) -> object:
    return library.get("records", record_id)


def its_contacts(library: Library, letter_id: str) -> object:
    return reveal(library, letter_id, "核实情况")


def its_correction(library: Library, letter_id: str) -> object:
    return correct_topic(library, {"id": letter_id, "topic": "交通运输"})


LETTER_WAYS: dict[str, Way] = {
    "the letter": the_letter,
    "its page": letter_html,
    "its contacts": its_contacts,
    "its correction": its_correction,
}
RECORD_WAYS: dict[str, Way] = {"the record": the_record, "its page": record_html}
# Who sees every letter asks for what even they may not have.
BY_RIGHT = {LEADER: ("its contacts", "its correction"), ANALYST: ("its contacts",)}

if __name__ == "__main__":
    sys.exit(main())
