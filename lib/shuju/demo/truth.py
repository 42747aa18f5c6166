"""What was planted, for measuring: tables that no analysis may read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shuju.demo import cascades, clock, grammar, issues
from shuju.demo.cascades import Documents, Members
from shuju.demo.issues import Bursts, Letters
from shuju.demo.letters import letter_ids
from shuju.demo.pages import record_ids
from shuju.demo.sites import BROKEN, NORMAL
from shuju.demo.world import World
from shuju.standard import regions


def save(folder: Path, name: str, columns: dict[str, Any]) -> None:
    """Write one table of truth as Parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), folder / f"{name}.parquet", compression="zstd")


def save_cascades(folder: Path, documents: Documents, members: Members, first_number: int) -> None:
    """Write ``cascades`` and ``hard_negatives``.

    ``cascades``: for each origin and copy: origin_id, record_id, parent_id, kind (COPY_KINDS), lag_hours
    (after the origin), edits (those of EDITS by which it differs from the origin). ``hard_negatives``:
    origin_id, record_id, kind (revision, interpretation, same_subject, annual: next year's notice).
    """
    ids = np.array(record_ids(first_number + np.arange(len(members))).to_pylist(), object)
    origin_row = np.zeros(len(documents.site), np.int64)
    is_origin = members.role == cascades.ORIGIN
    origin_row[members.cascade[is_origin]] = np.flatnonzero(is_origin)
    copy = np.flatnonzero(members.role == cascades.COPY)
    row, origin, parent = [copy], [origin_row[members.cascade[copy]]], [members.parent[copy]]
    for more in (members.more_1, members.more_2):
        has = np.flatnonzero(more >= 0)
        row.append(has)
        origin.append(origin_row[more[has]])
        parent.append(origin_row[more[has]])
    rows, origins, parents = (np.concatenate(v) for v in (row, origin, parent))
    is_first = np.arange(len(rows)) < len(copy)
    bits = np.where(is_first, members.edits[rows], members.edits[rows] & (cascades.HEADER | cascades.FOOTER))
    # All that a page of several documents takes is its half of each.
    bits = np.where(members.more_1[rows] >= 0, bits | cascades.CUT, bits)
    save(
        folder,
        "cascades",
        {
            "origin_id": ids[origins],
            "record_id": ids[rows],
            "parent_id": ids[parents],
            "kind": np.array(cascades.COPY_KINDS, object)[members.kind[rows]],
            "lag_hours": (members.second[rows] - members.second[origins]) / 3600,
            "edits": _names(bits, cascades.EDITS),
        },
    )
    alike = np.flatnonzero(members.role > cascades.COPY)
    again = np.flatnonzero(documents.annual_of >= 0)
    save(
        folder,
        "hard_negatives",
        {
            "origin_id": np.concatenate(
                [ids[origin_row[members.cascade[alike]]], ids[origin_row[documents.annual_of[again]]]]
            ),
            "record_id": np.concatenate([ids[alike], ids[origin_row[again]]]),
            "kind": np.concatenate(
                [np.array(cascades.ROLES, object)[members.role[alike]], np.full(len(again), "annual", object)]
            ),
        },
    )


def _names(bits: Any, names: tuple[str, ...]) -> pa.Array:
    """Return for each row the list of the names whose bits are set."""
    row, bit = np.nonzero((np.asarray(bits)[:, None] >> np.arange(len(names))) & 1)
    offsets = np.searchsorted(row, np.arange(len(bits) + 1))
    return pa.ListArray.from_arrays(
        pa.array(offsets, pa.int32()), pa.array(np.array(names, object)[bit], pa.string())
    )


def save_letters(folder: Path, world: World, letters: Letters, bursts: Bursts) -> None:
    """Write ``issues``, ``issue_members``, ``bursts``, ``seasonal`` and ``repeats``.

    ``issues``: the stages' dates are those of the first letter (source_at), of the first from another county
    than the origin (transmission_at), of the first with petition words (conversion_at); ``stage`` the last.
    ``bursts``: county, topic, first and last day, letters expected in them and letters added. ``seasonal``:
    topic, month, factor (1 is the year's mean). ``repeats``: a letter and the one it repeats.
    """
    ids = np.array(letter_ids(np.arange(len(letters))).to_pylist(), object)
    codes = np.array([r.code for r in regions()], object)
    member = np.flatnonzero(letters.issue >= 0)
    issue = letters.issue[member]
    number, first = np.unique(issue, return_index=True)
    when, region, scenario = letters.second[member], letters.region[member], letters.scenario[member][first]
    home = letters.matter_region[member][first]
    place = np.searchsorted(number, issue)
    moved = _first_where(place, when, region != home[place], len(number))
    turned = _first_where(place, when, letters.is_petition[member], len(number))
    names = np.array(grammar.scenarios(), object)[scenario]
    stage = np.select([turned >= 0, moved >= 0], [2, 1], 0)
    stages = np.array(["源头", "传导", "转化"], object)
    save(
        folder,
        "issues",
        {
            "issue_id": _issue_ids(number),
            "topic_1": [n.split("/")[0] for n in names],
            "topic_2": [n.split("/")[1] for n in names],
            "origin_county": codes[home],
            "source_at": clock.timestamps(when[first]),
            "transmission_at": _moments(moved),
            "conversion_at": _moments(turned),
            "stage": stages[stage],
            "letters": np.bincount(place, minlength=len(number)),
            "writers": _distinct(place, letters.writer[member], len(number)),
            "counties": _distinct(place, region, len(number)),
        },
    )
    reached = (turned[place] >= 0) & (when >= turned[place])
    moving = (moved[place] >= 0) & (when >= moved[place])
    save(
        folder,
        "issue_members",
        {
            "issue_id": _issue_ids(issue),
            "letter_id": ids[member],
            "region_code": codes[region],
            "written_at": clock.timestamps(when),
            "stage": stages[np.select([reached, moving], [2, 1], 0)],
        },
    )
    start = np.datetime64(clock.FIRST, "D")
    save(
        folder,
        "bursts",
        {
            "region_code": codes[bursts.region],
            "topic_1": np.array(world.topics, object)[world.scenario_topic[bursts.scenario]],
            "first_day": pa.array(start + bursts.first_day),
            "last_day": pa.array(start + bursts.first_day + bursts.days - 1),
            "expected": bursts.expected,
            "excess": bursts.excess,
        },
    )
    factors = issues.seasonal(world)
    save(
        folder,
        "seasonal",
        {
            "topic_1": np.repeat(np.array(world.topics, object), 12),
            "month": np.tile(np.arange(1, 13), len(world.topics)),
            "factor": factors.ravel(),
        },
    )
    again = np.flatnonzero(letters.repeat_of >= 0)
    save(folder, "repeats", {"letter_id": ids[again], "repeat_of": ids[letters.repeat_of[again]]})


def _issue_ids(numbers: Any) -> Any:
    return np.char.add("demo-issue-", np.char.zfill(np.asarray(numbers).astype(str), 5)).astype(object)


def _first_where(place: Any, when: Any, where: Any, n: int) -> Any:
    """Return for each of n places the first time at which ``where`` holds, or -1."""
    found = np.full(n, np.iinfo(np.int64).max)
    np.minimum.at(found, place[where], when[where])
    return np.where(found == np.iinfo(np.int64).max, -1, found)


def _moments(seconds: Any) -> pa.Array:
    import pyarrow.compute as pc

    return pc.if_else(pa.array(seconds >= 0), clock.timestamps(np.maximum(seconds, 0)), None)


def _distinct(place: Any, values: Any, n: int) -> Any:
    pairs = np.unique(np.column_stack([place, values]), axis=0)
    return np.bincount(pairs[:, 0].astype(int), minlength=n)


def save_sites(folder: Path, world: World) -> None:
    """Write ``sites``: the stale ones (nothing from a day on) and the broken ones (titles without text)."""
    sites = world.sites
    ill = np.flatnonzero(sites.state != NORMAL)
    save(
        folder,
        "sites",
        {
            "site_id": np.array(sites.site_id, object)[ill],
            "state": np.where(sites.state[ill] == BROKEN, "broken", "stale").astype(object),
            "since": pa.array(np.datetime64(clock.FIRST, "D") + sites.since_day[ill]),
        },
    )
