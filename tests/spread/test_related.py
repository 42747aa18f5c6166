"""Which pages are about a document."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

from shuju.spread.related import find_related, name_documents

DOCUMENTS = pd.DataFrame(
    [
        (
            "o1",
            "湖南省人民政府关于印发《湖南省农村道路安全管理办法》的通知",
            "湘政发〔2024〕13号",
            "2024-03-01",
        ),
        (
            "o2",
            "湖南省人民政府关于印发《湖南省农村道路安全管理办法》的通知",
            "湘政发〔2025〕13号",
            "2025-03-01",
        ),
        ("o3", "城市老旧小区改造补助办法", None, "2024-01-01"),
        ("o4", "城市老旧小区改造补助办法实施细则", None, "2024-01-01"),
        ("o5", "短题", "湘1号", "2024-01-01"),
    ],
    columns=["record_id", "title", "document_number", "published_at"],
)


@pytest.mark.parametrize(
    ("title", "day", "origin"),
    [
        ("《湖南省农村道路安全管理办法》解读", "2024-03-05", "o1"),
        ("一图读懂《湖南省农村道路安全管理办法》", "2025-03-05", "o2"),
        ("《湖南省农村道路安全管理办法》解读", "2023-01-01", "o1"),
        ("关于湘政发【2025】13 号文件的问答", "2025-06-01", "o2"),
        ("某镇宣讲城市老旧小区改造补助办法", "2024-02-01", "o3"),
        ("城市老旧小区改造补助办法实施细则解读", "2024-02-01", "o4"),
        ("湖南省农村道路安全管理工作会议召开", "2024-03-05", None),
        ("城市老旧小区改造补助办法", "2024-01-02", "o3"),
        ("城市老旧小区改造补助办法", "2024-03-02", None),
        ("城市老旧小区改造补助办法，即将出台", "2023-12-01", None),
        ("短题", "2024-03-05", None),
        ("", "2024-03-05", None),
        (None, "2024-03-05", None),
    ],
)
def test_what_a_title_names(title: str | None, day: str, origin: str | None) -> None:
    page = pa.table(
        {"record_id": ["r"], "title": pa.array([title], pa.string()), "published_at": [pd.Timestamp(day)]}
    )
    found = find_related(name_documents(DOCUMENTS), page)
    assert found["origin_id"].tolist() == ([origin] if origin else [])


def test_a_document_is_not_about_itself() -> None:
    page = pa.table(
        {
            "record_id": ["o3"],
            "title": ["城市老旧小区改造补助办法"],
            "published_at": [pd.Timestamp("2024-01-01")],
        }
    )
    assert find_related(name_documents(DOCUMENTS), page).empty


def test_the_earlier_of_two_documents_of_one_name_is_not_about_the_later() -> None:
    titles = ["印发《质量强国建设纲要》", "《质量强国建设纲要》发布"]
    known = pd.DataFrame(
        {
            "record_id": ["a", "b"],
            "title": titles,
            "published_at": pd.to_datetime(["2023-02-06", "2023-02-16"]),
        }
    )
    found = find_related(name_documents(known), pa.Table.from_pandas(known))
    assert found.to_dict("records") == [{"origin_id": "a", "record_id": "b"}]


def test_a_title_that_many_have_names_none() -> None:
    many = DOCUMENTS.iloc[[2] * 4].assign(record_id=list("abcd"))
    page = pa.table(
        {
            "record_id": ["r"],
            "title": ["城市老旧小区改造补助办法"],
            "published_at": [pd.Timestamp("2024-02-01")],
        }
    )
    assert find_related(name_documents(many), page).empty


def test_no_documents_no_relations() -> None:
    page = pa.table(
        {"record_id": ["r"], "title": ["什么都没有的一个标题"], "published_at": [pd.Timestamp("2024-01-01")]}
    )
    assert find_related(name_documents(DOCUMENTS[:0]), page).empty
