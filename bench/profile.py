"""Profiles of files on real sources cut into months: what is told of planted changes, and of months that are as they came.

    python -m bench.profile DATA

DATA holds ``letters_tipdm2020c`` and ``reprints_xwlb2023``. Each month is one file, held against the six before it. Into
the last months of a source each of the changes below is planted, one at a time; a change counts as told where the
planted file has a warning that the unchanged one has not, or is refused. What is told of unchanged months is printed, to be
read.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shuju import catalog as catalogs
from shuju.catalog import FieldMapping, Input
from shuju.clock import now
from shuju.library.batch import RawBatch, strings
from shuju.library.errors import SourceError
from shuju.library.expected import refuse_missing
from shuju.library.profile import ProfileParts, with_outcome
from shuju.library.profile_rules import EXPECTED, KEPT, differences
from shuju.library.readers import html_pages
from shuju.library.standardise import Context, standardise

PLANTED_MONTHS = 6
ON_PAGES = (
    "a text comes empty", "the title comes empty", "dates jump three years back", "all dates are the day of the export",
    "texts are cut", "texts are all the same", "texts hold markup", "texts are starred", "title and text change places",
)  # fmt: skip
Frame = pd.DataFrame
Change = Callable[[Frame, dict[str, str]], Frame]


def column(role: str, change: Callable[[pd.Series], Any]) -> Change:
    def changed(frame: Frame, roles: dict[str, str]) -> Frame:
        return frame.assign(**{roles[role]: change(frame[roles[role]])})

    return changed


def part(share: float, change: Callable[[pd.Series], pd.Series]) -> Callable[[pd.Series], pd.Series]:
    def changed(values: pd.Series) -> pd.Series:
        hit = np.random.default_rng(1).random(len(values)) < share
        hit[len(hit) // 2] = True
        return values.where(~hit, change(values))

    return changed


def years(n: int) -> Callable[[pd.Series], pd.Series]:
    return lambda v: (pd.to_datetime(v, format="mixed") + pd.DateOffset(years=n)).dt.strftime(
        "%Y-%m-%d %H:%M:%S"
    )


def swapped(frame: Frame, roles: dict[str, str]) -> Frame:
    a, b = roles["title"], roles["body"]
    return frame.assign(**{a: frame[b], b: frame[a]})


CHANGES: dict[str, Change] = {
    "a text comes empty": column("body", lambda v: v.where(v.isna(), None)),
    "a third of a text comes empty": column(
        "body", part(0.34, lambda v: pd.Series(None, v.index, dtype=object))
    ),
    "the title comes empty": column("title", lambda v: pd.Series(None, v.index, dtype=object)),
    "a column is renamed": lambda f, r: f.rename(columns={r["body"]: r["body"] + "（新）"}),
    "a column is gone": lambda f, r: f.drop(columns=r["body"]),
    "dates jump a year back": column("time", years(-1)),
    "dates jump three years back": column("time", years(-3)),
    "some dates lie in the seventies": column(
        "time", part(0.02, lambda v: pd.Series("1970-01-01 08:00:00", v.index))
    ),
    "all dates are the day of the export": column("time", lambda v: pd.Series(v.max(), v.index)),
    "the dates cannot be read": column(
        "time", part(0.5, lambda v: v.astype(str).str.replace("-", "年").str[:7])
    ),
    "months and days change places": column(
        "time", lambda v: pd.to_datetime(v).dt.strftime("%d/%m/%Y %H:%M")
    ),
    "half of the rows": lambda f, _: f.iloc[: int(len(f) * 0.45)],
    "three times the rows": lambda f, r: pd.concat(
        [f.assign(**{r["key"]: f[r["key"]].astype(str) + x}) for x in ("", "b", "c")]
    ),
    "texts are cut": column("body", lambda v: v.astype(str).str[:100]),
    "texts are all the same": column("body", lambda v: pd.Series(v.iloc[0], v.index)),
    "texts hold markup": column("body", lambda v: "<p>" + v.astype(str) + "&nbsp;</p>"),
    "texts are question marks": column(
        "title", lambda v: v.astype(str).str.replace(r"[一-龥]", "?", regex=True)
    ),
    "texts are starred": column(
        "body", part(0.4, lambda v: v.astype(str).str[:30] + "******" + v.astype(str).str[36:])
    ),
    "title and text change places": swapped,
    "keys are rounded": column("key", lambda v: pd.Series(np.arange(len(v)) // 10, v.index).astype(str)),
    "keys are in scientific notation": column("key", lambda v: pd.Series("2.02407E+13", v.index)),
    "keys have another form": column("key", lambda v: "GD-" + v.astype(str) + "-甲"),
}


def letters(folder: Path, name: str, number: int) -> tuple[Input, Frame, dict[str, str]]:
    entry = catalogs.read().source("tipdm_letters").inputs[number]
    frame = pd.read_excel(folder / name, dtype=str, engine="calamine")
    frame["留言时间"] = pd.to_datetime(frame["留言时间"], format="mixed").dt.strftime("%Y-%m-%d %H:%M:%S")
    roles = {"key": "留言编号", "title": "留言主题", "body": "留言详情", "time": "留言时间"}
    return entry, frame, roles


def news(path: Path, copy: str) -> tuple[Input, Frame, dict[str, str]]:
    entry = catalogs.read().source("xwlb_news").inputs[1]
    with gzip.open(path, "rt", encoding="utf-8") as file:
        frame = pd.DataFrame([row for row in map(json.loads, file) if row["copy"] == copy]).astype(object)
    return entry, frame, {"key": "id", "title": "title", "body": "text", "time": "date"}


def profile_of(entry: Input, frame: Frame, folder: Path) -> dict[str, Any]:
    table = catalogs.read().table(entry.table)
    rows = {name: [None if pd.isna(v) else str(v) for v in frame[name]] for name in frame.columns}
    batch = RawBatch(strings(rows), np.arange(1, len(frame) + 1))
    refuse_missing(entry.model_copy(update={"reader": "csv"}), "月份", batch)
    made = standardise(batch, entry, table, None, Context(folder, now()))
    parts = ProfileParts()
    parts.add(made.rows, table, frozenset(entry.fields))
    flagged = int(made.rows.column("quality_flags").is_valid().to_numpy().sum())
    outcome = {"n_quarantined": len(made.rejected), "n_flagged": flagged, "n_merged": 0}
    return with_outcome(parts.profile(table), len(frame), outcome)


def measure(name: str, entry: Input, frame: Frame, roles: dict[str, str], folder: Path) -> dict[str, Any]:
    table = catalogs.read().table(entry.table)
    month = pd.to_datetime(frame[roles["time"]]).dt.strftime("%Y-%m")
    months = [group for _, group in frame.groupby(month) if len(group) >= 20]
    plain = [profile_of(entry, group, folder) for group in months]
    said = [differences(p, plain[max(0, n - KEPT) : n], table) if n else [] for n, p in enumerate(plain)]
    false = sum(map(bool, said))
    print(
        f"\n{name}: {len(months)} months of {min(map(len, months))} to {max(map(len, months))} rows; {false} unchanged ones are told of"
    )
    for group, lines in zip(months, said):
        for line in lines:
            print(f"    {pd.to_datetime(group[roles['time']]).min():%Y-%m} ({len(group)}): {line}")
    told: dict[str, int] = dict.fromkeys(CHANGES, 0)
    undone: dict[str, int] = dict.fromkeys(CHANGES, 0)
    last = range(max(1, len(months) - PLANTED_MONTHS), len(months))
    for number in last:
        for change, plant in CHANGES.items():
            try:
                planted = profile_of(entry, plant(months[number].copy(), roles), folder)
            except SourceError:
                told[change] += 1
                continue
            if planted == plain[number]:
                undone[change] += 1  # the mapping evens it out: nothing is lost
                continue
            new = differences(planted, plain[max(0, number - KEPT) : number], table)
            told[change] += bool(set(new) - set(said[number]))
    for change, n in told.items():
        print(f"  {n}/{len(last) - undone[change]} {change}")
    planted = len(last) * len(CHANGES) - sum(undone.values())
    return {"months": len(months), "false": false, "planted": planted, "told": sum(told.values())}


def measure_codes(path: Path, folder: Path) -> dict[str, int]:
    """Take one topic at a time out of the six months before each of the last: coming back, it is a code never seen.

    Planted where the months before would have had ``EXPECTED`` rows of it, had its share been the new one's: fewer say nothing.
    """
    entry = catalogs.read().source("tipdm_letters").inputs[0]
    entry = entry.model_copy(
        update={
            "fields": entry.fields
            | {"topic_1": FieldMapping.model_validate({"from": "一级标签", "invalid": "empty"})}
        }
    )
    frame = pd.read_csv(path, dtype=str)
    times = pd.to_datetime(frame["留言时间"], errors="coerce")
    frame = frame[times.notna()].assign(
        留言时间=times.dt.strftime("%Y-%m-%d %H:%M:%S"), 点赞数="0", 反对数="0"
    )
    months = [group for _, group in frame.groupby(frame["留言时间"].str[:7]) if len(group) >= 20]
    table = catalogs.read().table("letters")
    whole = [profile_of(entry, group, folder) for group in months]
    found = {"months": len(months), "false": 0, "planted": 0, "told": 0}
    for number in range(1, len(months)):
        before = months[max(0, number - KEPT) : number]
        said = differences(whole[number], whole[max(0, number - KEPT) : number], table)
        found["false"] += any("以往没有的代码" in line for line in said)
        if number < len(months) - 3 * PLANTED_MONTHS:
            continue
        for topic, share in months[number]["一级标签"].value_counts(normalize=True).items():
            without = [group[group["一级标签"] != topic] for group in before]
            if share * sum(map(len, without)) <= EXPECTED:
                continue
            told = differences(whole[number], [profile_of(entry, group, folder) for group in without], table)
            found["planted"] += 1
            found["told"] += any("以往没有的代码" in line and str(topic) in line for line in told)
    return found


def measure_sites(folder: Path, place: Path) -> dict[str, int]:
    """Hold the pages of each site against those of the sites before, as runs of one source; then with what is planted into the last."""
    entry = catalogs.read().source("gov_pages").inputs[1]
    table = catalogs.read().table("records")
    rows: dict[str, list[dict[str, str]]] = {}
    for unit in html_pages.units("*.html", folder, {}):
        for batch in html_pages.read(unit, {}):
            rows.setdefault(str(batch.rows["meta.SiteIDCode"][0]), []).extend(batch.rows.to_pylist())
    runs = [pd.DataFrame(pages).astype(object) for pages in sorted(rows.values(), key=len)]
    roles = {"key": "file_name", "title": "meta.ArticleTitle", "body": "main_text", "time": "meta.PubDate"}

    def profiled(frame: Frame) -> dict[str, Any]:
        return profile_of(entry, frame.reindex(columns=sorted({*frame.columns, *known})), place)

    known = {name for frame in runs for name in frame.columns}
    plain = [profiled(frame) for frame in runs]
    said = [differences(profile, plain[:n], table) for n, profile in enumerate(plain)]
    for frame, lines in zip(runs, said):
        for line in lines:
            print(f"    site with {len(frame)} pages: {line}")
    found = {"months": len(runs), "false": sum(map(bool, said[1:])), "planted": 0, "told": 0}
    for change in ON_PAGES:
        planted = profiled(CHANGES[change](runs[-1].copy(), roles))
        new = differences(planted, plain[:-1], table)
        found["planted"] += 1
        found["told"] += bool(set(new) - set(said[-1]))
        print(f"  {int(bool(set(new) - set(said[-1])))}/1 {change}")
    return found


def main(data: Path) -> None:
    folder = data / "letters_tipdm2020c"
    found = {
        "附件3": measure("附件3", *letters(folder, "附件3.xlsx", 0), folder),
        "附件4": measure("附件4", *letters(folder, "附件4.xlsx", 1), folder),
    }
    for copy in ("A_cctv_json", "B_md"):
        found[copy] = measure(copy, *news(data / "reprints_xwlb2023" / "items.jsonl.gz", copy), folder)
    found["附件2, a topic never seen"] = measure_codes(folder / "附件2_labelled_dev.csv", folder)
    found["pages by site"] = measure_sites(data / "gov_pages" / "html", folder)
    print("\n| source | months | unchanged, told of | planted | told of |\n|---|---|---|---|---|")
    for name, n in found.items():
        print(f"| {name} | {n['months']} | {n['false']} | {n['planted']} | {n['told']} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
