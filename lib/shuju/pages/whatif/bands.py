"""How sure the curves are (有多确定): bands behind the lines, which come after these; or why there are none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from shuju.charts import look
from shuju.facts.selection import Selection
from shuju.pages.whatif.asking import FIRST, NOW
from shuju.ui.cards.charts import ChartCard
from shuju.ui.cards.live import LiveCard
from shuju.ui.templates import render
from shuju.whatif.curve_bands import STABLE, CurveBands, Outdated, curve_bands
from shuju.whatif.investigation import Investigation
from shuju.whatif.plots import scenarios_plot
from shuju.whatif.scenario import BASELINE

GIVEN_UP: dict[str, Any] = {}
_is_outdated: ContextVar[Callable[[], bool]] = ContextVar("is_outdated", default=lambda: False)


class CurveCard(ChartCard):
    """The curves side by side; their bands come later, from a card of their own."""

    def widen(self, found: Mapping[str, Any]) -> None:
        """Draw the curves with their bands."""
        self._draw(found)


class BandsCard(LiveCard):
    """What is said of the bands; they are drawn behind the lines of the curves' card.

    They are given up where somebody asks anew: a hand that moves on must not wait for them.
    """

    _given_up = 0

    def key(self, selection: Selection, options: Mapping[str, Any]) -> Any:
        """Return what the answer depends on; what was given up is asked again."""
        return super().key(selection, options), self._given_up

    def compute(self, selection: Selection, options: Mapping[str, Any]) -> Any:
        """Return the bands, or that they were given up."""
        before = _is_outdated.set(self.link.is_outdated)
        try:
            return super().compute(selection, options)
        except Outdated:
            self._given_up += 1
            return GIVEN_UP
        finally:
            _is_outdated.reset(before)

    def show(self, found: Any) -> None:
        """Send what is said, and have the curves drawn with their bands."""
        if found is GIVEN_UP:
            return
        super().show(found)
        if found.get("bands") is not None:
            for card in self.link.cards:
                if isinstance(card, CurveCard) and card.card.name == self.card.name.replace("bands", "curve"):
                    card.widen(found)


def banded(
    investigation: Investigation,
    selection: Selection,
    found: xr.DataArray,
    scenarios: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Return the bands of a curve in each scenario with what is said of them; where it is no matter of chance, what is sure."""
    prepared = investigation.prepared(selection)
    if investigation.replicates is None:
        named = {FIRST if name == BASELINE else name: given for name, given in scenarios.items()}
        told = investigation.certainty(prepared, named) if investigation.certainty else []
        return {"curve": found, "bands": None, "sentences": told}
    bands = curve_bands(
        partial(investigation.replicates, prepared, str(found.name)),
        scenarios,
        is_outdated=_is_outdated.get(),
    )
    return {"curve": found, "bands": bands, "sentences": _told(investigation, found, bands)}


def curves_plot(found: Mapping[str, Any], **_: Any) -> Any:
    """Return the curves, with their bands where there are any."""
    if "fault" in found:
        return look.blank(found["fault"])
    return scenarios_plot(found["curve"], {BASELINE: FIRST}, bands=found.get("bands"))


def bands_html(found: Mapping[str, Any], **_: Any) -> str:
    """Return what is said of the bands."""
    return render("whatif/bands.html", **{"fault": "", "sentences": [], **found})


def _told(investigation: Investigation, found: xr.DataArray, bands: CurveBands) -> list[str]:
    """Return how many replicates there are, how stable they are, and where the present scenario differs most from the present state."""
    units = str(found.attrs.get("units", ""))
    what = f"色带是九成区间：{investigation.drawn_anew}随机重取 {bands.n_runs:,} 次，各情景同一批"
    if not any(np.isfinite(rows).any() for rows in bands.replicates.values()):
        return ["这条曲线在这些条件下没有数可算。"]
    if bands.widest == 0:
        return [f"{what}；结果每次都一样，看不出带。"]
    wide = f"最宽处 {_amount(bands.widest, units)}"
    if bands.is_thin:
        told = [f"{what}；{wide}，比线还细，再多取也看不出。"]
    elif bands.is_stable:
        told = [f"{what}；{wide}。次数加倍后，带的边缘平均只移动带宽的 {bands.moved:.0%}，已稳定。"]
    else:
        told = [
            f"{what}；{wide}。次数加倍后，带的边缘平均还移动带宽的 {bands.moved:.0%}（要求不超过 {STABLE:.0%}），尚不稳定，只作参考。"
        ]
    if NOW in bands.low:
        told.append(_apart(found, bands, units))
    return told


def _apart(found: xr.DataArray, bands: CurveBands, units: str) -> str:
    apart = bands.difference(NOW, BASELINE)
    if apart is None:
        return "所改的条件不影响这条曲线：“现在”与现状每次都一样。"
    at, mean, low, high = apart
    if low <= 0 <= high:
        return f"“现在”与现状的差别不超出偶然：相差最大处（{_place(found, at)}）九成在{_signed(low, units)}到{_signed(high, units)}之间。"
    way = "高" if mean > 0 else "低"
    ends = sorted((abs(low), abs(high)))
    return (
        f"相差最大处：{_place(found, at)}，“现在”比现状{way} {_amount(abs(mean), units)}，九成在 "
        f"{_amount(ends[0], units)}到 {_amount(ends[1], units)}之间。"
    )


def _place(found: xr.DataArray, at: int) -> str:
    dimension = str(found.dims[-1])
    value = found[dimension].to_numpy()[at]
    if np.issubdtype(found[dimension].dtype, np.datetime64):
        day = value.astype("datetime64[D]").item()
        return f"{day.year} 年 {day.month} 月 {day.day} 日"
    title = str(found[dimension].attrs.get("long_name", dimension))
    return f"{title.removesuffix('天数').removesuffix('小时')}第 {value:g} {'天' if title.endswith('天数') else '小时'}"


def _amount(value: float, units: str) -> str:
    return (
        f"{value * 100:.1f} 个百分点"
        if units == "share"
        else f"{value:,.{0 if value >= 100 else 1}f} {units}".rstrip()
    )


def _signed(value: float, units: str) -> str:
    told = _amount(abs(value), units)
    return "持平" if told == _amount(0.0, units) else f"{'低' if value < 0 else '高'} {told}"
