"""讲给人听: what a scenario changes, in at most three sentences whose figures are those of the table."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy import stats

from shuju.whatif.scenario import BASELINE

MOST = 3
UNCHANGED = -1.0  # told after what moved, and after what is not known any more


def told(found: xr.Dataset, scenario: str | None = None, most: int = MOST) -> list[str]:
    """Return sentences on how a scenario (the last, if none is named) differs from the baseline, the numbers that move most first.

    A variable's ``long_name`` and ``units`` (``share`` is shown as a percentage) say what it is called.
    """
    names = [str(name) for name in found["scenario"].to_numpy()]
    if len(names) < 2:
        return []
    one = found.sel(scenario=scenario or names[-1])
    base = found.sel(scenario=BASELINE)
    moved, is_unknown = [], False
    for name, variable in found.data_vars.items():
        if variable.dims != ("scenario",) or variable.dtype.kind not in "iufb":
            continue
        was, is_ = float(base[name]), float(one[name])
        title, units = variable.attrs.get("long_name", str(name)), variable.attrs.get("units", "")
        if np.isnan(was) and np.isnan(is_):
            is_unknown = True
        elif np.isnan(is_):
            moved.append((0.0, f"{title}原为 {shown(was, units)}，改后未知。"))
        elif np.isnan(was):
            moved.append((0.0, f"{title}原来未知，改后为 {shown(is_, units)}。"))
        elif shown(was, units) == shown(is_, units):
            moved.append((UNCHANGED, f"{title}不变，仍为 {shown(is_, units)}。"))
        else:
            way = "升" if is_ > was else "降"
            by = _apart(was, is_, units)
            moved.append(
                (
                    abs(is_ - was) / max(abs(was), abs(is_)),
                    f"{title}由 {_before_word(shown(was, units))}{way}到 {shown(is_, units)}，{way} {by}。",
                )
            )
    if not moved and is_unknown:
        return ["这些条件下，所看的各项都未知。"]
    if moved and all(by == UNCHANGED for by, _ in moved):
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
    number = number.rstrip("0").rstrip(".") if digits == 3 else number  # 0.4, not 0.400
    return f"{number} {units}".rstrip()


def _apart(was: float, is_: float, units: str) -> str:
    """Return by how much two numbers differ as they are shown, so that a reader who subtracts finds the same."""
    if units == "share":
        return f"{abs(round(is_ * 100, 1) - round(was * 100, 1)):.1f} 个百分点"
    digits = max(_digits(was), _digits(is_))
    by = f"{abs(round(is_, _digits(is_)) - round(was, _digits(was))):,.{digits}f}"
    by = by.rstrip("0").rstrip(".") if "." in by else by
    return f"{by} {units}".rstrip()


def told_share(part: int, whole: int) -> str:
    """Return a share with its nine tenths interval (Wilson), and of how many it is: ``97.5%（80 中 78，92.7%–99.2%）``."""
    if whole == 0:
        return "未知"
    found = stats.binomtest(part, whole).proportion_ci(0.9, method="wilson")
    return f"{part / whole:.1%}（{whole:,} 中 {part:,}，{found.low:.1%}–{found.high:.1%}）"


def _before_word(number: str) -> str:
    """Return a number as it stands before a Chinese word: a figure is set off, its unit is not."""
    return number + " " if number[-1].isascii() else number


def _digits(value: float) -> int:
    return 0 if float(value).is_integer() or abs(value) >= 1000 else 1 if abs(value) >= 1 else 3
