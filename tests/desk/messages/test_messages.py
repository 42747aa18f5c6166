"""Messages: told once to whom it concerns, by a real mail server and a real web server, in working hours, whatever fails."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import icalendar
import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import insert, select

from shuju.access.subject import Subject
from shuju.desk.accounts import add_account, set_disabled
from shuju.desk.memberships import grant
from shuju.desk.messages.addresses import EMAIL, WEBHOOK, add_address, end_address, list_addresses
from shuju.desk.messages.calendar_feed import calendar_of, feed_name, reader_of
from shuju.desk.messages.deliver import MOST_TRIES, Delivered, Ways, deliver, signature
from shuju.desk.messages.reminders import remind
from shuju.desk.tables.messages import outbox
from shuju.desk.tasks.commands import act, get
from shuju.desk.tasks.recount import recount
from shuju.desk.terms import Terms
from shuju.desk.working_time import WorkingCalendar
from shuju.standard.working_days import working_days
from tests.desk.tasks.conftest import TERMS, Office, office
from tests.pages.conftest import free_port

__all__ = ["office"]
HALF = dt.timedelta(seconds=31)


class Mails:
    """What a mail server got; it refuses as many as ``refuses`` says first."""

    def __init__(self) -> None:
        self.got: list[email.message.EmailMessage] = []
        self.refuses = 0

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refuses:
            self.refuses -= 1
            return "451 try again"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.got.append(mail)
        return "250 OK"


@pytest.fixture
def mails() -> Iterator[tuple[Mails, Ways]]:
    kept = Mails()
    port = free_port()
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    yield kept, Ways(f"smtp://127.0.0.1:{port}", "desk@gov.example", "https://desk.example/")
    server.stop()


@pytest.fixture
def hook() -> Iterator[tuple[list[tuple[dict[str, str], bytes]], str]]:
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield got, f"http://127.0.0.1:{server.server_port}/hook"
        server.shutdown()
        thread.join()


def test_mail_goes_once_to_whom_it_concerns(office: Office, mails: tuple[Mails, Ways]) -> None:
    kept, ways = mails
    add_address(
        office.desk,
        EMAIL,
        "zhujian@cs.example",
        organisation_id=office.people["handler"].organisation_id,
        at=office.at,
    )
    task = office.assign()
    assert deliver(office.desk, ways, clock=lambda: office.at) == Delivered(
        0, 0, 0
    )  # it can still be taken back
    assert deliver(office.desk, ways, clock=lambda: office.at + HALF) == Delivered(1, 0, 0)
    assert deliver(office.desk, ways, clock=lambda: office.at + HALF) == Delivered(0, 0, 0)
    (mail,) = kept.got
    assert mail["To"] == "zhujian@cs.example"
    assert mail["Subject"] == "[数聚] 交办：丽发新城搅拌站噪声扰民"
    assert mail["Message-ID"] == f"<task-{task.id}-1-handler.1@gov.example>"
    assert f"https://desk.example/task?id={task.id}" in mail.get_content()
    office.undo(office.assign(), "leader")
    assert deliver(office.desk, ways, clock=lambda: office.at + HALF) == Delivered(
        0, 0, 0
    )  # nobody hears of what was taken back
    office.act(task, "handler", "sign")
    assert deliver(office.desk, ways, clock=lambda: office.at + HALF) == Delivered(
        0, 0, 1
    )  # the leader has no address


def test_what_fails_is_tried_again_under_the_same_id(office: Office, mails: tuple[Mails, Ways]) -> None:
    kept, ways = mails
    kept.refuses = 2
    for name in ("a@cs.example", "b@cs.example"):
        add_address(
            office.desk, EMAIL, name, organisation_id=office.people["handler"].organisation_id, at=office.at
        )
    office.assign()
    at = office.at + HALF
    assert deliver(office.desk, ways, clock=lambda: at) == Delivered(0, 1, 0)
    assert deliver(office.desk, ways, clock=lambda: at) == Delivered(0, 0, 0)  # not at once
    assert deliver(office.desk, ways, clock=lambda: at + dt.timedelta(minutes=2)) == Delivered(1, 0, 0)
    assert sorted(mail["To"] for mail in kept.got) == ["a@cs.example", "b@cs.example"]
    assert len({mail["Message-ID"] for mail in kept.got}) == 2


def test_a_message_that_cannot_be_written_holds_up_no_other(
    office: Office, mails: tuple[Mails, Ways], caplog: pytest.LogCaptureFixture
) -> None:
    kept, ways = mails
    number = office.people["handler"].organisation_id
    add_address(office.desk, EMAIL, "zhujian@cs.example", organisation_id=number, at=office.at)
    of_nobody = {
        "message_id": "answer-1-999",
        "seq": 1,
        "kind": "answer",
        "told_to": "sender:999",
        "n_tries": 0,
    }
    with office.desk.begin() as connection:
        connection.execute(insert(outbox).values(**of_nobody, made_at=office.at, not_before=office.at))
    office.assign()
    at = office.at + HALF
    assert deliver(office.desk, ways, clock=lambda: at) == Delivered(1, 1, 0)
    assert [mail["To"] for mail in kept.got] == ["zhujian@cs.example"]
    assert "could not be written" in caplog.text
    with office.desk.connect() as connection:
        row = connection.execute(select(outbox).where(outbox.c.message_id == "answer-1-999")).one()
    assert (row.n_tries, row.sent_at, row.not_before > at) == (1, None, True)


def test_a_server_that_is_gone_is_given_up_in_the_end(office: Office) -> None:
    add_address(
        office.desk,
        EMAIL,
        "a@cs.example",
        organisation_id=office.people["handler"].organisation_id,
        at=office.at,
    )
    office.assign()
    moments = iter([office.at + HALF + dt.timedelta(hours=7 * n) for n in range(3 * MOST_TRIES)])
    told = [
        deliver(office.desk, Ways("smtp://127.0.0.1:1"), clock=lambda: next(moments))
        for _ in range(MOST_TRIES)
    ]
    assert sum(one.n_failed for one in told) == MOST_TRIES
    with office.desk.connect() as connection:
        (row,) = connection.execute(select(outbox)).all()
    assert row.cancelled_at is not None
    assert "a@cs.example" in row.failure


def test_processes_at_once_send_each_message_once(office: Office, mails: tuple[Mails, Ways]) -> None:
    kept, ways = mails
    add_address(
        office.desk,
        EMAIL,
        "a@cs.example",
        organisation_id=office.people["handler"].organisation_id,
        at=office.at,
    )
    for _ in range(12):
        office.assign()
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: deliver(office.desk, ways, clock=lambda: office.at + HALF), range(4)))
    assert sum(one.n_sent for one in told) == 12
    assert len(kept.got) == len({mail["Message-ID"] for mail in kept.got}) == 12


def test_webhooks_are_signed(office: Office, hook: tuple[list[tuple[dict[str, str], bytes]], str]) -> None:
    got, url = hook
    address = add_address(office.desk, WEBHOOK, url, account="leader", at=office.at)
    task = office.act(office.assign(), "handler", "sign")
    assert deliver(office.desk, Ways(), clock=lambda: office.at + HALF) == Delivered(1, 0, 1)
    ((headers, body),) = got
    assert headers["X-Shuju-Signature"] == signature(address.secret, headers["X-Shuju-Time"], body)
    told = json.loads(body)
    assert (told["id"], told["task"], told["event"], told["state"]) == (
        f"task-{task.id}-2-assigner",
        task.id,
        "sign",
        "working",
    )
    assert headers["X-Shuju-Signature"] != signature(address.secret, headers["X-Shuju-Time"], body + b" ")


def test_reminders_come_once_in_working_hours_and_climb(office: Office) -> None:
    task = office.assign()  # to be signed in by Tuesday 17:30
    day = dt.datetime(2024, 7, 30)
    hours = lambda d, h, m=0: day + dt.timedelta(days=d, hours=h, minutes=m)  # noqa: E731 - a short name for a table
    cases = [
        (hours(0, 9), []),
        (hours(0, 16), ["near"]),
        (hours(0, 16, 20), []),
        (hours(0, 20), []),  # late, and nobody is at work
        (hours(1, 3), []),
        (hours(1, 9), ["late", "late"]),
        (hours(1, 10), []),
        (hours(2, 9), ["escalate_1"]),
        (hours(4, 9), []),  # Saturday
        (hours(6, 9), ["escalate_2"]),
        (hours(8, 9), ["escalate_3"]),
    ]
    for at, wanted in cases:
        with office.desk.connect() as connection:
            before = set(connection.execute(select(outbox.c.message_id)).scalars())
        assert remind(office.desk, TERMS, at=at) == len(wanted), at
        with office.desk.connect() as connection:
            rows = [row for row in connection.execute(select(outbox)) if row.message_id not in before]
        assert [row.kind for row in rows] == wanted, at
    assert get(office.desk, task.id, office.people["leader"])[0].state == "to_sign"


@pytest.mark.parametrize(
    ("done", "decided"), [(["sign", "submit"], "approve"), (["object"], "reject_objection")]
)
def test_what_nobody_decides_is_told_though_the_clock_of_the_handler_rests(
    office: Office, done: list[str], decided: str
) -> None:
    task = office.assign()  # on a Monday morning
    for action in done:
        task = office.act(task, "handler", action, **({} if action == "sign" else {"text": "已处理"}))
    day = dt.datetime(2024, 7, 29)
    for days in (1, 2, 3, 4, 7, 8):  # the fifth and sixth days are a weekend
        remind(office.desk, TERMS, at=day + dt.timedelta(days=days, hours=9))
    with office.desk.connect() as connection:
        rows = connection.execute(select(outbox).where(outbox.c.kind.like("undecided%"))).all()
    assert [(row.kind, row.told_to, f"{row.made_at:%d}") for row in rows] == [
        ("undecided", "assigner", "31"),
        ("undecided_2", "supervisor", "02"),
        ("undecided_3", "leader", "06"),
    ]
    office.at = day + dt.timedelta(days=9)
    office.act(
        task, "leader", decided, **({"solved": "yes"} if decided == "approve" else {"text": "应由你单位办理"})
    )
    later = day + dt.timedelta(days=16, hours=9)
    remind(office.desk, TERMS, at=later)
    with office.desk.connect() as connection:
        assert len(connection.execute(select(outbox).where(outbox.c.kind.like("undecided%"))).all()) == 3


def test_nobody_is_reminded_at_midnight_of_what_could_not_be_sent_by_day(
    office: Office, mails: tuple[Mails, Ways]
) -> None:
    kept, ways = mails
    number = office.people["handler"].organisation_id
    add_address(office.desk, EMAIL, "zhujian@cs.example", organisation_id=number, at=office.at)
    office.assign(title="普通")
    office.assign(title="特急", urgency="extra_urgent")
    deliver(office.desk, ways, clock=lambda: office.at + HALF)
    evening = dt.datetime(2024, 7, 30, 17, 29)
    remind(office.desk, TERMS, at=evening)
    kept.got.clear()
    kept.refuses = 100
    assert deliver(office.desk, ways, clock=lambda: evening).n_failed > 1
    kept.refuses = 0
    office.assign(title="夜里交办")  # what somebody does is told when it is done
    night, morning = dt.datetime(2024, 7, 31, 0, 0), dt.datetime(2024, 7, 31, 8, 30)
    for at in (evening + dt.timedelta(hours=1), night, morning - dt.timedelta(seconds=1)):
        deliver(office.desk, ways, clock=lambda at=at: at)
        assert not [mail for mail in kept.got if "普通" in mail["Subject"]], at
    assert {mail["Subject"].partition("：")[2] for mail in kept.got} == {"特急", "夜里交办"}
    deliver(office.desk, ways, clock=lambda: morning)
    assert [mail["Subject"] for mail in kept.got if "普通" in mail["Subject"]] == ["[数聚] 临近到期：普通"]


def test_an_organisation_is_not_mailed_its_own_reply(office: Office, mails: tuple[Mails, Ways]) -> None:
    kept, ways = mails
    number = office.people["handler"].organisation_id
    for address in ("zhujian@cs.example", "zhiban@cs.example"):
        add_address(office.desk, EMAIL, address, organisation_id=number, at=office.at)
    task = office.assign()
    by_mail = Subject("zhujian@cs.example", "长沙市住建局（邮件）", "department", organisation_id=number)
    told = {"by": by_mail, "command_id": "mail-0001", "seq": None, "at": office.at, "terms": TERMS}
    act(office.desk, task.id, "say", {"text": "收到"}, **told)
    deliver(office.desk, ways, clock=lambda: office.at + HALF)
    assert [mail["To"] for mail in kept.got if "留言" in mail["Subject"]] == ["zhiban@cs.example"]


def test_the_morning_digest_has_the_most_delayed_first(office: Office, mails: tuple[Mails, Ways]) -> None:
    kept, ways = mails
    add_address(
        office.desk,
        EMAIL,
        "zhujian@cs.example",
        organisation_id=office.people["handler"].organisation_id,
        at=office.at,
    )
    office.assign(title="后到期", until=dt.datetime(2024, 7, 31, 9))
    office.assign(title="先到期", until=dt.datetime(2024, 7, 30, 9))
    deliver(office.desk, ways, clock=lambda: office.at + HALF)
    kept.got.clear()
    morning = dt.datetime(2024, 7, 30, 9, 30)
    assert remind(office.desk, TERMS, at=morning) > 0
    assert remind(office.desk, TERMS, at=morning) == 0
    deliver(office.desk, ways, clock=lambda: morning)
    (digest,) = [mail for mail in kept.got if "每日待办" in mail["Subject"]]
    assert digest["Subject"] == "[数聚] 每日待办：2 件，超期 1 件"
    assert digest.get_content().index("先到期") < digest.get_content().index("后到期")


def test_addresses(office: Office) -> None:
    at = office.at
    for channel, address, whose in (
        (EMAIL, "no address", {"account": "a"}),
        (EMAIL, "a@b\r\nBcc: c@d", {"account": "a"}),
        (WEBHOOK, "ftp://x/y", {"account": "a"}),
        ("pigeon", "coop", {"account": "a"}),
        (EMAIL, "a@b.example", {}),
        (EMAIL, "a@b.example", {"account": "a", "organisation_id": 1}),
    ):
        with pytest.raises(ValueError):  # noqa: PT011 - each says why in its own words
            add_address(office.desk, channel, address, **whose, at=at)
    made = add_address(office.desk, EMAIL, "a@b.example", account="a", at=at)
    assert list_addresses(office.desk) == [made]
    assert end_address(office.desk, made.id, at=at)
    assert not end_address(office.desk, made.id, at=at)
    assert list_addresses(office.desk) == []


def test_a_calendar_of_deadlines(office: Office) -> None:
    add_account(office.desk, "zhang", "张三", "a-Long-passw0rd-of-zhang", at=office.at)
    number = office.people["handler"].organisation_id
    grant(office.desk, "zhang", "department", number, at=office.at, by="x")
    long = "长题目，有逗号；分号" * 12
    task = office.assign(title=long)
    name = feed_name(office.desk, office.people["handler"])
    reader = reader_of(office.desk, name, at=office.at)
    assert (reader.account, reader.organisation_id) == ("zhang", number)
    text = calendar_of(office.desk, reader, "https://desk.example/", at=office.at)
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert str(event["SUMMARY"]) == f"签收到期：{long}"
    assert (
        event["DTEND"].dt.astimezone(dt.timezone(dt.timedelta(hours=8))).replace(tzinfo=None) == task.sign_due
    )
    for wrong in (
        name[:-1] + ("0" if name[-1] != "0" else "1"),
        "zz",
        name.replace("department", "leader"),
        "",
    ):
        assert reader_of(office.desk, wrong, at=office.at) is None
    set_disabled(office.desk, "zhang", True, at=office.at)
    assert reader_of(office.desk, name, at=office.at) is None


def test_terms_are_counted_anew_when_days_off_are_announced(office: Office) -> None:
    task = office.assign()
    announced = working_days("day,is_working,name\n2024-07-30,0,临时放假\n")
    terms = Terms(TERMS.rules, WorkingCalendar(announced, TERMS.calendar.hours))
    assert recount(office.desk, terms, at=office.at) == 1
    assert recount(office.desk, terms, at=office.at) == 0
    found, events = get(office.desk, task.id, office.people["leader"])
    assert found.sign_due == dt.datetime(2024, 7, 31, 17, 30)
    assert events[-1].who_name == "系统"


@pytest.mark.parametrize(
    "title", ["噪声\r\nBcc: all@evil.example\r\n\r\n扰民", "噪声\n扰民", "噪声\u2028\t扰民\x85"]
)
def test_no_title_adds_a_line_to_the_head_of_a_mail(
    office: Office, mails: tuple[Mails, Ways], title: str
) -> None:
    kept, ways = mails
    number = office.people["handler"].organisation_id
    add_address(office.desk, EMAIL, "zhujian@cs.example", organisation_id=number, at=office.at)
    office.assign(title=title)
    assert deliver(office.desk, ways, clock=lambda: office.at + HALF) == Delivered(1, 0, 0)
    (mail,) = kept.got
    assert mail["Bcc"] is None
    assert mail["To"] == "zhujian@cs.example"
    assert mail["Subject"] == f"[数聚] 交办：{' '.join(title.split())}"


@pytest.mark.parametrize(
    "address",
    ["a@b.example\r\nRCPT TO:<c@d.example>", "a@b.example>", "a b@c.example", "a@b.example,c@d.example"],
)
def test_no_address_holds_more_than_one(office: Office, address: str) -> None:
    number = office.people["handler"].organisation_id
    with pytest.raises(ValueError, match="不是邮件地址"):
        add_address(office.desk, EMAIL, address, organisation_id=number, at=office.at)


def test_a_webhook_that_leads_elsewhere_is_not_followed(office: Office) -> None:
    asked: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(307)
            self.send_header("Location", "/metadata")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        number = office.people["handler"].organisation_id
        add_address(
            office.desk,
            WEBHOOK,
            f"http://127.0.0.1:{server.server_port}/hook",
            organisation_id=number,
            at=office.at,
        )
        office.assign()
        told = deliver(office.desk, Ways(), clock=lambda: office.at + HALF)
        server.shutdown()
        thread.join()
    assert told == Delivered(0, 1, 0)
    assert asked == ["/hook"]
