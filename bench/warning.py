"""Early warning: agreement with R's ``surveillance``, speed, and the simulated outbreaks of Noufaily et al. 2013.

    python -m bench.warning [REPEATS] [SERIES]

REPEATS (20) simulations of each of the 42 scenarios; SERIES (2,000) for R. Without R its part is not measured.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from bench.noufaily import CURRENT, SCENARIOS, WEEKS, Outbreaks, simulate
from shuju.series.alarms import find_alarms
from shuju.series.farrington import farrington

FLEXIBLE = {"no_periods": 10, "past_weeks_not_included": 26, "threshold_method": "nbPlugin", "alpha": 0.005}
METHODS = {
    "scan (default)": ("scan", {"at_least": 1}),
    "Farrington Flexible": ("farrington", FLEXIBLE),
    "Farrington Flexible, no limit54": ("farrington", FLEXIBLE | {"limit54": (0, 4)}),
    "Farrington Flexible, 2/3 power": (
        "farrington",
        FLEXIBLE | {"threshold_method": "delta", "limit54": (0, 4)},
    ),
    "NB-CUSUM": ("nb_cusum", {}),
    "EARS C1": ("ears_c1", {}),
    "EARS C2": ("ears_c2", {}),
    "EARS C3": ("ears_c3", {}),
}


def beside_r(n_series: int) -> None:
    chance = np.random.default_rng(3)
    made = simulate(-(-n_series // len(SCENARIOS)), 3)
    rows = chance.permutation(len(made.quiet))[:n_series]
    counts, position = made.quiet[rows, :400], 399
    run = lambda: farrington(counts, at=np.array([position]), **FLEXIBLE)  # noqa: E731
    run()
    seconds, cpu = (
        min(_seconds(run, clock) for _ in range(5)) for clock in (time.perf_counter, time.process_time)
    )
    print(
        f"{n_series:,} series, one week: {seconds:.3f} s, {cpu:.3f} s of processors ({n_series / seconds:,.0f} series a second)"
    )
    if not shutil.which("Rscript"):
        print("R's surveillance: not measured: no R")
        return
    with tempfile.TemporaryDirectory() as folder:
        given, out = Path(folder) / "counts.csv", Path(folder) / "out.csv"
        np.savetxt(given, counts, fmt="%d", delimiter=",")
        script = Path(__file__).with_name("warning_peer.R")
        done = subprocess.run(
            ["Rscript", script, given, str(position + 1), out], capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(f"R's surveillance: not measured: {done.stderr.strip()}")
            return
        theirs = pd.read_csv(out)
    r_seconds, r_cpu = map(float, done.stdout.split())
    print(
        f"R's farringtonFlexible: {r_seconds:.1f} s, {r_cpu:.1f} s of its processor; "
        f"ratio {r_seconds / seconds:.0f} x, of processor time {r_cpu / cpu:.0f} x"
    )
    ours = run()
    for name, mine in (("expected", ours.expected[:, 0]), ("upper", ours.upper[:, 0])):
        r = theirs[name].to_numpy(float)
        both = ~np.isnan(r) & ~np.isnan(mine)
        away = np.abs(mine - r)[both] / np.maximum(np.abs(r[both]), 1e-3)
        one_sided = np.sum(np.isnan(theirs["upper"]) != np.isnan(ours.upper[:, 0]))
        print(
            f"{name}: {np.mean(away <= 0.02):.4%} of {both.sum():,} within 2 %, "
            f"largest {away.max():.2e}; unknown on one side only: {one_sided}"
        )


def outbreaks(repeats: int) -> None:
    made = simulate(repeats, 2013)
    print(f"\n{len(made.quiet):,} series, {len(SCENARIOS)} scenarios, one outbreak each")
    print(
        f"{'method':32} {'nominal: FPR':>12} {'POD':>6} | {'at FPR 0.5 %':>12} {'at 1 %':>7} | by k 1-3, 4-6, 7-10"
    )
    has = made.added.sum(axis=1) > 0
    for name, (method, options) in METHODS.items():
        quiet = p_and_alarm(made.quiet, method, options)
        now = p_and_alarm(made.quiet + made.added, method, options)
        during = made.added[:, CURRENT:] > 0
        nominal = _by_scenario(quiet[1], made)
        detected = (now[1] & during).any(axis=1)[has].mean()
        at = [_detected_at(quiet[0], now[0], during, made, rate)[has] for rate in (0.005, 0.01)]
        by_size = [
            at[1][(made.size[has] >= low) & (made.size[has] <= high)].mean()
            for low, high in ((1, 3), (4, 6), (7, 10))
        ]
        print(
            f"{name:32} {nominal:12.4f} {detected:6.3f} | {at[0].mean():12.3f} {at[1].mean():7.3f} | "
            + " ".join(f"{x:.3f}" for x in by_size),
            flush=True,
        )


def p_and_alarm(counts: np.ndarray, method: str, options: dict) -> tuple[np.ndarray, np.ndarray]:
    cube = xr.DataArray(counts, dims=("series", "time"), coords={"time": np.arange(WEEKS)})
    found = find_alarms(cube, method, since=CURRENT, freq=52, **options)
    p = np.where(counts[:, CURRENT:] > 0, np.nan_to_num(found["p"].to_numpy(), nan=1.0), 1.0)
    return p, found["alarm"].to_numpy()


def _by_scenario(alarm: np.ndarray, made: Outbreaks) -> float:
    return float(np.mean([alarm[made.scenario == s].mean() for s in range(len(SCENARIOS))]))


def _detected_at(
    quiet: np.ndarray, now: np.ndarray, during: np.ndarray, made: Outbreaks, rate: float
) -> np.ndarray:
    """Return which outbreaks are found at the threshold on p whose false-positive rate is at most ``rate``."""
    ordered = np.sort(quiet, axis=None)
    low, high = 0, len(ordered) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if _by_scenario(quiet <= ordered[middle], made) <= rate:
            low = middle
        else:
            high = middle
    limit = ordered[low] if _by_scenario(quiet <= ordered[low], made) <= rate else -1.0
    return ((now <= limit) & during).any(axis=1)


def _seconds(run: Callable[[], object], clock: Callable[[], float]) -> float:
    started = clock()
    run()
    return clock() - started


if __name__ == "__main__":
    sizes = [int(a.replace("_", "")) for a in sys.argv[1:]]
    beside_r(sizes[1] if len(sizes) > 1 else 2_000)
    outbreaks(sizes[0] if sizes else 20)
