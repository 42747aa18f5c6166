"""讲给人听: what a scenario changes, in at most three sentences whose figures are those of the table."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy import stats

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
            moved.append(
                (
                    0.0,
                    f"{title}无从比较：原为{shown(was, units).strip()}，改后为{shown(is_, units).strip()}。",
                )
            )
        elif shown(was, units) == shown(is_, units):
            moved.append((0.0, f"{title}不变，仍为{shown(is_, units)}。"))
        else:
            way = "升" if is_ > was else "降"
            by = _apart(was, is_, units)
            moved.append(
                (
                    abs(is_ - was) / max(abs(was), abs(is_)),
                    f"{title}由{shown(was, units)}{way}到{shown(is_, units)}，{way}{by}。",
                )
            )
    if moved and all(by == 0 and "不变" in sentence for by, sentence in moved):
        return ["所看的各项都不变。"]
    moved.sort(key=lambda m: -m[0])
    return [sentence for _, sentence in moved[:most]]


def shown(value: float, units: str = "") -> str:
    """Return a number as it is told: ``12.3%`` of a share, else with its unit."""
    if np.isnan(value):
        return "未知"
    if units == "share":
        return f"{value:.1%}"
    digits = _digits(value)
    number = f"{value:,.{digits}f}"
    number = number.rstrip("0") if digits == 3 else number  # 0.4, not 0.400
    return f" {number} {units}".rstrip() + (" " if units == "" else "")


def _apart(was: float, is_: float, units: str) -> str:
    """Return by how much two numbers differ as they are shown, so that a reader who subtracts finds the same."""
    if units == "share":
        return f"{abs(round(is_, 3) - round(was, 3)) * 100:.1f} 个百分点"
    digits = max(_digits(was), _digits(is_))
    by = f"{abs(round(is_, _digits(is_)) - round(was, _digits(was))):,.{digits}f}"
    by = by.rstrip("0").rstrip(".") if "." in by else by
    return f" {by} {units}".rstrip() + (" " if units == "" else "")


def told_share(part: int, whole: int) -> str:
    """Return a share with its nine tenths interval (Wilson), and of how many it is: ``97.5%（80 中 78，92.7%–99.2%）``."""
    if whole == 0:
        return "未知"
    found = stats.binomtest(part, whole).proportion_ci(0.9, method="wilson")
    return f"{part / whole:.1%}（{whole:,} 中 {part:,}，{found.low:.1%}–{found.high:.1%}）"


def _digits(value: float) -> int:
    return 0 if float(value).is_integer() or abs(value) >= 1000 else 1 if abs(value) >= 1 else 3
