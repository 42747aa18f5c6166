"""Subscriptions over real cards, a real mail server and both databases: as the recipient, once, and never across sights."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update

from shuju.access import Subject, entered
from shuju.desk.accounts import add_account, has_accounts, set_disabled
from shuju.desk.memberships import grant, revoke
from shuju.desk.messages.addresses import EMAIL, WEBHOOK, add_address
from shuju.desk.messages.deliver import Delivered, Ways, deliver
from shuju.desk.organisations import of_region
from shuju.desk.store import open_desk
from shuju.desk.subjects import subject_named
from shuju.desk.subscriptions.inboxes import KEPT, forget_old, list_inbox, mark_read, n_unread
from shuju.desk.subscriptions.plan import Plan, SubscriptionError
from shuju.desk.subscriptions.record import (
    ENDED,
    PAUSED,
    change,
    get,
    list_subscriptions,
    number_named,
    set_state,
    subscribe,
    unsubscribe_name,
)
from shuju.desk.subscriptions.run import Ran, run_alerts
from shuju.desk.tables.messages import outbox
from shuju.desk.tables.subscriptions import inbox
from shuju.desk.tasks.attachments import parts_of_file
from shuju.letters import facts as letter_facts
from shuju.library import open_library
from shuju.pages.subscriptions.shown import shown
from tests.desk.messages.test_messages import Mails, hook, mails
from tests.letters.conftest import Letters, letter

__all__ = ["hook", "mails"]
AT = dt.datetime(2024, 8, 1, 9, 0)
MINUTE = dt.timedelta(minutes=1)
# Ten persons of ten sights: each county has another number of letters.
COUNTIES = ("430102", "430103", "430104", "430105", "430111", "430121", "431181", "430202")
WHOSE = {"leader": ("leader", None), "city": ("department", "430100")} | {
    f"county{k}": ("department", county) for k, county in enumerate(COUNTIES)
}
EVERY = Plan("change", channels=("email",))


@dataclass
class Province:
    """A library with 1, 2, 3 … letters in each county, ten persons, and their desk."""

    letters: Letters
    desk: Engine
    people: dict[str, Subject]

    def run(self, at: dt.datetime = AT) -> Ran:
        return run_alerts(self.letters.library.home, self.desk, shown, at=at)

    def more(self, *rows: dict[str, object]) -> None:
        letter_facts.newest(self.letters.add(*rows))

    def messages(self, account: str) -> list[str]:
        return [one.text for one in list_inbox(self.desk, self.people[account])]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library, made once; each test has a copy."""
    letters = Letters(tmp_path_factory.mktemp("made"))
    letter_facts.newest(
        letters.add(
            *[letter(100 * k + j, place=county) for k, county in enumerate(COUNTIES) for j in range(k + 1)]
        )
    )
    fill(open_desk(letters.library.home))
    return letters.folder


@pytest.fixture
def province(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Province:
    shutil.copytree(made, tmp_path / "province")
    letters = Letters(tmp_path / "province")
    monkeypatch.setenv("SHUJU_HOME", letters.library.home.uri)
    monkeypatch.setenv("SHUJU_CATALOG", str(letters.folder / "catalog.yaml"))
    desk = open_desk(letters.library.home)
    if not has_accounts(desk):  # in PostgreSQL
        fill(desk)
    people = {}
    for account, (role, place) in WHOSE.items():
        found = subject_named(desk, account, role, of_region(desk, place).id if place else None, at=AT)
        assert found is not None
        people[account] = found
    return Province(letters, desk, people)


def fill(desk: Engine) -> None:
    before = AT - dt.timedelta(days=30)
    for account, (role, place) in WHOSE.items():
        add_account(desk, account, account.title(), None, at=before)
        grant(desk, account, role, of_region(desk, place).id if place else None, at=before, by="x")
        add_address(desk, EMAIL, f"{account}@gov.example", account=account, at=before)


def test_each_of_ten_sights_gets_what_its_own_page_shows(province: Province) -> None:
    for by in province.people.values():
        for card, query in (("letters.headline", ""), ("letters.trend", "topic=交通运输")):
            subscribe(province.desk, by, card, query, card, Plan("daily"), at=AT - dt.timedelta(days=1))
    ran = province.run()
    assert (ran.n_looked, ran.n_computed, ran.n_told, ran.n_failed) == (20, 20, 20, 0)
    totals = {}
    for account, by in province.people.items():
        with entered(by):
            page = letter_facts.selection(open_library())
            totals[account] = page.total
        for text in province.messages(account):
            assert f"来信：{totals[account]:,} 封" in text, account
    assert len(set(totals.values())) == 10
    assert totals["leader"] == sum(range(1, 9))


def test_who_see_the_same_are_computed_once(province: Province) -> None:
    by = province.people["county3"]
    add_account(province.desk, "second", "Second", None, at=AT)
    grant(province.desk, "second", "department", by.organisation_id, at=AT, by="x")
    second = subject_named(province.desk, "second", "department", by.organisation_id, at=AT)
    for one in (by, second, by):
        subscribe(
            province.desk, one, "letters.headline", "", "来信", Plan("daily"), at=AT - dt.timedelta(days=1)
        )
    assert province.run() == Ran(3, 1, 3, 0, 0)


def test_a_change_is_told_once_and_not_at_the_first_look(province: Province) -> None:
    subscribe(province.desk, province.people["leader"], "letters.headline", "", "来信", EVERY, at=AT)
    elsewhere = province.people["county0"]
    subscribe(province.desk, elsewhere, "letters.headline", "", "来信", EVERY, at=AT)
    assert province.run().n_told == 0
    assert province.run().n_looked == 0  # nothing is new
    province.more(letter(9001, place="431181"))
    assert province.run(AT + MINUTE).n_told == 1  # county0 does not see it
    assert province.run(AT + 2 * MINUTE).n_told == 0
    assert province.messages("leader")[0].startswith("数字有变化\n来信：37 封")


def test_an_alert_is_told_again_only_after_it_came_back(province: Province) -> None:
    plan = Plan("above", measure="n", level=36, reset=30)
    number = subscribe(
        province.desk, province.people["leader"], "letters.headline", "", "来信过多", plan, at=AT
    )
    assert province.run().n_told == 0
    province.more(letter(9001, place="431181"))
    assert province.run(AT + MINUTE).n_told == 1
    assert (
        list_inbox(province.desk, province.people["leader"])[0].title
        == "来信过多：来信总量 37 封，高于所设的 36 封"
    )
    province.more(letter(9002, place="431181"))
    assert province.run(AT + 2 * MINUTE).n_told == 0
    assert get(province.desk, province.people["leader"], number).is_raised


@pytest.mark.parametrize(
    ("card", "plan", "why"),
    [
        ("letters.words", Plan("above", measure="n", level=1), "没有单一数值"),
        ("letters.headline", Plan("above", measure="n_sites", level=1), "没有这个数值"),
        ("letters.headline", Plan("issue"), "不是热点与预警的图卡"),
    ],
)
def test_a_card_without_such_a_number_is_not_told(
    province: Province, card: str, plan: Plan, why: str
) -> None:
    by = province.people["leader"]
    number = subscribe(province.desk, by, card, "", "x", plan, at=AT)
    assert province.run().n_failed == 1
    assert why in get(province.desk, by, number).failure


def test_who_lost_the_role_is_told_nothing(province: Province) -> None:
    for account in ("county0", "county1"):
        subscribe(province.desk, province.people[account], "letters.headline", "", "来信", EVERY, at=AT)
    province.run()
    province.more(*[letter(9000 + k, place=county) for k, county in enumerate(COUNTIES[:2])])
    revoke(province.desk, "county0", "department", at=AT)
    set_disabled(province.desk, "county1", True, at=AT)
    ran = province.run(AT + MINUTE)
    assert (ran.n_computed, ran.n_told, ran.n_failed) == (0, 0, 2)


def test_mail_has_figures_picture_link_and_one_click(province: Province, mails: tuple[Mails, Ways]) -> None:
    kept, ways = mails
    by = province.people["county4"]
    plan = Plan("daily", channels=("email",))
    number = subscribe(
        province.desk, by, "letters.trend", "topic=交通运输", "本区来信", plan, at=AT - dt.timedelta(days=1)
    )
    province.run()
    assert deliver(province.desk, ways, clock=lambda: AT) == Delivered(1, 0, 0)
    assert deliver(province.desk, ways, clock=lambda: AT) == Delivered(0, 0, 0)
    (mail,) = kept.got
    assert mail["To"] == "county4@gov.example"
    assert mail["Message-ID"] == f"<alert-{number}-1.{_address(mail)}@gov.example>"
    link = f"https://desk.example/unsubscribe/{unsubscribe_name(number)}"
    assert mail["List-Unsubscribe"].strip() == f"<{link}>"  # folded
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = mail.get_body(("plain",)).get_content()
    assert "来信：5 封" in text
    assert "数据截至 2024-07-" in text
    assert "https://desk.example/card/letters.trend?topic=交通运输" in text
    assert link in text
    (picture,) = mail.iter_attachments()
    assert picture.get_content().startswith(b"\x89PNG")


def _address(mail) -> str:
    return mail["Message-ID"].split("@")[0].rpartition(".")[2]


def test_quiet_hours_hold_mail_back_and_not_the_inbox(province: Province, mails: tuple[Mails, Ways]) -> None:
    kept, ways = mails
    by = province.people["leader"]
    plan = Plan("daily", minute=23 * 60, channels=("email",))
    subscribe(province.desk, by, "letters.headline", "", "来信", plan, at=AT - dt.timedelta(days=1))
    late = dt.datetime(2024, 8, 1, 23, 0)
    assert province.run(late).n_told == 1
    assert n_unread(province.desk, by) == 1
    assert deliver(province.desk, ways, clock=lambda: late) == Delivered(0, 0, 0)
    morning = dt.datetime(2024, 8, 2, 7, 0)
    assert deliver(province.desk, ways, clock=lambda: morning) == Delivered(1, 0, 0)
    assert kept.got


def test_a_digest_is_one_message_a_day(province: Province, mails: tuple[Mails, Ways]) -> None:
    kept, ways = mails
    by = province.people["leader"]
    plan = Plan("daily", minute=8 * 60, channels=("email",), is_digest=True)
    for name in ("甲", "乙", "丙"):
        subscribe(province.desk, by, "letters.headline", "", name, plan, at=AT - dt.timedelta(days=1))
    early = dt.datetime(2024, 8, 1, 8, 10)
    assert province.run(early) == Ran(3, 1, 3, 0, 0)
    assert province.run(AT).n_digests == 1
    assert province.run(AT + MINUTE).n_digests == 0
    assert deliver(province.desk, ways, clock=lambda: AT) == Delivered(1, 0, 0)
    (mail,) = kept.got
    assert mail["Subject"] == "[数聚] 订阅汇总：3 条"
    assert mail.get_content().count("退订：") == 3


def test_who_unsubscribes_meanwhile_gets_no_mail(province: Province, mails: tuple[Mails, Ways]) -> None:
    kept, ways = mails
    by = province.people["leader"]
    plan = Plan("daily", channels=("email",))
    number = subscribe(province.desk, by, "letters.headline", "", "来信", plan, at=AT - dt.timedelta(days=1))
    province.run()
    assert number_named(unsubscribe_name(number)) == number
    assert set_state(province.desk, None, number, ENDED, at=AT)
    assert not set_state(province.desk, None, number, ENDED, at=AT)
    assert deliver(province.desk, ways, clock=lambda: AT) == Delivered(0, 0, 1)
    assert not kept.got
    assert list_subscriptions(province.desk) == []


def test_channels_are_those_chosen(province: Province, hook, mails: tuple[Mails, Ways]) -> None:
    (got, url), (kept, ways) = hook, mails
    by = province.people["leader"]
    add_address(province.desk, WEBHOOK, url, account="leader", at=AT)
    plan = Plan("daily", channels=("webhook",))
    subscribe(province.desk, by, "letters.headline", "", "来信", plan, at=AT - dt.timedelta(days=1))
    province.run()
    assert deliver(province.desk, ways, clock=lambda: AT) == Delivered(1, 0, 0)
    assert len(got) == 1
    assert not kept.got


def _run_until_killed(home: str, catalog: str, desk: str, keys: str, stop_after: int) -> None:
    """Run in another process that is ended, as by a kill, before the commit of its ``stop_after``-th batch."""
    os.environ |= {
        "SHUJU_HOME": home,
        "SHUJU_CATALOG": catalog,
        "SHUJU_KEYS": keys,
        **({"SHUJU_DESK": desk} if desk else {}),
    }
    from shuju.desk.subscriptions import run
    from shuju.library.home import find_home

    write, n = run._write, [0]

    def killed(*given):
        n[0] += 1
        if n[0] > stop_after:
            os._exit(9)
        return write(*given)

    run._write, run.AT_ONCE = killed, 4
    place = find_home(home)
    run.run_alerts(place, open_desk(place), shown, at=AT)


def test_a_run_that_is_killed_tells_nothing_twice(province: Province) -> None:
    stop_after = 1  # of three batches
    for by in province.people.values():
        subscribe(
            province.desk,
            by,
            "letters.headline",
            "",
            "来信",
            Plan("daily", channels=("email",)),
            at=AT - dt.timedelta(days=1),
        )
    home = province.letters.library.home.uri
    keys = os.environ["SHUJU_KEYS"]
    given = (home, os.environ["SHUJU_CATALOG"], os.environ.get("SHUJU_DESK", ""), keys, stop_after)
    process = multiprocessing.get_context("spawn").Process(target=_run_until_killed, args=given)
    process.start()
    process.join()
    assert process.exitcode == 9
    ran = province.run(AT + MINUTE)
    assert ran.n_told == 10 - 4 * stop_after
    with province.desk.connect() as connection:
        assert connection.execute(select(func.count()).select_from(inbox)).scalar() == 10
        names = connection.execute(select(outbox.c.message_id)).scalars().all()
    assert len(names) == len(set(names)) == 10


def test_two_runs_of_the_same_state_tell_once(province: Province) -> None:
    from shuju.desk.tables.subscriptions import alert_states

    by = province.people["leader"]
    number = subscribe(
        province.desk, by, "letters.headline", "", "来信", Plan("daily"), at=AT - dt.timedelta(days=1)
    )
    assert province.run().n_told == 1
    with province.desk.begin() as connection:  # as one that read before the first wrote
        stale = {"seq": 0, "next_at": AT}
        connection.execute(update(alert_states).where(alert_states.c.subscription_id == number).values(stale))
    assert province.run(AT + MINUTE).n_told == 0


def test_subscriptions_are_ones_own(province: Province) -> None:
    by, other = province.people["leader"], province.people["county0"]
    number = subscribe(province.desk, by, "letters.headline", "", "来信", EVERY, at=AT)
    with pytest.raises(SubscriptionError):
        get(province.desk, other, number)
    with pytest.raises(SubscriptionError):
        change(province.desk, other, number, Plan("daily"), at=AT)
    assert not set_state(province.desk, other, number, ENDED, at=AT)
    assert set_state(province.desk, by, number, PAUSED, at=AT)
    assert province.run().n_looked == 0
    assert change(province.desk, by, number, Plan("daily"), "新名", at=AT).title == "新名"
    with pytest.raises(SubscriptionError, match="名字"):
        subscribe(province.desk, by, "letters.headline", "", " ", EVERY, at=AT)
    assert [one.account for one in list_subscriptions(province.desk)] == ["leader"]
    assert number_named(unsubscribe_name(number)[:-1] + "x") is None
    assert number_named("1") is None


def test_the_inbox_is_of_one_person_in_one_role(province: Province) -> None:
    by = province.people["leader"]
    subscribe(province.desk, by, "letters.headline", "", "来信", Plan("daily"), at=AT - dt.timedelta(days=1))
    province.run()
    (one,) = list_inbox(province.desk, by)
    as_other = Subject("leader", "Leader", "analyst")
    assert list_inbox(province.desk, as_other) == []
    assert mark_read(province.desk, as_other, one.id, at=AT) == 0
    assert mark_read(province.desk, by, one.id, at=AT) == 1
    assert n_unread(province.desk, by) == 0


def test_new_issues_are_told_once(tmp_path: Path) -> None:
    """The decision alone: what was known is no news, what is gone and comes again neither."""
    from shuju.desk.subscriptions.deciding import decide
    from shuju.desk.subscriptions.shown import Shown

    def seen(*ids: str) -> Shown:
        return Shown("hot_issues.list", "热点", "hot_issues", {}, (), ids, (), "全部", None, False, None)

    sub = _issue_subscription()
    told = []
    for number, ids in enumerate([("a", "b"), ("a", "b", "c"), ("c",), ("a", "c"), ("a", "c", "d", "e")]):
        decision = decide(sub, seen(*ids), f"v{number}", AT)
        told.append(decision.why)
        kept = {name: value for name, value in decision.state.items() if hasattr(sub, name)}
        from dataclasses import replace

        sub = replace(sub, **kept)
    assert told == ["", "新热点 1 条", "", "", "新热点 2 条"]


def _issue_subscription():
    from shuju.desk.subscriptions.record import Subscription

    return Subscription(
        1, "a", "leader", None, "hot_issues.list", "", "热点", Plan("issue"), "active", AT, 0, None, False, None, "", "", "", None, None, ""
    )  # fmt: skip


def test_old_messages_are_forgotten_with_their_pictures(province: Province) -> None:
    by = province.people["leader"]
    plan = Plan("daily", channels=("email",))
    subscribe(province.desk, by, "letters.trend", "", "来信", plan, at=AT - dt.timedelta(days=1))
    province.run()
    with province.desk.connect() as connection:
        (picture,) = connection.execute(select(inbox.c.picture)).scalars()
    assert b"".join(parts_of_file(province.desk, picture)).startswith(b"\x89PNG")
    assert forget_old(province.desk, at=AT + KEPT - MINUTE) == 0
    assert forget_old(province.desk, at=AT + KEPT + MINUTE) == 1
    assert list(parts_of_file(province.desk, picture)) == []
    assert list_inbox(province.desk, by) == []


def test_what_fails_for_a_while_is_tried_again(province: Province) -> None:
    by = province.people["leader"]
    daily = subscribe(
        province.desk, by, "letters.headline", "", "每天", Plan("daily"), at=AT - dt.timedelta(days=1)
    )
    changed = subscribe(province.desk, by, "letters.headline", "", "变化", Plan("change"), at=AT)

    def broken(card: str, query: str):
        raise OSError("the disk is away")

    ran = run_alerts(province.letters.library.home, province.desk, broken, at=AT)
    assert (ran.n_told, ran.n_failed) == (0, 2)
    assert get(province.desk, by, daily).next_at == AT + dt.timedelta(minutes=10)
    assert province.run(AT + dt.timedelta(minutes=10)).n_told == 1
    province.more(letter(9001, place="431181"))
    assert province.run(AT + dt.timedelta(minutes=11)).n_told == 0  # the first look that came to something
    assert get(province.desk, by, changed).failure == ""
    province.more(letter(9002, place="431181"))
    assert province.run(AT + dt.timedelta(minutes=12)).n_told == 1
