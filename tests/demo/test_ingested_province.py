"""The synthetic province through the whole of ingest: what was planted is what the ledger says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from shuju.demo.run import run_demo
from shuju.library import Library, LibraryError
from shuju.library.sealing import opened
from shuju.library.status import status
from shuju.spread.build import build_spread

REASONS = {
    "broken_json": "JSON 格式有误",
    "future_date": "晚于入库时间",
    "impossible_date": "不存在的日期",
    "missing_title": "缺少.*标题",
    "nul": "NUL",
    "title_too_long": "标题过长",
    "undecodable": "编码有误",
    "unknown_region": "缺少所属资源库|行政区划代码不在代码表中",
    "unknown_site": "网站标识码不在网站表中",
    "wrong_columns": "列数不符",
    "wrong_type": "应为(?:整)?数|无法识别",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("province") / "home"


@pytest.fixture(scope="module")
def province(home: Path) -> Library:
    return run_demo(home, records=20_000, seed=3, workers=2, console=Console(quiet=True))


def test_every_table_is_filled_and_balanced(province: Library) -> None:
    state = status(province)
    assert state["balanced"]
    counts = {t["name"]: t["n_current"] for t in state["tables"]}
    assert counts["records"] == 20_000
    assert counts["letters"] == 1_000
    assert all(counts.values()), counts


def test_malformed_rows_are_quarantined_for_their_reason_and_no_others(province: Library, home: Path) -> None:
    planted = pd.read_parquet(home / "truth" / "malformed.parquet")
    found = province.load("quarantine").compute()
    both = planted.merge(
        found, left_on=["file", "row_number"], right_on=["path", "row_number"], suffixes=("_planted", "_told")
    )
    assert len(planted) == len(found) == len(both) > 5
    for planted_reason, told in zip(both["reason_planted"], both["reason_told"], strict=True):
        assert pd.Series(told).str.contains(REASONS[planted_reason]).all(), (planted_reason, told)


def test_deliveries_end_as_they_were_planted(province: Library, home: Path) -> None:
    planted = pd.read_parquet(home / "truth" / "deliveries.parquet").groupby("kind")["count"].sum()
    files = set(pd.read_parquet(home / "truth" / "deliveries.parquet")["file"])
    lines = province.ledger.frame()
    lines = lines[(lines["state"] == "complete")]
    told = lines[lines["path"].isin(files) | lines["path"].str.startswith("county_pages/")].sum(
        numeric_only=True
    )
    assert {k: int(planted[k]) for k in ("stored", "revised", "merged", "malformed")} == {
        "stored": told["n_stored"],
        "revised": told["n_revised"],
        "merged": told["n_merged"],
        "malformed": told["n_quarantined"],
    }


def test_no_planted_personal_data_is_left_in_a_public_table(province: Library, home: Path) -> None:
    planted = pd.read_parquet(home / "truth" / "personal.parquet")
    numbers = planted.loc[planted["kind"] == "identity_number", "text"]
    assert len(numbers) > 5
    letters = province.load("letters", columns=["title", "body", "reply"]).compute()
    text = "\n".join(letters.fillna("").to_numpy().ravel())
    for item in planted["text"]:
        assert item not in text
    private = province.load("letters_private").compute()
    for name in province.catalog.table("letters_private").sealed:
        rows = zip(private[name], private["letter_id"])
        private[name] = [
            opened(v, "letters_private", name, row) if v is not pd.NA and v else v for v, row in rows
        ]
    everything = "\n".join(private.astype(str).fillna("").to_numpy().ravel())
    for number in numbers:
        assert number not in everything


def test_second_call_finds_nothing_to_do_and_another_size_is_refused(province: Library, home: Path) -> None:
    version = province.stored("records").refresh().delta.version()
    run_demo(home, records=20_000, seed=3, workers=1, console=Console(quiet=True))
    assert province.stored("records").refresh().delta.version() == version
    with pytest.raises(LibraryError, match="已有另一个演示库"):
        run_demo(home, records=30_000, seed=3, workers=1, console=Console(quiet=True))


def test_real_library_is_not_mixed_with_the_demo(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    with pytest.raises(LibraryError, match="不能与真实数据混放"):
        run_demo(tmp_path, records=100, seed=1, workers=1, console=Console(quiet=True))


def test_documents_arrive_and_letters_are_answered_as_published_figures_say(province: Library) -> None:
    build_spread(province, lambda _step: None)
    cascades = province.load("cascades", columns=["n_due", "share_24h"]).compute().dropna()
    assert cascades["n_due"].sum() > 200
    assert 0.5 < np.average(cascades["share_24h"], weights=cascades["n_due"]) < 0.75
    letters = province.load("letters", columns=["written_at", "replied_at"]).compute()
    waits_days = (letters["replied_at"] - letters["written_at"]).dt.total_seconds() / 86_400
    assert 5 <= waits_days.median() <= 12
