"""Cubes: counts by several dimensions at once, with labelled coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from shuju.facts.filters import Filters, all_passing
from shuju.facts.passes import count_cells
from shuju.facts.schema import Days, one_or_more
from shuju.facts.store import Facts


def cube(facts: Facts, dimensions: str | Sequence[str], filters: Filters | None = None) -> xr.Dataset:
    """Return ``n`` (uint32), the number of rows by ``dimensions``, under ``filters``; a text is one dimension.

    Coordinates are the labels of all codes, days as ``datetime64``. A cube can be sliced by day,
    so a row whose day is unknown has no place in it: the attribute ``left_out`` is their number.
    O(rows × dimensions + cells).

    Raises:
        FactsError: no such dimension or label, or more than 67 million cells.
    """
    dimensions = one_or_more(dimensions)
    sizes = [facts.size(name) for name in dimensions]
    strides = [int(np.prod(sizes[d + 1 :], dtype=np.int64)) for d in range(len(sizes))]
    parts = {
        name: np.arange(size, dtype=np.int64) * stride
        for name, size, stride in zip(dimensions, sizes, strides, strict=True)
    }
    counts = count_cells(facts, parts, all_passing(facts, filters), int(np.prod(sizes, dtype=np.int64)))
    shown = tuple(
        slice(1 if isinstance(facts.schema.dimension(name), Days) else 0, None) for name in dimensions
    )
    n = counts.reshape(sizes)[shown]
    return xr.Dataset(
        {"n": (dimensions, n, {"long_name": "条数", "units": "条"})},
        coords={name: facts.coordinate(name)[part] for name, part in zip(dimensions, shown, strict=True)},
        attrs={
            "facts": facts.schema.name,
            "version": facts.version,
            "as_of": facts.as_of.isoformat(),
            "left_out": int(counts.sum(dtype=np.int64) - n.sum(dtype=np.int64)),
        },
    )


def write_cube(cube: xr.Dataset, path: Path) -> None:
    """Write ``cube`` as a Zarr store, replacing what is there."""
    cube.to_zarr(path, mode="w", consolidated=False, zarr_format=3)


def read_cube(path: Path) -> xr.Dataset:
    """Return the cube of a Zarr store, in memory."""
    return xr.load_dataset(path, engine="zarr", consolidated=False)
