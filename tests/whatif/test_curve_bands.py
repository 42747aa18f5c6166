"""Bands of curves: as wide as chance makes them, with so many replicates that they hold still, and told."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from shuju.whatif.answering import ANSWERING
from shuju.whatif.arriving import GRID
from shuju.whatif.arriving import replicates as arrivals_again
from shuju.whatif.cascades import Cascades
from shuju.whatif.curve_bands import MOST, STABLE, Outdated, curve_bands
from shuju.whatif.telling import told_share
from tests.whatif.test_answering import made
from tests.whatif.test_letter_flow import prepared


def noisy(numbers: range, level: float = 100.0, noise: float = 10.0, places: int = 40) -> np.ndarray:
    """Return curves of one level; what chance adds is the same for every level."""
    draws = [np.random.default_rng(number).standard_normal(places) for number in numbers]
    return level + noise * np.stack(draws)


def test_a_band_is_as_wide_as_chance_makes_it() -> None:
    found = curve_bands(noisy, {"baseline": {}, "more": {"level": 103.0}})
    assert found.is_stable
    assert found.moved <= STABLE
    assert 80 <= found.n_runs <= MOST
    assert np.mean(found.high["baseline"] - found.low["baseline"]) == pytest.approx(2 * 1.645 * 10, rel=0.1)
    _, mean, low, high = found.difference("more", "baseline")
    assert (mean, low, high) == pytest.approx((3, 3, 3)), "what chance adds is the same in both"
    assert found.difference("more", "more") is None


def test_what_no_eye_can_see_is_not_asked_for_again() -> None:
    found = curve_bands(partial(noisy, noise=0.05), {"baseline": {}})
    assert (found.is_thin, found.n_runs) == (True, 10)
    nothing = curve_bands(partial(noisy, noise=0.0), {"baseline": {}})
    assert nothing.widest == 0


def test_bands_that_do_not_hold_still_are_called_so() -> None:
    def wild(numbers: range) -> np.ndarray:
        return np.stack([np.full(1, 3.0**number) for number in numbers])

    found = curve_bands(wild, {"baseline": {}}, most=80)
    assert found.n_runs == 80
    assert not found.is_stable


def test_bands_that_nobody_waits_for_are_given_up() -> None:
    asked: list[range] = []

    def counted(numbers: range) -> np.ndarray:
        asked.append(numbers)
        return noisy(numbers)

    with pytest.raises(Outdated):
        curve_bands(counted, {"baseline": {}}, is_outdated=lambda: len(asked) >= 3)
    assert len(asked) == 3
    assert max(len(numbers) for numbers in asked) <= 20


def test_where_nothing_is_known_there_is_no_band() -> None:
    found = curve_bands(lambda numbers: np.full((len(numbers), 3), np.nan), {"baseline": {}})
    assert found.is_thin
    assert found.n_runs == 10


def test_letters_drawn_again() -> None:
    world = prepared(replace(made(2_000), names={"department": ["未知"]}))
    again = partial(ANSWERING.replicates, world, "answered", model="as_before")
    one, other = again(range(4)), again(range(4))
    assert np.array_equal(one, other)
    assert one.shape == (4, 61)
    assert np.ptp(one, axis=0).max() > 0
    found = curve_bands(again, {"baseline": {}, "quick": {"faster": 50}})
    n = world.history.n
    share = float(np.mean(found.replicates["baseline"][:, 10]))
    width = 2 * 1.645 * np.sqrt(share * (1 - share) / n)
    assert (found.high["baseline"] - found.low["baseline"])[10] == pytest.approx(width, rel=0.35)


def cascades(n: int = 200) -> Cascades:
    """Documents of five due sites each: all of a document arrive after an hour, or none ever."""
    document = np.repeat(np.arange(n), 5)
    arrives = np.arange(n) % 2 == 0
    at = np.flatnonzero(arrives[document])
    site = np.tile(np.arange(5), n)
    sites = pd.DataFrame(
        {"kind": ["county_portal"] * 5, "level": ["county"] * 4 + ["prefecture"], "name": list("abcde")}
    )
    pairs = type(
        "Pairs", (), {"document": document, "site": site, "sites": sites, "__len__": lambda _: len(document)}
    )()
    empty = np.full(len(at), -1)
    return Cascades(
        parent=empty, own=np.ones(len(at)), site=site[at], pair=at, generations=np.array([0, 0, len(at)]), hour=empty,
        speed=np.ones(5), pairs=pairs, watched=np.full(len(document), 1000.0), is_untimed=np.zeros(len(document), bool),
        is_run=np.ones(len(document), bool), by_hour=np.full(24, np.nan),
    )  # fmt: skip


def test_documents_drawn_again_take_their_copies_along() -> None:
    world = cascades()
    found = curve_bands(
        partial(arrivals_again, world, "arrived"), {"baseline": {}, "relay": {"relay": "county_portal"}}
    )
    assert found.low["baseline"].shape == GRID.shape
    assert found.high["baseline"][0] == 0
    width = (found.high["baseline"] - found.low["baseline"])[1]
    assert width == pytest.approx(2 * 1.645 * np.sqrt(0.25 / 200), rel=0.3), (
        "as of 200 documents, not 1,000 pairs"
    )
    assert np.allclose(found.replicates["relay"][:, 2:], 1)
    county = arrivals_again(world, "arrived_county", range(3))
    assert county.shape == (3, len(GRID))
    assert np.isnan(arrivals_again(world, "arrived_prefecture", range(2), due="county")).all(), (
        "nothing is counted"
    )


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (78, 80, "97.5%（80 中 78，92.7%–99.2%）"),
        (80, 80, "100.0%（80 中 80，96.7%–100.0%）"),
        (0, 0, "未知"),
    ],
)
def test_a_share_with_its_interval(part: int, whole: int, told: str) -> None:
    assert told_share(part, whole) == told


def test_replicates_without_a_number_are_left_out() -> None:
    """Where chance drew no document at all there is no share; that is no reason to say that nothing ever differs."""

    def some(numbers: range, level: float = 100.0) -> np.ndarray:
        rows = noisy(numbers, level)
        rows[np.array(numbers) % 7 == 3] = np.nan
        return rows

    found = curve_bands(some, {"baseline": {}, "more": {"level": 103.0}})
    assert found.widest > 20
    assert found.difference("more", "baseline")[1] == pytest.approx(3)
    nothing = curve_bands(lambda numbers: np.full((len(numbers), 4), np.nan), {"baseline": {}})
    assert (nothing.widest, nothing.n_runs) == (0, 10)
