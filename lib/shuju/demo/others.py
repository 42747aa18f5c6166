"""The smaller sources: suggestions, studies and county pages as HTML, enterprises, cases and items in SQLite."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuju.demo import clock, expand, formats, people
from shuju.demo.chance import choose, normal, pick, seeds_of, uniform
from shuju.demo.formats import TEXT, join, numbered
from shuju.demo.world import World, context
from shuju.standard import code_list, regions

_DAY = 86_400
DATABASE = "enterprises/enterprises.db"


def suggestion_count(records: int) -> int:
    """Return how many suggestions a province of so many records has."""
    return min(20_000, max(12, records // 1000))


def study_count(records: int) -> int:
    """Return how many studies a province of so many records has."""
    return min(700, max(10, records // 2000))


def case_count(records: int) -> int:
    """Return how many cases a province of so many records has."""
    return max(40, records // 40)


def write_suggestions(world: World, raw: Path) -> int:
    """Write the suggestions of members of the consultative conference as one worksheet; return how many."""
    n = suggestion_count(world.records)
    keys = seeds_of(world.seed, "suggest", np.arange(n))
    second = np.sort(clock.to_office_hours((uniform(keys, "when") * (clock.SECONDS - 9 * _DAY)).astype(np.int64), uniform(keys, "hour")))
    topic, region = pick(keys, "topic", len(world.topics)), world.counties[choose(keys, "county", world.county_population)]
    site = _department_site(world, topic, keys)
    where = context(world, day=second // _DAY, topic=topic, region=region, site=site)

    def say(rule: str, what: str) -> pa.LargeStringArray:
        return expand.texts(world.grammar, rule, seeds_of(keys, what), keys, where)

    delay = np.exp(np.log(40.0) + 0.6 * normal(keys, "delay"))
    replied = clock.to_office_hours(second + (delay * _DAY).astype(np.int64), uniform(keys, "later"))
    is_replied = pa.array((uniform(keys, "never") > 0.1) & (replied < clock.SECONDS))
    blank = pa.scalar("", TEXT)
    formats.xlsx(raw / "suggestions/微建议.xlsx", {
        "建议编号": numbered("demo-sg-", np.arange(n), 7),
        "标题": say("建议标题", "title"),
        "内容": say("建议正文", "body"),
        "委员": say("人名", "member"),
        "界别": say("界别", "sector"),
        "地区代码": pa.array(np.array([r.code for r in regions()], object)[region], TEXT),
        "主题": pa.array(np.array(world.topics, object)[topic], TEXT),
        "提交时间": clock.timestamps(second),
        "答复": pc.if_else(is_replied, say("建议答复", "reply"), blank),
        "答复时间": pc.if_else(is_replied, clock.timestamps(np.minimum(replied, clock.SECONDS - 1)), None),
        "承办部门": pa.array(np.array(world.sites.sponsor, object)[site], TEXT),
    }, n)  # fmt: skip
    return n


def _department_site(world: World, topic: Any, keys: Any) -> npt.NDArray[np.int64]:
    """Return for each topic one of the departments of the province that answer for it."""
    sites = world.sites
    by_topic = [np.flatnonzero((sites.kind == 1) & (sites.topic == t)) for t in range(len(world.topics))]
    size = np.array([len(found) for found in by_topic])
    flat, start = np.concatenate(by_topic), np.cumsum(size) - size
    return flat[start[topic] + pick(keys, "site", size[topic])]


def write_studies(world: World, raw: Path) -> int:
    """Write studies of think tanks as a folder of HTML pages; return how many."""
    n = study_count(world.records)
    keys = seeds_of(world.seed, "study", np.arange(n))
    second = clock.to_office_hours((np.sort(uniform(keys, "when")) * (clock.SECONDS - 9 * _DAY)).astype(np.int64), uniform(keys, "hour"))
    topic, region = pick(keys, "topic", len(world.topics)), world.counties[pick(keys, "county", len(world.counties))]
    where = context(world, day=second // _DAY, topic=topic, region=region, site=_department_site(world, topic, keys))

    def say(rule: str, what: str) -> list[str]:
        return expand.texts(world.grammar, rule, seeds_of(keys, what), keys, where).to_pylist()

    scope = np.array(["国内智库", "省内智库"], object)[choose(keys, "scope", [0.3, 0.7])]
    columns = (say("研究标题", "title"), say("摘要", "abstract"), say("研究正文", "body"), say("机构", "institute"),
               say("人名", "one"), say("人名", "two"), clock.written(second, "%Y-%m-%d %H:%M").to_pylist())  # fmt: skip
    for i, (title, abstract, body, institute, one, two, when) in enumerate(zip(*columns, strict=True)):
        meta = {
            "SiteName": "湘智库（演示）", "SiteDomain": "zhiku.hunan.example", "SiteIDCode": "4300000099",
            "ColumnName": scope[i], "ArticleId": f"demo-st-{i:06d}", "ArticleTitle": title, "PubDate": when,
            "ContentSource": institute, "Author": f"{one}；{two}", "Description": abstract,
            "Keywords": world.topics[topic[i]], "Url": f"http://zhiku.hunan.example/cg/{i:06d}.html",
        }  # fmt: skip
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
            "SiteName": world.sites.name[site], "SiteDomain": world.sites.domain[site],
            "SiteIDCode": world.sites.site_id[site], "ColumnName": columns["column_name"][i],
            "ColumnType": genres[rows.genre[i]], "ArticleId": columns["record_id"][i],
            "ArticleTitle": columns["title"][i], "PubDate": times[i], "ContentSource": columns["content_source"][i],
            "Author": columns["author"][i], "Keywords": columns["keywords"][i], "Url": columns["url"][i],
        }  # fmt: skip
        page(raw / f"county_pages/{columns['record_id'][i]}.html", meta, columns["body"][i], is_gb18030=site % 2 == 1)
    count = len(rows)
    return {"deliveries": {"file": ["county_pages/"], "kind": ["stored"], "count": [count]}}


def page(path: Path, meta: dict[str, str], body: str, is_gb18030: bool) -> None:
    """Write one page as government sites do: standard ``<meta>`` tags, navigation, main text, footer."""
    charset = "gb18030" if is_gb18030 else "utf-8"
    tags = "\n".join(f'<meta name="{name}" content="{value}">' for name, value in meta.items())
    text = "\n".join(f"<p>　　{line}</p>" for line in body.split("\n") if line)
    html = (
        f'<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="{charset}">\n'
        f'<meta name="Generator" content="shuju demo">\n{tags}\n<title>{meta["ArticleTitle"]}</title>\n</head>\n<body>\n'
        '<header><div class="logo"><a href="/">首页</a></div>\n<nav><ul><li><a href="/zwgk/">政务公开</a></li>'
        '<li><a href="/hdjl/">互动交流</a></li><li><a href="/bsfw/">办事服务</a></li><li><a href="/sjfb/">数据发布</a></li></ul></nav></header>\n'
        f'<div class="crumb">当前位置：<a href="/">首页</a> &gt; <a href="./">{meta["ColumnName"]}</a></div>\n'
        f'<main><article>\n<h1>{meta["ArticleTitle"]}</h1>\n<div class="info"><span>发布时间：{meta["PubDate"]}</span> '
        f'<span>来源：{meta["ContentSource"]}</span></div>\n<div class="content" id="zoom">\n{text}\n</div>\n</article></main>\n'
        '<aside><h3>相关链接</h3><ul><li><a href="/a1.html">办事指南</a></li><li><a href="/a2.html">网站地图</a></li></ul></aside>\n'
        f'<footer><p>主办：{meta["SiteName"]} 网站标识码：{meta["SiteIDCode"]}</p><p>联系我们 | 网站地图 | 隐私声明 | 版权说明</p>'
        "<p>演示数据，非真实网站</p></footer>\n</body>\n</html>\n"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(html.encode(charset))


def write_database(world: World, raw: Path, policy_ids: list[str]) -> dict[str, int]:
    """Write enterprises, policy items and cases as one SQLite database; return the rows of each.

    Every table has ``updated_at``, by which a reader may go on where it stopped. ``policy_ids`` are
    the records that items may refer to.
    """
    path = raw / DATABASE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    items, enterprises, cases = (
        people.item_count(world.records), people.enterprise_count(world.records), case_count(world.records)
    )  # fmt: skip
    with sqlite3.connect(path, isolation_level=None) as base:
        base.execute("PRAGMA journal_mode = OFF")
        base.execute("PRAGMA synchronous = OFF")
        for table, columns, n in (
            ("qy_jbxx", _enterprises(world, np.arange(enterprises)), enterprises),
            ("zc_sx", _items(world, np.arange(items), policy_ids), items),
        ):
            _create(base, table, columns)
            _insert(base, table, columns, n)
        step = 100_000
        for start in range(0, cases, step):
            columns = _cases(world, np.arange(start, min(start + step, cases)), cases)
            if start == 0:
                _create(base, "bj_xx", columns)
            _insert(base, "bj_xx", columns, min(step, cases - start))
        for table in ("qy_jbxx", "zc_sx", "bj_xx"):
            base.execute(f"CREATE INDEX {table}_updated ON {table} (updated_at)")
    base.close()
    return {"enterprises": enterprises, "policy_items": items, "cases": cases}


def _create(base: sqlite3.Connection, table: str, columns: dict[str, Any]) -> None:
    kinds = ", ".join(
        f"{name} {'TEXT' if pa.types.is_large_string(v.type) else 'REAL' if pa.types.is_floating(v.type) else 'INTEGER'}"
        for name, v in columns.items()
    )
    base.execute(f"CREATE TABLE {table} ({kinds})")


def _insert(base: sqlite3.Connection, table: str, columns: dict[str, Any], n: int) -> None:
    marks = ", ".join("?" * len(columns))
    base.execute("BEGIN")
    base.executemany(f"INSERT INTO {table} VALUES ({marks})", zip(*(v.to_pylist() for v in columns.values()), strict=True))  # noqa: S608
    base.execute("COMMIT")
    assert n >= 0


def _enterprises(world: World, index: npt.NDArray[np.int64]) -> dict[str, pa.Array]:
    keys = seeds_of(world.seed, "firm", index)
    county = people.enterprise_county(world, index)
    where = context(world, day=np.zeros(len(index), int), region=county)
    size = choose(keys, "size", [0.01, 0.06, 0.33, 0.6])
    employees = np.maximum(1, np.exp(np.array([6.9, 5.3, 3.4, 1.3])[size] + 0.5 * normal(keys, "people"))).astype(np.int64)
    revenue = np.round(employees * 400_000 * np.exp(0.7 * normal(keys, "money")), 2)
    founded = (uniform(keys, "born") ** 0.6 * clock.SECONDS).astype(np.int64) - 12 * 365 * _DAY
    name = expand.texts(world.grammar, "企业名", keys, keys, where)
    county_name = pa.array(np.array([r.short_name for r in regions()], object)[county], TEXT)
    return {
        "tyshxydm": people.credit_codes(world, index),
        "qymc": join(county_name, name),
        "qhdm": pa.array(np.array([r.code for r in regions()], object)[county], TEXT),
        "hyml": pa.array(np.array(list("ABCDEFGHIJKLMNOPQRS"), object)[choose(keys, "trade", [6, 2, 20, 3, 1, 8, 22, 5, 6, 6, 2, 4, 7, 4, 1, 2, 3, 2, 1])], TEXT),
        "qygm": pa.array(np.array(list(code_list("enterprise_sizes").names.values()), object)[size], TEXT),
        "clrq": clock.written(founded, "%Y-%m-%d"),
        "zczb": pa.array(np.round(np.exp(np.array([18.0, 16.5, 14.5, 13.0])[size] + normal(keys, "fund")), -4)),
        "cyrs": pa.array(employees),
        "yysr": pa.array(revenue),
        "sfgx": pa.array((uniform(keys, "tech") < np.array([0.4, 0.25, 0.08, 0.01])[size]).astype(np.int64)),
        "updated_at": clock.written(np.sort((uniform(keys, "update") * clock.SECONDS).astype(np.int64))),
    }  # fmt: skip


def _items(world: World, index: npt.NDArray[np.int64], policy_ids: list[str]) -> dict[str, pa.Array]:
    keys = seeds_of(world.seed, "item", index)
    topic = pick(keys, "topic", len(world.topics))
    site = _department_site(world, topic, keys)
    region = np.where(uniform(keys, "all") < 0.4, 0, 1 + pick(keys, "region", len(regions()) - 1))
    opens = np.sort(pick(keys, "opens", clock.DAYS - 30))
    where = context(world, day=opens, topic=topic, region=region, site=site)
    sizes = np.array(["", "small,micro", "medium,small,micro", "large,medium"], object)
    trades = np.array(["", "C", "A", "I,M", "C,I", "G,F", "A,C,H"], object)
    return {
        "sxbh": people.item_ids(index),
        "zcbh": pa.array(np.array([*policy_ids, ""], object)[pick(keys, "policy", len(policy_ids) + 1)], TEXT),
        "sxmc": expand.texts(world.grammar, "事项名称", seeds_of(keys, "name"), keys, where),
        "syqh": pa.array(np.array([r.code for r in regions()], object)[region], TEXT),
        "slbm": pa.array(np.array(world.sites.sponsor, object)[site], TEXT),
        "zt": pa.array(np.array(world.topics, object)[topic], TEXT),
        "syhy": pa.array(trades[pick(keys, "trade", len(trades))], TEXT),
        "sygm": pa.array(sizes[pick(keys, "size", len(sizes))], TEXT),
        "sbtj": expand.texts(world.grammar, "申报条件", seeds_of(keys, "if"), keys, where),
        "zcnr": expand.texts(world.grammar, "支持内容", seeds_of(keys, "what"), keys, where),
        "zgje": pa.array((np.exp(11.5 + 1.3 * normal(keys, "money")) // 1000 * 1000)),
        "ksrq": clock.written(opens * _DAY, "%Y-%m-%d"),
        "jzrq": clock.written(np.minimum((opens + 20 + pick(keys, "open", 200)) * _DAY, clock.SECONDS - 1), "%Y-%m-%d"),
        "updated_at": clock.written(opens * _DAY + 9 * 3600),
    }  # fmt: skip


def _cases(world: World, index: npt.NDArray[np.int64], total: int) -> dict[str, pa.Array]:
    keys = seeds_of(world.seed, "case", index)
    enterprise = pick(keys, "firm", people.enterprise_count(world.records))
    county = people.enterprise_county(world, enterprise)
    # By index so that the table grows in the order of application, whatever the step.
    applied = ((index + uniform(keys, "when")) / total * (clock.SECONDS - 2 * _DAY)).astype(np.int64)
    applied = applied // _DAY * _DAY + clock.second_of_day(uniform(keys, "hour"), 1)
    stages = [applied]
    reached = np.ones(len(index), bool)
    times = [clock.written(applied)]
    for stage, days in (("accept", 1.5), ("review", 4.0), ("decide", 6.0), ("deliver", 2.5)):
        after = clock.to_office_hours(
            stages[-1] + (np.exp(np.log(days) + 0.8 * normal(keys, stage)) * _DAY).astype(np.int64), uniform(keys, f"{stage} hour")
        )
        reached = reached & (after < clock.SECONDS) & (uniform(keys, f"{stage} stops") > 0.02)
        stages.append(after)
        found = clock.written(np.minimum(after, clock.SECONDS - 1))
        times.append(pc.if_else(pa.array(reached), found, None))
    decided = np.asarray(pc.is_valid(times[3]))
    result = np.where(decided, 1 + choose(keys, "result", [0.86, 0.09, 0.05]), 0)
    paid = np.where((result == 1) & (uniform(keys, "paid") < 0.5), np.exp(10.5 + normal(keys, "money")) // 100 * 100, np.nan)
    score = np.where(uniform(keys, "scored") < 0.4, 1 + choose(keys, "score", [1, 1, 3, 15, 80]), 0)
    where = context(world, day=np.zeros(len(index), int), region=county, scenario=pick(keys, "office", 45))
    latest = np.max(np.stack([np.where(s < clock.SECONDS, s, 0) for s in stages]), axis=0)
    return {
        "bjbh": numbered("demo-c", index, 9),
        "sxbh": people.item_ids(pick(keys, "item", people.item_count(world.records))),
        "tyshxydm": pc.if_else(pa.array(uniform(keys, "private") < 0.15), "", people.credit_codes(world, enterprise)),
        "qhdm": pa.array(np.array([r.code for r in regions()], object)[county], TEXT),
        "blbm": expand.texts(world.grammar, "承办", keys, keys, where),
        "sqsj": times[0],
        "slsj": times[1],
        "scsj": times[2],
        "jdsj": times[3],
        "sdsj": times[4],
        "bljg": pa.array(np.array(list(code_list("case_results").names.values()), object)[result], TEXT),
        "dfje": pa.array(paid, from_pandas=True),
        "hcp": pa.array(np.where(score > 0, score, np.nan), from_pandas=True).cast(pa.int64()),
        "updated_at": clock.written(np.maximum(latest, applied)),
    }  # fmt: skip
