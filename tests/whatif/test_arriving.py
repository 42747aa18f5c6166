"""Arrival re-scored: the present is the page's, times add up along cascades, and a measure does what it would have done."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from shuju.facts.selection import Selection
from shuju.spread.arrival import rates
from shuju.spread.documents import selection
from shuju.whatif import WhatIfError, investigate
from shuju.whatif.arrival_counts import count_arrivals
from shuju.whatif.arriving import ARRIVING, _added_up, _meant, _relays
from shuju.whatif.cascades import Cascades
from tests.spread.spread_library import spread_library


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Selection:
    return selection(spread_library(tmp_path_factory.mktemp("arriving")))


@pytest.fixture(scope="module")
def asked(documents: Selection, request: pytest.FixtureRequest):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shuju.whatif.cascades.FEWEST", 1)
        yield investigate("arriving", documents)


def test_the_present_is_what_the_page_of_spread_tells(asked, documents: Selection) -> None:
    found, told = asked.run(), rates(ARRIVING.prepared(documents).pairs).iloc[0]
    for hours in (8, 24, 72):
        assert float(found[f"within_{hours}"]) == pytest.approx(told[f"share_{hours}h"], nan_ok=True)
    assert float(found["ever"]) == told["share_ever"]
    assert float(found["lacking"]) == told["n_due"] - told["n_arrived"]
    assert float(found["within"]) == pytest.approx(told["share_24h"], nan_ok=True)


def test_nothing_gets_worse_by_a_relay(asked) -> None:
    found = asked.compare(
        市州={"relay": "prefecture_portal"},
        都={"relay": "portals"},
        慢={"relay": "portals", "relay_hours": 48},
    )
    for name in ("within_8", "within_24", "within_72", "ever"):
        base, one, both, slow = found[name].to_numpy()
        assert base <= one <= both
        assert base <= slow <= both
    assert (np.diff(found["lacking"].to_numpy()[:3]) <= 0).all()
    assert (found["arrived"].diff("hours") >= 0).all()


def test_a_site_that_is_run_no_longer_relays_nothing(asked, documents: Selection) -> None:
    cascades = ARRIVING.prepared(documents)
    assert cascades.is_run.any()
    dead = replace(cascades, is_run=np.zeros(len(cascades.pairs), bool))
    alive = replace(cascades, is_run=np.ones(len(cascades.pairs), bool))
    told = [float(ARRIVING.run(one, relay="portals", limit=24)["ever"]) for one in (dead, cascades, alive)]
    assert told == sorted(told)
    assert told[0] == float(ARRIVING.run(cascades, limit=24)["ever"]) < told[2]


def test_too_few_are_due(documents: Selection) -> None:
    with pytest.raises(WhatIfError, match="只有 0 次应转，不足"):
        ARRIVING.prepare(documents.copy(words=["没有这样的标题"]))


def grown(draw: np.random.Generator, kinds: list[str], n: int = 400) -> tuple[Cascades, np.ndarray]:
    """Return a made-up cascade of ``n`` copies with their own delays, and the site of each; a site has one copy."""
    parent = np.array([-1 if k < 20 else draw.integers(0, k) for k in range(n)])
    generation = np.zeros(n, int)
    for k in range(n):
        generation[k] = 1 if parent[k] < 0 else generation[parent[k]] + 1
    order = np.argsort(generation, kind="stable")
    place = np.empty(n, int)
    place[order] = np.arange(n)
    parent = np.array([-1 if parent[k] < 0 else place[parent[k]] for k in order])
    own = draw.exponential(20, n)
    sites = pd.DataFrame({"kind": kinds})
    pairs = type("Pairs", (), {"sites": sites})()
    cascades = Cascades(
        parent, own, np.arange(n), np.full(n, -1), np.searchsorted(generation[order], np.arange(generation.max() + 2)),
        np.full(n, 9), own.copy(), pairs, np.empty(0), np.empty(0, bool), np.empty(0, bool), np.full(24, np.nan),
    )  # fmt: skip
    return cascades, own


@pytest.mark.parametrize(
    ("relay", "hours", "mended"),
    [("none", 2, 0), ("county_portal", 3, 0), ("portals", 1, 0), ("none", 2, 50)],
)
def test_a_measure_does_what_it_would_have_done(relay: str, hours: int, mended: int) -> None:
    """The same cascade lived through once more, copy by copy, with the measure in force."""
    draw = np.random.default_rng(3)
    kinds = draw.choice(["county_portal", "prefecture_portal", "media"], 400).tolist()
    cascades, own = grown(draw, kinds)
    found = _added_up(cascades, relay, hours, mended, 0)
    relays = _relays(cascades, relay)
    slow = set(np.argsort(own, kind="stable")[::-1][:mended])
    lived = np.empty(400)
    for k in range(400):
        takes = min(own[k], np.median(own)) if k in slow else own[k]
        lived[k] = takes + (lived[cascades.parent[k]] if cascades.parent[k] >= 0 else 0)
        if relays[k]:
            lived[k] = min(lived[k], hours)
    assert np.allclose(found, lived)
    if relay == "none" and not mended:
        assert len(np.unique(found)) == 400


def test_only_sites_slower_than_the_middle_are_mended() -> None:
    """Of a site that owes nothing no speed is known: it is not mended, however many are."""
    draw = np.random.default_rng(5)
    cascades, own = grown(draw, ["media"] * 400)
    speed = np.where(np.arange(400) % 2 == 0, own, np.nan)
    some = replace(cascades, speed=speed)
    found, was = (_added_up(some, "none", 2, mended, 0) for mended in (60, 0))
    slow = np.sort(speed[~np.isnan(speed)])[-60:]
    changed = np.flatnonzero((found != was) & (some.parent < 0))
    assert set(speed[changed]) <= set(slow)
    all_mended = _added_up(some, "none", 2, 400, 0)
    assert np.array_equal(all_mended, _added_up(some, "none", 2, 100, 0)), (
        "100 of 200 are slower than the middle"
    )
    nobody = replace(cascades, speed=np.full(400, np.nan))
    assert np.array_equal(_added_up(nobody, "none", 2, 60, 0), was), (
        "where nothing has arrived nothing is mended"
    )


def test_a_portal_has_relayed_nothing_before_its_hours_are_over(asked, documents: Selection) -> None:
    cascades = ARRIVING.prepared(documents)
    new = replace(
        cascades, watched=np.full(len(cascades.pairs), 10.0), is_run=np.ones(len(cascades.pairs), bool)
    )
    ever = [
        float(ARRIVING.run(new, relay=r, relay_hours=h)["ever"])
        for r, h in (("none", 2), ("portals", 11), ("portals", 10))
    ]
    assert ever[0] == ever[1] < ever[2]


def test_what_an_earlier_hour_can_tell_nothing_of(asked, documents: Selection) -> None:
    cascades = ARRIVING.prepared(documents)
    present = {p.name: p.default for p in ARRIVING.parameters}
    first = cascades.hour[(cascades.parent < 0) & (cascades.hour >= 0)]
    by_hour = np.full(24, np.nan)
    by_hour[first[0]] = 3.0
    alone = replace(cascades, by_hour=by_hour)
    assert ARRIVING.notes(alone, present) == []
    assert "落到的时段都没有 50 次首转可比" in ARRIVING.notes(alone, present | {"earlier": 1})[0]
    assert np.array_equal(_added_up(alone, "none", 2, 0, 1), _added_up(alone, "none", 2, 0, 0))
    assert ARRIVING.notes(replace(cascades, by_hour=np.ones(24)), present | {"earlier": 1}) == []
    assert "多改进的没有作用" in ARRIVING.notes(cascades, present | {"mended": 60})[0]


@pytest.mark.parametrize("due", ["all", "province", "prefecture", "county"])
def test_arrivals_are_counted_as_by_hand(due: str) -> None:
    """Shares, curves and what is lacking of pairs at random, each counted by itself."""
    draw = np.random.default_rng(7)
    n = 500
    hours = np.where(draw.random(n) < 0.3, np.inf, np.round(draw.exponential(60, n), draw.integers(0, 3)))
    watched = np.where(draw.random(n) < 0.1, np.nan, draw.choice([5.0, 24.0, 100.0, 168.0, 900.0], n))
    untimed, site, level = (
        draw.random(n) < 0.1,
        draw.integers(0, 9, n),
        draw.integers(0, 4, n).astype(np.int8),
    )
    limits = np.array([24.0, 8.0, 168.0])
    of = np.ones(n, bool) if due == "all" else level == ["province", "prefecture", "county"].index(due)
    within, so_long, n_arrived, n_all, by_hour, lacks = count_arrivals(
        hours, watched, untimed, site, level, _meant(due), limits, 9, 4, 168
    )
    for at, limit in enumerate(limits):
        meant = of & (watched >= limit)
        assert (within[at], so_long[at]) == ((meant & (hours <= limit)).sum(), meant.sum())
    arrived = np.isfinite(hours) | untimed
    assert (n_arrived, n_all) == ((of & arrived).sum(), of.sum())
    assert lacks.tolist() == np.bincount(site[of & ~arrived], minlength=9).tolist()
    for place in range(4):
        meant = of & (level == place) & (watched >= 168)
        assert by_hour[place, -1] == meant.sum()
        assert by_hour[place, :-1].tolist() == [(meant & (hours <= hour)).sum() for hour in range(169)]
