"""One pass over the rows: spans of segments on a few threads, each with its own counts.

Numba's own parallel loops are not used: under its default threading layer two server threads
that enter one at once end the process. The kernels release the GIL, so plain threads serve.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from shuju.engine.threads import KERNELS, WORKERS, kept_pool
from shuju.facts import kernels
from shuju.facts.schema import FactsError
from shuju.facts.store import Facts, Segment

MAX_CELLS = 1 << 26
ALONE_ROWS = 1 << 18

Span = tuple[Segment, int, int]
Passes = Mapping[str, np.ndarray]


def fill_tiles(facts: Facts, names: Sequence[str], passes: Passes, active: str | None) -> np.ndarray:
    """Return the cumulative tiles: uint32, (active codes + 1) × (histograms of ``names`` end to end + 1).

    Row ``e`` minus row ``s`` is the linked histograms of the rows whose active code is in
    ``s:e``, under those of ``passes`` that are on ``names``; the last cell is how many pass them all.
    Without ``active`` there is one step, over all rows. O(rows × names + cells).
    """
    at, cells = _end_to_end(facts, names)
    stride = cells + 1
    steps = facts.size(active) if active is not None else 1
    _refuse_too_many(steps * stride)
    fails = np.zeros(cells, np.uint16)
    is_filtered = np.zeros(len(names), bool)
    for d, name in enumerate(names):
        if name in passes:
            is_filtered[d] = True
            fails[at[d] : at[d] + facts.size(name)] = np.where(passes[name], 0, kernels.FAIL + d)

    def fill(spans: list[Span], tiles: np.ndarray) -> None:
        for segment, start, stop in spans:
            where = _place(segment, active) if active is not None else (0, 0)
            columns = _places(segment, names)
            kernels.fill_tiles(
                segment.data, *columns, start, stop, fails, is_filtered, at, where, stride, tiles
            )

    parts = _on_threads(fill, _spans(facts, {}), steps * stride)
    sums = np.zeros((steps + 1, stride), np.uint32)
    kernels.accumulate(parts, steps, stride, sums)
    return sums


def count_cells(facts: Facts, parts: Mapping[str, np.ndarray], passes: Passes, cells: int) -> np.ndarray:
    """Return counts (uint32, ``cells``) of the rows that pass, each in the cell its codes add up to.

    ``parts[name][code]`` is what a dimension adds (int64, ``kernels.OUT`` to leave the row out).
    """
    _refuse_too_many(cells)
    names, at, cell_of = _cell_table(facts, parts, passes)

    def count(spans: list[Span], counts: np.ndarray) -> None:
        for segment, start, stop in spans:
            kernels.count_cells(segment.data, *_places(segment, names), start, stop, cell_of, at, counts)

    return _on_threads(count, _spans(facts, passes), cells).sum(axis=0, dtype=np.uint32)


def pick_rows(facts: Facts, passes: Passes) -> np.ndarray:
    """Return the positions (int64, rising) of all rows that pass."""
    names, at, cell_of = _cell_table(facts, {}, passes)
    picked = []
    for (segment, start, stop), begin in zip(_spans(facts, passes), facts.starts, strict=False):
        rows = np.empty(stop - start, np.int64)
        n = kernels.pick_rows(segment.data, *_places(segment, names), start, stop, cell_of, at, rows)
        picked.append(rows[:n] + begin)
    return np.concatenate(picked or [np.empty(0, np.int64)])


def count_dots(
    facts: Facts, passes: Passes, frame: tuple[float, float, float, float], height: int, width: int
) -> np.ndarray:
    """Return counts (uint32, height × width) of the rows that pass, by coordinates.

    ``frame`` is x0, y0, pixels per unit of x, pixels per unit of y.
    """
    _refuse_too_many(height * width)
    names, at, cell_of = _cell_table(facts, {}, passes)

    def count(spans: list[Span], counts: np.ndarray) -> None:
        for segment, start, stop in spans:
            kernels.count_dots(
                segment.data,
                *_places(segment, names),
                start,
                stop,
                cell_of,
                at,
                segment.offsets[facts.schema.x],
                segment.offsets[facts.schema.y],
                frame,
                counts.reshape(height, width),
            )

    counts = _on_threads(count, _spans(facts, passes), height * width)
    return counts.sum(axis=0, dtype=np.uint32).reshape(height, width)


def _end_to_end(facts: Facts, names: Sequence[str]) -> tuple[np.ndarray, int]:
    ends = np.cumsum([0, *(facts.size(name) for name in names)], dtype=np.int64)
    return ends[:-1], int(ends[-1])


def _cell_table(
    facts: Facts, parts: Mapping[str, np.ndarray], passes: Passes
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    names = tuple(dict.fromkeys([*parts, *passes]))
    at, size = _end_to_end(facts, names)
    cell_of = np.zeros(size, np.int64)
    for d, name in enumerate(names):
        here = cell_of[at[d] : at[d] + facts.size(name)]
        here += parts.get(name, 0)
        if name in passes:
            here[~passes[name]] = kernels.OUT
    return names, at, cell_of


def _refuse_too_many(cells: int) -> None:
    if cells > MAX_CELLS:
        raise FactsError(f"所选维度的组合过多（{cells:,} 格），请减少维度或降低精度")


def _place(segment: Segment, name: str) -> tuple[int, int]:
    return segment.offsets[name], segment.dtypes[name].itemsize


def _places(segment: Segment, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    places = np.array([_place(segment, name) for name in names], np.int64).reshape(-1, 2)
    return places[:, 0].copy(), places[:, 1].copy()


def _spans(facts: Facts, passes: Passes) -> list[Span]:
    """Return one span a segment, cut to the days that pass: rows stand in the order of time."""
    time = facts.schema.time
    if time not in passes:
        return [(segment, 0, segment.rows) for segment in facts.segments]
    days = np.flatnonzero(passes[time])
    if not len(days):
        return [(segment, 0, 0) for segment in facts.segments]
    return [(s, *_rows_between(s.column(time), days[0], days[-1])) for s in facts.segments]


def _rows_between(column: np.ndarray, first: int, last: int) -> tuple[int, int]:
    # The ends must have the column's own type, or the whole column would be converted.
    largest = np.iinfo(column.dtype).max
    start = len(column) if first > largest else int(column.searchsorted(column.dtype.type(first), "left"))
    stop = len(column) if last > largest else int(column.searchsorted(column.dtype.type(last), "right"))
    return start, stop


def _on_threads(
    work: Callable[[list[Span], np.ndarray], None], spans: Sequence[Span], cells: int
) -> np.ndarray:
    """Share ``spans`` evenly among the threads; return the counts of each, threads × ``cells``."""
    rows = sum(stop - start for _, start, stop in spans)
    threads = WORKERS if rows >= ALONE_ROWS else 1
    counts = np.zeros((threads, cells), np.uint32)
    shares = _shares(spans, -(-rows // threads), threads)
    if threads == 1:
        work(shares[0], counts[0])
    else:
        list(kept_pool(KERNELS, threads).map(work, shares, counts))
    return counts


def _shares(spans: Sequence[Span], share: int, threads: int) -> list[list[Span]]:
    shares: list[list[Span]] = [[] for _ in range(threads)]
    done = 0
    for segment, first, stop in spans:
        start = first
        while start < stop:
            number = done // share
            end = min(stop, start + (number + 1) * share - done)
            shares[number].append((segment, start, end))
            done += end - start
            start = end
    return shares
