"""What an analyst may write wrongly in a call: each is refused in Chinese, or means what it says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import shuju
from shuju.facts import FactsError
from shuju.facts.selection import Selection
from shuju.letters import facts as letter_facts
from shuju.letters.issue_selection import selection as issues_of
from shuju.letters.warning_selection import selection as warnings_of
from tests.letters.conftest import Letters, letter

TOPICS = ("环境保护", "交通运输")


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> Selection:
    """Twenty letters of July, ten of each topic."""
    letters = Letters(tmp_path_factory.mktemp("letters"))
    letters.add(*(letter(k, topic=TOPICS[k % 2], time=f"2024-07-{k + 1:02d} 09:00") for k in range(20)))
    return letter_facts.selection(letters.library)


REFUSED: dict[str, tuple[Callable[[Selection], Any], str]] = {
    "a code as a number": (lambda s: s.copy(region=430104), "“地区”的取值是文字，应写 '430104'"),
    "codes as numbers": (lambda s: s.copy(region=[430104]), "应写 '430104'，不能是 430104"),
    "a number for a topic": (lambda s: s.copy(topic=5), "“主题”的取值是文字"),
    "nothing among labels": (lambda s: s.copy(topic=[None]), "“主题”的取值是文字"),
    "part of a name": (lambda s: s.copy(region="岳麓"), "请写代码，如 430104（岳麓区）"),
    "a label that is set": (lambda s: setattr(s.copy(), "topic", [5]), "“主题”的取值是文字"),
    "a filter that is set": (lambda s: setattr(s, "topics", ["环境保护"]), "没有名为 'topics' 的筛选项，是否想用 'topic'"),
    "a number for days": (lambda s: s.copy(day=2024), "日期 2024 应写成"),
    "a slice of days": (lambda s: s.copy(day=slice("2024-07-01", "2024-07-02")), "应写成"),
    "days without an end": (lambda s: s.copy(day=("2024-07-01", None)), "应写成"),
    "days that are set": (lambda s: setattr(s.copy(), "day", "7月"), "日期 '7月' 应写成"),
    "counts of words": (lambda s: s.counts("q"), "“搜索”没有可列的取值"),
    "facet of words": (lambda s: s.facet("q"), "“搜索”没有可列的取值"),
    "cube of words": (lambda s: s.cube("q"), "“搜索”没有可列的取值"),
    "cube of one twice": (lambda s: s.cube(["topic", "topic"]), "'topic' 写了两次"),
    "cube of nothing": (lambda s: s.cube(None), "应写一个名字，或名字的列表"),
    "rows as text": (lambda s: s.rows("10"), "行数与起点应为不小于 0 的整数，不能是 '10'"),
    "fewer rows than none": (lambda s: s.rows(-1), "不能是 -1"),
    "a card of another table": (lambda s: s.card("records.map"), "属于 records，不能用于 letters 的选择"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "told"), REFUSED.values(), ids=REFUSED)
def test_what_makes_no_sense_is_refused_in_chinese(
    chosen: Selection, call: Callable[[Selection], Any], told: str
) -> None:
    with pytest.raises(FactsError, match=told):
        call(chosen)
    assert chosen.total == 20


MEANT: dict[str, tuple[Callable[[Selection], Any], Any]] = {
    "one column": (lambda s: s.frame("title").compute().shape, (20, 1)),
    "one column of rows": (lambda s: s.rows(3, "title").shape, (3, 1)),
    "one dimension": (lambda s: s.cube("topic").sel(topic="环境保护").item(), 10),
    "no dimension": (lambda s: s.cube([]).item(), 20),
    "a day of numpy": (lambda s: s.copy(day=np.datetime64("2024-07-02")).total, 1),
    "days of pandas": (lambda s: s.copy(day=pd.date_range("2024-07-02", periods=2)).total, 2),
    "a time": (lambda s: s.copy(day=dt.datetime(2024, 7, 2, 9)).total, 1),
    "a set of labels": (lambda s: s.copy(topic={"环境保护"}).total, 10),
}


@pytest.mark.parametrize(("call", "wanted"), MEANT.values(), ids=MEANT)
def test_what_is_meant_is_answered(chosen: Selection, call: Callable[[Selection], Any], wanted: Any) -> None:
    assert call(chosen) == wanted


def test_days_that_are_set_as_texts_are_days(chosen: Selection) -> None:
    some = chosen.copy()
    some.day = ("2024-07-01", "2024-07-03")
    assert (some.total, some.day) == (3, (dt.date(2024, 7, 1), dt.date(2024, 7, 3)))
    some.day = None
    assert some.total == 20


@pytest.mark.parametrize("table", [issues_of, warnings_of], ids=["issues", "warnings"])
def test_cubes_of_tables_in_memory(chosen: Selection, table: Callable[..., Selection]) -> None:
    none = table(chosen.resources, day="1990-01-01")
    assert none.cube(["topic", "day"]).sum().item() == 0
    assert none.cube([]).item() == none.total == 0
    for wrong, told in (
        ("q", "没有可列的取值|没有名为 'q' 的维度"),
        (["topic", "topic"], "写了两次"),
        ("topics", "是否想用 'topic'"),
    ):
        with pytest.raises(FactsError, match=told):
            none.cube(wrong)
    with pytest.raises(FactsError, match="不小于 0 的整数"):
        none.rows(-1)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: shuju.select(["letters"]), "没有名为"),
        (lambda: shuju.search(5), "要找的词应写成文字"),
        (lambda: shuju.search("物业", region=["430104"]), "须写明种类"),
        (lambda: shuju.search("物业", n=0), "条数应为正整数，不能是 0"),
        (lambda: shuju.search("物业", n="5"), "条数应为正整数，不能是 '5'"),
    ],
)
def test_calls_without_a_selection(
    call: Callable[[], Any], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHUJU_HOME", str(tmp_path))
    with pytest.raises(FactsError, match=told):
        call()
