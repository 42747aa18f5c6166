"""What shuju build makes of records: reprints and cascades, told once, kept, extended."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shuju.library import Library
from shuju.library.compaction import compact
from shuju.library.ingest import ingest
from shuju.spread.build import build_spread
from shuju.spread.cascade import COLUMNS, infer_cascade
from shuju.spread.due import RuleError
from shuju.spread.sketches import build_sketches
from tests.conftest import page, write_lines

RNG = np.random.default_rng(21)
PROVINCE, PREFECTURE, COUNTY = "4300000001", "4301000001", "4311810001"


def sentence() -> str:
    return "".join(map(chr, RNG.integers(0x4E00, 0x9FA5, 36))) + "。"


LINES = {name: [sentence() for _ in range(12)] for name in "ABC"}


def text(name: str, *anew: int) -> str:
    return "\n".join(sentence() if k in anew else line for k, line in enumerate(LINES[name]))


def copy(
    number: int, site: str, name: str, time: str, body: str | None = None, **more: object
) -> dict[str, object]:
    title = f"关于{name}类事项的通知"
    return page(number, site=site, title=title, content=body or text(name), time=time, kind="policy", **more)


FIRST = [
    copy(1, PROVINCE, "A", "2024-03-01 09:00"),
    copy(2, PREFECTURE, "A", "2024-03-01 15:00"),
    copy(3, COUNTY, "A", "2024-03-02 09:00"),
    copy(4, PROVINCE, "B", "2024-03-05 09:00"),
    *(page(100 + k, content=sentence() + sentence()) for k in range(20)),
]


@pytest.fixture
def take(library: Library, raw: Path) -> Callable[..., Library]:
    def ingest_more(name: str, *rows: dict[str, object]) -> Library:
        write_lines(raw / "pages" / f"{name}.jsonl", list(rows))
        ingest(library, "test_pages")
        return library

    return ingest_more


def told(library: Library) -> set[tuple[str, str, str]]:
    rows = library.read("reprints")
    return set(zip(rows["origin_id"], rows["record_id"], rows["kind"]))


def same_as_anew(library: Library) -> bool:
    """Whether what was built bit by bit is what is built at once."""
    columns = ["reprint_id", "kind", "containment", "lag_hours", "parent_id", "generation", "spans"]
    before, cascades = (
        library.read("reprints", columns),
        library.read("cascades").drop(columns=["run_id", "ingested_at"]),
    )
    shutil.rmtree(library.home.cache / "spread")
    assert build_spread(library).is_new
    pd.testing.assert_frame_equal(before, library.read("reprints", columns))
    again = library.read("cascades").drop(columns=["run_id", "ingested_at"])
    pd.testing.assert_frame_equal(cascades, again)
    return True


def test_without_records_there_is_nothing(library: Library) -> None:
    assert build_spread(library).n_documents == 0


def test_records_that_nobody_carried_are_no_origins(take: Callable[..., Library]) -> None:
    library = take(
        "a", copy(1, PROVINCE, "A", "2024-03-01 09:00"), copy(2, PREFECTURE, "B", "2024-03-02 09:00")
    )
    built = build_spread(library)
    assert (built.n_documents, built.n_reprints) == (0, 0)
    assert library.read("cascades").empty


def test_a_document_and_its_copies(take: Callable[..., Library]) -> None:
    library = take("a", *FIRST)
    built = build_spread(library)
    assert (built.n_documents, built.n_reprints, built.is_new) == (1, 2, True)
    rows = library.read("reprints").set_index("record_id")
    assert rows["lag_hours"].to_dict() == {"p2": 6.0, "p3": 24.0}
    assert rows["parent_id"].to_dict() == {"p2": "p1", "p3": "p1"}  # 祁阳 is not under 长沙
    assert rows["generation"].to_dict() == {"p2": 1, "p3": 1}
    (cascade,) = library.read("cascades").to_dict("records")
    assert (cascade["origin_id"], cascade["n_sites"], cascade["depth"], cascade["n_due"]) == ("p1", 2, 1, 2)
    assert (cascade["share_8h"], cascade["share_24h"], cascade["is_small"]) == (0.5, 1.0, True)


def test_parents_are_those_that_the_texts_give(take: Callable[..., Library]) -> None:
    anew = text("A", 5)
    library = take(
        "a",
        *FIRST,
        copy(5, "4301110001", "A", "2024-03-03 09:00", anew),
        copy(6, "4301040001", "A", "2024-03-04 09:00", anew),
        copy(7, PREFECTURE, "B", "2024-03-06 09:00"),
    )
    build_spread(library)
    rows = library.read("reprints").sort_values("reprint_id", ignore_index=True)
    spans = rows["spans"].map(json.loads)
    anew = infer_cascade(rows.assign(spans=spans), library.read("records"), library.sites_frame())
    assert rows["parent_id"].nunique() > 1
    pd.testing.assert_frame_equal(rows[list(COLUMNS)], anew, check_dtype=False)


def test_again_is_nothing_new(take: Callable[..., Library]) -> None:
    library = take("a", *FIRST)
    version = (build_spread(library), library.stored("reprints").refresh().newest)[1]
    again = build_spread(library)
    assert (again.n_documents, again.n_reprints, again.is_new) == (1, 2, False)
    assert library.stored("reprints").refresh().newest == version


def test_a_new_copy_is_linked_and_the_rest_stays(take: Callable[..., Library]) -> None:
    library = take("a", *FIRST)
    build_spread(library)
    take(
        "b",
        copy(5, COUNTY, "B", "2024-03-06 09:00"),
        copy(6, PROVINCE, "A", "2025-09-01 09:00", text("A", 3, 7)),
    )
    build_spread(library)
    assert told(library) >= {("p1", "p2", "verbatim"), ("p1", "p3", "verbatim"), ("p4", "p5", "verbatim")}
    assert same_as_anew(library)


def test_a_copy_is_found_though_a_run_was_killed_after_its_sketch(take: Callable[..., Library]) -> None:
    library = take("a", *FIRST)
    build_spread(library)
    before = told(library)
    take("b", copy(5, COUNTY, "B", "2024-03-06 09:00"))
    build_sketches(library)  # as far as the killed run came
    assert told(library) == before
    build_spread(library)
    assert told(library) == before | {("p4", "p5", "verbatim")}


def test_an_origin_that_comes_late_takes_its_copies(take: Callable[..., Library]) -> None:
    library = take(
        "a", copy(2, PREFECTURE, "C", "2024-03-02 09:00"), copy(3, COUNTY, "C", "2024-03-03 09:00")
    )
    build_spread(library)
    assert told(library) == {("p2", "p3", "verbatim")}
    take("b", copy(1, PROVINCE, "C", "2024-03-01 09:00"))
    build_spread(library)
    assert told(library) == {("p1", "p2", "verbatim"), ("p1", "p3", "verbatim")}
    assert same_as_anew(library)


def test_a_copy_that_was_revised_is_told_by_its_newest_text(take: Callable[..., Library]) -> None:
    library = take("a", *FIRST)
    build_spread(library)
    take(
        "b",
        copy(2, PREFECTURE, "A", "2024-03-01 15:00", text("A", 4)),
        copy(3, COUNTY, "A", "2024-03-02 09:00", sentence()),
    )
    build_spread(library)
    assert told(library) == {("p1", "p2", "edited"), ("p1", "p3", "related")}


def test_an_origin_that_was_revised_is_told_by_its_newest_text(take: Callable[..., Library]) -> None:
    library = take("a", *FIRST)
    build_spread(library)
    take("b", copy(1, PROVINCE, "A", "2024-03-01 09:00", text("A", 4)))
    build_spread(library)
    assert told(library) == {("p1", "p2", "edited"), ("p1", "p3", "edited")}


def test_where_nobody_names_a_source_the_earliest_is_the_origin(take: Callable[..., Library]) -> None:
    library = take(
        "a", copy(1, PROVINCE, "A", "2024-03-02 09:00"), copy(2, PREFECTURE, "A", "2024-03-01 20:00")
    )
    build_spread(library)
    assert told(library) == {("p2", "p1", "verbatim")}


def test_small_files_put_together_change_nothing(take: Callable[..., Library]) -> None:
    library = take("a", *FIRST)
    for k in range(20):
        take(f"b{k}", page(200 + k, content=sentence()))
    build_spread(library)
    before = told(library)
    assert compact(library.stored("records")) > 0
    build_spread(library)
    assert told(library) == before


def test_a_lost_cache_is_made_anew(take: Callable[..., Library]) -> None:
    library = take("a", *FIRST)
    build_spread(library)
    for part in (library.home.cache / "spread").glob("*.parquet"):
        part.unlink()
    take("b", copy(5, COUNTY, "B", "2024-03-06 09:00"))
    build_spread(library)
    assert told(library) == {("p1", "p2", "verbatim"), ("p1", "p3", "verbatim"), ("p4", "p5", "verbatim")}


def test_another_rule_of_who_ought_to_carry_counts_at_once(take: Callable[..., Library]) -> None:
    library = take("a", *FIRST)
    build_spread(library)
    before = library.read("cascades").set_index("origin_id")["n_due"]
    own = Path(library.home.root) / "due_rule.yaml"
    own.write_text(
        "title: 本省规则\nclauses: [{name: 各县, why: 应转, sites: {kinds: [county_portal]}}]",
        encoding="utf-8",
    )
    assert build_spread(library).is_new
    after = library.read("cascades").set_index("origin_id")["n_due"]
    assert after["p1"] == (library.sites_frame()["kind"] == "county_portal").sum() != before["p1"]
    assert not build_spread(library).is_new
    own.write_text("title: 本省规则", encoding="utf-8")
    with pytest.raises(RuleError, match="clauses"):
        build_spread(library)
