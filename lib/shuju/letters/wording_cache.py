"""Wordings of letters (措辞), kept from day to day: cutting words is what costs, and no letter is cut twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shuju.letters.wording import BITS, wordings
from shuju.text.features import Rows


@dataclass(frozen=True)
class KnownWordings:
    """The wordings of letters by the hash of their content (ascending), and which of them were not known before."""

    keys: np.ndarray
    rows: Rows
    is_new: np.ndarray

    def of(self, keys: np.ndarray) -> tuple[Rows, np.ndarray]:
        """Return the wordings of the letters with these hashes, and which of these are new; all are to be there."""
        at = np.searchsorted(self.keys, keys)
        return self.rows.take(at), self.is_new[at]


def update_wordings(
    keys: np.ndarray, titles: Sequence[str | None], bodies: Sequence[str | None], before: KnownWordings | None
) -> KnownWordings:
    """Return what letters say; only those whose hash is not in ``before`` are cut. Linear in their characters."""
    keys, at = np.unique(keys, return_index=True)
    is_new = np.ones(len(keys), bool) if before is None else ~np.isin(keys, before.keys)
    new = at[is_new].tolist()
    heard = wordings([titles[k] for k in new], [bodies[k] for k in new])
    if before is None:
        return KnownWordings(keys, heard, is_new)
    known, _ = before.of(keys[~is_new])
    place = np.empty(len(keys), np.int64)
    place[~is_new], place[is_new] = np.arange(len(known)), len(known) + np.arange(len(heard))
    return KnownWordings(keys, _together(known, heard).take(place), is_new)


def _together(one: Rows, other: Rows) -> Rows:
    return Rows(
        np.concatenate([one.starts, one.starts[-1] + other.starts[1:]]),
        np.concatenate([one.buckets, other.buckets]),
        np.concatenate([one.values, other.values]),
        one.n_buckets,
    )


def save_wordings(wordings: KnownWordings, place: Path) -> None:
    """Write to a NumPy file; counts are small whole numbers, so that half floats hold them."""
    rows = wordings.rows
    np.savez(
        place,
        keys=wordings.keys,
        starts=rows.starts,
        buckets=rows.buckets,
        values=rows.values.astype(np.float16),
    )


def load_wordings(place: Path) -> KnownWordings:
    """Return what was saved; nothing of it is new."""
    with np.load(place) as held:
        rows = Rows(held["starts"], held["buckets"], held["values"].astype(np.float32), 1 << BITS)
        return KnownWordings(held["keys"], rows, np.zeros(len(held["keys"]), bool))
