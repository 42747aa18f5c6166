"""What changed: of changes planted for 20 persons, how many are among their seven sentences; how many are false on quiet weeks.

    shuju demo --home HOME --records 200_000 --no-serve && shuju build --home HOME
    python -m bench.what_changed HOME

Copies of HOME are planted in: for each of 14 prefectures (and a county), and in a second copy for leaders, deputies and an analyst: some
letters of one topic in one county in the last week, with texts of old letters (5, or 8), a new matter that
six people write of, a task that is overdue. A planted change is found if one
of the person's sentences is of its place and topic, its issue, its tasks.

False ones are counted on the last 52 weeks as they were: sentences on letters, without the letters of the province's own planted issues,
and outside its own planted bursts.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from shuju.access import Subject
from shuju.access.sight import scope_of
from shuju.clock import now
from shuju.desk.organisations import answerable, full_name, of_region
from shuju.desk.store import open_desk
from shuju.desk.tasks.commands import Order, assign
from shuju.desk.terms_reading import terms_of
from shuju.letters.build import build_letters
from shuju.letters.counting import count
from shuju.library import Library, open_library
from shuju.library.ingest import ingest
from shuju.mine.change import Change
from shuju.mine.changed import what_changed
from shuju.mine.fields import FIELDS
from shuju.mine.letter_changes import judged, unusual_now
from shuju.standard import code_list, region, regions, regions_within

ISSUE_LETTERS, WEEKS, CITY = 6, 52, "430100"
SIZES = (5, 8)
THINGS = ("电梯困人", "地下车库渗水", "路灯不亮", "河道排污", "学位不足", "工资拖欠", "公交停运", "垃圾异味")
CATALOG = """
version: 1
sources:
  planted:
    title: 植入的来信（演示数据）
    licence: 合成数据
    refresh: once
    synthetic: true
    location: ../planted
    inputs:
      - table: letters
        reader: json
        files: "*.jsonl"
        fields: {letter_id: id, title: title, body: body, written_at: time, writer_id: writer, region_code: place, topic_1: topic,
                 motive: {const: complaint}, channel: {const: hotline}}
"""


@dataclass(frozen=True)
class Planted:
    """One change that was planted for a person: letters of a county and topic, the letter ids of an issue, or a task."""

    kind: str
    county: str = ""
    topic: str = ""
    letters: tuple[str, ...] = ()


def main(home: Path) -> None:
    quiet_weeks(home)
    for size in SIZES:
        found = dict[str, list[bool]]()
        others = []
        for name, persons in (("prefectures", places()), ("leaders", leaders())):
            with tempfile.TemporaryDirectory() as folder:
                copied = Path(folder) / name
                shutil.copytree(home, copied)
                tell, told = planted_in(copied, persons, size)
                others += told
                for kind, hits in tell.items():
                    found.setdefault(kind, []).extend(hits)
        hits = [hit for rows in found.values() for hit in rows]
        parts = "，".join(f"{kind} {sum(rows)}/{len(rows)}" for kind, rows in sorted(found.items()))
        print(
            f"{size} letters: {len(others)} persons, {sum(hits)}/{len(hits)} = {np.mean(hits):.3f} planted among the seven ({parts}); "
            f"{np.mean(others):.2f} other sentences on letters each",
            flush=True,
        )


def places() -> list[tuple[str, str]]:
    """Return the persons who answer for places, by code and field."""
    return [*((one.code, "") for one in regions("prefecture")), (county_of(CITY, 0), "")]


def leaders() -> list[tuple[str, str]]:
    """Return a leader, an analyst, three deputies."""
    return [
        ("leader", ""),
        ("analyst", ""),
        *(("leader", field) for field in ("environment", "construction", "education")),
    ]


def county_of(code: str, number: int) -> str:
    inside = [one for one in regions_within(code) if region(one).level == "county"]
    return inside[number % len(inside)] if inside else code


def planted_in(
    home: Path, persons: list[tuple[str, str]], size: int
) -> tuple[dict[str, list[bool]], list[int]]:
    """Plant, build, ask for everybody; return what was found by kind, and how many other sentences on letters each was told."""
    library = open_library(home)
    chance, last = (
        random.Random(7),
        library.load("letters", columns=["written_at"])["written_at"].max().compute(),
    )
    old = library.load("letters", columns=["title", "body", "topic_1", "written_at"]).compute()
    old = old[(old["written_at"] < last - pd.Timedelta(days=120)) & old["topic_1"].notna()]
    plans, rows = [], []
    for number, (who, field) in enumerate(persons):
        by = subject(library, who)
        county = county_of(who if who.isdecimal() else regions("prefecture")[number].code, number + 1)
        topics = FIELDS[field].topics if field else code_list("topics").codes[:8]
        topic = topics[number % len(topics)]
        surge = [
            letter(chance, last, county, topic, row)
            for row in old[old["topic_1"] == topic].sample(size, random_state=number).itertuples()
        ]
        plan = [Planted("letters", county, topic), Planted("task")]
        if who.isdecimal() or field == "environment":
            # Elsewhere and about something else, so that its letters do not help to find the others.
            is_of_county = who.isdecimal() and region(who).level == "county"
            beside = county if is_of_county else county_of(region(county).parent_code or county, number + 4)
            about = topic if field else topics[(number + 1) % len(topics)]
            issue = [
                matter(chance, last, beside, about, THINGS[number % len(THINGS)], n)
                for n in range(ISSUE_LETTERS)
            ]
            plan.append(Planted("issue", beside, about, tuple(str(row["id"]) for row in issue)))
            rows += issue
        if who.isdecimal() or field:
            rows += surge
        else:
            plan = plan[1:]  # who sees the whole province is to be told of what was planted for the deputies
        plans.append((by, field, plan))
        overdue(library, by, number)
    for name, text in (
        ("catalog/planted.yaml", CATALOG),
        ("planted/a.jsonl", "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)),
    ):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    library = open_library(home)
    ingest(library, "planted")
    build_letters(library)
    members = library.read("issue_letters", ["letter_id", "issue_id"]).set_index("letter_id")["issue_id"]
    at = last.to_pydatetime() + dt.timedelta(hours=12)
    found, others = dict[str, list[bool]](), []
    common = [one for _, field, plan in plans if field for one in plan if one.kind != "task"]
    for by, field, own in plans:
        plan = own if field or by.regions else own + common
        seen = library.limited_to(scope_of(by, library))
        told = what_changed(
            seen, open_desk(library.home), by, None, FIELDS[field].topics if field else (), at=at
        )
        for one in plan:
            found.setdefault(one.kind, []).append(any(is_of(change, one, members) for change in told))
        every = [one for _, _, more in plans for one in more]
        for change in told:
            if change.kind in ("letters", "warning") and not any(is_near(change, one) for one in every):
                print(f"  not planted, told {by.account}: {change.sentence}")
        others.append(
            sum(c.kind in ("letters", "warning") and not any(is_near(c, one) for one in every) for c in told)
        )
    return found, others


def is_of(change: Change, planted: Planted, members: pd.Series) -> bool:
    """Whether a sentence tells a planted change."""
    if planted.kind == "task":
        return change.kind == "task" and "light=red" in change.link
    if planted.kind == "issue":
        issues = set(members.reindex(list(planted.letters)).dropna())
        return any(f"issue:{issue}" in (change.key, *change.covers) for issue in issues)
    return change.kind in ("letters", "warning") and is_near(change, planted)


def is_near(change: Change, planted: Planted) -> bool:
    """Whether a sentence is of the place and topic of something planted."""
    inside = {planted.county, region(planted.county).parent_code} if planted.county else set()
    return change.region in inside and change.topic in (planted.topic, "")


def letter(
    chance: random.Random, last: pd.Timestamp, county: str, topic: str, row: object
) -> dict[str, object]:
    at = last - pd.Timedelta(minutes=chance.randrange(6 * 24 * 60))
    number = chance.randrange(10**9)
    return {
        "id": f"p{number}",
        "title": row.title,
        "body": row.body,
        "time": str(at)[:19],
        "writer": f"w{number}",
        "place": county,
        "topic": topic,
    }  # type: ignore[attr-defined]


def matter(
    chance: random.Random, last: pd.Timestamp, county: str, topic: str, thing: str, n: int
) -> dict[str, object]:
    """Return one of some letters about one matter, each in words of its own."""
    place = region(county).name
    name = "云锦新苑"
    said = (
        "已经持续一周，无人处理",
        "打过电话没有下文",
        "老人小孩都受影响",
        "物业推给施工方",
        "希望尽快派人来看",
        "邻居都在反映",
    )
    told = {
        "title": f"{place}{name}{thing}{said[n % 6][:6]}",
        "body": f"我是{place}{name}的住户，小区{thing}，{said[n % 6]}，{said[(n + 2) % 6]}。请有关部门到{name}核实{thing}的情况。",
    }
    return {**letter(chance, last, county, topic, pd.Series(told)), **told}


def overdue(library: Library, by: Subject, number: int) -> None:
    """Give somebody a task that has long been due: to do, or assigned by them."""
    desk = open_desk(library.home)
    place = of_region(desk, by.regions[0] if by.regions else regions("prefecture")[number].code)
    giver = by if not by.regions else Subject("giver", "交办人", "leader")
    order = Order(
        "植入的交办",
        "请核实。",
        full_name(place),
        "normal",
        "card",
        "",
        "",
        place.region_code,
        is_synthetic=True,
    )
    at = now() - dt.timedelta(days=60)
    assign(desk, order, by=giver, command_id=f"planted-{number}", at=at, terms=terms_of(library.home))


def subject(library: Library, who: str) -> Subject:
    if not who.isdecimal():
        return Subject(f"bench-{who}-{random.random()}", who, who)
    desk = open_desk(library.home)
    place = of_region(desk, who)
    own = answerable(desk, place.id)
    return Subject(
        f"bench-{who}", who, "department", place.name, own.regions, own.library, own.departments, place.id
    )


def quiet_weeks(home: Path) -> None:
    """Print how many sentences on letters are false in each of the last weeks, for the province and for a prefecture."""
    library = open_library(home)
    letters = library.load("letters", columns=["letter_id", "written_at", "region_code", "topic_1"]).compute()
    members = pd.read_parquet(home / "truth" / "issue_members.parquet")["letter_id"]
    bursts = pd.read_parquet(home / "truth" / "bursts.parquet")
    labels = {"region_code": [r.code for r in regions()], "topic_1": list(code_list("topics").codes)}
    quiet = letters[~letters["letter_id"].isin(members)]
    counts = count(quiet, ["region_code", "topic_1"], "day", labels=labels).rename(
        region_code="region", topic_1="topic"
    )
    counts = counts.transpose("region", "topic", "time")
    end = counts["time"].to_numpy()[-1]
    false = []
    for back in range(1, WEEKS + 1):
        last = end - np.timedelta64(7 * back, "D")
        found = unusual_now(counts.sel(time=slice(None, last)), judged())
        false += [
            (back, row.region) for row in found.itertuples() if not in_burst(row, bursts, pd.Timestamp(last))
        ]
    prefectures = [one.code for one in regions("prefecture")]
    of_place = [sum(code in (where, region(where).parent_code) for _, where in false) for code in prefectures]
    print(f"{len(letters):,} letters, {WEEKS} quiet weeks: {len(false) / WEEKS:.2f} false a week for the province, "
          f"{np.mean(of_place) / WEEKS:.3f} for a prefecture (most {max(of_place) / WEEKS:.2f})", flush=True)  # fmt: skip


def in_burst(row: object, bursts: pd.DataFrame, last: pd.Timestamp) -> bool:
    inside = {row.region, *regions_within(row.region)}  # type: ignore[attr-defined]
    of_matter = bursts["region_code"].isin(inside) & (bursts["topic_1"].eq(row.topic) | (not row.topic))  # type: ignore[attr-defined]
    first = last - pd.Timedelta(days=6)
    return bool(
        (
            of_matter
            & (pd.to_datetime(bursts["first_day"]) <= last)
            & (pd.to_datetime(bursts["last_day"]) >= first)
        ).any()
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
