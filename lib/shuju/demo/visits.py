"""Visits to pages and deliveries to enterprises, written beside the pages they are made to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from shuju.demo import clock, faults, formats, people
from shuju.demo.chance import choose, normal, pick, seeds_of, uniform
from shuju.demo.formats import TEXT, chosen
from shuju.demo.world import World
from shuju.standard import code_list

BATCH = 50_000
ACTIONS = ("view", "search", "delivery", "open", "apply", "share")
_CHANNELS = ("PC", "手机", "微信", "APP", "自助终端")


def merged(
    one: dict[str, dict[str, list[Any]]], other: dict[str, dict[str, list[Any]]]
) -> dict[str, dict[str, list[Any]]]:
    """Return the truth tables of both, column by column."""
    found = {
        table: {name: list(values) for name, values in columns.items()} for table, columns in one.items()
    }
    for table, columns in other.items():
        mine = found.setdefault(table, {name: [] for name in columns})
        for name, values in columns.items():
            mine[name] += values
    return found


def write(world: World, task: Any, pages: Any, raw: Path) -> dict[str, dict[str, list[Any]]]:
    """Write ``task.visits`` visits to ``pages``, chronological; return the truth of the delivery."""
    from shuju.demo.pages import record_ids

    file = f"visits/{Path(task.file).name.split('.')[0]}.jsonl.zst"
    n = task.visits if len(pages) else 0
    keys = seeds_of(world.seed, "visits", file, np.arange(n))
    row = (len(pages) * uniform(keys, "row") ** 1.6).astype(np.int64)
    lag = np.exp(normal(keys, "lag") * 1.6 + 11.0).astype(np.int64)
    second = np.minimum(pages.second[row] + lag, clock.SECONDS - 1)
    order = np.argsort(second, kind="stable")
    keys, row, second = keys[order], row[order], second[order]
    reasons = ("impossible_date", "future_date", "wrong_type", "broken_json")
    rng = np.random.default_rng(int(seeds_of(world.seed, "faults", file)))
    delivery = faults.deliver(rng, n, reasons, task.fault_share)
    items, enterprises = people.item_count(world.records), people.enterprise_count(world.records)
    names = np.array(list(code_list("visit_actions").names.values()), object)
    with formats.zst(raw / file) as out:
        for start in range(0, len(delivery), BATCH):
            part = faults.Delivery(delivery.row[start : start + BATCH], delivery.fault[start : start + BATCH])
            key, page, at = keys[part.row], row[part.row], second[part.row]
            action = choose(key, "action", [0.6, 0.1, 0.16, 0.07, 0.02, 0.05])
            is_home = (action < 2) & (uniform(key, "home") < 0.15)
            has_item = np.isin(action, [2, 3, 4])
            number = pa.array((np.arange(start, start + len(part)) * 0 + part.row).astype(np.int64))
            visit_id = formats.join(f"demo-v{Path(file).name.split('.')[0]}-", formats.text(number))
            visit_id = _where(part.is_malformed, formats.join(visit_id, "x"), visit_id)
            duration = np.round(np.exp(3.0 + 1.1 * normal(key, "stay")), 1)
            changed = part.fault == faults.CHANGED
            columns = {
                "vid": visit_id,
                "siteCode": chosen(world.sites.site_id, pages.site[page]),
                "library": formats.repeated(task.library, len(part)),
                "docId": _where(is_home, "", record_ids(pages.number[page])),
                "itemId": _where(has_item, people.item_ids(pick(key, "item", items)), ""),
                "creditCode": _where(
                    has_item, people.credit_codes(world, pick(key, "firm", enterprises)), ""
                ),
                "action": pa.array(names[action], TEXT),
                "terminal": pa.array(
                    np.array(_CHANNELS, object)[choose(key, "channel", [4, 5, 2, 1, 0.3])], TEXT
                ),
                "ts": formats.text(pa.array(clock.epoch(at))),
                "stay": formats.text(pa.array(duration + changed)),
            }
            columns = faults.spoil(
                columns,
                part,
                {"date": "ts", "title": "terminal", "number": "stay"},
                "\\u0000",
            )
            out.write(formats.utf8(faults.spoil_lines(formats.json_lines(columns), part)))
    return dict(zip(("malformed", "deliveries"), delivery.truth(file), strict=True))


def _where(mask: Any, yes: Any, no: Any) -> pa.Array:
    import pyarrow.compute as pc

    yes, no = (pa.scalar(v, TEXT) if isinstance(v, str) else v for v in (yes, no))
    return pc.if_else(pa.array(mask), yes, no)
