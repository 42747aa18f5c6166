"""Cubes of a frame in memory: rows that bear several labels count under each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from shuju.facts.schema import Days, FactsError, Words

if TYPE_CHECKING:
    from shuju.facts.frame_selection import FrameSelection


def frame_cube(selection: FrameSelection, dimensions: Sequence[str]) -> xr.DataArray:
    """Return ``n``, the number of rows under all filters, by ``dimensions``. O(rows × labels each bears).

    Raises:
        FactsError: no such dimension, or one of words.
    """
    held, passes, left_out = selection.held, selection.mask(), 0
    rows, coordinates = pd.DataFrame({"row": np.flatnonzero(passes)}), {}
    for name in dimensions:
        dimension = selection.schema.dimension(name)
        if isinstance(dimension, Words):
            raise FactsError(f"“{dimension.title}”没有可列的取值，只能用来筛选")
        if isinstance(dimension, Days):
            days = pd.Series(held.first.astype("datetime64[s]"))
            left_out = int(days[passes].isna().sum())
            rows[name] = days.to_numpy()[rows["row"]]
            coordinates[name] = np.unique(rows[name].dropna().to_numpy("datetime64[s]"))
        else:
            row, code = np.nonzero(held.members[name])
            coordinates[name] = np.array(selection.labels(name), object)
            rows = rows.merge(pd.DataFrame({"row": row, name: coordinates[name][code]}), on="row")
    rows = rows.dropna()
    n = np.zeros([len(labels) for labels in coordinates.values()], np.uint32)
    at = [pd.Index(labels).get_indexer(rows[name]) for name, labels in coordinates.items()]
    np.add.at(n, tuple(at), 1) if dimensions else np.add(n, len(rows), out=n)
    told = {"facts": selection.table, "units": selection.unit, "left_out": left_out}
    return xr.DataArray(n, coordinates, tuple(dimensions), "n", told)
