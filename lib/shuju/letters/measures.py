"""The measures of letters (指标): each has one function, one Chinese name and one sentence that says what it counts.

Pages, briefings, downloads and notebooks all take them from here, so that one figure is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shuju.facts.change import FLOOR
from shuju.facts.newest_days import n_lately
from shuju.facts.selection import Selection
from shuju.letters.reply_counts import ReplyCounts, reply_counts
from shuju.standard import regions

Value = float | int | None


@dataclass(frozen=True)
class Measure:
    """One figure: ``title`` as it is shown, ``definition`` in one sentence for the reader, ``unit``, and how it is counted.

    ``of`` takes a selection of letters and what is known of their replies; None where there is nothing to tell.
    """

    name: str
    title: str
    definition: str
    unit: str
    of: Callable[[Selection, ReplyCounts], Value]


def _between(first: int, last: int) -> Callable[[Selection, ReplyCounts], int]:
    """Return how many letters came from ``first`` to ``last`` days before the last day, whatever days are chosen."""
    return lambda selection, _: n_lately(selection, first + 1 - last, last)


def _counties(selection: Selection, _: ReplyCounts) -> int:
    counts = selection.chosen_counts("region").reindex([r.code for r in regions("county")])
    return int((counts > 0).sum())


KNOWN = "来源不含答复信息的来信，答复情况未知，不计入。"
MEASURES: Mapping[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("n", "来信总量", "所选条件下的来信封数；同一人的重复来信也各计一封。", "封",
                lambda selection, _: selection.total),
        Measure("n_counties", "涉及县市区", "所选来信写明或从文字中认出的县市区个数。", "个", _counties),
        Measure("last_7", "近 7 天来信", "到库中最后一封来信那天为止的 7 天里的来信，不受所选日期限制；环比为与此前 7 天相比。", "封",
                _between(6, 0)),
        Measure("before_7", "此前 7 天来信", "近 7 天之前的 7 天里的来信。", "封", _between(13, 7)),
        Measure("last_30", "近 30 天来信",
                f"到库中最后一封来信那天为止的 30 天里的来信，不受所选日期限制；环比为与此前 30 天相比，同比为与上年同期相比，"
                f"对比数不足 {FLOOR} 封的不算百分比。", "封", _between(29, 0)),
        Measure("before_30", "此前 30 天来信", "近 30 天之前的 30 天里的来信。", "封", _between(59, 30)),
        Measure("year_before_30", "上年同期来信", "近 30 天在一年前的同样 30 天里的来信。", "封", _between(394, 365)),
        Measure("n_answered", "已答复", "来源给出了答复、答复时间或已答复状态的来信。", "封", lambda _, r: r.n_answered),
        Measure("n_unanswered", "尚未答复", f"来源给出答复情况、而至今没有答复的来信；{KNOWN}", "封", lambda _, r: r.n_unanswered),
        Measure("n_unknown", "答复情况未知", "来源不含答复信息，无从知道是否答复的来信。", "封", lambda _, r: r.n_unknown),
        Measure("share_unanswered", "未答复占比", f"尚未答复的，占已答复与尚未答复之和的比例；{KNOWN}", "",
                lambda _, r: r.share_unanswered),
        Measure("median_days", "答复用时中位数",
                "有答复时间的来信，从来信到答复所用天数的中位数，四舍五入到 0.1 天（60 天以上到 1 天）；尚未答复的不计。", "天",
                lambda _, r: r.median_days),
        Measure("median_days_all", "答复用时中位数（计入未答复）",
                f"估计半数来信得到答复所需的天数：未答复的按已等待的天数计入（Kaplan–Meier 估计），等待计到库中最后一封来信那天；{KNOWN}",
                "天", lambda _, r: r.quantile(0.5)),
        Measure("p90_days_all", "九成答复用时（计入未答复）", f"估计九成来信得到答复所需的天数，算法同上；{KNOWN}", "天",
                lambda _, r: r.quantile(0.9)),
        Measure("n_due", "已答复或已到期", "有答复时间的，加上未答复而已过期限的来信；期限为咨询 5 个、其他 15 个工作日。", "封",
                lambda _, r: r.n_due),
        Measure("share_in_term", "按期答复率", "期限内答复的，占已答复或已到期来信的比例；期限为咨询 5 个、其他 15 个工作日。", "",
                lambda _, r: r.share_in_term),
        Measure("n_overdue", "逾期未答复", f"未答复而已过期限的来信，计到库中最后一封来信那天；{KNOWN}", "封", lambda _, r: r.n_overdue),
        Measure("n_veto", "超过三个月未答复", f"未答复而已超过 92 天的来信，国家考核的单项否决指标；{KNOWN}", "封", lambda _, r: r.n_veto),
    )
}  # fmt: skip


def measured(selection: Selection) -> dict[str, Value]:
    """Return all measures of a selection of letters by name. O(codes), and O(rows) where letters wait for an answer."""
    replies = reply_counts(selection)
    return {name: measure.of(selection, replies) for name, measure in MEASURES.items()}


def definition(name: str) -> str:
    """Return what a measure counts, in one sentence."""
    return MEASURES[name].definition
