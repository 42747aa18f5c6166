"""Compare (并排): one analysis under several scenarios, as one dataset with a dimension more."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from shuju.catalog import did_you_mean
from shuju.whatif.parameter import WhatIfError
from shuju.whatif.scenario import BASELINE, Scenario

Analysis = Callable[..., Any]


def compare(
    analysis: Analysis, baseline: Mapping[str, Any] | Scenario | None = None, **scenarios: Any
) -> xr.Dataset:
    """Return what ``analysis`` gives under the baseline and each scenario: its variables with a dimension ``scenario``, the baseline first.

    ``analysis(**parameters)`` gives a number, a mapping of numbers or arrays, a frame or series (its index becomes the
    dimensions), or something of xarray. ``baseline`` are parameters that differ from the function's own; a scenario is a
    mapping of what it changes further, or a ``Scenario``. Where scenarios have other labels, the others are missing there.
    ``attrs["parameters"]`` hold as JSON what each was asked with.

    Raises:
        WhatIfError: no such parameter, or the analysis gives nothing that can be set side by side.
    """
    start = dict(_parameters(baseline))
    asked = {BASELINE: start} | {name: start | dict(_parameters(given)) for name, given in scenarios.items()}
    for parameters in asked.values():
        _prove(analysis, parameters)
    found = [as_dataset(analysis(**parameters)) for parameters in asked.values()]
    labels = pd.Index(list(asked), name="scenario")
    joined = xr.concat(
        found,
        labels,
        join="outer",
        data_vars="all",
        coords="minimal",
        compat="override",
        combine_attrs="drop_conflicts",
    )
    return joined.assign_attrs(parameters=json.dumps(asked, ensure_ascii=False, default=str, sort_keys=True))


def differences(compared: xr.Dataset) -> xr.Dataset:
    """Return by how much each scenario exceeds the baseline: the numbers of what ``compare`` gave, the baseline left out."""
    numbers = compared[
        [name for name, v in compared.data_vars.items() if v.dtype.kind in "iufb" and "scenario" in v.dims]
    ]
    others = [name for name in compared["scenario"].to_numpy() if name != BASELINE]
    with xr.set_options(keep_attrs=True):
        return numbers.sel(scenario=others).astype(float) - numbers.sel(scenario=BASELINE, drop=True).astype(
            float
        )


def as_dataset(found: Any) -> xr.Dataset:
    """Return what an analysis gave as a dataset.

    Raises:
        WhatIfError: it is none of what ``compare`` takes.
    """
    if isinstance(found, xr.Dataset):
        return found
    if isinstance(found, xr.DataArray):
        return found.to_dataset(name=found.name or "value")
    if isinstance(found, pd.Series):
        return _labelled(found.to_frame(found.name if found.name is not None else "value"))
    if isinstance(found, pd.DataFrame):
        return _labelled(found)
    if isinstance(found, Mapping):
        return xr.Dataset({str(name): _variable(str(name), value) for name, value in found.items()})
    if isinstance(found, (int, float, np.number, np.ndarray, list, tuple)):
        return xr.Dataset({"value": _variable("value", found)})
    raise WhatIfError(f"分析须返回数、数的字典、数据框或 xarray，不能是 {type(found).__name__}")


def _labelled(frame: pd.DataFrame) -> xr.Dataset:
    names = [name if name is not None else f"row{at or ''}" for at, name in enumerate(frame.index.names)]
    if frame.index.has_duplicates:
        raise WhatIfError(
            f"分析返回的表中，索引 {'、'.join(map(str, names))} 有重复，无法逐行对照；请先汇总或 reset_index"
        )
    return frame.rename_axis(index=names).rename(columns=str).to_xarray()


def _variable(name: str, value: Any) -> Any:
    if isinstance(value, (xr.DataArray, xr.Variable)):
        return value
    if isinstance(value, pd.Series):
        return as_dataset(value.rename(name))[name]
    array = np.asarray(value)
    return (tuple(f"{name}_{axis}" for axis in range(array.ndim)), array)


def _parameters(given: Any) -> Mapping[str, Any]:
    if given is None:
        return {}
    if isinstance(given, Scenario):
        return dict(given.parameters) | ({"seed": given.seed} if given.seed else {})
    if isinstance(given, Mapping):
        return given
    raise WhatIfError(f"情景须是参数的字典，例如 {{'servers': 3}}，不能是 {given!r}")


def _prove(analysis: Analysis, parameters: Mapping[str, Any]) -> None:
    """Prove that the analysis takes them: a misspelt parameter must not look like one without effect."""
    taken = inspect.signature(analysis).parameters
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in taken.values()):
        return
    for name in parameters:
        if name not in taken:
            raise WhatIfError(did_you_mean("分析的参数", name, taken))
