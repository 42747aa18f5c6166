"""Part of a fact table as a table of its own: what lies outside can be neither counted nor shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from shuju.facts.filters import Filters, all_passing
from shuju.facts.key_sets import positions_of
from shuju.facts.passes import pick_rows
from shuju.facts.store import Facts, Segment
from shuju.kept import Kept
from shuju.library import Library
from shuju.library.scope import Scope


@dataclass(frozen=True)
class RowSet:
    """Rows by the hashes of their keys (int64, sorted): those that a search found, the letters of an issue.

    ``name`` says in Chinese where they come from; it stands among the filters.
    """

    name: str
    keys: np.ndarray


def subset(facts: Facts, positions: np.ndarray, part: str) -> Facts:
    """Return the rows at ``positions`` (int64, rising) in memory; ``part`` names them within this version.

    Rows stay ordered by time within each segment. O(rows chosen × columns).
    """
    bounds = np.searchsorted(positions, facts.starts)
    segments = tuple(
        _segment(segment, positions[low:high] - start)
        for segment, start, low, high in zip(facts.segments, facts.starts, bounds, bounds[1:], strict=False)
        if high > low
    )
    return replace(facts, segments=segments, part=f"{facts.part}/{part}")


def within_scope(facts: Facts, library: Library) -> Facts:
    """Return the rows that the library's scope shows; cached for each version of the facts and conditions on them.

    Conditions on columns that dimensions hold cost a pass over codes; others are asked of the table itself: O(its rows).
    """
    table = facts.schema.name
    conditions = library.scope.of(table)
    if not conditions:
        return facts
    filters = _as_filters(facts, library.scope)

    def positions() -> np.ndarray:
        if library.scope.shows_nothing_of(table):
            return np.empty(0, np.int64)
        if filters is not None:
            return pick_rows(facts, all_passing(facts, _known(facts, filters)))
        version = int(facts.source_version) if facts.source_version is not None else None
        parts = [rows.column("key_hash") for rows in library.stream(table, ["key_hash"], version=version)]
        return positions_of(facts, np.concatenate([np.empty(0, np.int64), *map(np.asarray, parts)]))

    return _cached(facts, ("scope", conditions), positions)


def _as_filters(facts: Facts, scope: Scope) -> Filters | None:
    """Return the conditions of a scope as filters of dimensions; None where a dimension does not hold the very column."""
    by_column = {d.column: d.name for d in facts.schema.dimensions if getattr(d, "column", "")}
    filters: dict[str, tuple[object, ...]] = {}
    for column, operator, value in scope.of(facts.schema.name):
        if column not in by_column or operator not in ("==", "in") or by_column[column] in filters:
            return None
        filters[by_column[column]] = (value,) if operator == "==" else tuple(value)  # type: ignore[arg-type]
    return filters


def within_rows(facts: Facts, rows: RowSet) -> Facts:
    """Return the rows of a set; those that are not in the facts are left out. O(n + k), cached."""
    part = ("rows", rows.name, hash(rows.keys.tobytes()))
    return _cached(facts, part, lambda: positions_of(facts, rows.keys))


def _known(facts: Facts, filters: Filters) -> Filters:
    """Leave out labels that the facts do not have: nothing of them is there to be seen."""
    return {name: [v for v in choice if v in facts.codes[name]] for name, choice in filters.items()}  # type: ignore[union-attr]


def _segment(segment: Segment, rows: np.ndarray) -> Segment:
    columns = {name: segment.column(name)[rows] for name in segment.offsets}
    offsets, end = {}, 0
    for name, column in columns.items():
        offsets[name] = end
        end += -(-column.nbytes // 8) * 8
    data = np.zeros(end, np.uint8)
    for name, column in columns.items():
        data[offsets[name] : offsets[name] + column.nbytes] = column.view(np.uint8)
    return Segment(data, len(rows), offsets, segment.dtypes)


_parts: Kept[Facts] = Kept(32)


def _cached(facts: Facts, part: tuple[object, ...], positions: Callable[[], np.ndarray]) -> Facts:
    place, version, whole = facts.identity
    made = _parts.get((place, whole, part), version)
    if made is None:
        made = subset(facts, positions(), str(hash(part)))
        _parts.put((place, whole, part), version, made)
    return made
