"""Alarms (超限): which series of counts rise above what their past predicts, all series at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy import stats

from shuju.series.bounds import Bounds
from shuju.series.cusum import nb_cusum
from shuju.series.ears import ears
from shuju.series.farrington import farrington
from shuju.series.forecast import Calendar, Forecast, calendar, forecast
from shuju.series.scan import scan

Method = Literal["scan", "farrington", "ears_c1", "ears_c2", "ears_c3", "nb_cusum"]
WINDOWS = {1: (1, 2, 3, 5, 8, 12), 7: (1, 2)}  # by the days of a step; a burst lasts days to two weeks
GAP_DAYS = REFIT_DAYS = 28


@dataclass(frozen=True)
class Series:
    """All series of a cube as rows: ``counts`` (series × times), their time axis, and whose season they share."""

    counts: npt.NDArray[np.float64]
    times: npt.NDArray[np.datetime64] | None
    freq: int
    group: npt.NDArray[np.int64] | None
    first: int

    @property
    def axis(self) -> Calendar:
        """The calendar of the time axis."""
        return calendar(self.times, self.counts.shape[1], self.freq)

    def ahead(self, before: int, **options: Any) -> tuple[Forecast, int]:
        """Return the forecast from ``before`` steps before the first asked for, and how many those are."""
        start = max(self.first - before, 0)
        steps = max(1, round(REFIT_DAYS * self.axis.per_year / 365.25))
        settings = {"gap": steps, "refit": steps} | options
        at = np.arange(start, self.counts.shape[1])
        return forecast(self.counts, self.axis, at, self.group, **settings), self.first - start


def find_alarms(
    counts: xr.DataArray,
    method: Method = "scan",
    *,
    pool: Sequence[str] = (),
    budget: float | None = None,
    fdr: float | None = None,
    since: Any = None,
    freq: int | None = None,
    **options: Any,
) -> xr.Dataset:
    """Return ``expected``, ``upper``, ``alarm`` and ``p`` for counts with a dimension ``time``, evenly spaced.

    A count above ``upper`` is an alarm. Where nothing can be said (too little history, unknown count) ``alarm`` is
    False and the others NaN. ``time`` holds days, or numbers of which ``freq`` (52) make a year.

    ``pool`` names dimensions over which series share their season (``["region_code"]``: all counties of a topic);
    only the forecast of ``scan`` and ``nb_cusum`` learns from it. ``budget`` is how many false alarms a week over
    all series together may be expected; it sets ``alpha``. ``fdr`` keeps, at each time, only alarms that the
    Benjamini–Hochberg procedure over all series lets stand. ``since`` is the first time to judge.

    ``options`` go to the method: ``scan`` takes ``alpha`` (0.005), ``windows``, ``at_least`` and those of
    ``forecast``; ``nb_cusum`` ``kappa``, ``threshold``; the rest as in ``farrington`` and ``ears``.

    Raises:
        ValueError: no dimension ``time``, uneven times, an unknown method, dimension or impossible option.
    """
    if "time" not in counts.dims:
        raise ValueError(f"counts 须有 time 维；现有：{'、'.join(map(str, counts.dims))}")
    if method not in METHODS:
        raise ValueError(f"没有方法 {method!r}；现有：{'、'.join(METHODS)}")
    names = [str(name) for name in counts.dims if name != "time"]
    if unknown := [name for name in pool if name not in names]:
        raise ValueError(f"pool 中没有的维：{'、'.join(unknown)}；现有：{'、'.join(names)}")
    cube = counts.transpose(*names, "time")
    series = _series(cube, pool, since, freq)
    if budget is not None:
        step_days = series.axis.step_days or 365.25 / series.freq
        options["alpha"] = min(budget * step_days / 7 / max(len(series.counts), 1), 0.5)
    found = METHODS[method](series, **options)
    observed = series.counts[:, series.first :]
    alarm = (observed > found.upper) & (observed > 0)
    if fdr is not None:
        alarm &= _discoveries(found.p, fdr)
    asked = cube.isel(time=slice(series.first, None))
    values = {"expected": found.expected, "upper": found.upper, "alarm": alarm, "p": found.p}
    return xr.Dataset(
        {name: (asked.dims, value.reshape(asked.shape)) for name, value in values.items()},
        coords=asked.coords,
        attrs={"method": method, "series": len(series.counts)},
    )


def _discoveries(p: npt.NDArray[np.float64], rate: float) -> npt.NDArray[np.bool_]:
    """Tell which ``p`` (series × times) stand at each time; an unknown one neither stands nor counts."""
    stands = np.zeros(p.shape, bool)
    for time in range(p.shape[1]):
        known = ~np.isnan(p[:, time])
        stands[known, time] = stats.false_discovery_control(p[known, time]) <= rate
    return stands


def _series(cube: xr.DataArray, pool: Sequence[str], since: Any, freq: int | None) -> Series:
    values = np.asarray(cube.to_numpy(), np.float64).reshape(int(np.prod(cube.shape[:-1])), cube.shape[-1])
    if np.any(values < 0):
        raise ValueError("counts 不得为负")
    time = cube["time"].to_numpy()
    is_days = np.issubdtype(time.dtype, np.datetime64)
    first = 0
    if since is not None:
        wanted = np.datetime64(since) if is_days else since
        first = int(np.searchsorted(time, wanted))
    group = None
    if pool:
        shape = cube.shape[:-1]
        kept = [1 if name in pool else size for name, size in zip(cube.dims, shape)]
        group = np.broadcast_to(np.arange(int(np.prod(kept))).reshape(kept), shape).ravel()
    times = time.astype("datetime64[D]") if is_days else None
    default = round(calendar(times, len(time), 52).per_year)
    return Series(values, times, freq or default, group, first)


def _scan(
    series: Series,
    *,
    alpha: float = 0.005,
    windows: tuple[int, ...] | None = None,
    at_least: int = 3,
    **options: Any,
) -> Bounds:
    windows = windows or WINDOWS.get(series.axis.step_days or 7, (1,))
    ahead, lead = series.ahead(max(windows) - 1, **options)
    counts = series.counts[:, series.first - lead :]
    found = scan(counts, ahead, windows, alpha, at_least)
    return Bounds(*(x[:, lead:] for x in (found.expected, found.upper, found.p)))


def _farrington(series: Series, **options: Any) -> Bounds:
    at = np.arange(series.first, series.counts.shape[1])
    return farrington(series.counts, series.times, at=at, freq=series.freq, **options)


def _ears(variant: Any, series: Series, **options: Any) -> Bounds:
    found = ears(series.counts, variant, **options)
    return Bounds(*(x[:, series.first :] for x in (found.expected, found.upper, found.p)))


def _cusum(
    series: Series,
    *,
    alpha: float = 0.005,
    threshold: float | None = None,
    kappa: float = 1.8,
    **options: Any,
) -> Bounds:
    """By Wald's bound the sum passes ``h`` before it is back at 0 with probability at most e⁻ʰ."""
    ahead, lead = series.ahead(series.first, **options)
    size = ahead.mean / np.maximum(ahead.ratio - 1, 1e-6)
    limit = -np.log(alpha) if threshold is None else threshold
    total, upper = nb_cusum(series.counts, ahead.mean, size, kappa=kappa, threshold=limit)
    # The least whole number that reaches the threshold is an alarm: the bound is the one below it.
    found = (ahead.mean, np.ceil(upper) - 1, np.exp(-total))
    return Bounds(*(x[:, lead:] for x in found))


METHODS: dict[str, Callable[..., Bounds]] = {
    "scan": _scan,
    "farrington": _farrington,
    "ears_c1": partial(_ears, "c1"),
    "ears_c2": partial(_ears, "c2"),
    "ears_c3": partial(_ears, "c3"),
    "nb_cusum": _cusum,
}
