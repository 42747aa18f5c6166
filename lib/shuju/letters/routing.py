"""The department that a matter is suggested to (派单建议): by rule for topic and region, by the text for a letter.

Both are learned from the library's own letters: the department that its source gives, else the one that signed the
reply, else the bureau that the reply names first. ``shuju build`` keeps them beside the facts, with the share that was
right on the newest fifth of the letters after learning from the others. See docs/methods/routing.md.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuju.facts import Facts
from shuju.letters.bureaus import bureaus_in
from shuju.letters.departments import department_kinds
from shuju.letters.facts import build as build_facts
from shuju.letters.routing_model import MOST, RoutingModel, department_chances, learn, load, save
from shuju.library import Library
from shuju.library.derived import Derived, Work, bring_up
from shuju.library.versioned import versioned

COLUMNS = ("key_hash", "department", "reply_department", "reply")
LEARNT_FROM = 20_000  # letters, the newest
TESTED = 0.2  # of these, the newest
LEAST_TESTED = 50
DRAWN = 5.0  # letters that what holds above a region counts for
BY_RULE, BY_TEXT = "rule", "text"


@dataclass(frozen=True)
class Suggestion:
    """A department's kind (住建局), how likely it is, and what says so: ``rule`` or ``text``."""

    department: str
    chance: float
    by: str


@dataclass(frozen=True, eq=False)
class Rule:
    """How many letters went where: ``counts`` (topic × region × department), each axis by its labels."""

    topics: tuple[str, ...]
    regions: tuple[str, ...]
    departments: tuple[str, ...]
    counts: np.ndarray


@dataclass(frozen=True, eq=False)
class Routing:
    """What was learned from the letters of a library, and how right it was.

    ``card``: ``n`` letters, ``n_tested``, and ``rule_1``, ``rule_3``, ``text_1``, ``text_3``: the shares of the newest
    letters whose department was the first suggestion, or among three. No shares where too few could be tested.
    """

    rule: Rule
    model: RoutingModel
    card: dict[str, float]

    def by_rule(self, topic: str | None, region: str | None, n: int = 3) -> tuple[Suggestion, ...]:
        """Return the departments that letters of this topic and region went to; none without any letter. O(counts)."""
        chance = rule_chances(self.rule, [topic], [region])[0]
        return _first(self.rule.departments, chance, n, BY_RULE)

    def by_text(
        self, titles: Sequence[str | None], bodies: Sequence[str | None], n: int = 3
    ) -> list[tuple[Suggestion, ...]]:
        """Return of each text the departments that are likeliest. O(characters)."""
        chance = department_chances(self.model, titles, bodies)
        return [_first(self.model.departments, row, n, BY_TEXT) for row in chance]


def rule_chances(rule: Rule, topics: Sequence[str | None], regions: Sequence[str | None]) -> np.ndarray:
    """Return matters × departments: the share of each department among letters of that topic and region.

    A county's share is drawn towards its prefecture's, this towards the province's, this towards that of all topics:
    what lies above counts for ``DRAWN`` letters. An unknown topic or region leaves out its step.
    """
    found = np.zeros((len(topics), len(rule.departments)))
    whole = rule.counts.sum(axis=(0, 1))
    of_topic = {topic: n for n, topic in enumerate(rule.topics)}
    prefecture = np.array([region[:4] for region in rule.regions], str)
    code = np.array(rule.regions, str)
    for row, (topic, region) in enumerate(zip(topics, regions, strict=True)):
        share = whole / max(whole.sum(), 1)
        if topic in of_topic:
            here = rule.counts[of_topic[topic]]
            steps = [here]
            if region is not None:
                steps += [here[prefecture == region[:4]]] if region[2:4] != "00" else []
                steps += [here[code == region]] if region[4:] != "00" else []
            for letters in steps:
                n = letters.sum(axis=0)
                share = (n + DRAWN * share) / (n.sum() + DRAWN)
        found[row] = share
    return found


@versioned("letters")
def newest(library: Library) -> Routing:
    """Return what the newest letters taught, made where it is missing."""
    made = bring_up(ROUTING, library, build_facts(library))
    return _load(library.home.cache / ROUTING.name, made.known)


def departments_of(rows: pa.Table) -> list[str | None]:
    """Return the kind of department that handled each letter (``COLUMNS``), None where nothing tells it."""
    given = department_kinds(rows.column("department"))
    signed = department_kinds(rows.column("reply_department"))
    told = pc.coalesce(given, signed).to_pylist()
    lacking = [k for k, name in enumerate(told) if name is None]
    for k, bureau in zip(lacking, bureaus_in(rows.column("reply").take(pa.array(lacking, pa.int64())))):
        told[k] = bureau
    return told


def _build(work: Work[Facts]) -> dict[str, Any]:
    """Read who handled each letter, count the rule and learn from the newest texts."""
    work.tell("学习来信去向")
    facts = work.source
    keys, told = _known(work.library)
    order = np.argsort(facts.column("key"), kind="stable")
    place = np.searchsorted(facts.column("key"), keys, sorter=order)
    rows = order[np.minimum(place, max(len(order) - 1, 0))] if len(order) else place
    by_day = np.argsort(np.asarray(facts.column("day"))[rows], kind="stable")
    keys, told, rows = keys[by_day], [told[k] for k in by_day], rows[by_day]
    learnt = slice(max(len(keys) - LEARNT_FROM, 0), None)
    titles, bodies = _texts(work.library, keys[learnt])
    departments = told[learnt]
    card = _tested(facts, rows[learnt], titles, bodies, departments)
    routing = Routing(
        _counted(facts, rows, told), learn(titles, bodies, departments), {"n": len(keys), **card}
    )
    return _save(work.folder, routing)


ROUTING = Derived(
    "routing",
    (),
    method=1,
    inputs=lambda facts: {"letters": facts.source_version, "made_of": facts.schema.made_of},
    build=_build,
)


def _known(library: Library) -> tuple[np.ndarray, list[str]]:
    """Return the keys of letters whose department is known, and their departments."""
    keys, told = [np.empty(0, np.int64)], []
    for rows in library.stream("letters", COLUMNS):
        found = departments_of(rows)
        kept = [k for k, name in enumerate(found) if name is not None]
        keys.append(rows.column("key_hash").to_numpy()[kept])
        told += [found[k] for k in kept]
    return np.concatenate(keys), told


def _texts(library: Library, keys: np.ndarray) -> tuple[list[str | None], list[str | None]]:
    """Return titles and bodies of the letters of some keys, in their order."""
    order = np.argsort(keys, kind="stable")
    titles: list[str | None] = [None] * len(keys)
    bodies: list[str | None] = [None] * len(keys)
    for rows in library.stream("letters", ("key_hash", "title", "body")):
        own = rows.column("key_hash").to_numpy()
        place = np.minimum(np.searchsorted(keys, own, sorter=order), max(len(keys) - 1, 0))
        mine = np.flatnonzero(keys[order[place]] == own) if len(keys) else np.empty(0, np.int64)
        found = rows.take(pa.array(mine))
        for k, title, body in zip(
            order[place[mine]], found.column("title").to_pylist(), found.column("body").to_pylist()
        ):
            titles[k], bodies[k] = title, body
    return titles, bodies


def _counted(facts: Facts, rows: np.ndarray, told: Sequence[str]) -> Rule:
    departments = tuple(name for name, _ in Counter(told).most_common(MOST))
    number = {name: n for n, name in enumerate(departments)}
    topics, regions = facts.labels("topic"), facts.labels("region")
    counts = np.zeros((len(topics), len(regions), len(departments)), np.int64)
    of = np.array([number.get(name, -1) for name in told], np.int64)
    topic, region = (np.asarray(facts.column(name))[rows].astype(np.int64) for name in ("topic", "region"))
    kept = of >= 0
    np.add.at(counts, (topic[kept], region[kept], of[kept]), 1)
    return Rule(topics, regions, departments, counts)


def _tested(
    facts: Facts,
    rows: np.ndarray,
    titles: Sequence[str | None],
    bodies: Sequence[str | None],
    departments: Sequence[str],
) -> dict[str, float]:
    """Return how right rule and text are on the newest letters, after learning from the older ones."""
    n = len(departments)
    first = n - int(TESTED * n)
    # A text that stands among those that teach says nothing about new ones.
    seen = {(body or title or "")[:20] for title, body in zip(titles[:first], bodies[:first])}
    new = [k for k in range(first, n) if (bodies[k] or titles[k] or "")[:20] not in seen]
    if len(new) < LEAST_TESTED:
        return {}
    truth = [departments[k] for k in new]
    rule = _counted(facts, rows[:first], departments[:first])
    where = {name: _labels(facts, name, rows[new]) for name in ("topic", "region")}
    model = learn(titles[:first], bodies[:first], departments[:first])
    found = {
        BY_RULE: (rule.departments, rule_chances(rule, where["topic"], where["region"])),
        BY_TEXT: (
            model.departments,
            department_chances(model, [titles[k] for k in new], [bodies[k] for k in new]),
        ),
    }
    shares = {
        f"{by}_{k}": right(names, chance, truth, k) for by, (names, chance) in found.items() for k in (1, 3)
    }
    return {"n_tested": len(new), **shares}


def right(names: Sequence[str], chance: np.ndarray, truth: Sequence[str], n: int) -> float:
    """Return the share of rows whose truth is among the ``n`` likeliest names."""
    best = np.argsort(-chance, axis=1, kind="stable")[:, :n]
    return float(np.mean([name in {names[c] for c in row} for row, name in zip(best, truth, strict=True)]))


def _labels(facts: Facts, name: str, rows: np.ndarray) -> list[str | None]:
    """Return labels of a dimension, None where it is not known."""
    labels = (None, *facts.labels(name)[1:])
    return [labels[code] for code in facts.column(name)[rows]]


def _first(names: Sequence[str], chance: np.ndarray, n: int, by: str) -> tuple[Suggestion, ...]:
    best = np.argsort(-chance, kind="stable")[:n]
    return tuple(Suggestion(names[k], float(chance[k]), by) for k in best if chance[k] > 0)


def _save(folder: Path, routing: Routing) -> dict[str, Any]:
    stamp = f"{zlib.crc32(routing.rule.counts.tobytes(), zlib.crc32(routing.model.weights.tobytes())):08x}"
    names = {"model": f"model-{stamp}.npz", "rule": f"rule-{stamp}.npz"}
    save(routing.model, folder / names["model"])
    rule = routing.rule
    labels = {key: np.array(getattr(rule, key), str) for key in ("topics", "regions", "departments")}
    np.savez_compressed(folder / names["rule"], counts=rule.counts, **labels)
    return names | {"files": list(names.values()), "card": routing.card}


def _load(folder: Path, known: dict[str, Any]) -> Routing:
    with np.load(folder / known["rule"], allow_pickle=False) as held:
        labels = (tuple(held[key].tolist()) for key in ("topics", "regions", "departments"))
        rule = Rule(*labels, held["counts"])
    return Routing(rule, load(folder / known["model"]), known["card"])
