"""The smaller sources: suggestions, studies and county pages as HTML; enterprises, cases, items in SQLite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuju.demo import clock, expand, formats
from shuju.demo.chance import choose, normal, pick, seeds_of, uniform
from shuju.demo.formats import TEXT, chosen, numbered
from shuju.demo.province_told import told
from shuju.demo.sites import department_sites
from shuju.demo.world import World, context
from shuju.standard import code_list, province, regions

_DAY = 86_400


def suggestion_count(records: int) -> int:
    """Return how many suggestions a province of so many records has."""
    return min(20_000, max(12, records // 1000))


def study_count(records: int) -> int:
    """Return how many studies a province of so many records has."""
    return min(700, max(10, records // 2000))


def write_suggestions(world: World, raw: Path) -> int:
    """Write the suggestions of members of the consultative conference as one worksheet; return how many."""
    n = suggestion_count(world.records)
    keys = seeds_of(world.seed, "suggest", np.arange(n))
    second = np.sort(
        clock.to_office_hours(
            (uniform(keys, "when") * (clock.SECONDS - 9 * _DAY)).astype(np.int64), uniform(keys, "hour")
        )
    )
    topic, region = (
        pick(keys, "topic", len(world.topics)),
        world.counties[choose(keys, "county", world.county_population)],
    )
    site = department_sites(world.sites, topic, keys)
    where = context(world, day=second // _DAY, topic=topic, region=region, site=site)

    def say(rule: str, what: str) -> pa.LargeStringArray:
        return expand.texts(world.grammar, rule, seeds_of(keys, what), keys, where)

    delay = np.exp(np.log(40.0) + 0.6 * normal(keys, "delay"))
    replied = clock.to_office_hours(second + (delay * _DAY).astype(np.int64), uniform(keys, "later"))
    is_replied = pa.array((uniform(keys, "never") > 0.1) & (replied < clock.SECONDS))
    blank = pa.scalar("", TEXT)
    formats.xlsx(
        raw / "suggestions/微建议.xlsx",
        {
            "建议编号": numbered("demo-sg-", np.arange(n), 7),
            "标题": say("建议标题", "title"),
            "内容": say("建议正文", "body"),
            "委员": say("人名", "member"),
            "界别": say("界别", "sector"),
            "地区代码": chosen([r.code for r in regions()], region),
            "主题": chosen(world.topics, topic),
            "提交时间": clock.timestamps(second),
            "答复": pc.if_else(is_replied, say("建议答复", "reply"), blank),
            "答复时间": pc.if_else(
                is_replied, clock.timestamps(np.minimum(replied, clock.SECONDS - 1)), None
            ),
            "承办部门": chosen(world.sites.sponsor, site),
        },
        n,
    )
    return n


def write_studies(world: World, raw: Path) -> int:
    """Write studies of think tanks as a folder of HTML pages; return how many."""
    n = study_count(world.records)
    keys = seeds_of(world.seed, "study", np.arange(n))
    second = clock.to_office_hours(
        (np.sort(uniform(keys, "when")) * (clock.SECONDS - 9 * _DAY)).astype(np.int64), uniform(keys, "hour")
    )
    topic, region = (
        pick(keys, "topic", len(world.topics)),
        world.counties[pick(keys, "county", len(world.counties))],
    )
    where = context(
        world, day=second // _DAY, topic=topic, region=region, site=department_sites(world.sites, topic, keys)
    )

    def say(rule: str, what: str) -> list[str]:
        return expand.texts(world.grammar, rule, seeds_of(keys, what), keys, where).to_pylist()

    scope = np.array(["国内智库", "省内智库"], object)[choose(keys, "scope", [0.3, 0.7])]
    columns = (
        say("研究标题", "title"),
        say("摘要", "abstract"),
        say("研究正文", "body"),
        say("机构", "institute"),
        say("人名", "one"),
        say("人名", "two"),
        clock.written(second, "%Y-%m-%d %H:%M").to_pylist(),
    )
    for i, (title, abstract, body, institute, one, two, when) in enumerate(zip(*columns, strict=True)):
        meta = {
            "SiteName": f"{told().think_tank}（演示）",
            "SiteDomain": f"zhiku.{told().domain}.example",
            "SiteIDCode": f"{province().code}0099",
            "ColumnName": scope[i],
            "ArticleId": f"demo-st-{i:06d}",
            "ArticleTitle": title,
            "PubDate": when,
            "ContentSource": institute,
            "Author": f"{one}；{two}",
            "Description": abstract,
            "Keywords": world.topics[topic[i]],
            "Url": f"http://zhiku.{told().domain}.example/cg/{i:06d}.html",
        }
        page(raw / f"studies/st{i:06d}.html", meta, body, is_gb18030=i % 3 == 2)
    return n


def write_county_pages(world: World, task: Any, raw: Path) -> dict[str, dict[str, list[Any]]]:
    """Write the pages of some county portals as a folder of HTML; return the truth of the delivery."""
    from shuju.demo import pages

    rows = pages.pages_of(world, task)
    genres = list(code_list("genres").names.values())
    columns = {name: values.to_pylist() for name, values in pages.columns_of(world, task, rows).items()}
    times = clock.written(rows.second, "%Y-%m-%d %H:%M").to_pylist()
    for i, site in enumerate(rows.site):
        meta = {
            "SiteName": world.sites.name[site],
            "SiteDomain": world.sites.domain[site],
            "SiteIDCode": world.sites.site_id[site],
            "ColumnName": columns["column_name"][i],
            "ColumnType": genres[rows.genre[i]],
            "ArticleId": columns["record_id"][i],
            "ArticleTitle": columns["title"][i],
            "PubDate": times[i],
            "ContentSource": columns["content_source"][i],
            "Author": columns["author"][i],
            "Keywords": columns["keywords"][i],
            "Url": columns["url"][i],
        }
        page(
            raw / f"county_pages/{columns['record_id'][i]}.html",
            meta,
            columns["body"][i],
            is_gb18030=site % 2 == 1,
        )
    count = len(rows)
    return {"deliveries": {"file": ["county_pages/"], "kind": ["stored"], "count": [count]}}


def page(path: Path, meta: dict[str, str], body: str, is_gb18030: bool) -> None:
    """Write one page as government sites do: standard ``<meta>`` tags, navigation, main text, footer."""
    charset = "gb18030" if is_gb18030 else "utf-8"
    tags = "\n".join(f'<meta name="{name}" content="{value}">' for name, value in meta.items())
    text = "\n".join(f"<p>　　{line}</p>" for line in body.split("\n") if line)
    template = (formats.TEMPLATES / "page.html").read_text(encoding="utf-8")
    html = template.format(charset=charset, tags=tags, text=text, **meta)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(html.encode(charset))
