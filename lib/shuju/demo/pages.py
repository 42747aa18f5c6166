"""Web pages: what every site publishes, as the files of the provincial and the prefectures' platforms.

Long, since the two platforms' formats of the same pages stand side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuju.demo import cascades, clock, editions, expand, faults, formats, visits
from shuju.demo.chance import choose, pick, seeds_of, uniform
from shuju.demo.faults import Delivery
from shuju.demo.formats import TEXT, chosen, join, numbered, text
from shuju.demo.sites import BROKEN, daily_weights
from shuju.demo.world import World, context
from shuju.standard import code_list

BATCH = 5_000

_GENRE_RULES = (
    ("新闻标题", "新闻"),
    ("通知标题", "通知"),
    ("政策标题", "政策"),
    ("解读标题", "解读"),
    ("服务标题", "服务"),
)
_GENRE_SHARES = np.array(
    [
        [0.56, 0.18, 0.06, 0.04, 0.16],
        [0.46, 0.22, 0.08, 0.05, 0.19],
        [0.56, 0.18, 0.06, 0.04, 0.16],
        [0.46, 0.24, 0.07, 0.04, 0.19],
        [0.58, 0.19, 0.05, 0.03, 0.15],
        [0.91, 0.03, 0.01, 0.04, 0.01],
    ]
)
COLUMN_NAMES = (
    ("要闻动态", "政务要闻", "部门动态", "基层快讯", "图片新闻"),
    ("通知公告", "公示公告", "公告栏"),
    ("政策文件", "规范性文件", "文件库"),
    ("政策解读", "解读回应"),
    ("办事服务", "服务指南", "便民问答"),
)
CSV_GENRES = ("XW", "TZ", "ZC", "JD", "BS")
CSV_COLUMNS = (
    "信息编号",
    "网站标识码",
    "行政区划",
    "栏目名称",
    "类别代码",
    "文章标题",
    "正文",
    "来源",
    "作者",
    "关键词",
    "发文字号",
    "主题分类",
    "网址",
    "发布时间",
)


@dataclass(frozen=True)
class Pages:
    """Pages, one entry each; ``member`` is a row of the task's members or -1, ``number`` one of all pages."""

    number: npt.NDArray[np.int64]
    site: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    genre: npt.NDArray[np.int64]
    topic: npt.NDArray[np.int64]
    seed: npt.NDArray[np.uint64]
    member: npt.NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of pages."""
        return len(self.number)

    def take(self, rows: Any) -> Pages:
        """Return these rows."""
        return Pages(*(getattr(self, f.name)[rows] for f in fields(self)))


@dataclass(frozen=True)
class Task:
    """One file of pages: a library's sites over some half-years, with the cascade members that fall there.

    ``counts`` is (len(sites), len(periods)): each site's own pages. ``members.parent`` are sites here.
    """

    file: str
    library: str
    periods: tuple[int, ...]
    sites: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    first_number: int
    documents: cascades.Documents
    members: cascades.Members
    member_numbers: npt.NDArray[np.int64]
    fault_share: float
    visits: int

    @property
    def rows(self) -> int:
        """How many records the file holds."""
        return int(self.counts.sum()) + len(self.members)


def record_ids(numbers: Any) -> pa.LargeStringArray:
    """Return the record ids of page numbers, scattered: an id tells nothing of how its page was made."""
    return numbered("demo-r", (np.asarray(numbers) * 7_368_787 + 1_234_567_891) % 10**10, 10)


def pages_of(world: World, task: Task) -> Pages:
    """Return the pages of a task in the order of time."""
    key = seeds_of(world.seed, "pages", task.file)
    rng = np.random.default_rng(int(key))
    own = list(_own(world, task, rng))
    site = np.concatenate([s for s, _ in own])
    second = np.concatenate([t for _, t in own])
    order = np.argsort(second, kind="stable")
    site, second = site[order], second[order]
    seed = seeds_of(key, np.arange(len(site)))
    sites, of = world.sites, task.members.cascade
    genre = np.zeros(len(site), np.int64)
    for kind, shares in enumerate(_GENRE_SHARES):
        here = sites.kind[site] == kind
        genre[here] = choose(seed[here], "genre", shares)
    stays = (sites.topic[site] >= 0) & (uniform(seed, "stays") < 0.85)
    topic = np.where(stays, sites.topic[site], pick(seed, "topic", len(world.topics)))
    both = Pages(
        number=np.concatenate([task.first_number + np.arange(len(site)), task.member_numbers]),
        site=np.concatenate([site, task.members.site]),
        second=np.concatenate([second, task.members.second]),
        genre=np.concatenate([genre, editions.genres(task.documents, task.members)]),
        topic=np.concatenate([topic, task.documents.topic[of]]),
        seed=np.concatenate([seed, seeds_of(task.documents.seed[of], "page", task.members.site)]),
        member=np.concatenate([np.full(len(site), -1), np.arange(len(task.members))]),
    )
    return both.take(np.argsort(both.second, kind="stable"))


def _own(world: World, task: Task, rng: np.random.Generator) -> Iterator[tuple[Any, Any]]:
    period = clock.calendar()["period"]
    weights = _daily(world)[task.sites]
    for column, p in enumerate(task.periods):
        days = np.flatnonzero(period == p)
        counts = task.counts[:, column]
        edges = np.cumsum(weights[:, days], axis=1)
        edges = edges / np.maximum(edges[:, -1:], 1e-300) + np.arange(len(edges))[:, None]
        site = np.repeat(np.arange(len(task.sites)), counts)
        cell = np.searchsorted(edges.ravel(), site + rng.random(len(site)), side="right")
        day = days[np.minimum(cell - site * len(days), len(days) - 1)]
        second = clock.second_of_day(rng.random(len(site)), world.sites.habit[task.sites[site]])
        yield task.sites[site], day * 86_400 + second


def _daily(world: World) -> npt.NDArray[np.float64]:
    """Return ``daily_weights`` of the world's sites, computed once in each process."""
    key = world.seed, world.until
    if key not in _DAILY:
        _DAILY[key] = daily_weights(world.sites)
    return _DAILY[key]


_DAILY: dict[tuple[int, date], npt.NDArray[np.float64]] = {}


def columns_of(world: World, task: Task, pages: Pages) -> dict[str, pa.Array]:
    """Return the standard's fields of some pages as texts (``second`` aside)."""
    sites = world.sites
    where = context(
        world, day=pages.second // 86_400, topic=pages.topic, region=sites.region[pages.site], site=pages.site
    )
    own = np.flatnonzero(pages.member < 0)
    copied = np.flatnonzero(pages.member >= 0)
    rows = pages.member[copied]
    members = cascades.Members(*(getattr(task.members, f.name)[rows] for f in fields(task.members)))
    seed, genre, here = pages.seed[own], pages.genre[own], where[own]
    rule = np.array([[world.grammar.rule(r) for r in pair] for pair in _GENRE_RULES])[genre]
    order = np.argsort(np.concatenate([own, copied]), kind="stable")

    def both(mine: pa.Array, theirs: pa.Array) -> pa.Array:
        return pa.concat_arrays([mine, theirs.cast(TEXT)]).take(pa.array(order))

    def say(name: str, of: Any = None) -> pa.Array:
        return expand.texts(
            world.grammar,
            name,
            pages.seed if of is None else of,
            pages.seed if of is None else of,
            where if of is None else here,
        )

    body_and_foot = expand.Segments(
        np.column_stack([rule[:, 1], np.full(len(own), world.grammar.rule("页脚"))]).ravel(),
        np.column_stack([seed, seeds_of(seed, "foot")]).ravel(),
        np.repeat(seed, 2),
        np.repeat(np.arange(len(own)), 2),
        here,
    )
    body = both(
        expand.expand(world.grammar, body_and_foot, 2 * np.arange(len(own))),
        editions.bodies(world, task.documents, members),
    )
    is_blank = (sites.state[pages.site] == BROKEN) & (pages.second // 86_400 >= sites.since_day[pages.site])
    is_blank &= uniform(pages.seed, "blank") < 0.9
    if is_blank.any():
        body = pc.if_else(pa.array(is_blank), pa.scalar("", TEXT), body)
    number = say("文号", seed)
    number = pc.if_else(pa.array((genre == 2) & (uniform(seed, "number") < 0.8)), number, pa.scalar("", TEXT))
    record_id = record_ids(pages.number)
    domain = chosen(sites.domain, pages.site)
    shown_topic = np.where(uniform(pages.seed, "shown") < 0.6, pages.topic, len(world.topics))
    day = clock.written(pages.second, "%Y%m%d")
    column = np.array([[n * 5 + k % len(names) for k in range(15)] for n, names in enumerate(COLUMN_NAMES)])
    all_columns = np.array(
        [name for names in COLUMN_NAMES for name in (*names, *[""] * (5 - len(names)))], object
    )
    return {
        "record_id": record_id,
        "site_id": chosen(sites.site_id, pages.site),
        "region_code": chosen(sites.region_code, pages.site),
        "title": both(
            expand.texts(world.grammar, rule[:, 0], seed, seed, here),
            editions.titles(world, task.documents, members),
        ),
        "body": body,
        "url": join(
            "http://",
            domain,
            "/xxgk/",
            pc.utf8_slice_codeunits(day, 0, 6),
            "/t",
            day,
            "_",
            record_id,
            ".html",
        ),
        "column_name": pa.array(all_columns[column[pages.genre, pick(pages.seed, "column", 15)]], TEXT),
        "content_source": both(
            say("原创来源", seed), editions.content_sources(world, task.documents, members, members.parent)
        ),
        "author": say("作者"),
        "keywords": say("关键词"),
        "document_number": both(number, editions.document_numbers(world, task.documents, members)),
        "topic_1": chosen([*world.topics, ""], shown_topic),
    }


def write(world: World, task: Task, raw: Path) -> dict[str, dict[str, list[Any]]]:
    """Write the file of a task, and its visits; return what truth says of the deliveries."""
    pages = pages_of(world, task)
    is_csv = task.file.endswith(".csv")
    reasons = (
        "impossible_date",
        "future_date",
        "missing_title",
        "unknown_site",
        "title_too_long",
        "nul",
        *(("wrong_columns", "undecodable") if is_csv else ("broken_json",)),
    )
    rng = np.random.default_rng(int(seeds_of(world.seed, "faults", task.file)))
    delivery = (
        faults.deliver(rng, len(pages), reasons, task.fault_share)
        if len(pages)
        else Delivery(*[np.zeros(0, int)] * 2)
    )
    head = (",".join(CSV_COLUMNS) + "\r\n").encode("gb18030")
    with formats.plain(raw / task.file, head) if is_csv else formats.zst(raw / task.file) as out:
        for start in range(0, len(delivery), BATCH):
            part = Delivery(delivery.row[start : start + BATCH], delivery.fault[start : start + BATCH])
            rows = pages.take(part.row)
            columns = _deliver(world, task, rows, part)
            lines = faults.spoil_lines(_csv(rows, columns) if is_csv else _json(task, rows, columns), part)
            out.write(formats.gb18030(lines) if is_csv else formats.utf8(lines))
    truth = dict(zip(("malformed", "deliveries"), delivery.truth(task.file), strict=True))
    if task.visits:
        truth = visits.merged(truth, visits.write(world, task, pages, raw))
    return truth


def _deliver(world: World, task: Task, rows: Pages, part: Delivery) -> dict[str, pa.Array]:
    columns = columns_of(world, task, rows)
    changed = part.fault == faults.CHANGED
    if changed.any():
        where = context(world, day=rows.second // 86_400, topic=rows.topic, site=rows.site)
        note = expand.texts(world.grammar, "更正", seeds_of(rows.seed, "changed"), rows.seed, where)
        columns["body"] = pc.if_else(pa.array(changed), join(columns["body"], note), columns["body"])
    if part.is_malformed.any():
        bad_id = pc.if_else(
            pa.array(part.is_malformed), join(columns["record_id"], "x"), columns["record_id"]
        )
        columns["record_id"] = bad_id
    is_csv = task.file.endswith(".csv")
    columns["published"] = _dates(task, rows)
    names = {"date": "published", "title": "title", "site": "site_id"}
    return faults.spoil(columns, part, names, "\x00" if is_csv else "\\u0000")


def _dates(task: Task, rows: Pages) -> pa.LargeStringArray:
    """Return publishing times as the library's system writes them."""
    if task.file.endswith(".csv"):
        return clock.written(rows.second, "%Y/%m/%d %H:%M:%S")
    if int(task.library[2:4]) % 3 == 1:
        return clock.written(rows.second, "%Y年%m月%d日 %H:%M")
    return clock.written(rows.second)


def _json(task: Task, rows: Pages, columns: dict[str, pa.Array]) -> pa.LargeStringArray:
    names = np.array(list(code_list("genres").names.values()), object)
    return formats.json_lines(
        {
            "docId": columns["record_id"],
            "siteCode": columns["site_id"],
            "library": formats.repeated(task.library, len(rows)),
            "areaCode": columns["region_code"],
            "infoType": pa.array(names[rows.genre], TEXT),
            "channelName": columns["column_name"],
            "title": columns["title"],
            "content": columns["body"],
            "url": columns["url"],
            "source": columns["content_source"],
            "author": columns["author"],
            "keywords": columns["keywords"],
            "fileNo": columns["document_number"],
            "subject": columns["topic_1"],
            "pubTime": columns["published"],
        }
    )


def _csv(rows: Pages, columns: dict[str, pa.Array]) -> pa.LargeStringArray:
    codes = chosen(CSV_GENRES, rows.genre)
    ordered = [
        columns["record_id"],
        columns["site_id"],
        columns["region_code"],
        columns["column_name"],
        codes,
        columns["title"],
        pc.replace_substring(columns["body"], "\n", "　　"),
        columns["content_source"],
        columns["author"],
        columns["keywords"],
        columns["document_number"],
        columns["topic_1"],
        columns["url"],
        columns["published"],
    ]
    return formats.csv_lines([text(c) for c in ordered], [n in (5, 6, 7) for n in range(len(ordered))])
