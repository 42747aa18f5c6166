"""The fact table of records against the library that it is built from."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from shuju.facts import Crossfilter
from shuju.library import Library, open_library
from shuju.library.ingest import ingest
from shuju.pages.panorama.cards import map_data
from shuju.records import facts as record_facts
from tests.conftest import page, write_lines


def counts(library: Library) -> dict[str, dict[str, int]]:
    facts = record_facts.build(library)
    by = Crossfilter(facts).histograms().by
    return {
        name: {label: int(n) for label, n in zip(facts.labels(name), by[name], strict=True) if n}
        for name in by
    }


def test_dimensions_are_those_of_the_record_and_its_site(library: Library, raw: Path) -> None:
    rows = [page(1), page(2, kind="通知"), page(3, site="4311810001"), page(4, site="4300000001")]
    write_lines(raw / "pages" / "a.jsonl", rows)
    ingest(library, "test_pages")
    found = counts(library)
    assert found["library"] == {"430000": 1, "430100": 2, "431100": 1}
    assert found["region"] == {"430000": 1, "430100": 2, "431181": 1}
    assert found["level"] == {"province": 1, "prefecture": 2, "county": 1}
    assert found["genre"] == {"news": 3, "notice": 1}
    assert found["source"] == {"test_pages": 4}
    assert found["topic"] == {"未分类": 4}


def test_only_what_was_added_is_read_and_revisions_replace(library: Library, raw: Path) -> None:
    write_lines(raw / "pages" / "a.jsonl", [page(1), page(2)])
    ingest(library, "test_pages")
    first = record_facts.build(library)
    assert record_facts.build(library).version == first.version
    write_lines(raw / "pages" / "b.jsonl", [page(2, kind="通知", title="改"), page(3)])
    ingest(library, "test_pages")
    assert counts(library)["genre"] == {"news": 2, "notice": 1}


def test_empty_library_has_an_empty_fact_table(home: Path) -> None:
    assert record_facts.build(open_library(home)).n == 0


def test_sites_outside_the_province_lie_nowhere_on_its_map(real_data: Path, home: Path) -> None:
    library = open_library(home)
    ingest(library, "gov_pages", real_data / "gov_pages" / "html")
    facts = record_facts.build(library)
    assert facts.n == 21
    assert counts(library)["level"] == {"outside": 21}
    assert np.isnan(facts.column("x")).all()
    assert map_data(record_facts.selection(library)).attrs["nowhere"] == 21


def test_site_without_a_region(library: Library, raw: Path) -> None:
    (raw / "sites" / "media.csv").write_text(
        "标识码,名称,区划,层级,类别\nmedia-1,某报,,province,media\n", encoding="utf-8"
    )
    text = (raw / "catalog.yaml").read_text(encoding="utf-8")
    (raw / "catalog.yaml").write_text(
        text.replace("level: 层级,", "level: 层级, library: {const: '430000'},"), encoding="utf-8"
    )
    opened = open_library(Path(library.home.root), raw / "catalog.yaml")
    ingest(opened, "test_sites")
    write_lines(raw / "pages" / "a.jsonl", [page(1, site="media-1")])
    ingest(opened, "test_pages")
    assert counts(opened)["region"] == {"未知": 1}
