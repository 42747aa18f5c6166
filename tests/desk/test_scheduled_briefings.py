"""Scheduled briefings: a board as Word, by a real mail server, as its recipient sees it, once for a due time; kept in the inbox, noted."""

from __future__ import annotations

import datetime as dt
import io
import re

import docx
import pytest
from sqlalchemy import func, select, update

from shuju.access import Subject
from shuju.desk import trail
from shuju.desk.board_content import Content, Item
from shuju.desk.board_sharing import publish_board, share_board
from shuju.desk.boards import Board, change_board, make_board
from shuju.desk.messages.deliver import Delivered, Ways, deliver
from shuju.desk.organisations import of_region
from shuju.desk.subscriptions.inboxes import KEPT, file_of, forget_old, list_inbox
from shuju.desk.subscriptions.plan import Plan
from shuju.desk.subscriptions.record import BRIEFING, get, subscribe, unsubscribe_name
from shuju.desk.subscriptions.run import Ran, run_alerts
from shuju.desk.tables.subscriptions import alert_states, inbox
from shuju.desk.tasks.attachments import parts_of_file
from shuju.serve.briefings import told_of
from tests.desk.messages.test_messages import Mails, mails
from tests.desk.test_subscriptions import AT, MINUTE, Province, made, province

__all__ = ["made", "mails", "province"]
BEFORE = AT - dt.timedelta(days=1)
PLAN = Plan("daily", channels=("email",))
CARDS = Content(
    (
        Item(1, "letters.headline", "来信概况"),
        Item(2, "letters.trend?topic=交通运输", "走势"),
        Item(3, "letters.list", "来信列表"),
    )
)


def board_of(province: Province) -> Board:
    """A board of the leader, published to the whole province."""
    board = make_board(province.desk, ("leader", "Leader"), "每日来信", CARDS, told="", at=BEFORE)
    publish_board(province.desk, board, str(of_region(province.desk, "430000").id))
    return board


def order(province: Province, board: Board, *accounts: str, plan: Plan = PLAN) -> dict[str, int]:
    people = province.people
    return {
        one: subscribe(
            province.desk, people[one], BRIEFING, f"board={board.id}", "每日来信专报", plan, at=BEFORE
        )
        for one in accounts
    }


def run(province: Province, at: dt.datetime = AT) -> Ran:
    return run_alerts(province.letters.library.home, province.desk, told_of, at=at)


def text_of(content: bytes) -> tuple[str, str]:
    """Return the text of a Word file, and the heads of its pages."""
    document = docx.Document(io.BytesIO(content))
    heads = "\n".join(p.text for section in document.sections for p in section.header.paragraphs)
    return "\n".join(p.text for p in document.paragraphs), heads


def test_each_gets_the_board_as_they_see_it(province: Province, mails: tuple[Mails, Ways]) -> None:
    kept, ways = mails
    numbers = order(province, board_of(province), "leader", "county4")
    assert run(province) == Ran(2, 2, 2, 0, 0)
    assert deliver(province.desk, ways, clock=lambda: AT) == Delivered(2, 0, 0)
    assert deliver(province.desk, ways, clock=lambda: AT) == Delivered(0, 0, 0)
    for mail, account, n in zip(kept.got, ("leader", "county4"), (36, 5), strict=True):
        assert mail["To"] == f"{account}@gov.example"
        assert mail["Message-ID"].startswith(f"<alert-{numbers[account]}-1.")
        assert (
            mail["List-Unsubscribe"].strip()
            == f"<https://desk.example/unsubscribe/{unsubscribe_name(numbers[account])}>"
        )
        text = mail.get_body(("plain",)).get_content()
        assert "每日来信：3 张图卡" in text
        assert re.search(r"查看：https://desk.example/\?board=\d+\n", text)
        (file,) = mail.iter_attachments()
        assert re.fullmatch(r"我的专报-\d{8}-\d{4}\.docx", file.get_filename())
        told, head = text_of(file.get_content())
        assert re.search(rf"来信总量[^\n]*\b{n}\b", told), told
        assert "筛选：主题：交通运输" in told
        assert re.search(r"数据截至 2024-07-\d\d", told)
        assert "来源：统一信息资源库" in told
        assert "来信列表：来信的标题和原文不随邮件发出" in told
        assert head.startswith(f"{account} ")  # whose it is, on each page
        assert ("近期变化" in told) == (account == "leader")  # of one's own page alone


def test_the_inbox_keeps_the_file_for_whom_it_was_sent(province: Province) -> None:
    order(province, board_of(province), "county4", plan=Plan("daily"))
    run(province)
    by, other = province.people["county4"], province.people["leader"]
    (one,) = list_inbox(province.desk, by)
    name, digest = file_of(province.desk, by, one.id)
    assert name == one.file_name
    assert text_of(b"".join(parts_of_file(province.desk, digest)))[1].startswith("county4 ")
    for stranger in (other, Subject("county4", "x", "analyst")):
        assert file_of(province.desk, stranger, one.id) is None
    (noted,) = trail.read(province.desk, what="export")[0]
    assert (noted["who"], noted["subject"]) == ("county4", "my-briefing.docx")
    assert noted["told"]["sha256"] == digest
    assert forget_old(province.desk, at=AT + KEPT + MINUTE) == 1
    assert list(parts_of_file(province.desk, digest)) == []


def test_once_for_a_due_time_whoever_else_runs(province: Province) -> None:
    number = order(province, board_of(province), "leader")["leader"]
    assert run(province).n_told == 1
    assert run(province, AT + MINUTE).n_looked == 0
    with province.desk.begin() as connection:  # as one that read before the first wrote
        connection.execute(
            update(alert_states).where(alert_states.c.subscription_id == number).values(seq=0, next_at=AT)
        )
    assert run(province, AT + 2 * MINUTE).n_told == 0
    with province.desk.connect() as connection:
        assert connection.execute(select(func.count()).select_from(inbox)).scalar() == 1


def test_quiet_hours_hold_it_back(province: Province, mails: tuple[Mails, Ways]) -> None:
    kept, ways = mails
    order(province, board_of(province), "leader", plan=Plan("daily", minute=23 * 60, channels=("email",)))
    late, morning = dt.datetime(2024, 8, 1, 23, 0), dt.datetime(2024, 8, 2, 7, 0)
    assert run(province, late).n_told == 1
    assert deliver(province.desk, ways, clock=lambda: late) == Delivered(0, 0, 0)
    assert deliver(province.desk, ways, clock=lambda: morning) == Delivered(1, 0, 0)
    assert kept.got


@pytest.mark.parametrize("gone", ["deleted", "not shared any more"])
def test_a_board_that_is_not_shown_any_more_is_not_sent(province: Province, gone: str) -> None:
    board = make_board(province.desk, ("leader", "Leader"), "每日来信", CARDS, told="", at=BEFORE)
    if gone == "deleted":
        share_board(province.desk, board, "city", at=BEFORE)
        change_board(province.desk, board, deleted_at=AT)
    number = order(province, board, "city")["city"]
    assert (run(province).n_told, run(province).n_looked) == (0, 0)
    assert "首页" in get(province.desk, province.people["city"], number).failure


@pytest.mark.parametrize(
    ("plan", "why"),
    [(Plan("change"), "每天、每周或每月"), (Plan("daily", is_digest=True), "不能与别的订阅汇总")],
)
def test_a_plan_that_does_not_suit_is_told(province: Province, plan: Plan, why: str) -> None:
    number = order(province, board_of(province), "leader", plan=plan)["leader"]
    assert run(province).n_told == 0
    assert why in get(province.desk, province.people["leader"], number).failure
