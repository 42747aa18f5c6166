"""Places (地点) that letters write of: regions and townships with their codes, roads, estates, companies, schools.

A name of the gazetteer may be read several ways (五里牌街道 is in five counties), or be no place at all
(通道, 凤凰). Each reading gets log-odds: how the name is written, whether its own region stands right before it,
which regions the rest of the text names, and where the text was sent to. The likeliest reading is taken.

The sizes of the log-odds are set by hand; docs/methods/places.md measures what they give.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from shuju.standard import region, regions
from shuju.text.features import characters_of
from shuju.text.gazetteer import FORMER, gazetteer, find_names
from shuju.text.named_places import KINDS, find_named

BESIDE, SAME_COUNTY, SAME_PREFECTURE, OTHER_PREFECTURE = 3.0, 1.5, 1.2, -1.5
PRIOR_COUNTY, PRIOR_PREFECTURE, PRIOR_ELSEWHERE = 2.0, 1.2, -1.0
LEAST, NAMED = 0.3, 0.5  # the least confidence told; that of a place known by its ending only
CONTRADICTS = 0.8
_TITLE, _FIRST = 3.0, 1.5  # a mention in the title, and the first of a letter, count so many times
_BATCH = 8192


def find_places(texts: Sequence[str | None], prior_codes: Sequence[str | None] | None = None) -> pd.DataFrame:
    """Return the places that each text names, in the order of the texts and within them.

    Columns: ``text`` (number of the text), ``start``, ``end`` (characters), ``kind`` (prefecture, county, town,
    road, estate, community, village, company, school, hospital, market, station), ``name`` (as the standard has
    it; as written for kinds from road on), ``code`` (GB/T 2260, a township's 9 digits, or none: not listed, or
    two readings as likely), ``confidence`` (at least 0.3). ``prior_codes``: by text, the region it was sent to.
    Raises ``KeyError`` for a prior that is no region of the province, ``ValueError`` if there are not as many
    priors as texts. Time is linear in the characters.
    """
    texts = [text if isinstance(text, str) else "" for text in texts]
    priors = _priors(prior_codes, len(texts))
    parts = [
        _find(texts[first : first + _BATCH], priors[first : first + _BATCH], first)
        for first in range(0, max(len(texts), 1), _BATCH)
    ]
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]


def places_of(
    titles: Sequence[str | None], bodies: Sequence[str | None], region_codes: Sequence[str | None]
) -> pd.DataFrame:
    """Return where each letter is about: one row a letter.

    Columns: ``region_code`` (the letter's own; where it has none or only a prefecture or the province, the county
    or prefecture that the text tells), ``town_code``, ``place`` (the most particular place named, title first),
    ``confidence`` (that of the text for ``region_code``; 1 where the letter's own field says it and the text
    does not contradict), ``is_contradicted`` (the text names a county elsewhere, surely, and none of the
    field's). Raises as ``find_places``.
    """
    if not len(titles) == len(bodies) == len(region_codes):
        raise ValueError("标题、正文与行政区划代码应当一样多")
    texts = [
        f"{t if isinstance(t, str) else ''}\n{b if isinstance(b, str) else ''}"
        for t, b in zip(titles, bodies, strict=True)
    ]
    title_ends = np.array([text.index("\n") for text in texts], np.int64)
    found = find_places(texts, region_codes)
    own = _priors(region_codes, len(texts))
    known = gazetteer()
    n, n_places = len(texts), len(known.codes)
    counties, prefectures = regions("county"), regions("prefecture")
    text = found["text"].to_numpy()
    weight = found["confidence"].to_numpy() * np.where(
        found["end"].to_numpy() <= title_ends[text], _TITLE, 1.0
    )
    is_first = np.diff(np.where(found["code"].notna(), text, -1), prepend=-1) > 0
    weight = np.where(is_first, _FIRST, 1.0) * weight
    number = (
        pd.Series(np.arange(n_places), index=known.codes).reindex(found["code"]).fillna(-1).to_numpy(np.int64)
    )
    confidence = found["confidence"].to_numpy()

    county_score, county_best = _tally(
        text, np.where(number >= 0, known.counties[number], -1), weight, confidence, n, len(counties)
    )
    prefecture_score, prefecture_best = _tally(
        text, np.where(number >= 0, known.prefectures[number], -1), weight, confidence, n, len(prefectures)
    )
    rows = np.arange(n)
    best = county_score.argmax(axis=1)
    has_county = county_score[rows, best] > 0
    sure = np.where(
        has_county,
        county_best[rows, best] * county_score[rows, best] / np.maximum(county_score.sum(axis=1), 1e-9),
        0,
    )
    best_prefecture = prefecture_score.argmax(axis=1)
    has_prefecture = prefecture_score[rows, best_prefecture] > 0
    sure_prefecture = np.where(
        has_prefecture,
        prefecture_best[rows, best_prefecture]
        * prefecture_score[rows, best_prefecture]
        / np.maximum(prefecture_score.sum(axis=1), 1e-9),
        0,
    )
    county_codes = np.array([c.code for c in counties], object)
    prefecture_codes = np.array([p.code for p in prefectures], object)
    own_county, own_prefecture = own[:, 0], own[:, 1]
    of_county = np.array([[p.code for p in prefectures].index(c.parent_code) for c in counties])

    told = np.where(
        has_county, county_codes[best], np.where(has_prefecture, prefecture_codes[best_prefecture], None)
    )
    told_sure = np.where(has_county, sure, sure_prefecture)
    named_own = county_score[rows, np.maximum(own_county, 0)] > 0
    within = prefecture_score[rows, np.maximum(own_prefecture, 0)] > 0
    contradicted = (
        has_county
        & (sure >= CONTRADICTS)
        & (
            ((own_county >= 0) & ~named_own & (best != own_county))
            | ((own_county < 0) & (own_prefecture >= 0) & ~within)
        )
    )
    refined = (own_county < 0) & (own_prefecture >= 0) & has_county & (of_county[best] == own_prefecture)
    field = np.array([None if c is None or c != c else region(c).code for c in region_codes], object)
    keeps = (own_prefecture >= 0) & ~refined
    code = np.where(keeps, field, np.where(has_county | has_prefecture, told, field))
    confidence_of = np.where(keeps, np.where(contradicted, 1 - sure, 1.0), told_sure)

    frame = found.assign(weight=weight, county=np.where(number >= 0, known.counties[number], -1))
    county_number = (
        pd.Series(np.arange(len(counties)), index=county_codes).reindex(code).fillna(-1).to_numpy(np.int64)
    )
    towns = frame[(frame["kind"] == "town") & frame["code"].notna()]
    towns = towns[(towns["county"].to_numpy() == county_number[towns["text"].to_numpy()])]
    town = (
        towns.sort_values("weight", ascending=False, kind="stable")
        .drop_duplicates("text")
        .set_index("text")["code"]
    )
    rank = frame["kind"].map(_PARTICULAR)
    named = frame[rank.notna()].assign(rank=rank)
    named = named.assign(in_title=named["end"].to_numpy() <= title_ends[named["text"].to_numpy()])
    named = named.sort_values(["in_title", "rank", "start"], ascending=[False, True, True], kind="stable")
    place = named.drop_duplicates("text").set_index("text")["name"]
    return pd.DataFrame(
        {
            "region_code": pd.array(code, "str"),
            "town_code": town.reindex(rows).array,
            "place": place.reindex(rows).array,
            "confidence": confidence_of.astype(np.float32),
            "is_contradicted": contradicted,
        }
    )


_PARTICULAR = {
    "estate": 0,
    "school": 0,
    "hospital": 0,
    "company": 0,
    "market": 0,
    "station": 0,
    "village": 1,
    "community": 1,
}
_PARTICULAR |= {"road": 2, "town": 3}


def _priors(codes: Sequence[str | None] | None, n: int) -> np.ndarray:
    """Return county and prefecture number by text, -1 if unknown: the province or none."""
    found = np.full((n, 2), -1, np.int64)
    if codes is None:
        return found
    if len(codes) != n:
        raise ValueError(f"文本 {n} 条，行政区划代码 {len(codes)} 个，应当一样多")
    known = gazetteer()
    labels, names = pd.factorize(pd.Series(codes, dtype="object"))
    number = {code: k for k, code in enumerate(known.codes)}
    table = np.full((len(names) + 1, 2), -1, np.int64)
    for k, name in enumerate(names):
        place = number.get(region(str(name)).code)
        if place is not None:
            table[k] = known.counties[place], known.prefectures[place]
    return table[labels]


def _find(texts: list[str], priors: np.ndarray, first_text: int) -> pd.DataFrame:
    known = gazetteer()
    characters = characters_of(texts)
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))
    begins = np.concatenate([[0], ends[:-1]]) if len(ends) else np.zeros(0, np.int64)
    text, start, end, name = find_names(characters, ends, known)
    place, confidence = _read(text, start, end, name, priors, len(texts))
    is_told = confidence >= LEAST
    sure = is_told & (place >= 0)
    n_text, n_start, n_end, n_kind = find_named(characters, ends, (start[is_told], end[is_told]))
    joined = "".join(texts)
    kinds = np.where(place >= 0, known.kinds[place], "town")
    codes = np.where(sure, known.codes[place], None)
    names = np.where(place >= 0, known.titles[place], None)
    lone = np.flatnonzero(is_told & (place < 0))
    names[lone] = [joined[a:b] for a, b in zip(start[lone], end[lone], strict=True)]
    all_text = np.concatenate([text[is_told], n_text])
    all_start = np.concatenate([start[is_told], n_start])
    order = np.argsort(all_start, kind="stable")
    written = np.array([joined[a:b] for a, b in zip(n_start, n_end, strict=True)], object)
    all_end = np.concatenate([end[is_told], n_end])
    return pd.DataFrame(
        {
            "text": all_text[order] + first_text,
            "start": (all_start - begins[all_text])[order],
            "end": (all_end - begins[all_text])[order],
            "kind": pd.array(np.concatenate([kinds[is_told], np.array(KINDS, object)[n_kind]])[order], "str"),
            "name": pd.array(np.concatenate([names[is_told], written])[order], "str"),
            "code": pd.array(np.concatenate([codes[is_told], np.full(len(n_text), None)])[order], "str"),
            "confidence": np.concatenate([confidence[is_told], np.full(len(n_text), NAMED)])[order].astype(
                np.float32
            ),
        }
    )


def _read(
    text: np.ndarray, start: np.ndarray, end: np.ndarray, name: np.ndarray, priors: np.ndarray, n_texts: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the place (-1: two as likely) and the confidence of each name found."""
    known = gazetteer()
    lengths = known.first[name + 1] - known.first[name]
    mention = np.repeat(np.arange(len(name)), lengths)
    offset = np.concatenate([[0], np.cumsum(lengths)])
    reading = np.repeat(known.first[name] - offset[:-1], lengths) + np.arange(offset[-1])
    place, odds = known.places[reading], known.odds[reading].copy()
    county, prefecture = known.counties[place], known.prefectures[place]
    of_text = text[mention]

    # What the text says surely: names with one reading, a full one. A name is no witness for itself.
    n_counties, n_prefectures = len(regions("county")), len(regions("prefecture"))
    tells = (lengths[mention] == 1) & (odds > 0)
    votes = np.where(odds >= FORMER, 1.0, 0.5) * tells
    by_county = np.bincount(of_text * (n_counties + 1) + county + 1, votes, n_texts * (n_counties + 1))
    by_county = by_county.reshape(n_texts, n_counties + 1)
    by_prefecture = np.bincount(of_text * n_prefectures + prefecture, votes, n_texts * n_prefectures)
    by_prefecture = by_prefecture.reshape(n_texts, n_prefectures)
    in_prefecture = by_prefecture[of_text, prefecture] - votes
    in_county = np.where(county >= 0, by_county[of_text, county + 1] - votes, 0)
    elsewhere = by_prefecture.sum(axis=1)[of_text] - votes - in_prefecture
    odds += SAME_PREFECTURE * np.minimum(in_prefecture, 2) + SAME_COUNTY * np.minimum(in_county, 2)
    odds += OTHER_PREFECTURE * ((elsewhere > 0) & (in_prefecture <= 0))

    # Its own region right before it: 永州市道县, 岳麓区望月湖街道.
    before = mention - 1
    is_beside = (before >= 0) & (mention > 0)
    before = np.maximum(before, 0)
    is_beside &= (text[before] == of_text) & (end[before] == start[mention])
    parent = np.where(
        lengths[before] > 0, known.places[np.minimum(known.first[name[before]], len(known.places) - 1)], -1
    )
    is_beside &= parent >= 0
    is_beside &= (known.prefectures[parent] == prefecture) & (
        (known.counties[parent] < 0) | (known.counties[parent] == county)
    )
    odds += BESIDE * is_beside

    own_county, own_prefecture = priors[of_text, 0], priors[of_text, 1]
    odds += PRIOR_COUNTY * ((own_county >= 0) & (own_county == county))
    odds += np.where(
        own_prefecture < 0, 0, np.where(own_prefecture == prefecture, PRIOR_PREFECTURE, PRIOR_ELSEWHERE)
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


def _tally(
    text: np.ndarray, group: np.ndarray, weight: np.ndarray, confidence: np.ndarray, n: int, n_groups: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return by text and region the summed weight and the best confidence of what names it."""
    total, best = np.zeros((n, n_groups)), np.zeros((n, n_groups))
    is_in = group >= 0
    np.add.at(total, (text[is_in], group[is_in]), weight[is_in])
    np.maximum.at(best, (text[is_in], group[is_in]), confidence[is_in])
    return total, best
