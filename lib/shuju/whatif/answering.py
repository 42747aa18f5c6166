"""Answering letters (来信办理): what staff, order, terms and numbers of letters do to delays, overdue letters and the backlog."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from shuju.facts.selection import Selection
from shuju.letters.replies import Terms
from shuju.whatif.backtest import backtest, better, fitted
from shuju.whatif.delay_counts import count_delays
from shuju.whatif.delays import ORDERS, AsBefore, AtDesks, Model, Office
from shuju.whatif.investigation import Investigation, register
from shuju.whatif.letter_history import History, letter_history
from shuju.whatif.parameter import Parameter

LONGEST_DAYS, STEPS_A_DAY = 60, 10
BETTER = "better"
MODELS = {BETTER: "回测更准的", "as_before": AsBefore.title, "at_desks": AtDesks.title}
FEW, KEPT_BYTES = 30, 128 << 20


@dataclass(frozen=True)
class Prepared:
    """The letters, both models, and how well each foretold."""

    history: History
    models: dict[str, Model]
    tested: pd.DataFrame

    _delays: OrderedDict[Any, np.ndarray] = field(default_factory=OrderedDict)

    def delays(self, title: str, office: Office, seed: int) -> np.ndarray:
        """Return the delays by a model, kept for a while: terms alone do not change them."""
        key = (title, office, seed)
        found = self._delays.get(key)
        if found is None:
            found = self._delays[key] = self.models[title].delays(self.history, office, seed)
            while len(self._delays) > max(KEPT_BYTES // max(found.nbytes, 1), 1):
                self._delays.popitem(last=False)
        return found

    @property
    def better(self) -> str:
        """The title of the model that foretold better."""
        return better(self.tested)


def prepare(selection: Selection) -> Prepared:
    """Return the letters of a selection with both models fitted and tested. O(letters × fits)."""
    history = letter_history(selection)
    return Prepared(history, fitted(history), backtest(history))


def run(
    prepared: Prepared,
    *,
    staff: int = 100,
    demand: int = 100,
    faster: int = 0,
    merged: int = 0,
    work_order: str = "fifo",
    inquiry_days: int = 5,
    other_days: int = 15,
    model: str = BETTER,
    seed: int = 0,
) -> xr.Dataset:
    """Return delays, overdue letters and backlog under other parameters (percentages, terms in working days). O(n log n)."""
    history = prepared.history
    title = prepared.better if model == BETTER else MODELS[model]
    office = Office(staff / 100, demand / 100, work_order, faster / 100, merged / 100)
    delay = prepared.delays(title, office, seed)
    terms = np.where(history.term_days == Terms().inquiry_days, inquiry_days, other_days)
    n_weeks, n_steps = (
        int(history.came[-1] // 7) + 1,
        LONGEST_DAYS * STEPS_A_DAY + 1,
    )  # whoever takes longer is in no step
    by_step, late_of, done = count_delays(
        history.came, delay, history.workday, terms, history.department, len(history.names["department"]), n_steps, STEPS_A_DAY, n_weeks
    )  # fmt: skip
    by_step = np.cumsum(by_step) / history.n
    backlog = np.cumsum(history.by_week - done[:n_weeks]).astype(float)
    weeks = (history.first_day + 7 * np.arange(1, n_weeks + 1)).astype("datetime64[ns]")
    n_of = np.bincount(history.department, minlength=len(late_of))
    shown = n_of >= FEW
    days = np.arange(LONGEST_DAYS + 1)
    return xr.Dataset(
        {
            "overdue": _number(late_of.sum() / history.n, "逾期占比", "share"),
            "median_days": _number(_within(by_step, 0.5), "答复用时中位数", "天"),
            "p90_days": _number(_within(by_step, 0.9), "九成答复用时", "天"),
            "backlog_mean": _number(backlog.mean(), "平均在办", "封"),
            "backlog_most": _number(backlog.max(), "最多在办", "封"),
            "answered": ("days", by_step[:: STEPS_A_DAY], {"long_name": "已答复占比", "units": "share"}),
            "backlog": ("week", backlog, {"long_name": "在办来信", "units": "封"}),
            "overdue_by": ("department", (late_of / np.maximum(n_of, 1))[shown], {"long_name": "各部门逾期占比", "units": "share"}),
        },
        {
            "days": ("days", days, {"long_name": "来信后天数"}), "week": weeks,
            "department": np.array(history.names["department"], object)[shown],
        },
        {"model": title},
    )  # fmt: skip


def _number(value: float, title: str, units: str) -> Any:
    return ((), float(value), {"long_name": title, "units": units})


def _within(by_step: np.ndarray, share: float) -> float:
    """Return the days within which a share is answered; the longest that is looked at where fewer are."""
    return float(np.searchsorted(by_step, share - 1e-12) / STEPS_A_DAY)


def doubt(prepared: Prepared) -> tuple[list[str], pd.DataFrame]:
    """Return what is to be doubted, and the back-test."""
    told = []
    tested, found = prepared.tested, prepared.better
    if tested.empty:
        told.append("来信的时间太短，无法回测；以下按历史用时分布推演。")
    else:
        mean = tested.groupby("model", sort=False)[["crps_days", "coverage_90"]].mean()
        told.append(
            f"用前一段拟合、后一段检验（{tested['cut'].nunique()} 个分界日）：{found}更准，"
            + "，".join(f"{name}平均偏差 {row.crps_days:.1f} 天" for name, row in mean.iterrows())
            + f"；{found}的九成区间实际盖住 {mean.loc[found, 'coverage_90']:.0%}。"
        )
    if found == AsBefore.title:
        told.append(
            "这些来信的用时看不出受人手和积压左右：人手、次序、来信量、并单对结果没有影响。要看它们的作用，请把模型改为“排队模型”，并当作假定。"
        )
    if prepared.history.n_unknown:
        told.append(f"另有 {prepared.history.n_unknown:,} 封不知是否答复或何时答复，未计入。")
    return told, tested


ANSWERING = register(
    Investigation(
        "answering", "来信办理推演", "人手、次序、期限、来信量变了，答复会快多少、逾期会少多少", "letters",
        (
            Parameter("staff", "人手", 100, 50, 200, 5, unit="%", about="各承办单位的办理席位，100% 为现状"),
            Parameter("demand", "来信量", 100, 50, 200, 5, unit="%", about="100% 为现状"),
            Parameter("merged", "并单", 0, 0, 60, 5, unit="%", about="重复来信随同一件办结、不另占人手的比例"),
            Parameter("faster", "办理提速", 0, 0, 60, 5, unit="%", about="每封办理时间缩短的比例"),
            Parameter("work_order", "办理次序", "fifo", choices=ORDERS),
            Parameter("inquiry_days", "咨询期限", 5, 1, 30, 1, unit="个工作日"),
            Parameter("other_days", "其他期限", 15, 1, 60, 1, unit="个工作日"),
            Parameter("model", "模型", BETTER, choices=MODELS, is_method=True),
        ),
        prepare, run,
        {"overdue": "逾期占比", "median_days": "答复用时中位数", "p90_days": "九成答复用时", "backlog_mean": "平均在办", "backlog_most": "最多在办"},
        {"answered": "已答复占比", "backlog": "在办来信"}, doubt,
        ("不分具体经办人，也不知道他们同时还办别的事。", "难易不同的来信按同一分布办理。", "人手变化时，办理质量当作不变。"),
        "来信（已脱敏）",
    )
)  # fmt: skip
