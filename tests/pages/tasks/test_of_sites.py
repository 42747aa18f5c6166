"""Tasks about sites: one that lacks a document, one that has fallen silent."""

from __future__ import annotations

from pathlib import Path

import pytest

import shuju
from shuju.facts.schema import FactsError
from shuju.library import Library, open_library
from shuju.library.ingest import ingest
from shuju.pages.panorama.cards import headline_html
from shuju.pages.tasks.figures import evidence_for, figure_of
from shuju.records.headline import headline_data
from shuju.records.silent_sites import silent_sites, site_days
from tests.conftest import page, write_lines, write_raw
from tests.spread.spread_library import LILING, spread_library


@pytest.fixture
def quiet(tmp_path: Path) -> Library:
    """祁阳 published daily and then no more; 长沙 goes on; the province publishes seldom, as it always did."""
    raw = write_raw(tmp_path / "raw")
    rows = [
        *(("4311810001", f"2024-06-{day:02d} 09:00") for day in range(1, 11)),
        *(("4301000001", f"2024-{month:02d}-{day:02d} 09:00") for month in (6, 7) for day in range(1, 31)),
        *(("4300000001", f"2024-0{month}-01 09:00") for month in range(1, 7)),
    ]
    write_lines(
        raw / "pages" / "a.jsonl", [page(n, site=site, time=time) for n, (site, time) in enumerate(rows)]
    )
    library = open_library(tmp_path / "home", raw / "catalog.yaml")
    ingest(library, "test_sites")
    ingest(library, "test_pages")
    return library


def test_a_site_is_silent_by_its_own_habit(quiet: Library) -> None:
    days = site_days(quiet).set_index("site_id")
    assert days.loc["4311810001", ["n_days", "last_day", "silent_days", "usual_days"]].tolist() == [
        10,
        "2024-06-10",
        50,
        1.0,
    ]
    assert days.loc["4300000001", "silent_days"] == 59  # every month: as long as that it is not odd yet
    records = shuju.select("records", quiet.home.uri)
    assert silent_sites(records)["site_id"].tolist() == ["4311810001"]
    assert silent_sites(shuju.select("records", quiet.home.uri, region=["430100"])).empty


def test_a_silent_site_is_assigned_with_a_sentence_and_evidence(quiet: Library) -> None:
    shown = headline_html(headline_data(shuju.select("records", quiet.home.uri)))
    assert "assign?site=4311810001" in shown
    figure = figure_of(quiet, {"site": "4311810001"})
    assert (
        "最近一条信息在 2024-06-10，至资源库最新一天已 50 天没有更新；平常每隔 1.0 天更新一次。"
        in figure.sentence
    )
    assert (figure.kind, figure.region_code, figure.value["没有更新"], figure.n_rows) == (
        "site",
        "431181",
        "50 天",
        10,
    )
    assert evidence_for(quiet, figure, "省领导").filters == "site=4311810001"
    for unknown in ("nothing", ""):
        with pytest.raises(FactsError):
            figure_of(quiet, {"site": unknown})


def test_a_site_that_lacks_a_document(tmp_path: Path) -> None:
    library = spread_library(tmp_path)
    figure = figure_of(library, {"document": "a", "site": LILING})
    assert figure.title.startswith("醴陵市人民政府门户网站没有转载“")
    assert "至今没有转载文件" in figure.sentence
    assert figure.value["转载情况"] == "没有转载"
    assert figure_of(library, {"document": "a", "site": LILING}) == figure_of(
        library, dict([part.split("=") for part in figure.query.split("&")])
    )
    with pytest.raises(FactsError, match="没有这个网站"):
        figure_of(library, {"document": "a", "site": "nothing"})
    with pytest.raises(FactsError, match="没有这份文件"):
        figure_of(library, {"document": "nothing", "site": LILING})
