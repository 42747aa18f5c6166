"""What cards are used for: each board once, each person once, what ended not at all."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from shuju.desk.board_content import Content
from shuju.desk.boards import make_board, save_board
from shuju.desk.saved_views import save_view
from shuju.desk.store import open_desk
from shuju.desk.tables.subscriptions import subscriptions
from shuju.desk.usage import Use, cards_in_use, pages_kept, people_seen
from shuju.library.home import find_home

AT = dt.datetime(2026, 11, 27, 9, 0)


@pytest.fixture
def desk(tmp_path: Path) -> Engine:
    return open_desk(find_home(tmp_path))


def subscribe(desk: Engine, account: str, card: str, state: str = "active") -> None:
    row = {
        "account": account,
        "role": "analyst",
        "card": card,
        "query": "",
        "title": card,
        "told": "{}",
        "state": state,
        "made_at": AT,
    }
    with desk.begin() as connection:
        connection.execute(insert(subscriptions).values(**row))


def test_nothing_is_used_at_first(desk: Engine) -> None:
    assert cards_in_use(desk) == {}
    assert pages_kept(desk) == {}
    assert people_seen(desk, AT) == 0


def test_each_is_counted_once(desk: Engine) -> None:
    twice = (
        Content()
        .with_card("letters.trend?topic=a")
        .with_card("letters.trend?topic=b")
        .with_card("letters.map")
    )
    made = make_board(desk, ("a", "甲"), "首页", twice, told="做", at=AT)
    make_board(desk, ("b", "乙"), "首页", Content().with_card("letters.trend"), told="做", at=AT)
    for account, card, state in (
        ("a", "letters.trend", "active"),
        ("a", "letters.trend", "paused"),
        ("b", "letters.map", "ended"),
    ):
        subscribe(desk, account, card, state)
    assert cards_in_use(desk) == {"letters.trend": Use(2, 1, 0), "letters.map": Use(1, 0, 0)}
    save_board(desk, made, Content().with_card("letters.words"), told="换", at=AT)
    assert cards_in_use(desk) == {"letters.trend": Use(1, 1, 0), "letters.words": Use(1, 0, 0)}, (
        "earlier versions do not count"
    )


def test_pages_of_which_views_are_kept(desk: Engine) -> None:
    for owner, name, address in (
        ("a", "一", "letters?topic=x"),
        ("a", "二", "letters"),
        ("b", "三", "letters"),
        ("b", "四", "spread?genre=policy"),
    ):
        save_view(desk, owner, name, address, at=AT)
    assert pages_kept(desk) == {"letters": 2, "spread": 1}
