"""The profile (概况) of a file: what its fields look like as stored, kept with its ledger entry.

A profile is plain data: ``rows``, ``quarantined``, ``flagged``, ``merged``, ``respelt`` (rows that revise another row of the same
file; all four as shares) and ``fields``. A field has ``empty`` (share) and, by its type, what follows.

- times: ``earliest``, ``middle``, ``latest`` (ISO 8601), ``midnight`` (share of times without an hour)
- codes: ``codes`` (share of each)
- numbers: ``lowest``, ``highest``
- texts, from a sample: ``distinct``, ``cut`` (as long as the longest), ``tags``, ``garbled``, ``starred`` (shares), ``shortest``,
  ``usual``, ``longest`` (characters), and of short ones ``shape``: the commonest form (9-A汉) with its share
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuju.catalog import Table

SAMPLE = 200  # rows of a piece whose texts are looked at
COMPARED = 2_000_000  # rows of a file whose keys are compared with each other
SHAPED = 50  # texts of which the form is taken
SHORT = 40  # characters up to which a text has a shape
_MARKS = pc.MatchSubstringOptions(r"<|&nbsp;|\?\?\?|\*\*\*|\x{fffd}|锟|烫")
_SPOILT = {
    "tags": r"<[A-Za-z/][^<>]*>|&nbsp;",
    "garbled": r"\?{3,}|\x{fffd}|锟斤拷|烫烫烫",
    "starred": r"\*{3,}",
}
_SHAPES = (
    (re.compile(r"\d+"), "9"),
    (re.compile(r"[A-Za-z]+"), "A"),
    (re.compile(r"[\u3400-\u9fff]+"), "汉"),
)


@dataclass
class FieldParts:
    """What is known of one field so far."""

    n_empty: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    low: Any = None
    high: Any = None
    sample: list[pa.Array] = field(default_factory=list)


@dataclass
class ProfileParts:
    """The profile of one file as its pieces come."""

    n: int = 0
    fields: dict[str, FieldParts] = field(default_factory=dict)
    keys: list[np.ndarray] = field(default_factory=list)
    contents: list[np.ndarray] = field(default_factory=list)

    def add(self, rows: pa.Table, table: Table, names: frozenset[str]) -> None:
        """Add standard rows of the file. O(rows), texts O(sample)."""
        n = rows.num_rows
        if not n:
            return
        self.n += n
        if self.n <= COMPARED:
            self.keys.append(rows.column("key_hash").to_numpy())
            self.contents.append(rows.column("content_hash").to_numpy())
        at = pa.array(np.unique(np.linspace(0, n - 1, min(n, SAMPLE)).astype(np.int64)))
        for name, column in table.columns.items():
            if name not in names:
                continue
            part = self.fields.setdefault(name, FieldParts())
            values = rows.column(name)
            part.n_empty += values.null_count
            if column.type == "code":
                for one in pc.value_counts(values).to_pylist():
                    if one["values"] is not None:
                        part.codes[one["values"]] += one["counts"]
                continue
            if column.type not in ("string", "text", "bool"):
                ends = pc.min_max(values).as_py()
                part.low = _lower(part.low, ends["min"])
                part.high = _higher(part.high, ends["max"])
            if column.type in ("string", "text", "date", "datetime"):
                part.sample.append(values.take(at).combine_chunks())

    def profile(self, table: Table) -> dict[str, Any]:
        """Return the profile of all rows added."""
        return {
            "rows": self.n,
            "respelt": _share(*self._respelt()),
            "fields": {
                name: {"empty": _share(part.n_empty, self.n)} | _told(part, table.columns[name].type)
                for name, part in self.fields.items()
            },
        }

    def _respelt(self) -> tuple[int, int]:
        """Return how many of the rows compared revise another row of the file, and how many were compared."""
        keys = np.concatenate(self.keys) if self.keys else np.empty(0, np.int64)
        n_keys = len(np.unique(keys))
        if n_keys == len(keys):
            return 0, len(keys)
        contents = np.concatenate(self.contents)
        order = np.lexsort((contents, keys))
        keys, contents = keys[order], contents[order]
        same_key = keys[1:] == keys[:-1]
        return int((same_key & (contents[1:] != contents[:-1])).sum()), len(keys)


def _told(part: FieldParts, kind: str) -> dict[str, Any]:
    if kind == "code":
        total = sum(part.codes.values())
        return {"codes": {code: _share(n, total) for code, n in part.codes.most_common(400)}}
    values = pa.concat_arrays([s for s in part.sample if len(s)]).drop_null() if part.sample else None
    if kind in ("date", "datetime"):
        if values is None or not len(values):
            return {}
        times = values.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False)
        whole = times.astype("datetime64[D]") == times
        middle = np.sort(times)[len(times) // 2]
        told = {"earliest": part.low.isoformat(), "middle": str(middle)[:19], "latest": part.high.isoformat()}
        return told | ({"midnight": _share(int(whole.sum()), len(times))} if kind == "datetime" else {})
    if kind not in ("string", "text"):
        return {} if part.low is None else {"lowest": float(part.low), "highest": float(part.high)}
    return {} if values is None or not len(values) else _text_told(values)


def _text_told(values: pa.Array) -> dict[str, Any]:
    n = len(values)
    lengths = np.sort(np.asarray(pc.utf8_length(values)))
    longest = int(lengths[-1])
    told = {
        "distinct": _share(len(pc.unique(values)), n),
        "shortest": int(lengths[0]),
        "usual": int(lengths[(n - 1) // 2] + lengths[n // 2]) // 2,  # the median
        "longest": longest,
        "cut": _share(n - int(np.searchsorted(lengths, longest)), n),
    }
    is_marked = pc.call_function("match_substring_regex", [values], _MARKS)
    marked = values.filter(is_marked) if is_marked.true_count else None  # most texts hold no mark
    for name, pattern in _SPOILT.items():
        hit = 0 if marked is None else pc.match_substring_regex(marked, pattern).true_count
        told[name] = _share(hit, n)
    if told["usual"] <= SHORT:
        some = values.take(pa.array(np.arange(0, n, max(1, n // SHAPED)))).to_pylist()
        shape, count = Counter(shapes(some)).most_common(1)[0]
        told |= {"shape": shape, "shaped": _share(count, len(some))}
    return told


def shapes(texts: Sequence[str]) -> list[str]:
    """Return the forms of short texts: runs of digits as 9, of letters as A, of Chinese as 汉 (A12-34 → A9-9)."""
    together = "\0".join(texts)  # one text for all: an expression costs more to begin than to go on
    for pattern, sign in _SHAPES:
        together = pattern.sub(sign, together)
    return [shape[:SHORT] for shape in together.split("\0")]


def _share(n: int, total: int) -> float:
    return round(n / total, 4) if total else 0.0


def _lower(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else min(a, b)


def _higher(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else max(a, b)


def with_outcome(profile: Mapping[str, Any], n_read: int, outcome: Mapping[str, int]) -> dict[str, Any]:
    """Return a profile with what became of the rows, as shares of those read."""
    shares = {name: _share(outcome[f"n_{name}"], n_read) for name in ("quarantined", "flagged", "merged")}
    return {**profile, "rows": n_read, **shares}
