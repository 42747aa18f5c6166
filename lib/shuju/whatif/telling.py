"""讲给人听: what a scenario changes, in at most three sentences whose figures are those of the table."""

from __future__ import annotations

import numpy as np
import xarray as xr

from shuju.whatif.scenario import BASELINE

MOST = 3


def told(found: xr.Dataset, scenario: str | None = None, most: int = MOST) -> list[str]:
    """Return sentences on how a scenario (the last, if none is named) differs from the baseline, the numbers that move most first.

    A variable's ``long_name`` and ``units`` (``share`` is shown as a percentage) say what it is called.
    """
    names = [str(name) for name in found["scenario"].to_numpy()]
    if len(names) < 2:
        return []
    one = found.sel(scenario=scenario or names[-1])
    base = found.sel(scenario=BASELINE)
    moved = []
    for name, variable in found.data_vars.items():
        if variable.dims != ("scenario",) or variable.dtype.kind not in "iufb":
            continue
        was, is_ = float(base[name]), float(one[name])
        title, units = variable.attrs.get("long_name", str(name)), variable.attrs.get("units", "")
        if np.isnan(was) or np.isnan(is_):
            moved.append((0.0, f"{title}无从比较：{shown(was, units)}，{shown(is_, units)}。"))
        elif shown(was, units) == shown(is_, units):
            moved.append((0.0, f"{title}不变，仍为{shown(is_, units)}。"))
        else:
            way = "升" if is_ > was else "降"
            digits = 3 if units == "share" else _digits(was)
            by = shown(abs(round(is_, digits) - round(was, digits)), units).replace("%", " 个百分点")
            moved.append(
                (
                    abs(is_ - was) / max(abs(was), abs(is_)),
                    f"{title}由{shown(was, units)}{way}到{shown(is_, units)}，{way}{by}。",
                )
            )
    moved.sort(key=lambda m: -m[0])
    return [sentence for _, sentence in moved[:most]]


def shown(value: float, units: str = "") -> str:
    """Return a number as it is told: ``12.3%`` of a share, else with its unit."""
    if np.isnan(value):
        return "未知"
    if units == "share":
        return f"{value:.1%}"
    digits = _digits(value)
    return f" {value:,.{digits}f} {units}".rstrip() + (" " if units == "" else "")


def _digits(value: float) -> int:
    return 0 if float(value).is_integer() or abs(value) >= 1000 else 1 if abs(value) >= 1 else 3
