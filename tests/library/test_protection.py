"""Personal data on its way in: masked in tables, kept apart where an answer needs it, never an identity number."""

from __future__ import annotations

from pathlib import Path

import pytest

from shuju.desk.vault import reveal
from shuju.library import Library, open_library
from shuju.library.ingest import ingest
from shuju.library.quarantine import retry, shown, waiting
from shuju.library.sealing import opened

NUMBER = "11010519491231002X"
CATALOG = """
version: 1
sources:
  mailbox:
    title: t
    licence: t
    refresh: once
    location: letters
    inputs:
      - table: letters
        reader: csv
        fields:
          letter_id: id
          title: title
          body: body
          written_at: time
          channel: {const: leader_mailbox}
          region_code: area
          birth_year: {from: 证件, as: [birth_year_of_id], invalid: empty}
          writer_sex: {from: 证件, as: [sex_of_id], invalid: empty}
          writer_name: name
          phone: phone
          address: address
"""
HEAD = "id,title,body,time,area,证件,name,phone,address\n"


@pytest.fixture
def mailbox(home: Path, raw: Path) -> Library:
    (raw / "mailbox.yaml").write_text(CATALOG, encoding="utf-8")
    (raw / "letters").mkdir()
    (raw / "letters" / "a.csv").write_text(
        HEAD
        + f"1,请回电13812345678,我的身份证号{NUMBER}，微信号：abc_12345，电话0731-84221234,2024-05-01,430104,"
        + f"{NUMBER},王某,13912345678,长沙市{NUMBER}\n"
        + "2,无联系方式,正文,2024-05-01,430104,,,,\n"
        + f"3,日期有误,身份证{NUMBER},2024-02-30,430104,{NUMBER},李某,13612345678,岳麓区\n",
        encoding="utf-8",
    )
    library = open_library(home, raw / "mailbox.yaml")
    ingest(library, "mailbox")
    return library


def test_letter_is_masked_and_says_what_the_number_told(mailbox: Library) -> None:
    letter = mailbox.get("letters", "1")
    assert letter["title"] == "请回电[手机号]"
    assert letter["body"] == "我的身份证号[身份证号]，微信号：[微信号]，电话[电话号]"
    assert (letter["birth_year"], letter["writer_sex"], letter["age_band"]) == (1949, "female", "70_plus")


def test_what_an_answer_needs_is_kept_apart(mailbox: Library) -> None:
    rows = mailbox.load("letters_private").compute()
    assert rows["letter_id"].tolist() == ["1"]
    assert rows["library"].tolist() == ["430100"]
    told = reveal(mailbox, "1", "回访")
    assert (told["writer_name"], told["phone"]) == ("王某", "13912345678")
    assert told["found_in_text"].split("\n") == ["13812345678", "微信：abc_12345", "0731-84221234"]


def test_no_file_of_the_library_holds_an_identity_number(mailbox: Library, home: Path) -> None:
    import pyarrow.parquet as pq

    files = list((home / "tables").rglob("*.parquet"))
    assert len(files) >= 4
    for file in files:
        assert NUMBER not in str(pq.read_table(file, partitioning=None).to_pylist()), file


def test_quarantined_letter_can_be_retried_without_the_number(mailbox: Library, raw: Path) -> None:
    row = waiting(mailbox).iloc[0]
    raw_text = opened(row["raw"], "quarantine", "raw", row["quarantine_id"])
    assert NUMBER not in raw_text
    assert "[身份证号 1949 女]" in raw_text
    (raw / "mailbox.yaml").write_text(
        CATALOG.replace(
            "written_at: time", "written_at: {from: time, as: [{map: {'2024-02-30': '2024-02-29'}}]}"
        ),
        encoding="utf-8",
    )
    mended = open_library(Path(mailbox.home.root), raw / "mailbox.yaml")
    assert retry(mended)["mailbox"].n_stored == 1
    letter = mended.get("letters", "3")
    assert (letter["birth_year"], letter["writer_sex"], letter["body"]) == (
        1949,
        "female",
        "身份证[身份证号]",
    )
    assert reveal(mended, "3", "回访")["phone"] == "13612345678"


def test_what_is_shown_of_a_waiting_row_has_no_name_and_no_contact(mailbox: Library) -> None:
    row = waiting(mailbox).iloc[0]
    said = shown(mailbox, dict(row))
    assert "日期有误" in said
    for private in ("李某", "13612345678", "岳麓区", NUMBER):
        assert private not in said
    broken = {"raw": "call 13612345678", "source": "gone", "input_number": None, "is_parsed": False}
    assert shown(mailbox, broken) == "call [手机号]"
