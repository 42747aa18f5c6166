"""When and where letters are about something: what is asked of two letters before their words are compared."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shuju.clock import wall_time
from shuju.letters.nearness import Scene
from shuju.letters.profiles import CHARACTERS
from shuju.standard import regions
from shuju.text.places import find_places

SURE = 0.5  # confidence of a place that the title names


def scene_of(letters: pd.DataFrame) -> Scene:
    """Return day, county, prefecture and topic of letters (written_at, title, body, region_code, topic_1).

    The one county that a title names is where the matter is; else ``region_code``, which often tells only where the
    writer lives or which mailbox took the letter; else a place told by a code (A3区). Linear in the characters.
    """
    region = letters["region_code"].astype("string")
    region = region.mask(region.notna(), _named_counties(letters["title"], region))
    county = region.where(~region.str.endswith("00").fillna(True).astype(bool))
    prefecture = region.str[:4].where(~region.str.endswith("0000").fillna(True).astype(bool))
    unknown = region.isna()
    if unknown.any():
        told = _coded_places(letters[unknown])
        county = county.where(~unknown, told["county"].reindex(letters.index))
        prefecture = prefecture.where(~unknown, told["prefecture"].reindex(letters.index))
    return Scene(
        day=wall_time(letters["written_at"]).to_numpy("datetime64[s]").astype(np.int64) / 86400,
        county=pd.factorize(county)[0],
        prefecture=pd.factorize(prefecture)[0],
        topic=pd.factorize(letters["topic_1"])[0],
    )


def _named_counties(titles: pd.Series, region: pd.Series) -> pd.Series:
    """Return the county that each title names, alone or by its townships; ``region`` where it names none or several."""
    texts = titles.astype("string").fillna("").tolist()
    of_province = region.isin([known.code for known in regions()])
    places = find_places(texts, region.astype(object).where(of_province, None).tolist())
    is_county = places["kind"].isin(["county", "town"]) & (places["confidence"] >= SURE)
    places = places[is_county & places["code"].notna()]
    codes = places["code"].str[:6].groupby(places["text"])
    named = codes.first()[codes.nunique() == 1]
    found = region.copy()
    found.iloc[named.index] = named.to_numpy()
    return found


def _coded_places(letters: pd.DataFrame) -> pd.DataFrame:
    """Return the first county and prefecture that letters tell by a code, the title's before the body's."""
    said = letters["title"].fillna("") + "\n" + letters["body"].astype("string").fillna("").str[:CHARACTERS]
    county = said.str.extract(r"([A-Z]\d{1,2})[市区县镇]", expand=False)
    prefecture = county.str[0].fillna(said.str.extract(r"([A-Z])市", expand=False))
    return pd.DataFrame({"county": county, "prefecture": prefecture})
