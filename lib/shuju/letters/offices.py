"""Offices that letters went to (承办单位的去向): which departments exist where, by the letters' own history, and their shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shuju.letters.routing import Rule
from shuju.standard import regions_within


@dataclass(frozen=True)
class Office:
    """A kind of department (住建局) of one region, and the share of the letters in question that it handled."""

    region_code: str
    department: str
    share: float


def has_office(rule: Rule, region_code: str, department: str) -> bool:
    """Whether any letter of a region, whatever its topic, went to such a department. O(topics)."""
    if region_code not in rule.regions or department not in rule.departments:
        return False
    where = rule.regions.index(region_code), rule.departments.index(department)
    return bool(rule.counts[:, where[0], where[1]].any())


def offices_within(rule: Rule, topic: str, region_code: str, n: int = 3) -> tuple[Office, ...]:
    """Return the ``n`` offices that handled most letters of a topic in a region and those within it. O(counts of the topic)."""
    if topic not in rule.topics:
        return ()
    counts = rule.counts[rule.topics.index(topic)]
    own = {region_code, *regions_within(region_code)}
    within = np.array([code in own for code in rule.regions], bool)
    total = int(counts[within].sum())
    counts = np.where(within[:, None], counts, 0)
    best = np.argsort(-counts, axis=None, kind="stable")[:n]
    places = [(place, kind) for place, kind in zip(*np.unravel_index(best, counts.shape), strict=True)]
    return tuple(
        Office(rule.regions[place], rule.departments[kind], float(counts[place, kind] / total))
        for place, kind in places
        if counts[place, kind]
    )
