"""Downloads of spread, and the briefing on one document."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest
from docx import Document as WordFile

from shuju.facts import FactsError
from shuju.facts.selection import Selection
from shuju.library import Library
from shuju.pages.document.briefing import write_spread_briefing
from shuju.spread.documents import selection
from shuju.spread.one_document import document_data
from shuju.ui.exports import Briefing, Export, find
from tests.spread.spread_library import LILING, YONGZHOU, spread_library
from tests.spread.test_one_document import replace_by_one_not_due


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return spread_library(tmp_path)


@pytest.fixture
def documents(library: Library) -> Selection:
    return selection(library)


def downloaded(chosen: Selection, name: str, **query: str) -> pd.DataFrame:
    export = find(name)
    assert isinstance(export, Export)
    (piece,) = export.pieces(chosen, query)
    return piece.to_pandas().rename(columns=export.titles(chosen))


def test_documents_hold_all_columns_with_names_for_codes(documents: Selection) -> None:
    rows = downloaded(documents.copy(genre=["policy"]), "spread")
    assert rows.columns[:2].tolist() == ["原文编号", "标题"]
    assert rows[["信息类别", "传播形态"]].to_numpy().tolist() == [["政策文件", "涟漪"]]


def test_copies_hold_those_that_are_only_linked_too(documents: Selection) -> None:
    rows = downloaded(documents, "spread-copies", id="a")
    assert rows["转载网站名称"].tolist() == [
        "祁阳市人民政府门户网站", "潇湘日报", "长沙市人民政府门户网站", "岳麓区人民政府门户网站", "湖南省人民政府门户网站",
    ]  # fmt: skip
    assert rows["疑点"].iloc[0] == "早于原文、来源矛盾"
    assert rows["依据"].iloc[0] == "改动相同、署名来源"
    about = find("spread-copies").about
    assert about(documents, {"id": "a"}) == "文件：关于做好留守儿童关爱保护工作的通知（a）"


def test_missing_hold_all(documents: Selection) -> None:
    assert downloaded(documents, "spread-missing", id="a")["网站标识码"].tolist() == [YONGZHOU, LILING]


@pytest.mark.parametrize("name", ["spread-copies", "spread-missing"])
@pytest.mark.parametrize("query", [{}, {"id": ""}, {"id": "x"}])
def test_a_document_that_is_not_there_is_refused(
    documents: Selection, name: str, query: dict[str, str]
) -> None:
    with pytest.raises(FactsError, match="没有编号"):
        downloaded(documents, name, **query)


def briefing(chosen: Selection, document_id: str, path: Path) -> bytes:
    found = find("spread-briefing")
    assert isinstance(found, Briefing)
    found.write(chosen, {"id": document_id}, path, chosen.as_of or pd.Timestamp("2024-08-01"))
    return path.read_bytes()


@pytest.mark.parametrize(
    ("document_id", "said"),
    [
        (
            "a",
            [
                "共被转载4条，转载网站4个",
                "应转网站5个",
                "24小时20.0%（1/5）",
                "醴陵市人民政府门户网站",
                "早于原文",
                "沉默的断点",
            ],
        ),
        ("b", ["共被转载1条（其中1条的网站不在网站名录中，不计网站数与到达），转载网站0个", "沉默的断点"]),
        ("c", ["至今没有发现其他网站转载", "8小时未满时限", "应转而未到达的网站5个"]),
    ],
)
def test_briefing(documents: Selection, tmp_path: Path, document_id: str, said: list[str]) -> None:
    written = [briefing(documents, document_id, tmp_path / name) for name in ("1.docx", "2.docx")]
    assert written[0] == written[1]
    word = WordFile(io.BytesIO(written[0]))
    text = "\n".join(p.text for p in word.paragraphs) + "\n".join(
        c.text for t in word.tables for r in t.rows for c in r.cells
    )
    for part in ("传播专报", *said):
        assert part in text
    assert len(word.inline_shapes) == {"a": 2, "b": 1, "c": 0}[document_id]


def test_briefing_of_made_up_data_says_so(documents: Selection, tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    at = documents.as_of
    write_spread_briefing(document_data(documents, "a"), path, at, at, is_synthetic=True)
    assert any("演示数据" in paragraph.text for paragraph in WordFile(str(path)).paragraphs)


def test_briefing_of_a_document_that_nobody_ought_to_carry(library: Library, tmp_path: Path) -> None:
    replace_by_one_not_due(library)
    assert briefing(selection(library), "a4", tmp_path / "a.docx")


def test_briefing_of_nothing_is_refused(documents: Selection, tmp_path: Path) -> None:
    with pytest.raises(FactsError, match="没有编号"):
        briefing(documents, "x", tmp_path / "a.docx")
