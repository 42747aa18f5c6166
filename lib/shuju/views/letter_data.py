"""What the page of letters shows, computed: facts and filters in, frames and arrays out. No Panel here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuju.facts import Bins, Counts, Crossfilter, Facts
from shuju.library import Library
from shuju.standard import region, regions
from shuju.text.terms import terms
from shuju.views.filters import label_name
from shuju.views.letter_filters import LetterFilters
from shuju.views.linked_data import selected
from shuju.views.live import Snapshot

FACETS = ("topic", "department", "channel", "motive", "age", "reply_days")
PAGE_ROWS = 20
WORD_LETTERS = 800
WORDS = 30
LETTER_COLUMNS = ("key_hash", "letter_id", "title", "region_code", "department", "written_at", "replied_at")
MEASURES = {"dots": "点密度", "n": "来信数", "rate": "每万人", "change": "同比"}
BANDS = 5
FEW = 10  # fewer letters than this make no rate and no change worth a colour


@dataclass(frozen=True)
class Headline:
    """The headline figures under the filters; spans of days end on ``last_day`` and leave the day's filter aside."""

    n: int
    n_all: int
    n_counties: int
    newest: dt.datetime | None
    last_7: int
    before_7: int
    last_30: int
    before_30: int
    year_before_30: int
    n_unanswered: int
    median_days: float | None
    median_days_all: float | None
    last_day: dt.date


def headline(
    snapshot: Snapshot, counts: Counts, filters: LetterFilters, newest: dt.datetime | None, last_day: dt.date
) -> Headline:
    """Return the headline figures under ``filters``.

    ``median_days`` is that of the letters that were answered; in ``median_days_all`` those that were not count
    as slower than any (None where they are more than half).
    """
    facts = snapshot.facts
    counties = np.array([facts.codes["region"][r.code] for r in regions("county")])
    this_day = facts.schema.dimension("day").code(last_day)
    replies = counts.by["reply_fine"]

    def between(first: int, last: int) -> int:
        return int(counts.by["day"][max(first, 1) : max(last + 1, 1)].sum())

    return Headline(
        n=counts.total,
        n_all=facts.n,
        n_counties=int(np.count_nonzero(selected(facts, counts, filters, "region")[counties])),
        newest=newest,
        last_7=between(this_day - 6, this_day),
        before_7=between(this_day - 13, this_day - 7),
        last_30=between(this_day - 29, this_day),
        before_30=between(this_day - 59, this_day - 30),
        year_before_30=between(this_day - 365 - 29, this_day - 365),
        n_unanswered=int(replies[0]),
        median_days=median_days(facts, np.where(np.arange(len(replies)) > 0, replies, 0)),
        median_days_all=median_days(facts, replies),
        last_day=last_day,
    )


def median_days(facts: Facts, replies: npt.NDArray[np.int64]) -> float | None:
    """Return the days within which half of the letters are answered, to the step of ``reply_fine``.

    ``replies`` are counts by its code; code 0 holds those without a reply.
    """
    dimension = facts.schema.dimension("reply_fine")
    assert isinstance(dimension, Bins)
    reached = np.flatnonzero(np.cumsum(replies[1:]) >= replies.sum() / 2)
    if not replies.sum() or not len(reached):
        return None
    edges = (0.0, *dimension.edges, dimension.edges[-1])
    return (edges[reached[0]] + edges[reached[0] + 1]) / 2


def ordered(facet: pd.DataFrame, name: str, by_code: np.ndarray, most: int = 12) -> pd.DataFrame:
    """Return a facet's labels to show: departments by their number now, the ``most`` strongest; others as they are."""
    if name != "department":
        return facet
    counted = facet.assign(n=by_code[facet["code"].to_numpy()])
    return counted.sort_values("n", ascending=False, kind="stable").head(most).drop(columns="n")


@dataclass(frozen=True)
class RegionBands:
    """A measure by county in bands: ``frame`` has ``code, name, n, before, value, band`` (-1: too few, or none).

    ``edges`` are the bands' inner limits; ``measure`` is a key of ``MEASURES``.
    """

    measure: str
    frame: pd.DataFrame
    edges: tuple[float, ...]


def region_bands(
    measure: str, facts: Facts, by_region: npt.NDArray[np.int64], before: npt.NDArray[np.int64] | None
) -> RegionBands:
    """Return the counties in bands of ``measure``; ``before`` are the counts of the year before (for ``change``).

    ``rate`` is that of the county's prefecture, for only prefectures have a census population here: letters
    a year are not known to be complete, so it is letters in all. Bands have about equally many counties, and
    for ``change`` fixed limits (−30 %, −10 %, 10 %, 30 %).
    """
    counties = regions("county")
    at = np.array([facts.codes["region"][r.code] for r in counties])
    frame = pd.DataFrame(
        {"code": [r.code for r in counties], "name": [r.name for r in counties], "n": by_region[at]}
    )
    frame["before"] = before[at] if before is not None else 0
    if measure == "rate":
        parent = pd.Series([str(r.parent_code) for r in counties])
        people = parent.map({r.code: r.population_2020 or np.nan for r in regions("prefecture")})
        own = {r.code: int(by_region[facts.codes["region"][r.code]]) for r in regions("prefecture")}
        letters = frame.groupby(parent)["n"].transform("sum") + parent.map(own)
        frame["value"] = 10_000 * letters / people
        is_few = letters < FEW
    elif measure == "change":
        frame["value"] = 100 * (frame["n"] - frame["before"]) / frame["before"].replace(0, np.nan)
        is_few = (frame["before"] < FEW) & (frame["n"] < FEW) | (frame["before"] == 0)
    else:
        frame["value"] = frame["n"].astype(float)
        is_few = frame["n"] == 0
    known = ~is_few & frame["value"].notna()
    if measure == "change":
        edges = (-30.0, -10.0, 10.0, 30.0)
    else:
        shares = np.linspace(0, 1, BANDS + 1)[1:-1]
        values = (
            frame.loc[known, "value"].drop_duplicates() if measure == "rate" else frame.loc[known, "value"]
        )
        edges = tuple(np.unique(np.quantile(values, shares))) if len(values) else ()
    frame["band"] = np.where(known, np.searchsorted(edges, frame["value"].fillna(0), side="right"), -1)
    return RegionBands(measure, frame, edges)


def span_before(day: tuple[dt.date, dt.date]) -> tuple[dt.date, dt.date]:
    """Return the same days of the year before (同期); 29 February becomes the 28th."""

    def back(date: dt.date) -> dt.date:
        is_leap_day = (date.month, date.day) == (2, 29)
        return date.replace(year=date.year - 1, day=28 if is_leap_day else date.day)

    return back(day[0]), back(day[1])


def letters_page(snapshot: Snapshot, crossfilter: Crossfilter, page: int) -> pd.DataFrame:
    """Return the letters of one page, newest first: ``letter_id, title, place, topic, department, written_at, replied_at``.

    O(k log n) for the page.
    """
    facts = crossfilter.facts
    positions = crossfilter.rows(PAGE_ROWS, (page - 1) * PAGE_ROWS)
    keys = facts.take("key", positions)
    labels = np.array(facts.labels("topic"), object)
    topic = dict(zip(keys.tolist(), labels[facts.take("topic", positions)], strict=True))
    found = snapshot.library.take("letters", keys.tolist(), LETTER_COLUMNS).to_pandas()
    return found.assign(
        place=[label_name("region", code) if isinstance(code, str) else "—" for code in found["region_code"]],
        topic=[topic[key] for key in found["key_hash"]],
        department=found["department"].fillna("—"),
    )[["letter_id", "title", "place", "topic", "department", "written_at", "replied_at"]]


def key_words(library: Library, crossfilter: Crossfilter, usual: pd.DataFrame) -> pd.DataFrame:
    """Return the words that the newest letters under the filters say more than ``usual`` letters.

    Columns as those of ``shuju.text.terms.terms``, at most ``WORDS`` rows, from at most ``WORD_LETTERS``
    letters (their number is in ``attrs["letters"]``).
    """
    keys = crossfilter.facts.take("key", crossfilter.rows(WORD_LETTERS))
    texts = texts_of(library, keys)
    found = terms(texts, against=usual, at_least=2 if len(texts) > 4 else 1)
    found = found[(found["term"].str.len() >= 2) & (found["keyness"] >= 0)]
    found = found.head(WORDS).reset_index(drop=True)
    found.attrs["letters"] = len(texts)
    return found


_usual: dict[tuple[str, int], pd.DataFrame] = {}


def usual_letters(library: Library, facts: Facts) -> pd.DataFrame:
    """Return title and body of letters spread evenly over time: what letters say in general; read once a version."""
    version = (str(facts.path), facts.version)
    if version not in _usual:
        _usual.clear()
        _usual[version] = _spread_letters(library, facts)
    return _usual[version]


def _spread_letters(library: Library, facts: Facts) -> pd.DataFrame:
    crossfilter, block = Crossfilter(facts), 100
    starts = np.unique(np.linspace(0, max(facts.n - block, 0), WORD_LETTERS // block).astype(int))
    keys = [facts.take("key", crossfilter.rows(block, int(start))) for start in starts]
    return texts_of(library, np.unique(np.concatenate(keys)))


def texts_of(library: Library, keys: npt.NDArray[np.int64]) -> pd.DataFrame:
    """Return title and body of the letters of these keys."""
    return library.take("letters", keys.tolist(), ("title", "body")).to_pandas()


def prefecture_of(code: str) -> str:
    """Return the name of a county's prefecture."""
    parent = region(code).parent_code
    return region(parent).name if parent else ""
