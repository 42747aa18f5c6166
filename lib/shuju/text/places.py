"""Places (地点) that letters write of: regions and townships with their codes, roads, estates, companies, schools.

A name of the gazetteer may be read several ways (五里牌街道 is in five counties, 永定区 in two provinces), or be no
place at all (通道, 凤凰). Each reading gets log-odds: how the name is written, which region stands right before it,
which regions the rest of the text names, and where the text was sent to. The likeliest reading is taken. What lies in
another province is told as ``outside``.

The readings: ``place_readings.py``; how names are found: ``name_finding.py``. docs/methods/places.md measures both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from shuju.standard import region, regions
from shuju.text.features import characters_of
from shuju.text.gazetteer import gazetteer
from shuju.text.name_finding import find_names
from shuju.text.named_places import KINDS, find_named
from shuju.text.place_readings import read_names

LEAST, NAMED = 0.3, 0.5  # the least confidence told; that of a place known by its ending only
CONTRADICTS = 0.6
_TITLE, _FIRST = 3.0, 1.5  # a mention in the title, and the first of a letter, count so many times
_BATCH = 8192


def find_places(texts: Sequence[str | None], prior_codes: Sequence[str | None] | None = None) -> pd.DataFrame:
    """Return the places that each text names, in the order of the texts and within them.

    Columns: ``text`` (number of the text), ``start``, ``end`` (characters), ``kind`` (prefecture, county, town,
    outside for a region of another province, road, estate, community, village, company, school, hospital, market,
    station), ``name`` (as the standard has it; as written for kinds from road on), ``code`` (GB/T 2260, a
    township's 9 digits, or none: not listed, or two readings as likely), ``confidence`` (at least 0.3).
    ``prior_codes``: by text, the region it was sent to.
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
    titles = [text if isinstance(text, str) else "" for text in titles]
    bodies = [text if isinstance(text, str) else "" for text in bodies]
    title_ends = np.fromiter(map(len, titles), np.int64, len(titles))
    texts = [f"{title}\n{body}" for title, body in zip(titles, bodies, strict=True)]
    found = find_places(texts, region_codes)
    found["in_title"] = found["end"].to_numpy() <= title_ends[found["text"].to_numpy()]
    told = _told(found, len(texts))
    own = _priors(region_codes, len(texts))
    code, confidence, is_contradicted = _weighed(told, own, region_codes)
    rows = np.arange(len(texts))
    return pd.DataFrame(
        {
            "region_code": pd.array(code, "str"),
            "town_code": _towns(found, code).reindex(rows).array,
            "place": _most_particular(found).reindex(rows).array,
            "confidence": confidence.astype(np.float32),
            "is_contradicted": is_contradicted,
        }
    )


class _Told(NamedTuple):
    """What the texts tell: by text and region how strongly, the best region (-1: none), how surely it is that."""

    by_county: np.ndarray
    county: np.ndarray
    county_sure: np.ndarray
    by_prefecture: np.ndarray
    prefecture: np.ndarray
    prefecture_sure: np.ndarray


def _told(found: pd.DataFrame, n: int) -> _Told:
    known = gazetteer()
    listed = found[found["code"].notna()]
    number = pd.Series(np.arange(len(known.codes)), known.codes).reindex(listed["code"]).to_numpy(np.int64)
    text, confidence = listed["text"].to_numpy(), listed["confidence"].to_numpy(float)
    weight = confidence * np.where(listed["in_title"], _TITLE, 1.0)
    weight *= np.where(np.diff(text, prepend=-1) > 0, _FIRST, 1.0)
    parts: list[np.ndarray] = []
    for group, size in (
        (known.counties, len(regions("county"))),
        (known.groups, len(regions("prefecture"))),
    ):
        of = group[number]
        is_in = (of >= 0) & (of < size)
        score, surest = np.zeros((n, size)), np.zeros((n, size))
        np.add.at(score, (text[is_in], of[is_in]), weight[is_in])
        np.maximum.at(surest, (text[is_in], of[is_in]), confidence[is_in])
        best, rows = score.argmax(axis=1), np.arange(n)
        total = score.sum(axis=1)
        sure = surest[rows, best] * score[rows, best] / np.where(total > 0, total, 1)
        parts += [score, np.where(total > 0, best, -1), sure]
    return _Told(*parts)


def _weighed(
    told: _Told, own: np.ndarray, region_codes: Sequence[str | None]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return region code, its confidence, and whether the text contradicts the letter's own field."""
    counties = np.array([c.code for c in regions("county")], object)
    prefectures = np.array([p.code for p in regions("prefecture")], object)
    in_prefecture = np.searchsorted(prefectures.astype(str), [str(c.parent_code) for c in regions("county")])
    own_county, own_prefecture, _ = own.T
    rows = np.arange(len(own))
    names_own = np.where(
        own_county >= 0, told.by_county[rows, own_county] > 0, told.by_prefecture[rows, own_prefecture] > 0
    )
    is_contradicted = (
        (own_prefecture >= 0) & ~names_own & (told.county >= 0) & (told.county_sure >= CONTRADICTS)
    )
    is_refined = (own_county < 0) & (told.county >= 0) & (in_prefecture[told.county] == own_prefecture)
    keeps = (own_prefecture >= 0) & ~is_refined
    field = pd.Series(region_codes, dtype="object")
    field = field.map({c: region(str(c)).code for c in field.dropna().unique()}).astype(object)
    field = field.where(field.notna(), None).to_numpy()
    by_text = np.where(told.prefecture >= 0, prefectures[told.prefecture], field)
    by_text = np.where(told.county >= 0, counties[told.county], by_text)
    by_text_sure = np.where(told.county >= 0, told.county_sure, told.prefecture_sure)
    code = np.where(keeps, field, by_text)
    confidence = np.where(keeps, np.where(is_contradicted, 1 - told.county_sure, 1.0), by_text_sure)
    return code, confidence, is_contradicted


def _towns(found: pd.DataFrame, code: np.ndarray) -> pd.Series:
    """Return by text the township in the letter's county that is named most surely, title first."""
    towns = found[(found["kind"] == "town") & found["code"].notna()]
    known = gazetteer()
    county = pd.Series(known.counties, known.codes)
    of_town = county.reindex(towns["code"]).to_numpy()
    of_letter = county.reindex(code).fillna(-1).to_numpy()[towns["text"].to_numpy()]
    towns = towns[of_town == of_letter].sort_values(
        ["in_title", "confidence"], ascending=False, kind="stable"
    )
    return towns.drop_duplicates("text").set_index("text")["code"]


def _most_particular(found: pd.DataFrame) -> pd.Series:
    """Return by text the name of the most particular place: of the title first, then the first named."""
    named = found.assign(rank=found["kind"].map(_PARTICULAR)).dropna(subset="rank")
    named = named.sort_values(["in_title", "rank", "start"], ascending=[False, True, True], kind="stable")
    return named.drop_duplicates("text").set_index("text")["name"]


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
    """Return by text the number of county and of prefecture (-1: unknown), and whether there is a prior (1 or 0)."""
    found = np.full((n, 3), (-1, -1, 0), np.int64)
    if codes is None:
        return found
    if len(codes) != n:
        raise ValueError(f"文本 {n} 条，行政区划代码 {len(codes)} 个，应当一样多")
    known = gazetteer()
    labels, names = pd.factorize(pd.Series(codes, dtype="object"))
    number = {code: k for k, code in enumerate(known.codes)}
    table = np.full((len(names) + 1, 3), (-1, -1, 0), np.int64)
    for k, name in enumerate(names):
        place = number.get(region(str(name)).code)
        table[k, 2] = 1
        if place is not None:
            table[k, :2] = known.counties[place], known.groups[place]
    return table[labels]


def _find(texts: list[str], priors: np.ndarray, first_text: int) -> pd.DataFrame:
    known = gazetteer()
    characters = characters_of(texts)
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))
    begins = np.concatenate([[0], ends[:-1]]) if len(ends) else np.zeros(0, np.int64)
    joined = "".join(texts)
    text, start, end, name = find_names(characters, ends, joined, known)
    place, confidence = read_names(text, start, end, name, priors, len(texts))
    is_told = confidence >= LEAST
    sure = is_told & (place >= 0)
    n_text, n_start, n_end, n_kind = find_named(characters, ends, (start[is_told], end[is_told]))
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
