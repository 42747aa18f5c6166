"""Enterprises, policy items and cases: one SQLite database, as a business system keeps them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuju.demo import clock, expand, people
from shuju.demo.chance import choose, normal, pick, seeds_of, uniform
from shuju.demo.formats import chosen, join, numbered
from shuju.demo.sites import department_sites
from shuju.demo.world import World, context
from shuju.standard import code_list, regions

DATABASE = "enterprises/enterprises.db"
_DAY = 86_400
# Shares of the sections A to S of GB/T 4754 among enterprises.
_INDUSTRIES = (6, 2, 20, 3, 1, 8, 22, 5, 6, 6, 2, 4, 7, 4, 1, 2, 3, 2, 1)


def case_count(records: int) -> int:
    """Return how many cases a province of so many records has."""
    return max(40, records // 40)


def write_database(world: World, raw: Path, policy_ids: list[str]) -> None:
    """Write enterprises, policy items and cases as one SQLite database.

    Every table has ``updated_at``, by which a reader may go on where it stopped. ``policy_ids`` are
    the records that items may refer to.
    """
    path = raw / DATABASE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    items, enterprises, cases = (
        people.item_count(world.records),
        people.enterprise_count(world.records),
        case_count(world.records),
    )
    with sqlite3.connect(path, isolation_level=None) as base:
        base.execute("PRAGMA journal_mode = OFF")
        base.execute("PRAGMA synchronous = OFF")
        for table, columns in (
            ("qy_jbxx", _enterprises(world, np.arange(enterprises))),
            ("zc_sx", _items(world, np.arange(items), policy_ids)),
        ):
            _create(base, table, columns)
            _insert(base, table, columns)
        step = 100_000
        for start in range(0, cases, step):
            columns = _cases(world, np.arange(start, min(start + step, cases)), cases)
            if start == 0:
                _create(base, "bj_xx", columns)
            _insert(base, "bj_xx", columns)
        for table in ("qy_jbxx", "zc_sx", "bj_xx"):
            base.execute(f"CREATE INDEX {table}_updated ON {table} (updated_at)")
    base.close()


def _create(base: sqlite3.Connection, table: str, columns: dict[str, Any]) -> None:
    def kind(values: pa.Array) -> str:
        return (
            "REAL"
            if pa.types.is_floating(values.type)
            else "INTEGER"
            if pa.types.is_integer(values.type)
            else "TEXT"
        )

    described = ", ".join(f"{name} {kind(values)}" for name, values in columns.items())
    base.execute(f"CREATE TABLE {table} ({described})")


def _insert(base: sqlite3.Connection, table: str, columns: dict[str, Any]) -> None:
    marks = ", ".join("?" * len(columns))
    base.execute("BEGIN")
    base.executemany(
        f"INSERT INTO {table} VALUES ({marks})", zip(*(v.to_pylist() for v in columns.values()), strict=True)
    )
    base.execute("COMMIT")


def _enterprises(world: World, index: npt.NDArray[np.int64]) -> dict[str, pa.Array]:
    keys = seeds_of(world.seed, "firm", index)
    county = people.enterprise_county(world, index)
    where = context(world, day=np.zeros(len(index), int), region=county)
    size = choose(keys, "size", [0.01, 0.06, 0.33, 0.6])
    employees = np.maximum(
        1, np.exp(np.array([6.9, 5.3, 3.4, 1.3])[size] + 0.5 * normal(keys, "people"))
    ).astype(np.int64)
    revenue = np.round(employees * 400_000 * np.exp(0.7 * normal(keys, "money")), 2)
    founded = (uniform(keys, "born") ** 0.6 * clock.SECONDS).astype(np.int64) - 12 * 365 * _DAY
    name = expand.texts(world.grammar, "企业名", keys, keys, where)
    county_name = chosen([r.short_name for r in regions()], county)
    return {
        "tyshxydm": people.credit_codes(world, index),
        "qymc": join(county_name, name),
        "qhdm": chosen([r.code for r in regions()], county),
        "hyml": chosen(list("ABCDEFGHIJKLMNOPQRS"), choose(keys, "trade", _INDUSTRIES)),
        "qygm": chosen(list(code_list("enterprise_sizes").names.values()), size),
        "clrq": clock.written(founded, "%Y-%m-%d"),
        "zczb": pa.array(
            np.round(np.exp(np.array([18.0, 16.5, 14.5, 13.0])[size] + normal(keys, "fund")), -4)
        ),
        "cyrs": pa.array(employees),
        "yysr": pa.array(revenue),
        "sfgx": pa.array((uniform(keys, "tech") < np.array([0.4, 0.25, 0.08, 0.01])[size]).astype(np.int64)),
        "updated_at": clock.written(np.sort((uniform(keys, "update") * clock.SECONDS).astype(np.int64))),
    }


def _items(world: World, index: npt.NDArray[np.int64], policy_ids: list[str]) -> dict[str, pa.Array]:
    keys = seeds_of(world.seed, "item", index)
    topic = pick(keys, "topic", len(world.topics))
    site = department_sites(world.sites, topic, keys)
    region = np.where(uniform(keys, "all") < 0.4, 0, 1 + pick(keys, "region", len(regions()) - 1))
    opens = np.sort(pick(keys, "opens", clock.DAYS - 30))
    where = context(world, day=opens, topic=topic, region=region, site=site)
    sizes = ("", "small,micro", "medium,small,micro", "large,medium")
    trades = ("", "C", "A", "I,M", "C,I", "G,F", "A,C,H")
    return {
        "sxbh": people.item_ids(index),
        "zcbh": chosen([*policy_ids, ""], pick(keys, "policy", len(policy_ids) + 1)),
        "sxmc": expand.texts(world.grammar, "事项名称", seeds_of(keys, "name"), keys, where),
        "syqh": chosen([r.code for r in regions()], region),
        "slbm": chosen(world.sites.sponsor, site),
        "zt": chosen(world.topics, topic),
        "syhy": chosen(trades, pick(keys, "trade", len(trades))),
        "sygm": chosen(sizes, pick(keys, "size", len(sizes))),
        "sbtj": expand.texts(world.grammar, "申报条件", seeds_of(keys, "if"), keys, where),
        "zcnr": expand.texts(world.grammar, "支持内容", seeds_of(keys, "what"), keys, where),
        "zgje": pa.array(np.exp(11.5 + 1.3 * normal(keys, "money")) // 1000 * 1000),
        "ksrq": clock.written(opens * _DAY, "%Y-%m-%d"),
        "jzrq": clock.written(
            np.minimum((opens + 20 + pick(keys, "open", 200)) * _DAY, clock.SECONDS - 1), "%Y-%m-%d"
        ),
        "updated_at": clock.written(opens * _DAY + 9 * 3600),
    }


def _cases(world: World, index: npt.NDArray[np.int64], total: int) -> dict[str, pa.Array]:
    keys = seeds_of(world.seed, "case", index)
    enterprise = pick(keys, "firm", people.enterprise_count(world.records))
    county = people.enterprise_county(world, enterprise)
    # By index so that the table grows in the order of application, whatever the step.
    applied = ((index + uniform(keys, "when")) / total * (clock.SECONDS - 2 * _DAY)).astype(np.int64)
    applied = applied // _DAY * _DAY + clock.second_of_day(uniform(keys, "hour"), 1)
    after = latest = applied
    reached = np.ones(len(index), bool)
    times = [clock.written(applied)]
    for stage, days in (("accept", 1.5), ("review", 4.0), ("decide", 6.0), ("deliver", 2.5)):
        after = clock.to_office_hours(
            after + (np.exp(np.log(days) + 0.8 * normal(keys, stage)) * _DAY).astype(np.int64),
            uniform(keys, f"{stage} hour"),
        )
        reached = reached & (after < clock.SECONDS) & (uniform(keys, f"{stage} stops") > 0.02)
        latest = np.where(reached, after, latest)
        found = clock.written(np.minimum(after, clock.SECONDS - 1))
        times.append(pc.if_else(pa.array(reached), found, None))
    decided = np.asarray(pc.is_valid(times[3]))
    result = np.where(decided, 1 + choose(keys, "result", [0.86, 0.09, 0.05]), 0)
    paid = np.where(
        (result == 1) & (uniform(keys, "paid") < 0.5),
        np.exp(10.5 + normal(keys, "money")) // 100 * 100,
        np.nan,
    )
    score = np.where(uniform(keys, "scored") < 0.4, 1 + choose(keys, "score", [1, 1, 3, 15, 80]), 0)
    where = context(world, day=np.zeros(len(index), int), region=county, scenario=pick(keys, "office", 45))
    return {
        "bjbh": numbered("demo-c", index, 9),
        "sxbh": people.item_ids(pick(keys, "item", people.item_count(world.records))),
        "tyshxydm": pc.if_else(
            pa.array(uniform(keys, "private") < 0.15), "", people.credit_codes(world, enterprise)
        ),
        "qhdm": chosen([r.code for r in regions()], county),
        "blbm": expand.texts(world.grammar, "承办", keys, keys, where),
        "sqsj": times[0],
        "slsj": times[1],
        "scsj": times[2],
        "jdsj": times[3],
        "sdsj": times[4],
        "bljg": chosen(list(code_list("case_results").names.values()), result),
        "dfje": pa.array(paid, from_pandas=True),
        "hcp": pa.array(np.where(score > 0, score, np.nan), from_pandas=True).cast(pa.int64()),
        "updated_at": clock.written(latest),
    }
