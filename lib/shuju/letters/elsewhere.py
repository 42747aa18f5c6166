"""Which places are apart: a prefecture and a county of it are not, for a letter that names only the prefecture may mean that county."""

from __future__ import annotations

import numpy as np
import pandas as pd


def is_elsewhere(codes: pd.Series, homes: pd.Series) -> np.ndarray:
    """Tell of each code of a region whether it is another place than the one beside it; what is not known is none. O(rows)."""
    one, other = (
        values.astype("string").fillna("").reset_index(drop=True).astype(object) for values in (codes, homes)
    )
    both, prefecture = (one != "") & (other != ""), one.str[:4] == other.str[:4]
    is_whole = one.str.endswith("00") | other.str.endswith("00")
    of_province = one.str.endswith("0000") | other.str.endswith("0000")
    return (both & (one != other) & ~(prefecture & is_whole) & ~of_province).to_numpy(bool)


def place_counts(members: pd.DataFrame) -> pd.Series:
    """Return by issue_id how many places its letters (``region_code``) name, those left out of which another is a part. O(rows)."""
    pairs = members[["issue_id", "region_code"]].dropna().drop_duplicates()
    code = pairs["region_code"].astype(object)
    in_issue = pairs.groupby("issue_id")["region_code"].transform("size")
    in_prefecture = pairs.groupby(["issue_id", code.str[:4]])["region_code"].transform("size")
    is_held = code.str.endswith("00") & (in_prefecture > 1) | code.str.endswith("0000") & (in_issue > 1)
    return pairs[~is_held].groupby("issue_id").size()
