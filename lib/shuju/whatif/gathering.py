"""Hot issues under other thresholds (热点归集推演): how many there would be, how pure, and what would have been seen on an earlier day.

Letters are paired and scored once; a scenario groups them anew. How pure issues are is not computed from the letters at hand but looked up:
real letters that people read, held out (``bench/same_matter.py --thresholds``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from shuju.facts.selection import Selection
from shuju.letters.facts import ANSWERED, UNANSWERED
from shuju.letters.grouping import Constraints, Pairs, group
from shuju.letters.heat import RECENT_DAYS, heat
from shuju.letters.issues import LEAST_WRITERS
from shuju.letters.same_matter import LEARNED, THRESHOLD, learned
from shuju.letters.scored import Scored, scored
from shuju.whatif.investigation import Investigation, register
from shuju.whatif.parameter import Parameter, WhatIfError
from shuju.whatif.telling import told_share

READ = LEARNED.with_name("read_by_threshold.csv")
MOST_LETTERS, FEWEST = 10_000, 50
MOST_VOICES = 30
COLUMNS = ("letter_id", "title", "body", "written_at", "writer_id", "region_code", "topic_1", "department", "channel", "likes")  # fmt: skip
SURE = round(100 / (1 + np.exp(-THRESHOLD)))  # per cent; what issues are made with


@dataclass(frozen=True)
class Gathered:
    """Letters with their scored pairs; ``writer`` numbers who wrote each, ``n_all`` were selected of which these are the newest."""

    scored: Scored
    writer: np.ndarray
    n_all: int
    _grouped: dict[tuple[int, int], np.ndarray] = field(default_factory=dict)

    def grouped(self, sure: int, n: int) -> np.ndarray:
        """Return the matter of each of the first ``n`` letters, kept: voices and heat ask for no other grouping. O(pairs)."""
        key = (sure, n)
        if key not in self._grouped:
            made, within = self.scored, self.scored.pairs.second < n
            pairs = Pairs(*(part[within] for part in made.pairs))
            alone, threshold = np.full(len(made.letters), -1), float(np.log(sure / (100 - sure)))
            number, _ = group(
                made.profiles, made.scene, pairs, alone, Constraints.none(), learned(), threshold
            )
            self._grouped[key] = number[:n]
        return self._grouped[key]

    @property
    def is_cut(self) -> bool:
        """Whether more letters were selected than are gathered."""
        return self.n_all > MOST_LETTERS

    def until(self, weeks_back: int) -> tuple[pd.Timestamp, int, bool]:
        """Return the day so long before the newest letter, how many letters had come, and whether they tell what there was.

        Where older letters are not gathered, fewer than half of those that are do not.
        """
        day, written = self.last - pd.Timedelta(weeks=weeks_back), self.scored.letters["written_at"]
        n = int(written.searchsorted(day, side="right"))
        return day, n, not self.is_cut or 2 * n >= len(written)

    @property
    def last(self) -> pd.Timestamp:
        """When the newest letter was written."""
        return self.scored.letters["written_at"].max()


def prepare(selection: Selection) -> Gathered:
    """Return the newest ``MOST_LETTERS`` letters of a selection, paired. O(characters of them).

    Raises:
        WhatIfError: there are too few.
    """
    places = selection.places(MOST_LETTERS)  # type: ignore[attr-defined]
    letters = selection.rows_at(places, COLUMNS)  # type: ignore[attr-defined]
    answer = pd.Series(selection.labels_at("answer", letters.index.to_numpy()), letters.index)  # type: ignore[attr-defined]
    letters["is_answered"] = (answer == ANSWERED).astype("boolean").where(answer.isin([ANSWERED, UNANSWERED]))
    letters = letters[letters["written_at"].notna()]
    if len(letters) < FEWEST:
        raise WhatIfError(f"所选来信只有 {len(letters):,} 封，不足 {FEWEST} 封，无法推演热点；请放宽条件")
    made = scored(letters)
    known = made.letters["writer_id"]
    writer = known.where(known.notna(), "letter " + made.letters["letter_id"].astype("string"))
    return Gathered(made, pd.factorize(writer)[0], selection.total)


def run(
    gathered: Gathered,
    *,
    sure: int = SURE,
    voices: int = LEAST_WRITERS,
    heat_floor: int = 0,
    weeks_back: int = 0,
) -> xr.Dataset:
    """Return the issues that there would be; exact, without chance. O(pairs).

    ``sure``: the probability (per cent) from which two letters are of one matter. ``voices``: so many people make a matter an issue.
    ``heat_floor``: cooler issues are not shown. ``weeks_back``: as they would have stood so long before the newest letter.
    """
    day, n, is_known = gathered.until(weeks_back)
    issues = _issues(gathered, gathered.grouped(sure, n), voices, day)
    shown = issues[issues["heat"] >= heat_floor]
    read = read_pairs(float(np.log(sure / (100 - sure))), voices)
    levels = np.arange(2, MOST_VOICES + 1)
    known = 1.0 if is_known else np.nan
    counted = np.searchsorted(np.sort(shown["voices"].to_numpy()), levels)
    return xr.Dataset(
        {
            "issues": _number(known * len(shown), "热点诉求", "件"),
            "alive": _number(known * (shown["last"] > day - pd.Timedelta(days=RECENT_DAYS)).sum(), "近 30 天仍有来信", "件"),
            "gathered": _number(known * shown["letters"].sum() / max(n, 1), "归入热点的来信", "share"),
            "largest": _number(known * (shown["letters"].max() if len(shown) else 0), "最大的一件", "封"),
            "purity": _number(read["purity"], "同一热点中确为一件事", "share"),
            "kept": _number(read["recall"], "一件事归在一个热点", "share"),
            "by_voices": ("people", known * (len(shown) - counted), {"long_name": "不少于这么多人的热点", "units": "件"}),
        },
        {"people": ("people", levels, {"long_name": "来信人数"})},
    )  # fmt: skip


def _issues(gathered: Gathered, number: np.ndarray, least: int, day: pd.Timestamp) -> pd.DataFrame:
    """Return letters, voices, the last letter and the heat of each matter of ``least`` voices or more."""
    n = len(number)
    writer = gathered.writer[:n]
    alone = pd.DataFrame({"issue_id": number, "writer": writer})
    is_repeat = alone.duplicated().to_numpy()
    n_voices = np.bincount(number[~is_repeat], minlength=n)
    chosen = np.flatnonzero(n_voices[number] >= least)
    letters = gathered.scored.letters.iloc[chosen]
    members = pd.DataFrame(
        {
            "issue_id": number[chosen], "writer": writer[chosen], "is_repeat": is_repeat[chosen],
            **{name: letters[name].array for name in ("written_at", "region_code", "likes", "is_answered")},
        }
    )  # fmt: skip
    by = members.groupby("issue_id")
    found = pd.DataFrame({"letters": by.size(), "last": by["written_at"].max()})
    hot = heat(members, day)["heat"] if len(members) else pd.Series(dtype=float)
    return found.assign(voices=n_voices[found.index], heat=hot.reindex(found.index))


@cache
def _read() -> pd.DataFrame:
    return pd.read_csv(READ)


def read_pairs(threshold: float, voices: int) -> dict[str, float]:
    """Return what was measured on pairs that people read: ``purity`` and ``recall``, between the two nearest thresholds.

    NaN beyond what was measured.
    """
    table = _read()
    of = table[table["voices"] == voices]
    if of.empty:
        return {"purity": np.nan, "recall": np.nan}
    at = of["threshold"].to_numpy()

    def between(part: str, whole: str) -> float:
        share = of[part].to_numpy(float) / of[whole].replace(0, np.nan).to_numpy(float)
        return float(np.interp(threshold, at, share, left=np.nan, right=np.nan))

    return {"purity": between("n_put_same", "n_put"), "recall": between("n_put_same", "n_same")}


def certainty(gathered: Gathered, scenarios: Mapping[str, Mapping[str, Any]]) -> list[str]:  # noqa: ARG001
    """Return how sure the purity of each scenario is: by the pairs read at the nearest threshold (Wilson)."""
    table, told = _read(), []
    for name, parameters in scenarios.items():
        of = table[table["voices"] == parameters["voices"]]
        sure = parameters["sure"]
        near = of.iloc[(of["threshold"] - np.log(sure / (100 - sure))).abs().argsort()[:1]]
        told.append(f"{name} {told_share(int(near['n_put_same'].sum()), int(near['n_put'].sum()))}")
    return [
        "热点的件数和人数是照选中的来信数出来的，不是抽样，没有区间。",
        f"“同一热点中确为一件事”由读过的来信对得出（最近的门槛，九成区间）：{'，'.join(told)}。",
    ]


def notes(gathered: Gathered, parameters: Mapping[str, Any]) -> list[str]:
    """Return what cannot be told, or is told too small, and why."""
    told, weeks_back = [], parameters["weeks_back"]
    _, n, is_known = gathered.until(weeks_back)
    if weeks_back and gathered.is_cut:
        written = gathered.scored.letters["written_at"]
        what = "说不出那天会看到什么，各数为“未知”" if not is_known else "比那天实有的少，件数偏小"
        told.append(
            f"只归集了最新的 {len(written):,} 封来信（{written.min():%Y-%m-%d} 起），退回 {weeks_back} 周只剩 {n:,} 封，{what}。"
            "请先选一个地方、一个主题，来信少了就看得远。"
        )
    sure, voices = parameters["sure"], parameters["voices"]
    if np.isnan(read_pairs(float(np.log(sure / (100 - sure))), voices)["purity"]):
        told.append(
            f"归集把握 {sure}%、至少 {voices} 人时，读过的来信对没有一对归在一起，“同一热点中确为一件事”为“未知”。"
        )
    return told


def _number(value: float, title: str, units: str) -> tuple:
    return ((), float(value), {"long_name": title, "units": units})


def doubt(gathered: Gathered) -> tuple[list[str], pd.DataFrame]:
    """Return what the figures rest on, and what was measured at some thresholds."""
    table, letters = _read(), len(gathered.scored.letters)
    since = gathered.scored.letters["written_at"].min()
    told = [
        f"所选 {gathered.n_all:,} 封来信中取最新的 {letters:,} 封（{since:%Y-%m-%d} 起）重新归集，"
        f"{len(gathered.scored.pairs.first):,} 对相近的来信逐对打过分。",
        "“确为一件事”“归在一个热点”不是从这些来信算出的，是两人读过的真实来信对（各次都不参与训练）在同一门槛下的结果；别处的来信可能不同。",
    ]
    shown = table[(table["voices"] == LEAST_WRITERS) & table["threshold"].isin([-0.8, 0.0, 0.8, 1.6, 2.4])]
    purity, recall = shown["n_put_same"] / shown["n_put"], shown["n_put_same"] / shown["n_same"]
    chance = 100 / (1 + np.exp(-shown["threshold"]))
    frame = pd.DataFrame(
        {
            "归集把握": chance.map("{:.0f}%".format), "读过、归在一起的对": shown["n_put"],
            "确为一件事": purity.map("{:.0%}".format), "一件事归在一个热点": recall.map("{:.0%}".format),
        }
    )  # fmt: skip
    return told, frame.reset_index(drop=True)


LEAVES_OUT = (
    "有人作过的拆分、合并、改名不在其中。", "从头归集；实际逐日归集，已立的热点不因后来的信改动。",
    "只看最新的一批来信，更早的热点不在其中。", "退回某一天时，是否答复、多少点赞仍按现在的算，当时的热度可能不同。",
)  # fmt: skip
GATHERING = register(
    Investigation(
        "gathering", "热点归集推演", "归集门槛放宽或收紧、几个人算热点，热点会多多少、纯不纯，退回某一天会看到什么", "letters",
        (
            Parameter("sure", "归集把握", SURE, 24, 94, 1, unit="%", about="两封信是一件事的把握至少多大才归在一起：越高越严，归得越少越纯"),
            Parameter("voices", "至少几人", LEAST_WRITERS, 2, 5, 1, unit="人", about="不同的人来信满这么多才算热点"),
            Parameter("heat_floor", "热度不低于", 0, 0, 80, 5, about="热度低于此的不列"),
            Parameter("weeks_back", "退回几周前", 0, 0, 52, 1, unit="周", about="只用那天以前的来信，看那天会看到什么"),
        ),
        prepare, run,
        {
            "issues": "热点诉求", "alive": "近 30 天仍有来信", "gathered": "归入热点的来信", "largest": "最大的一件",
            "purity": "同一热点中确为一件事", "kept": "一件事归在一个热点",
        },
        {"by_voices": "不少于这么多人的热点"}, doubt,
        LEAVES_OUT, "来信（已脱敏）", notes=notes, certainty=certainty, better_high=frozenset({"gathered", "purity", "kept"}),
    )
)  # fmt: skip
