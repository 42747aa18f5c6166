"""What sight costs: a brush step and the first answers of the page of letters, with a scope and without.

``python -m bench.sight [letters] [steps]`` (1,000,000 and 40 if not given). Two pairs, asked in turn in one process: an
analyst, whose scope shows every letter, beside the same library without any scope; and a department of one prefecture
beside a library that never held other letters. A step sets the days and asks every figure that a brush moves;
the first answers are those of all cards, on a selection made anew. The first question of a scope to a version of
the facts picks its rows once, told apart. Fails if the answers of a pair differ.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc

import shuju
from bench.letter_library import make_library, random_batches
from shuju.access import Subject, entered
from shuju.desk.organisations import answerable, of_region
from shuju.desk.store import open_desk
from shuju.facts import append_facts
from shuju.facts.cards import all_cards
from shuju.letters import facts as letter_facts
from shuju.library import Library, close_to_strangers, share, unshare
from shuju.library.scope import EVERYTHING

PLACE = "430100"
GOAL = 1.10
# What reads bodies, the same few of them in each world, and would drown the rest.
READS_BODIES = ("letters.list", "letters.words")


@dataclass(frozen=True)
class World:
    """A library, how it is opened, and as whom it is asked."""

    name: str
    opened: Callable[[], Library]
    entered: Callable[[], AbstractContextManager[object]]

    def selection(self, **filters: object) -> shuju.Selection:
        """Return a new selection of letters."""
        return letter_facts.selection(self.opened()).copy(**filters)


def main(letters: int, steps: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        whole = make_library(Path(folder) / "whole", letters)
        own = make_library(Path(folder) / "own", 3_000)
        refill(own, letters)
        desk = open_desk(whole.home)
        place = of_region(desk, PLACE)
        theirs = answerable(desk, place.id)
        analyst = Subject("a", "a", "analyst")
        department = Subject("d", "d", "department", place.name, theirs.regions, theirs.library, theirs.departments)  # fmt: skip
        share(whole)
        close_to_strangers()
        failed = 0
        print("| who | letters seen | what | without sight, ms | with sight, ms | ratio |\n|" + "---|" * 6)
        for who, alone, subject in (("分析员", whole, analyst), ("承办部门", own, department)):
            unlimited = alone.limited_to(EVERYTHING)
            without = World(f"{who} without", lambda alone=unlimited: alone, nullcontext)
            within = World(who, lambda: shuju.open(whole.home.uri), lambda one=subject: entered(one))
            failed += compare(who, without, within, steps)
        unshare(whole)
    return failed


def refill(library: Library, letters: int) -> None:
    """Give a library the facts of one prefecture alone, of as many letters as the whole has."""
    facts = letter_facts.newest(library)
    own = (table.filter(pc.equal(table["library"].cast("string"), PLACE)) for table in random_batches(letters - facts.n, 1))  # fmt: skip
    append_facts(facts.path, own, source_version=facts.source_version)


def compare(who: str, without: World, within: World, steps: int) -> int:
    """Print the lines of one pair; return how many of its answers differ."""
    started = time.perf_counter()
    with within.entered():
        n = within.selection().total
    print(
        f"| {who} | {n:,} | rows of the scope picked, once a version | | {1000 * (time.perf_counter() - started):.0f} | |"
    )
    differ = 0
    for what, ask in (("brush step", brushed), ("first answers", opened)):
        times: dict[str, list[float]] = {"without": [], "within": []}
        for low, high in spans(steps):
            answers = []
            for name, world in (("without", without), ("within", within)):
                started = time.perf_counter()
                with world.entered():
                    answers.append(ask(world, low, high))
                times[name].append(1000 * (time.perf_counter() - started))
            differ += answers[0] != answers[1]
        one, other = (np.median(times[name][2:]) for name in ("without", "within"))
        print(f"| {who} | {n:,} | {what} | {one:.1f} | {other:.1f} | {other / one:.2f} |", flush=True)
        if other > GOAL * one:
            print(f"more than {GOAL}: {who}, {what}", file=sys.stderr)
    return differ


def spans(steps: int) -> Iterator[tuple[pd.Timestamp, pd.Timestamp]]:
    end = pd.Timestamp.now().normalize()
    for step in range(steps + 2):
        yield end - pd.Timedelta(days=900 + 7 * step), end - pd.Timedelta(days=60 + 3 * step)


_kept: dict[str, shuju.Selection] = {}


def brushed(world: World, low: pd.Timestamp, high: pd.Timestamp) -> list[object]:
    """Move the days of a selection that is open; return all that follows."""
    if world.name not in _kept:
        _kept[world.name] = world.selection()
    selection = _kept[world.name]
    selection.choose(day=(low.date(), high.date()))
    return [selection.total, *(selection.counts(name).to_dict() for name in DIMENSIONS)]


def opened(world: World, low: pd.Timestamp, high: pd.Timestamp) -> list[object]:
    """Make a selection anew and answer every card."""
    selection = world.selection(day=(low.date(), high.date()))
    for card in CARDS:
        card.data(selection, **card.settings({}))
    return [selection.total]


DIMENSIONS = ("topic", "channel", "motive", "region", "department", "reply_days", "status")
CARDS = [card for card in all_cards() if card.name.startswith("letters.") and card.name not in READS_BODIES]


if __name__ == "__main__":
    numbers = [int(one.replace("_", "")) for one in sys.argv[1:]]
    sys.exit(main(*(numbers + [1_000_000, 40][len(numbers) :])))
