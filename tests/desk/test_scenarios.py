"""Scenarios that are kept: as they were told, one's own alone, deleted and had back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine

from shuju.desk.scenarios import (
    LONGEST_NAME,
    MOST,
    Told,
    change_scenario,
    find_scenario,
    keep_scenario,
    list_scenarios,
)
from shuju.desk.store import open_desk
from shuju.library.home import find_home

AT = dt.datetime(2026, 11, 27, 9, 30)
TOLD = {"overdue": Told("逾期", "share", 0.31, 0.2), "backlog": Told("积压", "封", None, 12.0)}


@pytest.fixture
def desk(tmp_path: Path) -> Engine:
    return open_desk(find_home(tmp_path))


def keep(desk: Engine, owner: str = "me", name: str = "快三成", query: str = "faster=30"):
    return keep_scenario(desk, owner, name, "answering", query, versions={"letters": 3}, told=TOLD, at=AT)


def test_a_scenario_comes_back_as_it_was_told(desk: Engine) -> None:
    kept = keep(desk, name="  快\n三成 ")
    assert kept.name == "快 三成"
    assert find_scenario(desk, "me", kept.id) == kept
    assert list_scenarios(desk, "me") == [kept]


def test_another_has_none_of_it(desk: Engine) -> None:
    kept = keep(desk)
    assert list_scenarios(desk, "you") == []
    assert find_scenario(desk, "you", kept.id) is None
    with pytest.raises(ValueError, match="没有这个情景"):
        change_scenario(desk, "you", kept.id, deleted_at=AT)
    assert find_scenario(desk, "me", kept.id) == kept


def test_deleted_and_had_back(desk: Engine) -> None:
    first, second = keep(desk), keep(desk, name="另一个")
    change_scenario(desk, "me", first.id, deleted_at=AT)
    assert [one.id for one in list_scenarios(desk, "me")] == [second.id]
    change_scenario(desk, "me", first.id, deleted_at=None)
    assert [one.id for one in list_scenarios(desk, "me")] == [second.id, first.id]


@pytest.mark.parametrize(
    ("name", "query", "why"),
    [("", "a=1", "起个名字"), (" \n", "a=1", "起个名字"), ("长" * (LONGEST_NAME + 1), "a=1", "最多"), ("名", "a" * 20_001, "最多")],
)  # fmt: skip
def test_what_cannot_be_kept(desk: Engine, name: str, query: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        keep(desk, name=name, query=query)
    assert list_scenarios(desk, "me") == []


def test_so_many_and_no_more(desk: Engine) -> None:
    for n in range(MOST):
        keep(desk, name=f"第{n}个")
    with pytest.raises(ValueError, match=f"最多存 {MOST} 个"):
        keep(desk)
    assert keep(desk, owner="you").id
