"""Warnings under other methods and limits (预警推演): how many there would have been, which planted bursts they would have found, how soon.

Weekly letters by prefecture and topic, judged week by week by what was known before. Bursts of a given size are planted into the
last two years at places that chance chose once, so that scenarios differ by their parameters alone; what is planted is in no other figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from shuju.facts.selection import Selection
from shuju.series.alarms import find_alarms
from shuju.whatif.investigation import Investigation, register
from shuju.whatif.parameter import Parameter, WhatIfError
from shuju.whatif.telling import told_share

METHODS = {"scan": "扫描统计（现用）", "farrington": "Farrington", "ears_c2": "EARS C2"}
BUDGETS = {b: f"每周 {b} 次" for b in ("0.2", "0.5", "1", "2", "5")}
JUDGED_WEEKS, LEAST_WEEKS = 104, 130
MOST_LIKELY = 0.5  # what happens every other week is no alarm
PLANTED, BURST_WEEKS, APART_WEEKS = 80, 2, 6


@dataclass(frozen=True)
class Weeks:
    """Letters by series (prefecture and topic) and week (``time``), and where bursts are planted.

    ``series`` and ``week`` are their places, ``chance`` (bursts × weeks) what chance decides of their size.
    """

    counts: xr.DataArray
    series: np.ndarray
    week: np.ndarray
    chance: np.ndarray
    _known: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)

    def p(self, method: str, burst: int = 0) -> np.ndarray:
        """Return how unlikely each count of the weeks judged is, bursts of that size planted; NaN where the past is too short."""
        key = (method, burst)
        if key not in self._known:
            counts = self.counts.to_numpy().copy()
            rows = np.unique(self.series) if burst else np.arange(len(counts))
            extra = stats.poisson.ppf(self.chance, burst)
            for week in range(BURST_WEEKS):
                np.add.at(counts, (self.series, self.week + week), extra[:, week])
            asked = self.counts.isel(series=rows).copy(data=counts[rows])
            found = find_alarms(asked, method, since=self.since, freq=52)["p"].to_numpy()
            nothing_came = (counts[rows, -JUDGED_WEEKS:] == 0) & ~np.isnan(found)
            self._known[key] = np.where(nothing_came, 1.0, found)
        return self._known[key]

    def judged(self, method: str) -> np.ndarray:
        """Return of which of the weeks the past is long enough for the method."""
        return ~np.isnan(self.p(method)).all(axis=0)

    @property
    def since(self) -> np.datetime64:
        """The first week that is judged."""
        return self.counts["time"].to_numpy()[-JUDGED_WEEKS]


def prepare(selection: Selection) -> Weeks:
    """Return the weekly letters of a selection. O(rows + series × weeks).

    Raises:
        WhatIfError: the letters do not reach back far enough.
    """
    cube = selection.cube(["day", "library", "topic"])
    days = pd.DatetimeIndex(cube["day"].to_numpy())
    known = ~days.isna()
    frame = pd.DataFrame(
        cube.to_numpy().reshape(len(days), int(np.prod(cube.shape[1:])))[known], index=days[known]
    )
    has_letters = np.flatnonzero(
        frame.any(axis=1)
    )  # days that were filtered out had no letters, and are no past
    frame = frame.iloc[has_letters[0] : has_letters[-1] + 1] if len(has_letters) else frame.iloc[:0]
    weekly = frame.resample("W-MON", label="left", closed="left").sum()
    weekly = weekly.iloc[1:-1]  # the first and the last may be parts of a week
    weekly = weekly.loc[:, weekly.sum() > 0]
    if len(weekly) < LEAST_WEEKS or weekly.empty:
        raise WhatIfError(
            f"所选来信只有 {len(weekly)} 个整周，不足 {LEAST_WEEKS} 周，无法推演预警；请放宽日期"
        )
    counts = xr.DataArray(
        weekly.to_numpy(float).T,
        {"series": np.arange(weekly.shape[1]), "time": weekly.index.to_numpy()},
        ["series", "time"],
    )
    draw = np.random.default_rng(20_240_901)
    first = len(weekly) - JUDGED_WEEKS
    slots = np.arange(first, len(weekly) - BURST_WEEKS, APART_WEEKS)
    places = draw.permutation(weekly.shape[1] * len(slots))[:PLANTED]
    return Weeks(
        counts, places // len(slots), slots[places % len(slots)], draw.random((len(places), BURST_WEEKS))
    )


def run(weeks: Weeks, *, method: str = "scan", budget: str = "1", burst: int = 5) -> xr.Dataset:
    """Return alarms and what they find; ``budget`` false alarms a week over all series, ``burst`` letters a week. O(series × weeks).

    A burst is found if its series is alarmed in one of its weeks or the week after. An alarm is that of the first week of a row of them.
    """
    plain = _first_of_row(weeks.p(method) < _alpha(weeks, budget)).sum(axis=0)
    judged = weeks.judged(method)
    is_found, late = _found(weeks, method, budget, burst)
    return xr.Dataset(
        {
            "alarms": _number(plain[judged].mean() if judged.any() else np.nan, "每周超限", "次"),
            "found": _number(is_found.mean() if len(is_found) else np.nan, "找到的突增", "share"),
            "weeks_late": _number(late.mean() if len(late) else np.nan, "平均晚几周找到", "周"),
            "by_week": ("week", np.where(judged, plain, np.nan), {"long_name": "每周超限", "units": "次"}),
        },
        {"week": weeks.counts["time"].to_numpy()[-JUDGED_WEEKS:]},
    )  # fmt: skip


def _alpha(weeks: Weeks, budget: str) -> float:
    return min(float(budget) / max(weeks.counts.sizes["series"], 1), MOST_LIKELY)


def _found(weeks: Weeks, method: str, budget: str, burst: int) -> tuple[np.ndarray, np.ndarray]:
    """Return of each planted burst that could be judged whether it was found, and how many weeks late those were."""
    p = weeks.p(method, burst)
    rows = np.unique(weeks.series, return_inverse=True)[1]
    window = weeks.week[:, None] - (weeks.counts.sizes["time"] - JUDGED_WEEKS) + np.arange(BURST_WEEKS + 1)
    seen = p[rows[:, None], np.minimum(window, JUDGED_WEEKS - 1)]
    alarm = (seen < _alpha(weeks, budget))[~np.isnan(seen).all(axis=1)]
    is_found = alarm.any(axis=1)
    return is_found, alarm.argmax(axis=1)[is_found]


def certainty(weeks: Weeks, scenarios: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return how sure the share of bursts found is in each scenario (Wilson)."""
    told = []
    for name, parameters in scenarios.items():
        is_found = _found(weeks, **parameters)[0]
        told.append(f"{name} {told_share(int(is_found.sum()), len(is_found))}")
    return [
        "“每周超限”是照实际来信逐周数出来的，不是抽样，没有区间。",
        f"“找到的突增”由植入的突增数出（九成区间）：{'，'.join(told)}。",
    ]


def notes(weeks: Weeks, parameters: Mapping[str, Any]) -> list[str]:
    """Return that a method says nothing, or not of all weeks, where the past is too short for it; and that a budget is cut."""
    title, n_judged = METHODS[parameters["method"]], int(weeks.judged(parameters["method"]).sum())
    told, n_series = [], weeks.counts.sizes["series"]
    if n_judged == 0:
        told.append(f"来信不够久，{title} 说不出哪周超限（Farrington 要看五年以上），各数为“未知”。")
    elif n_judged < JUDGED_WEEKS:
        told.append(
            f"来信不够久，近 {JUDGED_WEEKS} 周中 {title} 只判断得出 {n_judged} 周，各数只由这些周得出。"
        )
    if float(parameters["budget"]) > MOST_LIKELY * n_series:
        told.append(
            f"所选只有 {n_series} 个序列，每周容不下这么多次误报，“误报限额”按每周 {MOST_LIKELY * n_series:g} 次算。"
        )
    return told


def _first_of_row(alarm: np.ndarray) -> np.ndarray:
    before = np.pad(alarm, ((0, 0), (1, 0)))[:, :-1]
    return alarm & ~before


def _number(value: float, title: str, units: str) -> tuple:
    return ((), float(value), {"long_name": title, "units": units})


def doubt(weeks: Weeks) -> tuple[list[str], pd.DataFrame]:
    """Return what the figures rest on."""
    return [
        f"近 {JUDGED_WEEKS} 周、{weeks.counts.sizes['series']} 个市州与主题的序列，逐周只用此前的来信判断；"
        f"另在随机选定的 {len(weeks.series)} 处各植入一次 {BURST_WEEKS} 周的突增，只用来数找到多少。",
        "真实来信里哪些超限是误报，没有人逐一判断过；“误报限额”是方法按模型算的期望，不是数出来的。",
    ], pd.DataFrame()


LEAVES_OUT = (
    "预警还要求至少 5 封、5 个不同的人和说得清的一件事，这里只看超限。", "按周判断；实际的预警按天判断，会更早。",
    "Farrington 要看五年以上，来信不够久时为“未知”。",
)  # fmt: skip
ALARMING = register(
    Investigation(
        "alarming", "预警推演", "换方法、放宽或收紧限额，预警会多多少，突增能找到几成、晚几周", "letters",
        (
            Parameter("method", "方法", "scan", choices=METHODS),
            Parameter("budget", "误报限额", "1", choices=BUDGETS),
            Parameter("burst", "植入突增", 5, 2, 20, 1, unit="封/周", about="每处植入的突增有多大"),
        ),
        prepare, run,
        {"alarms": "每周超限", "found": "找到的突增", "weeks_late": "平均晚几周找到"},
        {"by_week": "每周超限"}, doubt,
        LEAVES_OUT, "来信（已脱敏）", notes=notes, certainty=certainty, better_high=frozenset({"found"}),
    )
)  # fmt: skip
