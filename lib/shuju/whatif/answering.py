"""Answering letters (来信办理): what staff, order, terms and numbers of letters do to delays, overdue letters and the backlog."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from shuju.engine.threads import WORKERS, kept_pool
from shuju.facts.selection import Selection
from shuju.letters.replies import Terms
from shuju.whatif.backtest import backtest, better, fitted
from shuju.whatif.delay_counts import count_delays
from shuju.whatif.delays import AsBefore, AtDesks, Model
from shuju.whatif.investigation import Investigation, register
from shuju.whatif.letter_flow import ENOUGH, moved_to, targets, times_each
from shuju.whatif.letter_history import History, letter_history
from shuju.whatif.office import ALL_YEAR, BY_TOPIC, ORDERS, ROUTINGS, SEASONS, TO_QUICKEST, Office
from shuju.whatif.parameter import Parameter
from shuju.whatif.sensitivity import THREADS

LONGEST_DAYS, STEPS_A_DAY = 60, 10
BETTER = "better"
MODELS = {BETTER: "回测更准的", "as_before": AsBefore.title, "at_desks": AtDesks.title}
MEDIAN = f"答复用时中位数（最多计 {LONGEST_DAYS} 天）"
P90 = f"九成答复用时（最多计 {LONGEST_DAYS} 天）"
FEW, KEPT_BYTES = 30, 128 << 20


@dataclass(frozen=True)
class Prepared:
    """The letters, both models, how well each foretold, and to whom each way of routing would hand each letter."""

    history: History
    models: dict[str, Model]
    tested: pd.DataFrame
    targets: Mapping[str, np.ndarray]

    _delays: OrderedDict[Any, np.ndarray] = field(default_factory=OrderedDict)

    def pool(self, office: Office, seed: int) -> np.ndarray | None:
        """Return who handles each letter, None where nobody else does."""
        if not office.moved:
            return None
        return moved_to(self.history, self.targets[office.routing], office.moved, seed)

    def delays(self, title: str, office: Office, seed: int) -> np.ndarray:
        """Return the delays by a model, kept for a while: terms alone do not change them. Those of other seeds are asked for once."""
        if seed:
            return self.models[title].delays(self.history, office, seed, self.pool(office, seed))
        key = (title, office, seed)
        found = self._delays.get(key)
        if found is None:
            pool = self.pool(office, seed)
            found = self._delays[key] = self.models[title].delays(self.history, office, seed, pool)
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
    return Prepared(history, fitted(history), backtest(history), targets(history))


def run(
    prepared: Prepared,
    *,
    staff: int = 100,
    demand: int = 100,
    season: str = ALL_YEAR,
    moved: int = 0,
    routing: str = BY_TOPIC,
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
    office = Office(
        staff / 100, demand / 100, work_order, faster / 100, merged / 100, season, routing, moved / 100
    )
    pool = prepared.pool(office, seed)
    department = history.department if pool is None else history.pool_department[pool]
    times, came_by_week = history.once, history.by_week
    if office.demand != 1:
        times = times_each(history, office, seed)
        came_by_week = np.bincount(history.week, times)
    terms = np.where(history.term_days == Terms().inquiry_days, inquiry_days, other_days)
    n_weeks, n_steps = (
        int(history.came[-1] // 7) + 1,
        LONGEST_DAYS * STEPS_A_DAY + 1,
    )  # whoever takes longer is in no step
    by_step, late_of, done, n_of = count_delays(
        history.came, prepared.delays(title, office, seed), times, history.workday, terms, department,
        len(history.names["department"]), n_steps, STEPS_A_DAY, n_weeks,
    )  # fmt: skip
    n = n_of.sum()
    by_step = np.cumsum(by_step) / n
    backlog = np.cumsum(came_by_week - done[:n_weeks]).astype(float)
    weeks = (history.first_day + 7 * np.arange(1, n_weeks + 1)).astype("datetime64[ns]")
    shown = n_of >= FEW
    days = np.arange(LONGEST_DAYS + 1)
    return xr.Dataset(
        {
            "overdue": _number(late_of.sum() / n, "逾期占比", "share"),
            "median_days": _number(_within(by_step, 0.5), MEDIAN, "天"),
            "p90_days": _number(_within(by_step, 0.9), P90, "天"),
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


def replicates(prepared: Prepared, curve: str, numbers: range, **parameters: Any) -> np.ndarray:
    """Return a curve once for each number, the delays of letters drawn anew. O(numbers × n log n)."""

    def one(number: int) -> np.ndarray:
        return run(prepared, seed=number + 1, **parameters)[curve].to_numpy()

    return np.stack(list(kept_pool(THREADS, WORKERS).map(one, numbers)))


def _number(value: float, title: str, units: str) -> Any:
    return ((), float(value), {"long_name": title, "units": units})


def _within(by_step: np.ndarray, share: float) -> float:
    """Return the days within which a share is answered; the longest that is looked at where fewer are."""
    return min(float(np.searchsorted(by_step, share - 1e-12) / STEPS_A_DAY), LONGEST_DAYS)


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
            "平均偏差即连续分级概率评分（CRPS）：预测的分布离实际有多远，越小越准。"
        )
    if found == AsBefore.title:
        told.append(
            "这些来信的用时看不出受人手和积压左右：人手、次序、并单对结果没有影响；来信量只按比例改变在办，不拖慢答复；"
            "转办的来信按收信部门过去的用时办，收信部门不因此变慢。要看它们的作用，请把模型改为“排队模型”，并当作假定。"
        )
    told.append(_movable(prepared))
    if prepared.history.n_unknown:
        told.append(f"另有 {prepared.history.n_unknown:,} 封不知是否答复或何时答复，未计入。")
    return told, pd.DataFrame(
        {
            "分界日": [f"{day:%Y-%m-%d}" for day in pd.to_datetime(tested["cut"])], "模型": tested["model"],
            "平均偏差（天）": tested["crps_days"].map("{:.2f}".format), "九成区间盖住": tested["coverage_90"].map("{:.0%}".format),
            "检验来信": tested["n"].map("{:,}".format),
        }
    )  # fmt: skip


def _movable(prepared: Prepared) -> str:
    """Return how many letters each way of routing could hand to another department."""
    history = prepared.history
    usual, quickest = (int((prepared.targets[way] != history.pool).sum()) for way in (BY_TOPIC, TO_QUICKEST))
    told = f"转办最多能动的来信：{usual:,} 封不在该主题通常的承办部门（同市州办这一主题最多的），"
    if quickest:
        return told + f"{quickest:,} 封在本市州最慢的部门（只比答复满 {ENOUGH} 封的部门）。"
    return told + f"没有市州有两个答复满 {ENOUGH} 封的部门，分不出最慢与最快。"


def notes(prepared: Prepared, parameters: Mapping[str, Any]) -> list[str]:
    """Return which parameters do nothing, or less than one would think."""
    p, told = parameters, []
    title = prepared.better if p["model"] == BETTER else MODELS[p["model"]]
    if title != prepared.better:
        told.append(f"{title}在回测中不如{prepared.better}，结果只当作假定。")
    if title == AsBefore.title:
        idle = [
            ("人手", p["staff"] != 100),
            ("办理次序", p["work_order"] != "fifo"),
            ("并单", p["merged"] != 0),
        ]
        if any(changed for _, changed in idle):
            told.append(
                f"按{title}，{'、'.join(name for name, changed in idle if changed)}不起作用；要看作用，请把模型改为“排队模型”。"
            )
        if p["demand"] != 100:
            told.append(f"按{title}，来信多少不影响答复快慢，只按比例改变在办。")
    elif p["staff"] < 100 and (alone := int((prepared.models[title].desks == 1).sum())):
        told.append(
            f"{len(prepared.models[title].desks):,} 个承办单位中 {alone:,} 个推算只有 1 个席位，减不下去，人手的作用偏小。"
        )
    if p["season"] != ALL_YEAR and p["demand"] == 100:
        told.append("来信量是 100%，“来信增减在”没有作用。")
    if p["routing"] != BY_TOPIC and p["moved"] == 0:
        told.append("转办是 0%，“转给谁”没有作用。")
    if p["moved"] and not (prepared.targets[p["routing"]] != prepared.history.pool).any():
        told.append("没有能这样转办的来信，“转办”没有作用。")
    return told


ANSWERING = register(
    Investigation(
        "answering", "来信办理推演", "人手、次序、期限、来信多少、派给谁变了，答复会快多少、逾期会少多少", "letters",
        (
            Parameter("staff", "人手", 100, 50, 200, 5, unit="%", about="各承办单位的办理席位，100% 为现状"),
            Parameter("demand", "来信量", 100, 50, 200, 5, unit="%", about="100% 为现状；只在“来信增减在”的月份增减"),
            Parameter("season", "来信增减在", ALL_YEAR, choices=SEASONS, about="来信量只在每年的这些月份（公历）变，其余照旧"),
            Parameter("moved", "转办", 0, 0, 100, 5, unit="%", about="能转的来信中，改由“转给谁”所说部门办理的比例"),
            Parameter("routing", "转给谁", BY_TOPIC, choices=ROUTINGS, about="只在本市州内转；转办的来信用收信部门的席位"),
            Parameter("merged", "并单", 0, 0, 60, 5, unit="%", about="重复来信随同一件办结、不另占人手的比例"),
            Parameter("faster", "办理提速", 0, 0, 60, 5, unit="%", about="每封办理时间缩短的比例"),
            Parameter("work_order", "办理次序", "fifo", choices=ORDERS),
            Parameter("inquiry_days", "咨询期限", 5, 1, 30, 1, unit="个工作日"),
            Parameter("other_days", "其他期限", 15, 1, 60, 1, unit="个工作日"),
            Parameter("model", "模型", BETTER, choices=MODELS, is_method=True),
        ),
        prepare, run,
        {"overdue": "逾期占比", "median_days": MEDIAN, "p90_days": P90, "backlog_mean": "平均在办", "backlog_most": "最多在办"},
        {"answered": "已答复占比", "backlog": "在办来信"}, doubt,
        ("不分具体经办人，也不知道他们同时还办别的事。", "难易不同的来信按同一分布办理。", "人手变化时，办理质量当作不变。",
         "多来的信当作与同日的来信一样；转办不另花时间，收信部门当作办得了。", "排队模型当作每封信终会答复，一直不答复的不在其中。"),
        "来信（已脱敏）", replicates, "每封来信的用时", notes, varied_first=("other_days", "faster"),
    )
)  # fmt: skip
