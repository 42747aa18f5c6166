"""The plan of the letters: who writes when about what, with hot issues, bursts, seasons and repeats in it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from shuju.demo import clock
from shuju.demo.chance import choose, normal, pick, seeds_of, uniform
from shuju.demo.world import World
from shuju.standard import regions

_DAY = 86_400

# How letters of each topic (in the standard's order) swing over the year, January first; 1 is its mean.
SEASONS = {
    "教育文体": (0.6, 0.6, 0.8, 0.8, 0.9, 1.2, 1.5, 2.2, 1.6, 0.7, 0.6, 0.5),
    "劳动和社会保障": (2.4, 1.4, 0.8, 0.7, 0.7, 0.7, 0.7, 0.7, 0.8, 0.8, 0.9, 1.8),
    "经济管理": (1.9, 1.4, 0.8, 0.6, 0.6, 0.7, 1.0, 1.0, 0.7, 0.6, 1.0, 1.7),
    "环境保护": (0.7, 0.7, 0.8, 0.9, 1.1, 1.4, 1.5, 1.4, 1.1, 0.9, 0.8, 0.7),
    "农村农业": (0.6, 0.7, 1.1, 1.3, 1.2, 1.2, 1.5, 1.4, 1.0, 0.8, 0.6, 0.6),
    "商贸旅游": (0.9, 1.1, 0.8, 0.9, 1.5, 0.9, 0.9, 1.0, 0.9, 1.7, 0.7, 0.7),
    "交通运输": (1.3, 1.4, 0.9, 0.9, 1.0, 0.9, 0.9, 0.9, 1.0, 1.1, 0.8, 0.9),
    "卫生计生": (1.4, 1.2, 1.0, 0.9, 0.8, 0.8, 0.8, 0.8, 0.9, 1.0, 1.1, 1.3),
}
_FLAT = (1.0,) * 12
TOPIC_SHARES = (0.23, 0.09, 0.09, 0.10, 0.09, 0.05, 0.07, 0.07, 0.07, 0.05, 0.03, 0.03, 0.02, 0.03, 0.02)

MOTIVES = ("投诉", "求助", "咨询", "建言", "感谢")
MOTIVE_SHARES = (0.4, 0.3, 0.2, 0.07, 0.03)
_NO_THANKS = (0.42, 0.34, 0.18, 0.06)
THANKS = 4

CHANNELS = ("leader_mailbox", "department_mailbox", "hotline", "app", "wechat", "visit", "message_board")
MAILBOX, HOTLINE, BOARD = range(3)
SYSTEM_OF = np.array([MAILBOX, MAILBOX, HOTLINE, HOTLINE, HOTLINE, HOTLINE, BOARD])
BOARD_LETTERS = 6_000  # at most


@dataclass(frozen=True)
class Letters:
    """Letters in the order of time, one entry each; regions are indexes into ``regions()``.

    ``text_seed`` is the seed of the letter first written (a repeat shares it), ``matter`` that of what it
    is about, at ``matter_region``; ``issue``, ``burst`` and ``repeat_of`` are indexes or -1.
    """

    second: npt.NDArray[np.int64]
    region: npt.NDArray[np.int64]
    scenario: npt.NDArray[np.int64]
    seed: npt.NDArray[np.uint64]
    text_seed: npt.NDArray[np.uint64]
    matter: npt.NDArray[np.uint64]
    matter_region: npt.NDArray[np.int64]
    writer: npt.NDArray[np.int64]
    channel: npt.NDArray[np.int64]
    motive: npt.NDArray[np.int64]
    issue: npt.NDArray[np.int64]
    burst: npt.NDArray[np.int64]
    repeat_of: npt.NDArray[np.int64]
    is_petition: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of letters."""
        return len(self.second)

    def take(self, rows: Any) -> Letters:
        """Return these rows."""
        return Letters(*(getattr(self, f.name)[rows] for f in fields(self)))


@dataclass(frozen=True)
class Bursts:
    """Planted excesses: a county and topic, first and last day, letters expected there and letters added."""

    region: npt.NDArray[np.int64]
    scenario: npt.NDArray[np.int64]
    first_day: npt.NDArray[np.int64]
    days: npt.NDArray[np.int64]
    expected: npt.NDArray[np.float64]
    excess: npt.NDArray[np.int64]


def seasonal(world: World) -> npt.NDArray[np.float64]:
    """Return the (topics, 12) factors of the season, each topic's mean 1."""
    factors = np.array([SEASONS.get(topic, _FLAT) for topic in world.topics])
    return factors / factors.mean(axis=1, keepdims=True)


def topic_days(world: World) -> npt.NDArray[np.float64]:
    """Return the (topics, days) shares of ordinary letters; they sum to 1."""
    days = clock.calendar()
    daily = clock.rhythm([0.6], [0.4])[0] * 1.08 ** (np.arange(clock.DAYS) / 365.25)
    weights = np.array(TOPIC_SHARES)[:, None] * seasonal(world)[:, days["month"] - 1] * daily[None, :]
    return weights / weights.sum()


def plan(world: World, count: int) -> tuple[Letters, Bursts]:
    """Return exactly ``count`` letters and the bursts among them."""
    rows = topic_days(world)
    people = world.county_population * np.exp(
        0.25 * normal(seeds_of(world.seed, "letters", world.counties), "use")
    )
    people = people / people.sum()
    issue_letters = _issues(world, people, count)
    bursts = _bursts(world, people, rows, count)
    burst_letters = _burst_letters(world, bursts, count)
    repeats = int(count * 0.03)
    ordinary = count - repeats - len(issue_letters) - len(burst_letters)
    base = _ordinary(world, people, rows, ordinary, count)
    again = _repeats(world, base, repeats, count)
    parts = [base, issue_letters, burst_letters, again]
    joined = Letters(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Letters)))
    # A repeat names its original by the row it had before sorting.
    order = np.argsort(joined.second, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    found = joined.take(order)
    original = np.where(found.repeat_of >= 0, place[np.maximum(found.repeat_of, 0)], -1)
    return Letters(
        **{f.name: getattr(found, f.name) for f in fields(Letters)} | {"repeat_of": original}
    ), bursts


def _letters(world: World, keys: Any, count: int, **columns: Any) -> Letters:
    """Return letters of these columns; the rest follows from their seeds."""
    n = len(keys)
    nothing = np.full(n, -1)
    board = min(0.05, BOARD_LETTERS / count)
    defaults = {
        "seed": keys,
        "text_seed": keys,
        "matter": keys,
        "matter_region": columns["region"],
        "writer": _writers(world, keys, columns["region"], count),
        "channel": choose(keys, "channel", [0.29, 0.12, 0.36, 0.09, 0.07, 0.02, board]),
        "motive": choose(keys, "motive", MOTIVE_SHARES),
        "issue": nothing,
        "burst": nothing,
        "repeat_of": nothing,
        "is_petition": np.zeros(n, bool),
    }
    return Letters(**defaults | columns)


def _writers(world: World, keys: Any, region: Any, count: int) -> Any:
    share = np.zeros(len(regions()))
    share[world.counties] = world.county_population / world.county_population.sum()
    return region * 1_000_000 + pick(
        keys, "writer", np.maximum(20, (share[region] * count * 0.8).astype(int))
    )


def _scenario(world: World, keys: Any, topic: Any) -> Any:
    first = np.searchsorted(world.scenario_topic, np.arange(len(world.topics)))
    many = np.bincount(world.scenario_topic, minlength=len(world.topics))
    return first[topic] + choose(keys, "scenario", [0.45, 0.35, 0.2]) % many[topic]


def _time(keys: Any, day: Any) -> Any:
    return np.clip(day, 0, clock.DAYS - 1) * _DAY + clock.second_of_day(uniform(keys, "time"), 1)


def _ordinary(world: World, people: Any, weights: Any, n: int, count: int) -> Letters:
    keys = seeds_of(world.seed, "letter", np.arange(n))
    topic, day = np.divmod(choose(keys, "when", weights.ravel()), clock.DAYS)
    region = world.counties[choose(keys, "county", people)]
    return _letters(
        world, keys, count, second=_time(keys, day), region=region, scenario=_scenario(world, keys, topic)
    )


def _repeats(world: World, base: Letters, n: int, count: int) -> Letters:
    keys = seeds_of(world.seed, "again", np.arange(n))
    complaints = np.flatnonzero(base.motive != THANKS)
    of = complaints[pick(keys, "of", len(complaints))]
    second = base.second[of] + ((5 + 60 * uniform(keys, "later")) * _DAY).astype(np.int64)
    inside = second < clock.SECONDS
    second = np.where(inside, second, (base.second[of] + clock.SECONDS) // 2)
    same = {
        name: getattr(base, name)[of]
        for name in ("region", "scenario", "text_seed", "matter", "matter_region", "writer", "motive")
    }
    return _letters(world, keys, count, second=second, repeat_of=of, **same)


def _issues(world: World, people: Any, count: int) -> Letters:
    """Return the letters of hot issues: origin county alone first, then others; petition words at the end."""
    n = int(np.clip(count // 250, 3, 3000))
    keys = seeds_of(world.seed, "issue", np.arange(n))
    topic = choose(keys, "topic", TOPIC_SHARES)
    scenario = _scenario(world, keys, topic)
    origin = choose(keys, "origin", people)
    size = np.clip(np.exp(2.9 + 0.6 * normal(keys, "size")), 8, 150).astype(int)
    size = np.minimum(size, max(6, count // (8 * n)))
    first = 20 + pick(keys, "start", clock.DAYS - 80)
    length = 15 + 100 * uniform(keys, "length")
    spreads = uniform(keys, "spreads") < 0.6
    spread_at = np.where(spreads, length * (0.15 + 0.3 * uniform(keys, "spread")), np.inf)
    turns_at = np.where(uniform(keys, "turns") < 0.45, length * (0.45 + 0.3 * uniform(keys, "turn")), np.inf)
    of = np.repeat(np.arange(n), size)
    place = np.arange(len(of)) - np.repeat(np.cumsum(size) - size, size)
    letter = seeds_of(keys[of], "letter", place)
    after = np.where(place == 0, 0.0, uniform(letter, "after") ** 1.2 * length[of])
    # Other counties: neighbours in the order of codes, so mostly of the same prefecture.
    step = 1 + pick(letter, "step", 5)
    other = (origin[of] + np.where(uniform(letter, "side") < 0.7, step, -step)) % len(people)
    elsewhere = (after > spread_at[of]) & (uniform(letter, "away") < 0.55)
    region = world.counties[np.where(elsewhere, other, origin[of])]
    day = first[of] + after.astype(int)
    return _letters(
        world,
        letter,
        count,
        second=_time(letter, day),
        region=region,
        scenario=scenario[of],
        motive=choose(letter, "motive", _NO_THANKS),
        matter=seeds_of(keys, "matter")[of],
        matter_region=world.counties[origin[of]],
        issue=of,
        is_petition=(after > turns_at[of]) & (uniform(letter, "petition") < 0.6),
    ).take(np.flatnonzero(day < clock.DAYS))


def _bursts(world: World, people: Any, weights: Any, count: int) -> Bursts:
    n = int(np.clip(count // 500, 2, 400))
    keys = seeds_of(world.seed, "burst", np.arange(n))
    topic = choose(keys, "topic", TOPIC_SHARES)
    county = choose(keys, "county", people)
    days = 4 + pick(keys, "days", 9)
    first = 400 + pick(keys, "first", clock.DAYS - 420)
    total = np.concatenate([np.zeros((len(weights), 1)), np.cumsum(weights, axis=1)], axis=1)
    expected = count * people[county] * (total[topic, first + days] - total[topic, first])
    excess = np.ceil(8 + 3.5 * np.sqrt(expected) + 6 * uniform(keys, "more")).astype(np.int64)
    excess = np.minimum(excess, max(8, count // (12 * n)))
    return Bursts(world.counties[county], _scenario(world, keys, topic), first, days, expected, excess)


def _burst_letters(world: World, bursts: Bursts, count: int) -> Letters:
    of = np.repeat(np.arange(len(bursts.region)), bursts.excess)
    keys = seeds_of(world.seed, "burst", "letter", np.arange(len(of)))
    day = bursts.first_day[of] + (bursts.days[of] * uniform(keys, "day")).astype(int)
    return _letters(
        world,
        keys,
        count,
        second=_time(keys, day),
        region=bursts.region[of],
        scenario=bursts.scenario[of],
        motive=choose(keys, "motive", _NO_THANKS),
        burst=of,
    )
