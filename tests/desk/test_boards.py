"""Boards at the desk: every change a version, undo, a tab that was slower, who else sees one, what is refused."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from shuju.access import NotAllowedError, Subject
from shuju.desk.accounts import add_account
from shuju.desk.board_content import MOST_ITEMS, Content, Item, read_content
from shuju.desk.board_sharing import (
    boards_shown_to,
    publish_board,
    share_board,
    shares_of,
    unshare_board,
    visible_board,
)
from shuju.desk.boards import (
    Board,
    BoardConflictError,
    NoBoardError,
    boards_of,
    history,
    make_board,
    own_board,
    restore_board,
    save_board,
    undo_board,
)
from shuju.desk.organisations import add_department, of_region
from shuju.desk.store import open_desk
from shuju.desk.visits import SAME, dismiss, dismissed, last_visit, note_visit, undismiss
from shuju.library import Library

AT = dt.datetime(2024, 7, 1, 9)
TREND, MAP = (
    Item(1, "letters.trend?topic=环境保护"),
    Item(2, "letters.map?measure=n", note="看\n这里", columns=99, rows=0),
)


@pytest.fixture
def desk(library: Library) -> Engine:
    return open_desk(library.home)


@pytest.fixture
def board(desk: Engine) -> Board:
    return make_board(desk, ("jia", "甲"), "我的首页", Content((TREND, MAP), (2,)), told="预设", at=AT)


def cards(board: Board) -> list[str]:
    return [item.card.partition("?")[0] for item in board.content.items]


def test_what_is_on_a_board_is_kept_within_its_bounds(desk: Engine, board: Board) -> None:
    (kept,) = boards_of(desk, "jia")
    assert kept == board
    assert kept.content.on_phone == (2, 1)
    assert (kept.content.items[1].columns, kept.content.items[1].rows, kept.content.items[1].note) == (
        12,
        1,
        "看 这里",
    )


def test_every_change_is_a_version_and_undo_goes_back_one_by_one(desk: Engine, board: Board) -> None:
    one = save_board(desk, board, board.content.with_card("letters.words"), told="固定 关键词", at=AT)
    two = save_board(desk, one, Content((TREND,)), told="移除", at=AT)
    assert (cards(one), cards(two)) == (["letters.words", "letters.trend", "letters.map"], ["letters.trend"])
    back = undo_board(desk, two, at=AT)
    assert cards(back) == cards(one)
    assert cards(undo_board(desk, back, at=AT)) == cards(board)
    told = [(row.version, row.told) for row in history(desk, board.id)]
    assert told == [(5, "恢复到第 1 版"), (4, "恢复到第 2 版"), (3, "移除"), (2, "固定 关键词"), (1, "预设")]
    with pytest.raises(NoBoardError, match="没有可以撤销"):
        undo_board(desk, own_board(desk, "jia", board.id), at=AT)
    assert cards(restore_board(desk, own_board(desk, "jia", board.id), 3, at=AT)) == ["letters.trend"]


def test_of_two_tabs_the_slower_is_told_and_loses_nothing(desk: Engine, board: Board) -> None:
    save_board(desk, board, Content((TREND,)), told="一个标签页", at=AT)
    with pytest.raises(BoardConflictError) as refused:
        save_board(desk, board, Content((MAP,)), told="另一个", at=AT)
    assert refused.value.version == 2
    assert len(history(desk, board.id)) == 2
    kept = save_board(desk, replace(board, version=2), Content((MAP,)), told="用我的", at=AT)
    assert cards(kept) == ["letters.map"]
    assert [row.version for row in history(desk, board.id)] == [3, 2, 1]


def test_nobody_changes_the_board_of_another(desk: Engine, board: Board) -> None:
    foreign = replace(board, owner="yi")
    for change in (
        lambda: save_board(desk, foreign, Content(), told="", at=AT),
        lambda: restore_board(desk, foreign, 1, at=AT),
        lambda: own_board(desk, "yi", board.id),
        lambda: publish_board(desk, foreign, ""),
    ):
        with pytest.raises(NoBoardError):
            change()
    assert own_board(desk, "jia", board.id) == board


@pytest.mark.parametrize(
    ("items", "told"),
    [
        ((Item(1, "https://example.org/"),), "不是图卡的地址"),
        ((Item(1, "letters.trend?a=<script>"),), "不是图卡的地址"),
        ((Item(1, "letters.trend"), Item(1, "letters.map")), "编号相同"),
        ((Item(1, "letters.trend", title="长" * 61),), "标题最多"),
        (tuple(Item(k, "letters.trend") for k in range(MOST_ITEMS + 1)), "最多"),
    ],
)
def test_what_is_no_board_is_refused(desk: Engine, items: tuple[Item, ...], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make_board(desk, ("jia", "甲"), "我的首页", Content(items), told="", at=AT)
    assert boards_of(desk, "jia") == []


@pytest.mark.parametrize(
    "text",
    ["", "无", "[]", "null", '{"items": null}', "[" * 100_000, '{"items": [{"key": "一"}]}', '{"items": [{"key": %s}]}' % ("9" * 5000)],
)  # fmt: skip
def test_what_cannot_be_read_is_told_in_chinese(text: str) -> None:
    with pytest.raises(ValueError, match="首页的内容不完整，请刷新页面后重做"):
        read_content(text)


def test_what_no_database_keeps_is_left_out_of_texts(desk: Engine, board: Board) -> None:
    content = read_content(r'{"items": [{"key": 1, "card": "letters.map", "title": "环\u0000保\ud800😀"}]}')
    save_board(desk, board, content, told="", at=AT)
    assert own_board(desk, "jia", board.id).content.items[0].title == "环保😀"


def test_a_board_is_seen_by_whom_it_is_shared_with_and_its_organisation(desk: Engine, board: Board) -> None:
    city, county, elsewhere = (of_region(desk, code) for code in ("430100", "430104", "431100"))
    bureau = add_department(desk, "430104", "岳麓区住建局")
    people = {
        name: Subject(name, name, role, organisation_id=number)
        for name, role, number in (
            ("county", "department", county.id), ("bureau", "department", bureau.id), ("elsewhere", "department", elsewhere.id),
            ("leader", "leader", None), ("yi", "analyst", None),
        )
    }  # fmt: skip

    def seen() -> set[str]:
        return {name for name, by in people.items() if boards_shown_to(desk, by)}

    assert seen() == set()
    with pytest.raises(NotAllowedError):
        visible_board(desk, people["yi"], board.id)
    add_account(desk, "yi", "乙", None, at=AT)
    assert share_board(desk, board, "YI", at=AT) == "乙"
    share_board(desk, board, "yi", at=AT)
    assert (seen(), shares_of(desk, board)) == ({"yi"}, ["yi"])
    assert visible_board(desk, people["yi"], board.id) == board
    assert publish_board(desk, board, str(city.id)) == "长沙市"
    assert seen() == {"yi", "county", "bureau"}
    publish_board(desk, board, str(of_region(desk, "430000").id))
    assert seen() == set(people)
    unshare_board(desk, board, "yi")
    publish_board(desk, board, "")
    assert seen() == set()
    for told in ("nobody", "jia"):
        with pytest.raises(ValueError, match="没有账号"):
            share_board(desk, board, told, at=AT)


def test_a_visit_lasts_while_somebody_comes_back_soon(desk: Engine) -> None:
    note_visit(desk, "jia", {"letters": 1}, {"n_overdue": 3}, at=AT)
    assert last_visit(desk, "jia", at=AT) is None
    note_visit(desk, "jia", {"letters": 2}, {"n_overdue": 9}, at=AT + SAME / 2)
    assert last_visit(desk, "jia", at=AT + SAME) is None
    tomorrow = AT + dt.timedelta(days=1)
    before = last_visit(desk, "jia", at=tomorrow)
    note_visit(desk, "jia", {"letters": 5}, {}, at=tomorrow)
    assert before == last_visit(desk, "jia", at=tomorrow + SAME / 2)
    assert (before.at, before.versions, before.figures) == (AT, {"letters": 1}, {"n_overdue": 3})
    assert last_visit(desk, "yi", at=tomorrow) is None


def test_what_is_dismissed_stays_so_for_its_owner_alone(desk: Engine) -> None:
    dismiss(desk, "jia", "letters:430100:环境保护", at=AT)
    dismiss(desk, "jia", "letters:430100:环境保护", at=AT)
    assert (dismissed(desk, "jia"), dismissed(desk, "yi")) == ({"letters:430100:环境保护"}, frozenset())
    undismiss(desk, "jia", "letters:430100:环境保护")
    assert dismissed(desk, "jia") == frozenset()
    with pytest.raises(ValueError, match="没有这条变化"):
        dismiss(desk, "jia", "", at=AT)
