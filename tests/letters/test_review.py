"""The review list: out to people, and back as training data."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from shuju.letters.review import COLUMNS, review_list, write_review_list
from shuju.text.labelled import read_labelled
from tests.letters.conftest import Letters, letter

DOUBTFUL = ("您好，请问这件事情应该怎么办理？", "希望有关部门尽快处理一下，谢谢。", "反映的情况请核实。")


def unsure(letters: Letters):
    rows = [letter(n, topic=None, title=f"求助{n}", body=body) for n, body in enumerate(DOUBTFUL)]
    return review_list(letters.add(*rows, letter(9)), 10)


def test_only_unsure_letters_are_listed(letters: Letters) -> None:
    rows = unsure(letters)
    assert list(rows.columns) == list(COLUMNS)
    assert 0 < len(rows) <= 3
    assert set(rows["来信编号"]) <= {"l0", "l1", "l2"}
    assert (rows["一级标签"] == "").all()


def test_answers_come_back_and_what_is_open_stays_away(letters: Letters, tmp_path: Path) -> None:
    rows = unsure(letters)
    path = tmp_path / "复核.xlsx"
    write_review_list(rows, path)
    with pytest.raises(ValueError, match="还没有填写"):
        read_labelled(path)
    rows.loc[0, "一级标签"] = "民政"
    write_review_list(rows, path)
    back = read_labelled(path)
    assert back["topic_1"].tolist() == ["民政"]
    assert back["title"].tolist() == [rows.loc[0, "留言主题"]]


def test_hostile_text_is_text(tmp_path: Path) -> None:
    row = dict.fromkeys(COLUMNS, "") | {
        "留言主题": "=1+1",
        "留言详情": "正文",
        "一级标签": "民政",
        "置信度": 0.3,
    }
    write_review_list(pd.DataFrame([row]), tmp_path / "a.xlsx")
    assert read_labelled(tmp_path / "a.xlsx")["title"].tolist() == ["=1+1"]


def test_nothing_unsure_is_an_empty_list(letters: Letters) -> None:
    assert review_list(letters.add(letter(1)), 10).empty
