"""Queues: speed beside SimPy and Ciw, Erlang's formula, and results that others printed.

    python -m bench.queues [CUSTOMERS] [FOLDER]

FOLDER holds the printed results of ContactCenters (``MMC.res`` and so on); those are compared whose model has one queue
and whose inputs are known: 1,000 days each. Two results agree where both means can be of one value: they differ by no more than
the root of the sum of the squares of their half widths. Fails where fewer than nine of ten agree, where a wait differs from SimPy's,
or where a mean of ten million is more than 1 % from Erlang's.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import ciw
import numpy as np
import simpy
from scipy import stats

from shuju.series.queues import Roster, erlang_c, waits

DAYS = 1_000
SIMPY, CIW = 100_000, 20_000


def main() -> int:
    n = int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 1_000_000
    failed = speed(n) + erlang(n)
    if len(sys.argv) > 2:
        failed += printed(Path(sys.argv[2]))
    return failed


def speed(n: int) -> int:
    """Run queues of eight servers, as many customers in each run, random numbers included; tell customers a second of CPU."""
    rates = {}
    waits(*draws(100, 0), 8)  # compiled before it is timed
    runs = max(n // SIMPY, 1)
    began = time.process_time()
    for run in range(runs):
        waits(*draws(SIMPY, run), 8)
    rates["shuju"] = runs * SIMPY / (time.process_time() - began)
    began = time.process_time()
    gaps, services = drawn(SIMPY, 2)
    theirs = by_simpy(gaps, services, 8)
    rates["SimPy"] = SIMPY / (time.process_time() - began)
    began = time.process_time()
    by_ciw(CIW, 8)
    rates["Ciw"] = CIW / (time.process_time() - began)
    is_same = np.array_equal(theirs, waits(*draws(SIMPY, 2), 8))
    print("| who | customers a second of CPU | times slower |\n|---|---|---|")
    for name, rate in rates.items():
        print(f"| {name} | {rate:,.0f} | {rates['shuju'] / rate:,.0f} |")
    print(
        f"\nthe waits of SimPy on the same draws, {SIMPY:,} customers: {'identical' if is_same else 'DIFFERENT'}\n"
    )
    return int(not is_same)


def draws(n: int, seed: int, load: float = 0.9, servers: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Return arrivals, one a second in the mean, and services."""
    gaps, services = drawn(n, seed, load, servers)
    return np.cumsum(gaps), services


def drawn(n: int, seed: int, load: float = 0.9, servers: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Return exponential times between arrivals and of service."""
    draw = np.random.Generator(np.random.SFC64(seed))
    return draw.exponential(1, n), draw.exponential(load * servers, n)


def by_simpy(gaps: np.ndarray, services: np.ndarray, servers: int) -> np.ndarray:
    """Return the waits of the same customers, who come ``gaps`` after each other."""
    env, waited = simpy.Environment(), np.empty(len(gaps))
    desk = simpy.Resource(env, servers)

    def customer(i: int) -> Iterator[simpy.Event]:
        came = env.now
        with desk.request() as asked:
            yield asked
            waited[i] = env.now - came
            yield env.timeout(services[i])

    def door() -> Iterator[simpy.Event]:
        for i, gap in enumerate(gaps):
            yield env.timeout(gap)
            env.process(customer(i))

    env.process(door())
    env.run()
    return waited


def by_ciw(n: int, servers: int) -> None:
    """Run as many customers; Ciw draws them itself."""
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(1)],
        service_distributions=[ciw.dists.Exponential(1 / (0.9 * servers))],
        number_of_servers=[servers],
    )
    ciw.seed(1)
    ciw.Simulation(network).simulate_until_max_customers(n)


def erlang(n: int) -> int:
    """Compare mean waits with Erlang's formula, loads up to 0.9."""
    failed = 0
    print(f"| servers | load | mean wait, {n:,} customers | Erlang C | off by |\n|---|---|---|---|---|")
    for servers, load in ((1, 0.5), (4, 0.8), (8, 0.9), (30, 0.9)):
        found = waits(*draws(n, 3, load, servers), servers).mean()
        expected = erlang_c(1, 1 / (load * servers), servers)
        off = found / expected - 1
        failed += abs(off) > 0.01 and n >= 10_000_000
        print(f"| {servers} | {load} | {found:.4f} | {expected:.4f} | {off:+.2%} |")
    print()
    return failed


# Results that others printed


def printed(folder: Path) -> int:
    """Run the models of ContactCenters that have one queue; tell each result beside the printed one."""
    print("| model | result | printed | here | |\n|---|---|---|---|---|")
    agreed = []
    for name, day in MODELS.items():
        theirs = read_results(folder / f"{name}.res")
        days = [day(np.random.default_rng([seed, 11])) for seed in range(DAYS)]
        for (title, mean, half), of in zip(theirs, days[0].keys(), strict=True):
            mine, my_half = mean_of(np.array([d[of] for d in days], float))
            is_same = abs(mine - mean) <= np.hypot(half, my_half) + 0.0005  # printed to three places
            agreed.append(is_same)
            print(
                f"| {name} | {title} | {mean:,.3f} ± {half:.3f} | {mine:,.3f} ± {my_half:.3f} | {'yes' if is_same else 'NO'} |"
            )
    print(f"\n{sum(agreed)} of {len(agreed)} agree")
    return int(np.mean(agreed) < 0.9)


def read_results(path: Path) -> list[tuple[str, float, float]]:
    """Return of each printed result its title, mean and half width of its interval."""
    text = path.read_text(encoding="utf-8")
    number = r"\s+([-\d.E]+)"
    blocks = re.findall(
        rf"==> ([^\n]+)\n[^\n]*\n((?:{number})+)\s*\n\s*\S+% confidence[^\n]*: \( *([-\d.E]+), *([-\d.E]+) *\)",
        text.replace("\r", ""),
    )
    found = []
    for title, values, *_, low, high in blocks:
        numbers = [float(v) for v in values.split()]
        mean = numbers[3] if len(numbers) == 5 else numbers[0]
        found.append((title.strip(), mean, (float(high) - float(low)) / 2))
    return found


def mean_of(days: np.ndarray) -> tuple[float, float]:
    """Return a mean of days, or a ratio of sums (two columns), and the half width of its interval of 95 %."""
    if days.ndim == 1:
        return float(days.mean()), float(
            stats.t.ppf(0.975, len(days) - 1) * days.std(ddof=1) / len(days) ** 0.5
        )
    top, bottom = days.T
    ratio = top.sum() / bottom.sum()
    spread = (top - ratio * bottom).std(ddof=1) / bottom.mean() / len(days) ** 0.5
    return float(ratio), float(1.96 * spread)


def mmc(draw: np.random.Generator, patience: float | None = None, *, is_cleared: bool = False) -> dict:
    """A day of eight hours, twelve agents, 4.2 calls a minute of two minutes each; minutes."""
    n = draw.poisson(4.2 * 480)
    at = np.sort(draw.uniform(0, 480, n))
    length = draw.exponential(2, n)
    patient = None if patience is None else draw.exponential(patience, n)
    waited = waits(at, length, 12, patience=patient)
    begun = at + waited
    served = ~np.isnan(waited) & ((begun < 480) | (not is_cleared))
    good = (served & (waited < 20 / 60)).sum()
    busy = np.where(
        served, np.clip(np.minimum(begun + length, 480) - np.minimum(begun, 480), 0, None), 0
    ).sum()
    n_served = served.sum()
    left = np.nansum(np.where(served, waited, 0))
    day = {"good": good, "level": (good, n_served), "speed": (left, n_served), "busy": (busy, 12 * 480)}
    if patience is not None:
        gone = ~served
        late = (gone & (patient >= 20 / 60)).sum()
        return {"gone": gone.sum(), **day, "level of all": (good, n_served + late)}
    if is_cleared:
        cut = ~served
        late = (cut & (480 - at >= 20 / 60)).sum()
        return {"cut": cut.sum(), **day, "level of all": (good, n_served + late)}
    return day


RATES = (100, 150, 150, 180, 200, 150, 150, 150, 120, 100, 80, 70, 60)
AGENTS = (4, 6, 8, 8, 8, 7, 8, 8, 6, 6, 4, 4, 4)


def call_centre(draw: np.random.Generator) -> dict:
    """Thirteen hours with an agent plan, calls that depend on how busy the day is; a tenth hang up where they must wait; seconds."""
    busy = draw.gamma(10, 1 / 10)
    at = np.sort(
        np.concatenate(
            [draw.uniform(3600 * h, 3600 * (h + 1), draw.poisson(r * busy)) for h, r in enumerate(RATES)]
        )
    )
    length, patient = draw.exponential(100, len(at)), draw.exponential(1000, len(at))
    patient = np.where(draw.random(len(at)) < 0.1, 0.0, patient)
    waited = waits(at, length, Roster(3600.0 * np.arange(13), AGENTS), patience=patient)
    lost, expected = np.isnan(waited), sum(RATES)
    waited_for = np.where(lost, patient, waited)  # who hangs up has waited too
    return {
        "n": len(at), "wait": waited_for.sum() / expected,
        "good": (waited_for < 20).sum() / expected, "lost": lost.sum() / expected,
    }  # fmt: skip


MODELS: dict[str, Callable[[np.random.Generator], dict]] = {
    "MMC": mmc,
    "MMCAb": lambda draw: mmc(draw, 1.0),
    "MMCClrQ": lambda draw: mmc(draw, is_cleared=True),
    "CallCC": call_centre,
}


if __name__ == "__main__":
    sys.exit(main())
