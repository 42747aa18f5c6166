"""The inner loops: one pass over the rows of a segment, in blocks that stay in the cache.

A segment is one buffer of bytes in which each column has an offset and a width of 1, 2 or 4
bytes. A block of every column is widened to ``uint32`` once; all that follows is the same code
for every width, so that each kernel is compiled once whatever the table. Kernels release the
GIL and share nothing, so threads may run them side by side.

Per-code tables of all dimensions stand end to end in one array; ``at[d]`` is where that of
dimension ``d`` begins.
"""

from __future__ import annotations

import numpy as np
from numba import njit

BLOCK = 2048
OUT = -(1 << 40)
FAIL = 256


@njit(nogil=True, cache=True)
def _read(data, offset, width, start, size, out):
    if width == 1:
        narrow = data[offset + start : offset + start + size]
        for i in range(size):
            out[i] = narrow[i]
    elif width == 2:
        middle = data[offset + 2 * start : offset + 2 * (start + size)].view(np.uint16)
        for i in range(size):
            out[i] = middle[i]
    else:
        wide = data[offset + 4 * start : offset + 4 * (start + size)].view(np.uint32)
        for i in range(size):
            out[i] = wide[i]


@njit(nogil=True, cache=True)
def fill_tiles(data, offsets, widths, start, stop, fails, is_filtered, at, active, stride, tiles):
    """Add rows ``start:stop`` to ``tiles``, a flat array of one row of ``stride`` cells per active code.

    A row of ``tiles`` holds the histograms of all dimensions end to end and, in its last cell,
    the number of rows that pass every filter. A record that fails no filter counts in every
    histogram; one that fails exactly one filter counts in that dimension's own histogram only.
    ``fails[at[d] + code]`` is 0, or ``256 + d`` where the code fails: the sum over dimensions
    tells both how many failed (above 8 bits) and, if it was one, which. ``active`` is the
    (offset, width) of the active column, of width 0 if there is none.
    """
    count = len(offsets)
    codes = np.empty((count, BLOCK), np.uint32)
    base = np.zeros(BLOCK, np.uint32)
    failed = np.empty(BLOCK, np.uint16)
    kept = np.empty(BLOCK, np.uint32)
    single = np.empty(BLOCK, np.uint32)
    any_filter = False
    for d in range(count):
        any_filter |= is_filtered[d]
    for first in range(start, stop, BLOCK):
        size = min(BLOCK, stop - first)
        if active[1] > 0:
            _read(data, active[0], active[1], first, size, base)
            for i in range(size):
                base[i] *= np.uint32(stride)
        failed[:size] = 0
        for d in range(count):
            _read(data, offsets[d], widths[d], first, size, codes[d])
            if is_filtered[d]:
                for i in range(size):
                    failed[i] += fails[at[d] + codes[d, i]]
        if any_filter:
            n_kept = n_single = 0
            for i in range(size):
                kept[n_kept] = i
                single[n_single] = i
                n_kept += failed[i] == 0
                n_single += (failed[i] >> 8) == 1
            for d in range(count):
                column = codes[d]
                for j in range(n_kept):
                    i = kept[j]
                    tiles[base[i] + at[d] + column[i]] += np.uint32(1)
            for j in range(n_kept):
                tiles[base[kept[j]] + np.uint32(stride - 1)] += np.uint32(1)
            for j in range(n_single):
                i = single[j]
                d = failed[i] & 255
                tiles[base[i] + at[d] + codes[d, i]] += np.uint32(1)
        else:
            for d in range(count):
                column = codes[d]
                for i in range(size):
                    tiles[base[i] + at[d] + column[i]] += np.uint32(1)
            for i in range(size):
                tiles[base[i] + np.uint32(stride - 1)] += np.uint32(1)


@njit(nogil=True, cache=True)
def accumulate(parts, rows, stride, sums):
    """Set ``sums[a + 1] = sums[a] + Σ parts[:, a]``; ``sums`` is (rows + 1) × stride and begins as zeros."""
    for a in range(rows):
        for j in range(stride):
            total = sums[a, j]
            for p in range(len(parts)):
                total += parts[p, a * stride + j]
            sums[a + 1, j] = total


@njit(nogil=True, cache=True)
def _cells(data, offsets, widths, first, size, cell_of, at, codes, cells):
    cells[:size] = 0
    for d in range(len(offsets)):
        _read(data, offsets[d], widths[d], first, size, codes)
        for i in range(size):
            cells[i] += cell_of[at[d] + codes[i]]


@njit(nogil=True, cache=True)
def count_cells(data, offsets, widths, start, stop, cell_of, at, counts):
    """Count rows ``start:stop`` into ``counts``; a row's cell is the sum of ``cell_of`` over its codes.

    A code that is filtered away has ``OUT`` for its part, which makes the sum negative.
    """
    codes = np.empty(BLOCK, np.uint32)
    cells = np.empty(BLOCK, np.int64)
    for first in range(start, stop, BLOCK):
        size = min(BLOCK, stop - first)
        _cells(data, offsets, widths, first, size, cell_of, at, codes, cells)
        n = 0
        for i in range(size):  # without a branch: which rows pass cannot be predicted
            cell = cells[i]
            cells[n] = cell
            n += cell >= 0
        for j in range(n):
            counts[cells[j]] += np.uint32(1)


@njit(nogil=True, cache=True)
def pick_rows(data, offsets, widths, start, stop, cell_of, at, picked):
    """Write the rows of ``start:stop`` whose cell is not negative to ``picked``; return how many."""
    codes = np.empty(BLOCK, np.uint32)
    cells = np.empty(BLOCK, np.int64)
    n = 0
    for first in range(start, stop, BLOCK):
        size = min(BLOCK, stop - first)
        _cells(data, offsets, widths, first, size, cell_of, at, codes, cells)
        for i in range(size):
            if cells[i] >= 0:
                picked[n] = first + i
                n += 1
    return n


@njit(nogil=True, cache=True)
def count_dots(data, offsets, widths, start, stop, cell_of, at, x_at, y_at, frame, counts):
    """Count rows ``start:stop`` that pass into the pixels of ``counts`` (height × width).

    ``x_at`` and ``y_at`` are the offsets of the float32 coordinates; ``frame`` is x0, y0 and
    pixels per unit of x and of y. NaN and what is outside the frame are left out.
    """
    codes = np.empty(BLOCK, np.uint32)
    cells = np.empty(BLOCK, np.int64)
    kept = np.empty(BLOCK, np.uint32)
    height, width = counts.shape
    for first in range(start, stop, BLOCK):
        size = min(BLOCK, stop - first)
        _cells(data, offsets, widths, first, size, cell_of, at, codes, cells)
        x = data[x_at + 4 * first : x_at + 4 * (first + size)].view(np.float32)
        y = data[y_at + 4 * first : y_at + 4 * (first + size)].view(np.float32)
        n = 0
        for i in range(size):
            kept[n] = i
            n += cells[i] >= 0
        for j in range(n):
            i = kept[j]
            column = (x[i] - frame[0]) * frame[2]
            row = (y[i] - frame[1]) * frame[3]
            if 0 <= column <= width and 0 <= row <= height:
                counts[min(int(row), height - 1), min(int(column), width - 1)] += np.uint32(1)
