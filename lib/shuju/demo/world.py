"""The province that every worker knows: its sites, places and grammar, all from the seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from shuju.demo import clock, grammar, sites
from shuju.standard import code_list, list_rows, regions

_USUAL = 4_000_000  # people of a prefecture of which the pack tells no count


@dataclass(frozen=True)
class World:
    """What a worker needs to write any file: ``seed``, ``records`` asked for, the last day, sites, grammar."""

    seed: int
    records: int
    until: date
    sites: sites.Sites
    grammar: grammar.Grammar
    topics: tuple[str, ...]

    @cached_property
    def counties(self) -> npt.NDArray[np.int64]:
        """The indexes of the counties among ``regions()``."""
        return np.array([n for n, r in enumerate(regions()) if r.level == "county"])

    @cached_property
    def county_population(self) -> npt.NDArray[np.float64]:
        """People of each county: the prefecture's census count shared out by the number of townships."""
        found = regions()
        prefecture = {r.code: r.population_2020 or _USUAL for r in found if r.level == "prefecture"}
        towns = {code: len(names) for code, names in _towns().items()}
        parents = [str(found[n].parent_code) for n in self.counties]
        weight = np.array([towns.get(found[n].code, 1) for n in self.counties], float)
        total = {p: sum(w for w, q in zip(weight, parents, strict=True) if p == q) for p in set(parents)}
        return np.array([w / total[p] * prefecture[p] for w, p in zip(weight, parents, strict=True)])

    @cached_property
    def scenario_topic(self) -> npt.NDArray[np.int64]:
        """The topic of each scenario of letters."""
        return np.array([self.topics.index(s.split("/")[0]) for s in grammar.scenarios()])


@cache
def _towns() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in list_rows("towns"):
        found.setdefault(row["county_code"], []).append(row["name"])
    return found


@cache
def build(seed: int, records: int, until: date) -> World:
    """Return the world of ``seed`` that ends on a day; a worker builds it once, and knows no other."""
    clock.end_on(until)
    topics = code_list("topics").codes
    found = sites.build(seed, topics)
    all_regions = regions()
    below = {
        r.code: _towns().get(r.code) or [c.name for c in all_regions if c.parent_code == r.code] or ["城关镇"]
        for r in all_regions
    }
    years = [[str(clock.FIRST.year + n)] for n in range(clock.YEARS)]
    families = {
        ("地名", grammar.REGION): [[r.name] for r in all_regions],
        ("县名", grammar.REGION): [[r.name] for r in all_regions],
        ("镇", grammar.REGION): [below[r.code] for r in all_regions],
        ("网站名", grammar.SITE): [[name] for name in found.name],
        ("单位", grammar.SITE): [[name] for name in found.sponsor],
        ("发文地", grammar.ORIGIN): [[all_regions[n].name] for n in found.region],
        ("发文机关", grammar.ORIGIN): [[name] for name in found.sponsor],
        ("发文代字", grammar.ORIGIN): [[prefix] for prefix in found.prefix],
        ("年", grammar.YEAR): years,
        ("发文年", grammar.ORIGIN_YEAR): years,
    }
    compiled = grammar.build(topics, families, clock.text_days(), clock.TEXT_DAYS_BEFORE)
    return World(seed, records, until, found, compiled, topics)


def context(world: World, *, day: npt.ArrayLike, **columns: npt.ArrayLike) -> npt.NDArray[np.int32]:
    """Return the context rows of texts of ``day``; a column not given is 0.

    The columns: ``topic``, ``scenario`` (whose topic it is, unless given), ``region``, ``site``,
    ``origin`` and ``origin_day`` (the site and day of the document spoken of; else the text's own),
    ``matter_region`` (where the matter is; else the text's region).
    """
    years = clock.calendar()["year"] - clock.FIRST.year
    day = np.clip(np.asarray(day), 0, clock.DAYS - 1)
    if "scenario" in columns:
        columns.setdefault("topic", world.scenario_topic[columns["scenario"]])
    found = np.zeros((len(day), grammar.CONTEXT_COLUMNS), np.int32)
    for name, column in (
        ("topic", grammar.TOPIC),
        ("scenario", grammar.SCENARIO),
        ("region", grammar.REGION),
        ("site", grammar.SITE),
    ):
        found[:, column] = columns.get(name, 0)
    found[:, grammar.DAY] = day
    found[:, grammar.YEAR] = years[day]
    found[:, grammar.ORIGIN] = columns.get("origin", found[:, grammar.SITE])
    found[:, grammar.ORIGIN_YEAR] = years[np.clip(columns.get("origin_day", day), 0, clock.DAYS - 1)]
    found[:, grammar.MATTER_REGION] = columns.get("matter_region", found[:, grammar.REGION])
    return found
