"""Asking further: a sweep over one parameter, a heat map over two, a tornado over all, the value that reaches a goal, bands of chance.

Each is a number of runs of the same function; ``measure`` is the number that is looked at, a variable without dimensions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from shuju.catalog import did_you_mean
from shuju.engine.threads import WORKERS, kept_pool
from shuju.whatif.compare import as_dataset
from shuju.whatif.parameter import Parameter, WhatIfError

THREADS = "what-if"
COARSE, MOST_HALVINGS = 21, 40
FIRST_RUNS, MOST_RUNS, STABLE = 20, 1280, 0.05


@dataclass(frozen=True)
class Run:
    """A function that is asked many times; a pure one in several threads at once."""

    function: Callable[..., Any]
    is_pure: bool = False

    def __call__(self, **parameters: Any) -> xr.Dataset:
        """Return what the function gives as a dataset."""
        return as_dataset(self.function(**parameters))

    def each(
        self, asked: Sequence[Mapping[str, Any]], of: Callable[[xr.Dataset], Any] = lambda found: found
    ) -> list[Any]:
        """Return ``of`` the result for each mapping of parameters, in their order."""

        def one(parameters: Mapping[str, Any]) -> Any:
            return of(self(**parameters))

        if not self.is_pure:
            return [one(parameters) for parameters in asked]
        return list(kept_pool(THREADS, WORKERS).map(one, asked))


@dataclass(frozen=True)
class Found:
    """What was found for a goal: the ``value`` that reaches it (None if none does), what it ``gives``, and the ``sweep`` that was looked at."""

    parameter: str
    value: Any
    gives: float
    sweep: pd.Series
    told: str


def measures(found: xr.Dataset) -> list[str]:
    """Return the variables that are one number each."""
    return [str(name) for name, v in found.data_vars.items() if not v.dims and v.dtype.kind in "iufb"]


def measured(found: xr.Dataset, measure: str | None) -> float:
    """Return one number of a result; the first, if none is named.

    Raises:
        WhatIfError: there is no such number.
    """
    known = measures(found)
    if not known:
        raise WhatIfError("分析没有返回单个的数，请写明要看的指标，或让函数返回数的字典")
    if measure is None:
        return float(found[known[0]])
    if measure not in known:
        raise WhatIfError(did_you_mean("指标", measure, known))
    return float(found[measure])


def sweep(run: Run, parameter: Parameter, present: Mapping[str, Any], n: int = COARSE) -> xr.Dataset:
    """Return the result for up to ``n`` values of one parameter from end to end, the others as at present. O(n) runs.

    Raises:
        WhatIfError: the result has a dimension of the parameter's name.
    """
    values = parameter.values(n)
    found = run.each([{**present, parameter.name: value} for value in values])
    if any(parameter.name in one.dims for one in found):
        raise WhatIfError(f"结果里已有一维叫 {parameter.name}，与参数同名；请把那一维改名")
    return xr.concat(
        found,
        pd.Index(values, name=parameter.name),
        join="outer",
        data_vars="all",
        coords="minimal",
        compat="override",
        combine_attrs="drop_conflicts",
    )


def heat(
    run: Run,
    one: Parameter,
    other: Parameter,
    present: Mapping[str, Any],
    measure: str | None = None,
    n: int = 15,
) -> xr.DataArray:
    """Return one number for up to n × n values of two parameters. O(n²) runs.

    Raises:
        WhatIfError: both are the same parameter.
    """
    if one.name == other.name:
        raise WhatIfError(f"热力图须是两个不同的参数，两个都是 {one.name}；只看一个请用 sweep")
    rows, columns = one.values(n), other.values(n)
    asked = [{**present, one.name: row, other.name: column} for row in rows for column in columns]
    grid = np.reshape(run.each(asked, lambda found: measured(found, measure)), (len(rows), len(columns)))
    return xr.DataArray(grid, {one.name: rows, other.name: columns}, name=measure or "value")


def tornado(
    run: Run, parameters: Sequence[Parameter], present: Mapping[str, Any], measure: str | None = None
) -> pd.DataFrame:
    """Return how far one number moves as each parameter alone goes to either end of its range, the widest first.

    Columns ``parameter, title, low, high`` (the values), ``at_low, at_high`` (the number there), ``present`` (the number now), ``swing``.
    """
    now = measured(run(**present), measure)
    rows = []
    for p in parameters:
        ends = list(p.choices) if p.choices is not None else [p.low, p.high]
        asked = [{**present, p.name: p.value(end)} for end in ends]
        numbers = np.array(run.each(asked, lambda found: measured(found, measure)))
        at, is_known = (0, -1), ~np.isnan(numbers)
        if p.choices is not None and is_known.any():
            at = int(np.nanargmin(numbers)), int(np.nanargmax(numbers))
        rows.append(
            (
                p.name,
                p.title,
                ends[at[0]],
                ends[at[1]],
                numbers[at[0]],
                numbers[at[1]],
                now,
                np.ptp(numbers[is_known]) if is_known.any() else np.nan,
            )
        )
    columns = ["parameter", "title", "low", "high", "at_low", "at_high", "present", "swing"]
    return pd.DataFrame(rows, columns=columns).sort_values(
        "swing", ascending=False, kind="stable", ignore_index=True
    )


def goal_seek(
    run: Run,
    parameter: Parameter,
    present: Mapping[str, Any],
    measure: str | None = None,
    *,
    below: float | None = None,
    above: float | None = None,
) -> Found:
    """Return the value nearest to the present one at which a number is at most ``below``, or at least ``above``.

    Looked for at the present value and on a coarse sweep first, then halved between the last value that misses and the first that reaches
    it, to the parameter's step:
    a goal that is only reached between two points of the sweep is not found.

    Raises:
        WhatIfError: not exactly one goal is given, or it is no number.
    """
    if (below is None) == (above is None):
        raise WhatIfError("请给出一个目标：below=（不高于）或 above=（不低于）")
    goal_value = below if below is not None else above
    if not isinstance(goal_value, (int, float, np.number)) or np.isnan(goal_value):
        raise WhatIfError(f"目标须是数，不能是 {goal_value!r}")

    def is_reached(number: float) -> bool:
        return number <= below if below is not None else number >= above  # type: ignore[operator]

    def ask(value: Any) -> float:
        return measured(run(**{**present, parameter.name: value}), measure)

    now = present.get(parameter.name, parameter.default)
    values = parameter.values(COARSE)
    if parameter.choices is None and now not in values:
        values = sorted([*values, now])
    numbers = run.each(
        [{**present, parameter.name: v} for v in values], lambda found: measured(found, measure)
    )
    curve = pd.Series(numbers, pd.Index(values, name=parameter.name), name=measure or "value")
    goal = f"{measure or '结果'}{'不高于' if below is not None else '不低于'} {below if below is not None else above:g}"
    reached = [at for at, number in enumerate(curve) if is_reached(number)]
    if curve.isna().all():
        return Found(parameter.name, None, np.nan, curve, f"这些条件下没有数可算，找不到：{goal}")
    if not reached:
        best = curve.idxmin() if below is not None else curve.idxmax()
        told = f"在 {parameter.title} 的范围内达不到：{goal}；最接近的是 {parameter.title} {best}，结果 {curve[best]:.4g}"
        return Found(parameter.name, None, float(curve[best]), curve, told)
    if parameter.choices is not None:
        value = now if now in values and values.index(now) in reached else values[reached[0]]
    else:
        near = min(reached, key=lambda at: abs(values[at] - now))
        value = values[near]
        beside = near + (1 if value < now else -1)
        if value != now and 0 <= beside < len(values) and not is_reached(curve.iloc[beside]):
            value = _halved(parameter, values[beside], value, lambda v: is_reached(ask(v)))
    number = ask(value)
    shown = f"{value:g}" if isinstance(value, (int, float)) else str(value)
    return Found(
        parameter.name,
        value,
        number,
        curve,
        f"{parameter.title} {shown}{parameter.unit} 时，{goal}（结果 {number:.4g}）",
    )


def _halved(parameter: Parameter, misses: float, reaches: float, is_reached: Callable[[Any], bool]) -> Any:
    """Return the value nearest to ``misses`` that still reaches the goal, to the parameter's step."""
    for _ in range(MOST_HALVINGS):
        if abs(reaches - misses) <= parameter.stride / (1 if parameter.is_whole or parameter.step else 10):
            break
        middle = parameter.value((misses + reaches) / 2)
        if middle in (misses, reaches):
            break
        misses, reaches = (misses, middle) if is_reached(middle) else (middle, reaches)
    return reaches


def bands(
    run: Run, present: Mapping[str, Any], measure: str | None = None, share: float = 0.9
) -> dict[str, Any]:
    """Return where a number lies in ``share`` of all runs under other seeds, with so many runs that the band is stable.

    Runs are doubled until neither end of the band moves by more than 5 % of its width. Keys ``low, middle, high, n_runs, is_stable, told``.

    Raises:
        WhatIfError: the function takes no ``seed``, so its result is no matter of chance.
    """
    numbers: list[float] = []
    ends, n, is_stable = np.array([-np.inf, np.inf]), FIRST_RUNS, False
    while n <= MOST_RUNS and not is_stable:
        asked = [{**present, "seed": seed} for seed in range(len(numbers), n)]
        numbers += run.each(asked, lambda found: measured(found, measure))
        new = np.quantile(numbers, [(1 - share) / 2, (1 + share) / 2])
        is_stable = bool(
            np.isfinite(ends).all() and np.abs(new - ends).max() <= STABLE * max(new[1] - new[0], 1e-12)
        )
        ends, n = new, n * 2
    told = f"{share:.0%} 的模拟落在 {ends[0]:.4g}–{ends[1]:.4g}（{len(numbers)} 次" + (
        "，区间已稳定）" if is_stable else "，区间尚未稳定）"
    )
    return {
        "low": float(ends[0]),
        "middle": float(np.median(numbers)),
        "high": float(ends[1]),
        "n_runs": len(numbers),
        "is_stable": is_stable,
        "told": told,
    }
