"""Where documents would arrive (到达推演): relays by portals, mended sites, an earlier hour, another limit or rule; re-scored from the cascades.

Every copy keeps what it waited for after the copy that it was made from (its own delay). A scenario changes some own delays, and times are
added up again along each cascade, so that what reaches a portal sooner reaches those sooner who copy from it. Nothing is read anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from shuju.spread.arrival import HOURS
from shuju.whatif.arrival_counts import add_up, count_arrivals, first_arrivals
from shuju.whatif.cascades import FEW_AN_HOUR, Cascades, prepare
from shuju.whatif.cascades import LEVELS as SITE_LEVELS
from shuju.whatif.investigation import Investigation, register
from shuju.whatif.parameter import Parameter

WEEK_HOURS = 168
GRID = np.arange(WEEK_HOURS + 1)
NO_RELAY = "none"
RELAYS = {
    NO_RELAY: "不自动转载", "prefecture_portal": "市州门户自动转载", "county_portal": "县市区门户自动转载", "portals": "市州、县市区门户都自动转载",
}  # fmt: skip
LEVELS = {"all": "全部应转网站", "prefecture": "市州级", "county": "县市区级"}
LEVEL_NAMES = {"province": "省级", **{k: v for k, v in LEVELS.items() if k != "all"}}


def run(
    cascades: Cascades,
    *,
    relay: str = NO_RELAY,
    relay_hours: int = 2,
    mended: int = 0,
    earlier: int = 0,
    due: str = "all",
    limit: int = 24,
) -> xr.Dataset:
    """Return arrival under other parameters; exact, without chance. O(copies + pairs).

    ``mended``: so many of the slowest sites become as fast as the middle one. ``earlier``: hours by which documents come out
    sooner; first copies then take what they took after documents of that hour.
    """
    pairs, n_levels = cascades.pairs, len(SITE_LEVELS) + 1
    within, watched, n_arrived, n, by_hour, lacks = count_arrivals(
        _hours(cascades, relay, relay_hours, mended, earlier), cascades.watched, cascades.is_untimed, pairs.site, cascades.level,
        _meant(due), np.array([limit, *HOURS], float), len(pairs.sites), n_levels, WEEK_HOURS,
    )  # fmt: skip

    def _arrived(title: str, level: str) -> tuple:
        of = by_hour[_meant(level)].sum(axis=0)
        return ("hours", _share(of[:-1], of[-1]), {"long_name": title, "units": "share"})

    return xr.Dataset(
        {
            "within": _number(_share(within[0], watched[0]), "期限内到达率", "share"),
            **{f"within_{h}": _number(_share(within[k], watched[k]), f"{h} 小时到达率", "share") for k, h in enumerate(HOURS, 1)},
            "ever": _number(_share(n_arrived, n), "至今到达率", "share"),
            "lacking": _number(n - n_arrived, "仍未转载", "次"),
            "sites_lacking": _number((lacks > 0).sum(), "仍有未转载的网站", "个"),
            "arrived": _arrived("到达率", "all"),
            **{f"arrived_{name}": _arrived(f"{LEVEL_NAMES[name]}到达率", name) for name in ("prefecture", "county")},
            "lacks": ("site", lacks, {"long_name": "仍未转载", "units": "次"}),
        },
        {"hours": ("hours", GRID, {"long_name": "发布后小时"}), "site": pairs.sites["name"].to_numpy(object)},
    )  # fmt: skip


def replicates(
    cascades: Cascades, curve: str, numbers: range, *, due: str = "all", limit: int = 0, **measures: Any
) -> np.ndarray:  # fmt: skip
    """Return a curve once for each number, documents drawn anew with their cascades (bootstrap). O(documents × numbers × hours).

    A document counts as often as chance says (Poisson), the same for all scenarios.
    """
    del limit  # it bounds no curve
    hours = _hours(cascades, **measures)
    chosen = _meant(due)[cascades.level] & (cascades.watched >= WEEK_HOURS)
    if curve != "arrived":
        chosen &= _meant(curve.removeprefix("arrived_"))[cascades.level]
    if not chosen.any():
        return np.full((len(numbers), len(GRID)), np.nan)
    document, step = cascades.pairs.document[chosen], np.ceil(np.minimum(hours[chosen], WEEK_HOURS + 1))
    n = int(document.max()) + 1
    by_step = np.bincount(document * (len(GRID) + 1) + step.astype(int), minlength=n * (len(GRID) + 1))
    by_step = by_step.reshape(n, -1).astype(np.float32)
    whole, arrived = by_step.sum(axis=1), np.cumsum(by_step, axis=1)[:, :-1]
    times = np.stack([np.random.default_rng([number, 3]).poisson(1, n) for number in numbers])
    with np.errstate(invalid="ignore"):  # where chance chose no document there is no share
        return (times @ arrived / (times @ whole)[:, None]).astype(float)


def _hours(
    cascades: Cascades, relay: str = NO_RELAY, relay_hours: int = 2, mended: int = 0, earlier: int = 0
) -> np.ndarray:
    """Return the hours after which each due pair has arrived, infinite where it has not."""
    lag, pairs = _added_up(cascades, relay, relay_hours, mended, earlier), cascades.pairs
    relays = _relays(cascades, relay)
    return first_arrivals(
        lag, cascades.pair, pairs.site, cascades.is_run, cascades.watched, relays, float(relay_hours)
    )


def _meant(due: str) -> np.ndarray:
    """Tell of each level whether it is looked at, of any other than those that have names last."""
    return np.array([due in ("all", level) for level in SITE_LEVELS] + [due == "all"])


def _added_up(cascades: Cascades, relay: str, relay_hours: int, mended: int, earlier: int) -> np.ndarray:
    """Return the hours of each copy after its document, added up from the first copies on."""
    sites, slow = cascades.pairs.sites, _slow(cascades)[:mended]
    is_slow = np.isin(np.arange(len(sites)), slow)
    longest = float(np.nanmedian(cascades.speed)) if len(slow) else np.inf
    ratio = _ratio(cascades, earlier) if earlier else np.ones(24)
    return add_up(
        cascades.parent, cascades.own, cascades.site, cascades.hour, is_slow, longest,
        np.where(np.isnan(ratio), 1.0, ratio), _relays(cascades, relay), float(relay_hours),
    )  # fmt: skip


def _ratio(cascades: Cascades, earlier: int) -> np.ndarray:
    """Return by the hour of documents by which factor first copies take longer after those of so many hours before; NaN where it is not known."""
    now, then = cascades.by_hour, np.roll(cascades.by_hour, earlier)
    ratio = then / np.where(now > 0, now, np.nan)
    return np.where(np.isfinite(ratio), ratio, np.nan)


def _is_first(cascades: Cascades) -> np.ndarray:
    """Return which copies were made from the document itself, at a known hour."""
    return (cascades.parent < 0) & (cascades.hour >= 0)


def _slow(cascades: Cascades) -> np.ndarray:
    """Return the sites that take longer than the middle one, the slowest first."""
    speed = cascades.speed
    known = np.flatnonzero(~np.isnan(speed))
    slowest = known[np.argsort(speed[known], kind="stable")[::-1]]
    return slowest[speed[slowest] > np.median(speed[known])] if len(known) else known


def _relays(cascades: Cascades, relay: str) -> np.ndarray:
    kinds = {"portals": ("prefecture_portal", "county_portal")}.get(relay, (relay,))
    return cascades.pairs.sites["kind"].isin(kinds).to_numpy(bool)


def _share(part: Any, whole: int) -> Any:
    """Return a share, or one of each of several parts; NaN where there is nothing."""
    return part / whole if whole else part * np.nan


def _number(value: float, title: str, units: str) -> tuple:
    return ((), float(value), {"long_name": title, "units": units})


def doubt(cascades: Cascades) -> tuple[list[str], pd.DataFrame]:
    """Return what the re-scoring rests on; there is no back-test, for nothing is foretold."""
    known = float((cascades.parent >= 0).mean()) if len(cascades.parent) else 0.0
    told = [
        f"由已发生的 {len(cascades.own):,} 次转载重算，不作预测：{known:.0%} 的转载认得出从哪一次转来，上游提早则下游随之提早；其余只随自身变。",
        f"{len(cascades.pairs):,} 次应转中，{int(cascades.is_untimed.sum()):,} 次转载时间不可信，只计入至今到达率。",
    ]
    n_hours = int(np.isfinite(cascades.by_hour).sum())
    told.append(
        f"发布时刻的作用按各时段文件的首转用时折算，够数的时段有 {n_hours} 个；不够数的时段当作没有作用。"
    )
    return told, pd.DataFrame()


def notes(cascades: Cascades, parameters: Mapping[str, Any]) -> list[str]:
    """Return which parameters do nothing, and why."""
    told, relay, due = [], parameters["relay"], parameters["due"]
    if relay == NO_RELAY and parameters["relay_hours"] != 2:
        told.append("没有选自动转载，“自动转载用时”没有作用。")
    if (
        relay != NO_RELAY
        and not (_relays(cascades, relay)[cascades.pairs.site] & _meant(due)[cascades.level]).any()
    ):
        told.append(f"所看的{LEVELS[due]}网站里没有要自动转载的门户；只有照它们转载的网站会早到。")
    if parameters["mended"] > (n_slow := len(_slow(cascades))):
        told.append(f"慢于中间水平的应转网站只有 {n_slow} 个，多改进的没有作用。")
    if earlier := parameters["earlier"]:
        known = ~np.isnan(_ratio(cascades, earlier))[cascades.hour[_is_first(cascades)]]
        if not known.any():
            told.append(f"提前 {earlier} 小时落到的时段都没有 {FEW_AN_HOUR} 次首转可比，“发布提前”没有作用。")
        elif known.mean() < 0.995:
            told.append(
                f"提前 {earlier} 小时，{1 - known.mean():.0%} 的首转落到没有 {FEW_AN_HOUR} 次首转可比的时段，当作没有作用。"
            )
    return told


MEASURES = {
    "within": "期限内到达率", **{f"within_{h}": f"{h} 小时到达率" for h in HOURS}, "ever": "至今到达率", "lacking": "仍未转载",
    "sites_lacking": "仍有未转载的网站",
}  # fmt: skip
LEAVES_OUT = (
    "自动转载的门户转载全部应转文件，没有审核退回；文件发布时已停更的网站不转。", "下游网站照旧转载，不会因为上游更快而改变习惯。",
    "原来没有转载、上游提早后才可能转载的，不计入。",
)  # fmt: skip
ARRIVING = register(
    Investigation(
        "arriving", "文件到达推演", "门户自动转载、慢的网站改进、发布时刻提前，文件会快多少到达，还缺哪些网站", "cascades",
        (
            Parameter("relay", "自动转载", NO_RELAY, choices=RELAYS),
            Parameter("relay_hours", "自动转载用时", 2, 1, 48, 1, unit="小时", about="自动转载的门户在文件发布后多久转出"),
            Parameter("mended", "改进最慢的网站", 0, 0, 60, 1, unit="个", about="转载用时最长的若干网站，改到中间水平"),
            Parameter("earlier", "发布提前", 0, 0, 12, 1, unit="小时", about="按各时段发布的文件历史上的首转用时折算"),
            Parameter("limit", "期限", 24, 1, 168, 1, unit="小时"),
            Parameter("due", "应转网站", "all", choices=LEVELS, is_method=True),
        ),
        prepare, run, MEASURES,
        {"arrived": "到达率", "arrived_prefecture": "市州级到达率", "arrived_county": "县市区级到达率"}, doubt,
        LEAVES_OUT, "网页信息（逐字比对得出）", replicates, "文件（连同它的各次转载）", notes,
        better_high=frozenset(MEASURES) - {"lacking", "sites_lacking"},
    )
)  # fmt: skip
