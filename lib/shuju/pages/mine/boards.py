"""``/mine/boards``: one's boards, their versions, whom they are shared with, presets; and those of others that one may see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine

from shuju.access import NotAllowedError, Subject
from shuju.access.roles import ANALYST, LEADER
from shuju.clock import now
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
    NoBoardError,
    board_name,
    boards_of,
    change_board,
    history,
    make_board,
    own_board,
    save_board,
)
from shuju.desk.organisations import all_organisations, full_name, plant_regions
from shuju.desk.store import open_desk
from shuju.desk.trail import note
from shuju.library import Library
from shuju.mine.fields import FIELDS
from shuju.mine.presets import title_of
from shuju.pages.mine.arranging import number_of, receive_change, saved_board
from shuju.pages.mine.my_page import own_preset, unsaved_board
from shuju.pages.tasks.assigning import who_asks
from shuju.ui.templates import render

VERSIONS = 50


def boards_html(library: Library, query: Mapping[str, str]) -> str:
    """Return the page as HTML."""
    desk, by = open_desk(library.home), who_asks()
    plant_regions(desk)
    own = boards_of(desk, by.account) or [unsaved_board(library, by)]
    organisations = {one.id: full_name(one) for one in all_organisations(desk)}
    return render(
        "mine/boards.html", own=[(board, shares_of(desk, board), history(desk, board.id)[:VERSIONS]) for board in own],
        others=boards_shown_to(desk, by), organisations=organisations, fields=FIELDS, has_fields=by.role in (LEADER, ANALYST),
        told=query.get("told", "")[:200],
    )  # fmt: skip


def receive_board(library: Library, form: Mapping[str, str]) -> str:
    """Do what a form says to a board; return the address of the page with what became of it.

    Raises:
        ValueError: it cannot be done; the message says why.
        NotAllowedError: the board is another's, or not shown to this person; it is noted.
    """
    desk, by = open_desk(library.home), who_asks()
    do = form.get("do", "")
    try:
        told = _COPIED[do](library, by, form) if do in _COPIED else _own(library, desk, by, form)
    except NoBoardError as error:
        raise NotAllowedError(str(error)) from error
    return f"boards?told={quote(told)}"


def _own(library: Library, desk: Engine, by: Subject, form: Mapping[str, str]) -> str:
    do = form.get("do", "")
    if do == "restore":
        return receive_change(library, form).told
    board = saved_board(library, by, number_of(form, "board"))
    match do:
        case "rename":
            change_board(desk, board, name=board_name(form.get("name", "")))
            return "已改名"
        case "share":
            name = share_board(desk, board, form.get("account", ""), at=now())
            note(
                desk,
                "change",
                f"board:{board.id}",
                {"do": "share", "account": form["account"].strip().lower()},
            )
            return f"已共享给{name}，对方按自己的可见范围查看"
        case "unshare":
            unshare_board(desk, board, form.get("account", ""))
            note(desk, "change", f"board:{board.id}", {"do": "unshare", "account": form.get("account", "")})
            return "已取消共享"
        case "publish":
            name = publish_board(desk, board, form.get("organisation", ""))
            note(desk, "change", f"board:{board.id}", {"do": "publish", "organisation": name})
            return f"已向{name}及下级发布" if name else "已取消发布"
        case "preset":
            field = form.get("field", "") if form.get("field", "") in FIELDS else ""
            change_board(desk, board, field=field, name=title_of(by, field))
            content = own_preset(library, by, field)
            save_board(desk, board, content, told=f"换成预设：{title_of(by, field)}", at=now())
            return "已换成预设；原来的在版本中，可以恢复"
        case "delete":
            if own_board(desk, by.account, board.id) == boards_of(desk, by.account)[0]:
                raise ValueError("第一个首页不能删除，可以换成预设")
            change_board(desk, board, deleted_at=now())
            return f"已删除“{board.name}”"
    raise ValueError("没有这项操作")


def _copy(library: Library, by: Subject, form: Mapping[str, str]) -> str:
    """Make a board of one's own of one that one may see: what it shows is what its new owner sees."""
    desk = open_desk(library.home)
    source: Board = visible_board(desk, by, number_of(form, "board"))
    saved_board(library, by, 0)  # the first board stays one's page
    name = board_name(f"{source.name}（复制）"[:60])
    made = make_board(
        desk,
        (by.account, by.name),
        name,
        source.content,
        source.field,
        told=f"复制自 {source.owner_name}",
        at=now(),
    )
    return f"已复制为“{made.name}”"


def _make(library: Library, by: Subject, form: Mapping[str, str]) -> str:
    desk = open_desk(library.home)
    saved_board(library, by, 0)
    made = make_board(
        desk,
        (by.account, by.name),
        form.get("name", ""),
        own_preset(library, by),
        told="新建，从预设开始",
        at=now(),
    )
    return f"已新建“{made.name}”"


_COPIED: Mapping[str, Any] = {"copy": _copy, "make": _make}
