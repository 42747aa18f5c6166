"""Saved views at the desk: kept, renamed, deleted and had back, each owner's own; what is no address is refused."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine

from shuju.desk.saved_views import MOST, delete_view, list_views, rename_view, restore_view, save_view
from shuju.desk.store import open_desk
from shuju.library import Library

AT = dt.datetime(2024, 7, 1, 9)


@pytest.fixture
def desk(library: Library) -> Engine:
    return open_desk(library.home)


def names(desk: Engine, owner: str = "a") -> list[str]:
    return [view.name for view in list_views(desk, owner)]


def test_a_view_is_kept_renamed_deleted_and_had_back(desk: Engine) -> None:
    first = save_view(desk, "a", " 环保  来信 ", "/letters?topic=环境保护", at=AT)
    save_view(desk, "a", "全省", "", at=AT + dt.timedelta(days=1))
    assert names(desk) == ["全省", "环保 来信"]
    assert list_views(desk, "a")[1].address == "letters?topic=环境保护"
    rename_view(desk, "a", first.id, "环保")
    delete_view(desk, "a", first.id, at=AT)
    assert names(desk) == ["全省"]
    restore_view(desk, "a", first.id)
    assert names(desk) == ["全省", "环保"]


def test_the_same_name_again_replaces(desk: Engine) -> None:
    save_view(desk, "a", "环保", "letters?topic=环境保护", at=AT)
    save_view(desk, "a", "环保", "panorama", at=AT)
    assert [view.address for view in list_views(desk, "a")] == ["panorama"]


def test_nobody_sees_or_changes_the_views_of_another(desk: Engine) -> None:
    mine = save_view(desk, "a", "环保", "letters", at=AT)
    assert names(desk, "b") == []
    for change in (
        lambda: rename_view(desk, "b", mine.id, "x"),
        lambda: delete_view(desk, "b", mine.id, at=AT),
        lambda: restore_view(desk, "b", mine.id),
    ):
        with pytest.raises(ValueError, match="没有这个视图"):
            change()
    assert names(desk) == ["环保"]


@pytest.mark.parametrize(
    ("name", "address", "told"),
    [
        ("", "letters", "起个名字"),
        ("  \n ", "letters", "起个名字"),
        ("长" * 61, "letters", "最多"),
        ("远", "https://example.org/", "不是本系统"),
        ("远", "//example.org/", "不是本系统"),
        ("远", "/\\example.org", "不是本系统"),
        ("码", "javascript:alert(1)", "不是本系统"),
        ("码", "java\nscript:alert(1)", "不是本系统"),
        ("长", "letters?" + "x" * 20_000, "不是本系统"),
    ],
)
def test_what_is_no_view_is_refused(desk: Engine, name: str, address: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        save_view(desk, "a", name, address, at=AT)


def test_two_views_of_one_name_are_refused(desk: Engine) -> None:
    save_view(desk, "a", "甲", "letters", at=AT)
    second = save_view(desk, "a", "乙", "letters", at=AT)
    with pytest.raises(ValueError, match="已有名为“甲”"):
        rename_view(desk, "a", second.id, "甲")


def test_there_is_an_end_to_how_many(desk: Engine) -> None:
    for k in range(MOST):
        save_view(desk, "a", f"视图 {k}", "letters", at=AT)
    with pytest.raises(ValueError, match="最多保存"):
        save_view(desk, "a", "再一个", "letters", at=AT)
