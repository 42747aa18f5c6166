"""Which place a name stands for: each reading gets log-odds by how it is written, what stands before it and in the text.

The sizes of the log-odds are set by hand; docs/methods/places.md measures what they give.
"""

from __future__ import annotations

import numpy as np

from shuju.standard import regions
from shuju.text.gazetteer import FORMER, IS_PLAIN, OUTSIDE, gazetteer

BESIDE, SAME_COUNTY, SAME_PREFECTURE, OTHER_PREFECTURE = 3.0, 1.5, 1.2, -1.5
BESIDE_ELSEWHERE = -5.0  # 深圳益阳大厦, 东莞市沙田镇: a name of the province right after one that is not
TOWN_ALONE, PLAIN_TOWN_ALONE = (
    -1.5,
    -3.0,
)  # a township of which no region is known at all, by a long or a short stem
TOWN_ELSEWHERE = -3.5  # and where the text names other provinces alone
HOME, PRIOR_HOME = 0.4, 0.8  # of the province rather than elsewhere; where the text is known to be its own
PRIOR_COUNTY, PRIOR_PREFECTURE, PRIOR_ELSEWHERE = 2.0, 1.2, -1.0


def read_names(
    text: np.ndarray, start: np.ndarray, end: np.ndarray, name: np.ndarray, priors: np.ndarray, n_texts: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the place (-1: two as likely) and the confidence of each name found."""
    known = gazetteer()
    lengths = known.first[name + 1] - known.first[name]
    mention = np.repeat(np.arange(len(name)), lengths)
    offset = np.concatenate([[0], np.cumsum(lengths)])
    reading = np.repeat(known.first[name] - offset[:-1], lengths) + np.arange(offset[-1])
    place, odds = known.places[reading], known.odds[reading].copy()
    county, group = known.counties[place], known.groups[place]
    of_text = text[mention]
    n_counties, n_prefectures = len(regions("county")), len(regions("prefecture"))
    is_home = group < n_prefectures
    is_town = known.kinds[place] == "town"

    # What the text says surely: names with one reading, a full one, each once. A name is no witness for itself.
    tells = (lengths[mention] == 1) & (odds > 0)
    votes = np.where(odds >= FORMER, 1.0, 0.5) * tells
    once = np.zeros(len(votes))
    first = np.unique(of_text * len(known.first) + name[mention], return_index=True)[1]
    once[first] = votes[first]
    by_county = _votes(of_text, county + 1, once, n_texts, n_counties + 1)
    by_group = _votes(of_text, group, once, n_texts, int(known.groups.max()) + 1)
    regions_home = np.bincount(of_text, once * (is_home & ~is_town), n_texts)[of_text]
    outside = np.bincount(of_text, once * ~is_home, n_texts)[of_text]
    in_group = by_group[of_text, group] - votes
    in_county = np.where(county >= 0, by_county[of_text, county + 1] - votes, 0)
    others = by_group.sum(axis=1)[of_text] - votes - in_group
    odds += SAME_PREFECTURE * np.minimum(in_group, 2) + SAME_COUNTY * np.minimum(in_county, 2)

    # Its own region right before it (永州市道县, 岳麓区望月湖街道), or another province's.
    region_before, is_after = _before(text, start, end, name)
    region_before, is_after = region_before[mention], is_after[mention]
    is_beside = is_after & (known.groups[region_before] == group)
    is_beside &= (known.counties[region_before] < 0) | (known.counties[region_before] == county)
    odds += BESIDE * is_beside
    odds += BESIDE_ELSEWHERE * (is_after & is_home & (known.kinds[region_before] == OUTSIDE))

    own_county, own_prefecture = priors[of_text, 0], priors[of_text, 1]
    is_alone = is_town & (regions_home == 0) & (in_group <= 0) & (own_prefecture < 0) & ~is_beside
    marks = known.marks[name][mention]
    odds += np.where(
        is_alone & (outside > 0),
        TOWN_ELSEWHERE,
        np.where((others > 0) & (in_group <= 0), OTHER_PREFECTURE, 0),
    )
    no_prior = priors[of_text, 2] == 0
    odds += (is_alone & no_prior) * np.where(marks & IS_PLAIN, PLAIN_TOWN_ALONE, TOWN_ALONE)
    odds += np.where(no_prior, HOME, PRIOR_HOME) * is_home
    odds += PRIOR_COUNTY * ((own_county >= 0) & (own_county == county))
    odds += np.where(
        own_prefecture < 0, 0, np.where(own_prefecture == group, PRIOR_PREFECTURE, PRIOR_ELSEWHERE)
    )

    chosen, confidence = np.full(len(name), -1, np.int64), np.zeros(len(name))
    if not len(mention):
        return chosen, confidence
    order = np.lexsort((-odds, mention))
    is_first = np.concatenate([[True], np.diff(mention[order]) > 0])
    best = order[is_first]
    weight = np.exp(odds - odds.max(initial=0))
    share = weight[best] / np.bincount(mention, weight, len(name))[mention[best]]
    confidence[mention[best]] = share / (1 + np.exp(-odds[best]))
    chosen[mention[best]] = np.where(share > 0.5, place[best], -1)
    return chosen, confidence


def _votes(row: np.ndarray, column: np.ndarray, votes: np.ndarray, n_rows: int, n_columns: int) -> np.ndarray:
    found = np.bincount(row * n_columns + column, votes, n_rows * n_columns)
    return found.reshape(n_rows, n_columns)


def _before(
    text: np.ndarray, start: np.ndarray, end: np.ndarray, name: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return by mention the first reading of the name that stands right before it, and whether one does."""
    known = gazetteer()
    before = np.maximum(np.arange(len(name)) - 1, 0)
    first = np.minimum(known.first[name[before]], len(known.places) - 1)
    has_reading = known.first[name[before] + 1] > known.first[name[before]]
    is_after = (np.arange(len(name)) > 0) & (text[before] == text) & (end[before] == start) & has_reading
    return known.places[first], is_after
