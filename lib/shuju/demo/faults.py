"""What goes wrong in deliveries, on purpose: malformed rows, exact repeats, changed re-deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuju.demo.formats import TEXT, join
from shuju.standard import province

SHARE = 0.0005  # of the rows, for each of: malformed, repeated, changed
FEW = 24  # at least so many of each over all files, so that a small province has every case

GOOD, REPEAT, CHANGED = 0, 1, 2
REASONS = (
    "impossible_date",
    "future_date",
    "missing_title",
    "unknown_site",
    "unknown_region",
    "wrong_type",
    "title_too_long",
    "nul",
    "broken_json",
    "wrong_columns",
    "undecodable",
)
FIRST_REASON = 3
_NUMBER = {reason: n + FIRST_REASON for n, reason in enumerate(REASONS)}


@dataclass(frozen=True)
class Delivery:
    """The rows of a file delivered: ``row`` of the true ones, ``fault`` (GOOD, REPEAT, CHANGED, a reason)."""

    row: npt.NDArray[np.int64]
    fault: npt.NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of delivered rows."""
        return len(self.row)

    def is_(self, reason: str) -> npt.NDArray[np.bool_]:
        """Return which rows have this fault."""
        return self.fault == _NUMBER[reason]

    @property
    def is_malformed(self) -> npt.NDArray[np.bool_]:
        """Which rows no ingest can store."""
        return self.fault >= FIRST_REASON

    def truth(self, file: str) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
        """Return ``malformed`` (file, row_number, reason), ``deliveries`` (file, kind, count) as columns."""
        at = np.flatnonzero(self.is_malformed)
        malformed = {
            "file": [file] * len(at),
            "row_number": (at + 1).tolist(),
            "reason": [REASONS[f - FIRST_REASON] for f in self.fault[at]],
        }
        counts = [int((self.fault == k).sum()) for k in (GOOD, REPEAT, CHANGED)] + [len(at)]
        kinds = ["stored", "merged", "revised", "malformed"]
        return malformed, {"file": [file] * 4, "kind": kinds, "count": counts}


def deliver(rng: np.random.Generator, n: int, reasons: tuple[str, ...], share: float) -> Delivery:
    """Plan the delivery of ``n`` rows in order: faulty rows stand beside the good ones they were made from.

    A repeat or a changed row comes after its original, within the same file. Each of malformed,
    repeated and changed rows is about ``share`` of n; ``reasons`` are those that the format allows.
    """
    counts = np.minimum(np.floor(n * share + rng.random(3)).astype(int), n)
    # One original for each, so that a row is not both repeated and changed.
    originals = rng.choice(n, min(int(counts.sum()), n), replace=False)
    bad, again, changed = np.split(originals, np.cumsum(counts)[:2])
    cycle = (rng.integers(len(reasons)) + np.arange(len(bad))) % len(reasons)
    extra_row = np.concatenate([bad, again, changed])
    extra_fault = np.concatenate(
        [
            np.array([_NUMBER[reasons[k]] for k in cycle], np.int64),
            np.full(len(again), REPEAT),
            np.full(len(changed), CHANGED),
        ]
    )
    later = extra_row + (rng.random(len(extra_row)) * (n - extra_row) * 0.02)
    row = np.concatenate([np.arange(n), extra_row])
    fault = np.concatenate([np.zeros(n, np.int64), extra_fault])
    order = np.argsort(np.concatenate([np.arange(n), later + 0.5]), kind="stable")
    return Delivery(row[order], fault[order])


def spoil(
    columns: dict[str, pa.Array], delivery: Delivery, names: Mapping[str, str], nul: str = "\x00"
) -> dict[str, pa.Array]:
    """Return text columns with the faults that one field can show.

    ``names`` tells which raw column is meant by ``date``, ``title``, ``site``, ``region``, ``number``;
    CHANGED rows are for the caller, faults of a whole line for ``spoil_lines``. ``nul`` is how the
    format writes U+0000.
    """
    title = columns[names["title"]]
    long_title = pc.binary_repeat(title, 200)
    for reason, role, value in (
        ("impossible_date", "date", "2024-13-45 27:61:00"),
        ("future_date", "date", "2099-01-01 08:00:00"),
        ("missing_title", "title", ""),
        ("unknown_site", "site", f"{province().code[:2]}99999999"),
        ("unknown_region", "region", f"{province().code[:2]}9999"),
        ("wrong_type", "number", "很多"),
        ("title_too_long", "title", long_title),
        ("nul", "title", f"无{nul}效"),
        ("undecodable", "title", "乱\x01码"),
    ):
        where = delivery.is_(reason)
        if role in names and where.any():
            new = pa.scalar(value, TEXT) if isinstance(value, str) else value.cast(TEXT)
            columns[names[role]] = pc.if_else(pa.array(where), new, columns[names[role]])
    return columns


def spoil_lines(lines: pa.Array, delivery: Delivery) -> pa.Array:
    """Return JSON or CSV lines of which some are broken off, or have columns too many."""
    for reason, spoilt in (
        ("broken_json", lambda found: join(pc.utf8_slice_codeunits(found, 0, 60), "\n")),
        ("wrong_columns", lambda found: join("多余,多列,", found)),
    ):
        where = delivery.is_(reason)
        if where.any():
            lines = pc.replace_with_mask(lines, pa.array(where), spoilt(lines.filter(pa.array(where))))
    return lines
