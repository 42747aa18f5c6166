"""The small inputs made after public reports (cases of November 2026), each read with the catalog that lies beside it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from shuju.catalog import CatalogError
from shuju.library import open_library
from shuju.library.ingest import Report, ingest
from shuju.text.personal import find

CASES = Path(__file__).parents[3] / "shared" / "cases" / "2026-11"
pytestmark = pytest.mark.skipif(not CASES.exists(), reason="the cases are not present beside the checkout")


@dataclass(frozen=True)
class Read:
    """What became of one case: the rows of its table, the report, the reasons of the quarantine."""

    rows: pd.DataFrame
    report: Report
    reasons: str

    @property
    def said(self) -> str:
        return "\n".join([*self.report.failures, self.reasons])


def read(folder: Path, catalog: str, file: str) -> Read:
    """Take a file in under a catalog of the cases."""
    (folder / "src").mkdir()
    shutil.copyfile(CASES / file, folder / "src" / file)
    shutil.copyfile(CASES / catalog, folder / "catalog.yaml")
    library = open_library(folder / "home", folder / "catalog.yaml")
    name = "s"
    report = ingest(library, name)
    (table,) = report.tallies
    waiting = library.load("quarantine").compute() if library.stored("quarantine").exists else None
    reasons = "" if waiting is None else "\n".join(waiting["reason"])
    return Read(library.load(table).compute(), report, reasons)


RIGHT: dict[str, tuple[str, str, Callable[[Read], bool]]] = {
    # catalog, file, what is right
    "keys in scientific notation": (
        "c7-ids.yaml",
        "c7a-scientific-ids.csv",
        lambda r: r.rows.empty and "编号被改成科学计数法，请以文本格式重新导出" in r.reasons,
    ),
    "a column renamed": (
        "c9-missing-column.yaml",
        "c9-missing-column.csv",
        lambda r: r.rows.empty and "'内容'，是否已改名为 '诉求内容'" in r.said,
    ),
    "a name twice": (
        "c9dup-catalog.yaml",
        "c9dup-a.csv",
        lambda r: r.rows.empty and "列名 '内容' 出现了 2 次" in r.said,
    ),
    "Big5": ("c5b-big5.yaml", "c5b-big5.csv", lambda r: r.rows["title"].tolist() == ["路燈不亮"]),
    "GB 2312 declared": (
        "c5j-gb2312-declared.yaml",
        "c5j-gb2312-declared.csv",
        lambda r: r.rows["title"].tolist() == ["陶镕同志的信", "喆"],
    ),
    "GBK JSON Lines": (
        "c18a-catalog.yaml",
        "c18a-a.jsonl",
        lambda r: r.rows["title"].tolist() == ["路灯", "井盖"],
    ),
    "merged cells": (
        "c8-merged.yaml",
        "c8-merged.xlsx",
        lambda r: r.rows["title"].notna().all() and r.rows["body"].notna().all(),
    ),
    "a list within JSON": (
        "c17-nested-list.yaml",
        "c17-nested-list.json",
        lambda r: r.rows.empty and "请写 answers.0." in r.said,
    ),
    "names of regions": (
        "c25-regions.yaml",
        "c25-regions.csv",
        lambda r: (
            r.rows.set_index("letter_id").loc[["0", "1"], "region_code"].eq("430104").all()
            and r.report.tallies["letters"].n_flagged >= 1
        ),
    ),
}


@pytest.mark.parametrize("case", RIGHT)
def test_case(case: str, tmp_path: Path) -> None:
    catalog, file, is_right = RIGHT[case]
    found = read(tmp_path, catalog, file)
    assert is_right(found), (found.rows.to_dict("records"), found.said)


@pytest.mark.parametrize(
    ("catalog", "said"),
    [("c20-check-passes-bad-catalog.yaml", "没有名为 'encodng' 的项，是否想用 'encoding'")],
)
def test_a_bad_catalog_is_refused(catalog: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=said):
        open_library(tmp_path / "home", CASES / catalog)


def test_every_line_of_personal_data_is_found() -> None:
    lines = (CASES / "c14-personal.txt").read_text(encoding="utf-8").splitlines()
    n_items = [len(find(line)) for line in lines if line.strip()]
    assert n_items == [1, 1, 1, 1, 1, 1, 1, 2, 2]
