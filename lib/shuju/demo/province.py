"""Writing the whole province: plan, share out to files, write in parallel, keep the truth."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Template

from shuju.demo import (
    cascades,
    clock,
    enterprises,
    faults,
    issues,
    letters,
    others,
    pages,
    truth,
    visits,
    world,
)
from shuju.demo.cascades import Documents, Members
from shuju.demo.chance import apportion
from shuju.demo.province_told import told
from shuju.demo.sites import KINDS, half_year_weights
from shuju.demo.world import World
from shuju.engine import Pass, run
from shuju.standard import code_list, library_of, region, regions

LETTERS = 1 / 20  # of the records
VISITS = 1 / 12
Progress = Callable[[int, int], None]


def write_province(
    raw_dir: Path,
    truth_dir: Path,
    *,
    records: int,
    seed: int,
    until: date | None = None,
    workers: int = 2,
    progress: Progress | None = None,
) -> Path:
    """Write the synthetic province's raw files and its truth; return the path of the catalog of its sources.

    The ``records`` table will hold ``records`` rows, ``letters`` a twentieth of that. The bytes depend on
    ``records``, ``seed``, ``until`` (the last day; yesterday if not given) and the province's pack only.
    ``progress(done, total)`` is called as rows are written.

    Raises:
        ValueError: for fewer than 1,000 records, less than one worker, or a last day that lies ahead.
    """
    if records < 1000 or workers < 1:
        raise ValueError("演示数据至少 1000 条记录、1 个进程")
    raw_dir, truth_dir = Path(raw_dir), Path(truth_dir)
    raw_dir.mkdir(parents=True, exist_ok=True)
    found = world.build(seed, records, until or clock.yesterday())
    documents, members = cascades.plan(found)
    count = round(records * LETTERS)
    planned, bursts = issues.plan(found, count)
    ordinary = records - len(members)
    tasks = [*_page_tasks(found, documents, members, ordinary), *_letter_tasks(planned)]
    _write_codes(found, raw_dir)
    truth.save_cascades(truth_dir, documents, members, ordinary)
    truth.save_letters(truth_dir, found, planned, bursts)
    truth.save_sites(truth_dir, found)
    others.write_suggestions(found, raw_dir)
    others.write_studies(found, raw_dir)
    is_policy = (members.role == cascades.ORIGIN) & (documents.genre[members.cascade] == cascades.POLICY)
    policies = pages.record_ids(ordinary + np.flatnonzero(is_policy)).to_pylist()
    enterprises.write_database(found, raw_dir, policies)
    parts = list(_run(found, tasks, raw_dir, workers, progress))
    merged: dict[str, Any] = {}
    for part in parts:
        merged = visits.merged(merged, part)
    for name, columns in merged.items():
        truth.save(truth_dir, name, columns)
    catalog = raw_dir / "data_catalog.yaml"
    catalog.write_text(_catalog(), encoding="utf-8")
    return catalog


def _run(
    found: World, tasks: list[Any], raw: Path, workers: int, progress: Progress | None
) -> Iterator[dict[str, Any]]:
    """Yield what each task returns, in the order of the tasks."""
    total, done = sum(task.rows for task in tasks), 0
    results: list[Any] = [None] * len(tasks)
    # The longest first, so that no worker is left alone with one at the end.
    order = sorted(range(len(tasks)), key=lambda n: -tasks[n].rows)
    longest = [tasks[n] for n in order]
    for n, result in zip(
        order, run(WRITE, longest, (found.seed, found.records, found.until, raw), workers), strict=True
    ):
        results[n] = result
        done += tasks[n].rows
        if progress:
            progress(done, total)
    yield from results


def _write_task(task: Any, told: tuple[int, int, date, Path]) -> dict[str, Any]:
    """Write one file of pages or letters; return its truth."""
    *what, raw = told
    found = world.build(*what)
    if isinstance(task, letters.Task):
        return letters.write(found, task, raw)
    if task.file.endswith("/"):
        return others.write_county_pages(found, task, raw)
    return pages.write(found, task, raw)


WRITE = Pass("生成演示数据", _write_task, holds_gil=True)


def _page_tasks(found: World, documents: Documents, members: Members, ordinary: int) -> Iterator[pages.Task]:
    sites = found.sites
    html = min(1200, max(30, found.records // 200))
    counts = apportion(ordinary - html, half_year_weights(sites))
    library = np.array(sites.library)
    period = clock.calendar()["period"][np.clip(members.second // 86_400, 0, clock.DAYS - 1)]
    member_library = library[members.site]
    share = max(faults.SHARE, faults.FEW / found.records)
    files = [
        (
            f"prefecture_csv/{code}-{clock.FIRST.year + p // 2}.csv",
            code,
            tuple(range(p, min(p + 2, clock.PERIODS))),
        )
        for code in told().own_platforms
        for p in range(0, clock.PERIODS, 2)
    ] + [
        (f"platform/{code}-{clock.FIRST.year + p // 2}h{p % 2 + 1}.jsonl.zst", code, (p,))
        for code in code_list("libraries").codes
        if code not in told().own_platforms
        for p in range(clock.PERIODS)
    ]
    own = [np.flatnonzero(library == code) for _, code, _ in files]
    inside = [np.flatnonzero((member_library == code) & np.isin(period, ps)) for _, code, ps in files]
    rows = [counts[np.ix_(s, ps)].sum() + len(m) for s, (_, _, ps), m in zip(own, files, inside, strict=True)]
    seen = apportion(round(found.records * VISITS), rows)
    first = 0
    for (file, code, periods), here, members_here, n in zip(files, own, inside, seen, strict=True):
        some, needed = _only(documents, members, members_here)
        task = pages.Task(
            file=file, library=code, periods=periods, sites=here, counts=counts[np.ix_(here, periods)],
            first_number=first, documents=some, members=needed, member_numbers=ordinary + members_here,
            fault_share=share, visits=int(n),
        )  # fmt: skip
        yield task
        first += int(task.counts.sum())
    is_html = (sites.kind == KINDS.index("county_portal")) & np.isin(sites.region_code, told().html_counties)
    nothing = np.zeros(0, int)
    some, needed = _only(documents, members, nothing)
    yield pages.Task(
        file="county_pages/", library="", periods=tuple(range(clock.PERIODS)), sites=np.flatnonzero(is_html),
        counts=apportion(html, np.ones((is_html.sum(), clock.PERIODS))), first_number=first, documents=some,
        members=needed, member_numbers=nothing, fault_share=0.0, visits=0,
    )  # fmt: skip


def _only(documents: Documents, members: Members, rows: Any) -> tuple[Documents, Members]:
    """Return these members, their ``parent`` a site, with just the documents they need."""
    some = Members(*(getattr(members, f.name)[rows] for f in fields(Members)))
    needed = np.unique(np.concatenate([some.cascade, some.more_1, some.more_2]))
    needed = needed[needed >= 0]

    def place(index: Any) -> Any:
        return np.where(index >= 0, np.searchsorted(needed, index), -1)

    parent = np.where(some.parent >= 0, members.site[np.maximum(some.parent, 0)], -1)
    more_1, more_2 = place(some.more_1), place(some.more_2)
    found = Documents(*(getattr(documents, f.name)[needed] for f in fields(Documents)))
    return found, replace(some, cascade=place(some.cascade), more_1=more_1, more_2=more_2, parent=parent)


def _letter_tasks(planned: issues.Letters) -> Iterator[letters.Task]:
    days = clock.calendar()
    day = planned.second // 86_400
    year, month = days["year"][day], days["month"][day]
    system = issues.SYSTEM_OF[planned.channel]
    share = max(faults.SHARE, faults.FEW / max(len(planned), 1))
    for y in range(clock.FIRST.year, clock.LAST.year + 1):
        for name, which in (
            (f"mailbox/letters-{y}.csv", (system == issues.MAILBOX) & (year == y)),
            (f"board/messages-{y}.xlsx", (system == issues.BOARD) & (year == y)),
            *(
                (
                    f"hotline/{y}q{q}.jsonl.zst",
                    (system == issues.HOTLINE) & (year == y) & ((month - 1) // 3 + 1 == q),
                )
                for q in range(1, 5)
            ),
        ):
            rows = np.flatnonzero(which)
            kind = {"m": issues.MAILBOX, "b": issues.BOARD, "h": issues.HOTLINE}[name[0]]
            if len(rows):
                yield letters.Task(name, kind, planned.take(rows), rows, share)


def _catalog() -> str:
    """Return the catalog of the sources: one input for each platform of a prefecture."""
    template = Template(Path(__file__).with_name("catalog.yaml").read_text(encoding="utf-8"))
    own = told().own_platforms
    names = "、".join(region(code).short_name for code in own)
    return template.render(own_platforms=own, own_names=names)


def _write_codes(found: World, raw: Path) -> None:
    """Write the register of sites, and the code tables that the catalog looks things up in."""
    sites = found.sites
    (raw / "sites").mkdir(exist_ok=True)
    (raw / "codes").mkdir(exist_ok=True)
    kinds, levels = code_list("site_kinds").names, code_list("levels").names
    with (raw / "sites/网站名录.csv").open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(
            [
                "网站标识码",
                "网站名称",
                "域名",
                "资源库",
                "行政区划代码",
                "层级",
                "网站类别",
                "部门代码",
                "主办单位",
                "开通日期",
            ]
        )
        for n in range(len(sites)):
            out.writerow(
                [
                    sites.site_id[n],
                    sites.name[n],
                    sites.domain[n],
                    sites.library[n],
                    sites.region_code[n],
                    levels[sites.level[n]],
                    kinds[KINDS[sites.kind[n]]],
                    sites.department[n],
                    sites.sponsor[n],
                    f"{2005 + n % 12}-{1 + n % 12:02d}-{1 + n % 28:02d}",
                ]
            )
    names = letters.region_names()
    by_name = [(name, r.code, library_of(r.code)) for name, r in zip(names, regions(), strict=True)]
    by_code = [(code, library_of(r.code)) for r in regions() for code in (r.code, r.old_code) if code]
    by_site = [(sites.site_id[n], sites.region_code[n], sites.library[n]) for n in range(len(sites))]
    for name, head, rows in (
        ("regions", ("地区", "代码", "资源库"), by_name),
        ("libraries", ("代码", "资源库"), by_code),
        ("sites", ("网站标识码", "行政区划", "资源库"), by_site),
    ):
        with (raw / f"codes/{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *rows])
