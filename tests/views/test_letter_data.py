"""What the page of letters computes: headline, bands, the same days a year before, words."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from shuju.facts import Crossfilter
from shuju.letters import facts as letter_facts
from shuju.library import Library
from shuju.standard import region, regions
from shuju.views.letter_data import (
    FEW,
    WORDS,
    headline,
    key_words,
    median_days,
    ordered,
    region_bands,
    span_before,
    usual_letters,
)
from shuju.views.letter_filters import LetterFilters
from shuju.views.linked_data import facets
from shuju.views.live import newest_of, snapshot
from tests.letters.conftest import Letters, letter

LAST = dt.date(2024, 7, 28)


def figures(library: Library, **chosen: object):
    shown = snapshot(library, letter_facts.build(library))
    filters = LetterFilters(**chosen)
    crossfilter = Crossfilter(shown.facts, filters=filters.for_facts())
    return headline(shown, crossfilter.histograms(), filters, newest_of(crossfilter), LAST)


HEADLINES = {
    # chosen                        n  counties  7 days  before  30  before  unanswered
    "all": ({}, (40, 2, 7, 7, 30, 10, 20)),
    "county": ({"region": ("430104",)}, (30, 1, 7, 7, 30, 0, 10)),
    "two topics": ({"topic": ("教育文体", "交通运输")}, (40, 2, 7, 7, 30, 10, 20)),
    # days before the newest are counted whatever days are chosen
    "days": ({"day": (dt.date(2024, 6, 1), dt.date(2024, 6, 5))}, (5, 1, 7, 7, 30, 10, 5)),
    "not answered": ({"reply_days": ("未答复",)}, (20, 2, 7, 1, 10, 10, 20)),
    "nothing": ({"region": ("430102",)}, (0, 0, 0, 0, 0, 0, 0)),
}


@pytest.mark.parametrize(("chosen", "expected"), HEADLINES.values(), ids=HEADLINES)
def test_headline(forty: Library, chosen: dict[str, object], expected: tuple[int, ...]) -> None:
    shown = figures(forty, **chosen)
    assert (
        shown.n,
        shown.n_counties,
        shown.last_7,
        shown.before_7,
        shown.last_30,
        shown.before_30,
        shown.n_unanswered,
    ) == expected
    assert shown.n_all == 40
    assert (shown.newest is None) == (shown.n == 0)


def test_year_before_is_365_days_back(letters: Letters) -> None:
    days = {"2023-06-29": 1, "2023-07-29": 2, "2023-06-28": 4, "2023-07-30": 8, "2024-07-28": 16}
    rows = [
        letter(1000 * k + i, time=f"{day} 12:00") for k, (day, n) in enumerate(days.items()) for i in range(n)
    ]
    shown = figures(letters.add(*rows))
    # The 30 days to 28 July are compared with those to 29 July of the year before: 2024 had a 29 February.
    assert (shown.last_30, shown.year_before_30) == (16, 2 + 0)


MEDIANS = {
    # days to the reply           waiting  half are answered within
    "no letters": ([], 0, None),
    "none answered": ([], 5, None),
    "most wait": ([0.55] * 5, 6, None),
    "exactly half": ([0.55] * 5, 5, 0.55),
    "the middle one": ([1.25, 11.25, 90.55], 0, 11.25),
    "one waits longer than any": ([1.25, 11.25, 20.25], 1, 11.25),
}


@pytest.mark.parametrize(("days", "waiting", "median"), MEDIANS.values(), ids=MEDIANS)
def test_median_days(forty: Library, days: list[float], waiting: int, median: float | None) -> None:
    facts = letter_facts.build(forty)
    codes = 1 + np.searchsorted(facts.schema.dimension("reply_fine").edges, days, side="right")
    replies = np.bincount(codes, minlength=facts.size("reply_fine"))
    replies[0] = waiting
    found = median_days(facts, replies)
    assert found == (None if median is None else pytest.approx(median, abs=0.06))


def test_departments_are_ordered_by_their_letters_now(forty: Library) -> None:
    shown = snapshot(forty, letter_facts.build(forty))
    facet = facets(shown, ["department"])["department"]
    now = np.zeros(shown.facts.size("department"), np.int64)
    now[shown.facts.codes["department"]["教育局"]] = 3
    assert ordered(facet, "department", now)["label"].tolist() == ["教育局", "交通运输局"]
    assert ordered(facet, "department", now, most=1)["label"].tolist() == ["教育局"]
    assert ordered(facet, "topic", now) is facet


COUNTIES = [r.code for r in regions("county")]


@pytest.fixture
def bands_of(forty: Library):
    """Return the bands of counts given for the first counties in the order of the standard."""
    facts = letter_facts.build(forty)

    def by_region(counts: list[int]) -> np.ndarray:
        by_code = np.zeros(facts.size("region"), np.int64)
        by_code[[facts.codes["region"][code] for code in COUNTIES[: len(counts)]]] = counts
        return by_code

    def bands(measure: str, counts: list[int], before: list[int] | None = None):
        found = region_bands(measure, facts, by_region(counts), None if before is None else by_region(before))
        return found, found.frame["band"].tolist()[: len(counts)]

    return bands


BANDS = {
    # counts                                                bands
    "five": ([1, 2, 3, 4, 5], [0, 1, 2, 3, 4]),
    "two letters more in ten": ([*range(1, 11)], [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]),
    "ties stay together": ([7, 7, 7, 7, 100], [1, 1, 1, 1, 2]),
    "none": ([0, 0, 3], [-1, -1, 1]),
}


@pytest.mark.parametrize(("counts", "expected"), BANDS.values(), ids=BANDS)
def test_bands_of_counts(bands_of, counts: list[int], expected: list[int]) -> None:
    found, bands = bands_of("n", counts)
    assert bands == expected
    assert (found.frame["band"] >= 0).sum() == np.count_nonzero(counts)


def test_no_letters_make_no_bands(bands_of) -> None:
    for measure in ("n", "rate", "change"):
        found, _ = bands_of(measure, [], [])
        assert (found.frame["band"] == -1).all()


CHANGES = {
    # now, before                band (below −30 %, −10 %, 10 %, 30 %, above)
    "halved": (50, 100, 0),
    "a little less": (80, 100, 1),
    "the same": (100, 100, 2),
    "at the edge": (110, 100, 3),
    "doubled": (200, 100, 4),
    "gone": (0, 100, 0),
    "new": (100, 0, -1),
    "few": (FEW - 1, FEW - 1, -1),
    "few become many": (FEW, FEW - 1, 3),
    "none": (0, 0, -1),
}


@pytest.mark.parametrize(("now", "before", "band"), CHANGES.values(), ids=CHANGES)
def test_bands_of_change(bands_of, now: int, before: int, band: int) -> None:
    _, bands = bands_of("change", [now], [before])
    assert bands == [band]


def test_rate_is_that_of_the_prefecture(bands_of) -> None:
    found, bands = bands_of("rate", [FEW, 2 * FEW, 0])
    people = region(str(region(COUNTIES[0]).parent_code)).population_2020
    assert people
    assert found.frame["value"].iloc[:2].tolist() == pytest.approx([10_000 * 3 * FEW / people] * 2)
    assert bands[0] == bands[1] == bands[2] >= 0
    assert bands_of("rate", [FEW - 1])[1] == [-1]  # fewer than FEW letters in the prefecture have no colour


SPANS = {
    "days": ((2024, 7, 1), (2024, 7, 31), (2023, 7, 1), (2023, 7, 31)),
    "leap day": ((2024, 2, 29), (2024, 2, 29), (2023, 2, 28), (2023, 2, 28)),
    "after a leap year": ((2025, 2, 1), (2025, 2, 28), (2024, 2, 1), (2024, 2, 28)),
    "over the new year": ((2023, 12, 25), (2024, 1, 5), (2022, 12, 25), (2023, 1, 5)),
}


@pytest.mark.parametrize(("first", "last", "first_before", "last_before"), SPANS.values(), ids=SPANS)
def test_the_same_days_a_year_before(first, last, first_before, last_before) -> None:
    assert span_before((dt.date(*first), dt.date(*last))) == (dt.date(*first_before), dt.date(*last_before))


WORDED = {
    "all": ({}, 40),
    "schools": ({"topic": ("教育文体",)}, 10),
    "one letter": ({"day": (dt.date(2024, 6, 1), dt.date(2024, 6, 1))}, 1),
    "none": ({"region": ("430102",)}, 0),
}


@pytest.mark.parametrize(("chosen", "n"), WORDED.values(), ids=WORDED)
def test_key_words(forty: Library, chosen: dict[str, object], n: int) -> None:
    facts = letter_facts.build(forty)
    crossfilter = Crossfilter(facts, filters=LetterFilters(**chosen).for_facts())
    found = key_words(forty, crossfilter, usual_letters(forty, facts))
    assert found.attrs["letters"] == n
    assert len(found) <= WORDS
    assert (found["term"].str.len() >= 2).all()
    assert (found["letters"] <= n).all()
    if n == 10:
        assert "学位" in set(found["term"])
        assert "积水" not in set(found["term"])
