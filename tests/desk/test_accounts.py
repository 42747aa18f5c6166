"""Accounts: what a password must be, who gets in, how often one may err, second factors, and roles that exclude each other."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import Engine, select

from shuju.access import ROLES, RoleError
from shuju.access.roles import GOVERNORS
from shuju.desk import accounts as kept
from shuju.desk import challenges, memberships, role_rules, sessions
from shuju.desk.accounts import SignInError
from shuju.desk.organisations import add_department, answerable, of_region
from shuju.desk.store import open_desk
from shuju.desk.tables.accounts import accounts
from shuju.library.home import find_home

AT = dt.datetime(2026, 11, 27, 9, 0)
GOOD = "correct horse battery staple"


def later(**more: float) -> dt.datetime:
    return AT + dt.timedelta(**more)


@pytest.fixture
def desk(home: Path) -> Engine:
    return open_desk(find_home(home))


@pytest.fixture
def wang(desk: Engine) -> kept.Account:
    return kept.add_account(desk, "Wang.Wu", "王五", GOOD, at=AT)


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("short", "10 至 128"),
        ("x" * 129, "10 至 128"),
        ("password123", "太容易"),
        ("1234567890", "太容易"),
        ("qwertyuiop", "太容易"),
        ("wang.wu2024", "太容易"),
        ("shuju123456", "太容易"),
        ("19900101199", "太容易"),
    ],
)
def test_a_weak_password_is_refused(desk: Engine, password: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        kept.add_account(desk, "wang.wu", "王五", password, at=AT)
    assert not kept.has_accounts(desk)


@pytest.mark.parametrize("account", ["", "x", "-ab", "a b", "王五", "a" * 61, "演示-analyst", "a\nb", "a'--"])
def test_a_name_that_makes_no_sense_is_refused(desk: Engine, account: str) -> None:
    with pytest.raises(ValueError, match="账号应为"):
        kept.add_account(desk, account, "某", GOOD, at=AT)


def test_the_password_is_kept_as_argon2id(desk: Engine, wang: kept.Account) -> None:
    with desk.connect() as connection:
        held = connection.execute(select(accounts.c.password)).scalar_one()
    assert held.startswith("$argon2id$")
    assert GOOD not in held


def test_a_password_is_compared_to_its_end(desk: Engine, wang: kept.Account) -> None:
    longest = "correct horse battery staple " * 4 + "and twelve c"
    kept.set_password(desk, "wang.wu", longest, at=AT)
    assert len(longest) == 128
    assert kept.check_sign_in(desk, "wang.wu", longest, at=AT)
    with pytest.raises(SignInError):
        kept.check_sign_in(desk, "wang.wu", longest + "x", at=AT)


def test_a_first_password_opens_for_seven_days(desk: Engine, wang: kept.Account) -> None:
    assert kept.check_sign_in(desk, "wang.wu", GOOD, at=later(days=7)).must_change
    with pytest.raises(SignInError) as refused:
        kept.check_sign_in(desk, "wang.wu", GOOD, at=later(days=7, minutes=1))
    assert (refused.value.why, str(refused.value)) == ("初始密码已过期", kept.WRONG)
    kept.set_password(desk, "wang.wu", "purple monkey dishwasher soup", at=later(days=8))
    assert kept.check_sign_in(desk, "wang.wu", "purple monkey dishwasher soup", at=later(days=900))


def test_five_wrong_ones_lock_for_a_quarter_of_an_hour(desk: Engine, wang: kept.Account) -> None:
    for _ in range(5):
        with pytest.raises(SignInError) as refused:
            kept.check_sign_in(desk, "wang.wu", "not it", at=AT)
        assert str(refused.value) == kept.WRONG
    with pytest.raises(SignInError) as refused:
        kept.check_sign_in(desk, "wang.wu", GOOD, at=later(minutes=14))
    assert (refused.value.why, str(refused.value)) == ("账号已锁定", kept.WRONG)
    assert kept.check_sign_in(desk, "wang.wu", GOOD, at=later(minutes=16)).id == wang.id


@pytest.mark.parametrize("account", ["nobody", "", "' OR 1=1 --", "x" * 5000])
def test_whoever_is_not_there_is_told_the_same(desk: Engine, wang: kept.Account, account: str) -> None:
    with pytest.raises(SignInError) as refused:
        kept.check_sign_in(desk, account, GOOD, at=AT)
    assert str(refused.value) == kept.WRONG


def test_a_disabled_account_is_out_at_once(desk: Engine, wang: kept.Account) -> None:
    memberships.grant(desk, "wang.wu", "analyst", at=AT, by="t")
    cookie = sessions.begin(desk, wang, "", "127.0.0.1", at=AT)
    assert sessions.find(desk, cookie, at=AT).subject.role == "analyst"
    kept.set_disabled(desk, "wang.wu", True, at=AT)
    assert sessions.find(desk, cookie, at=AT) is None
    with pytest.raises(SignInError):
        kept.check_sign_in(desk, "wang.wu", GOOD, at=AT)
    kept.set_disabled(desk, "wang.wu", False, at=AT)
    assert sessions.find(desk, cookie, at=AT) is None, "an old session does not come back"
    assert kept.check_sign_in(desk, "wang.wu", GOOD, at=AT)


def test_second_factor(desk: Engine, wang: kept.Account) -> None:
    secret, address = kept.offer_totp(wang)
    assert address.startswith("otpauth://totp/")
    totp = pyotp.TOTP(secret)

    def code(at: dt.datetime) -> str:
        return totp.at(at.replace(tzinfo=dt.timezone(dt.timedelta(hours=8))))

    with pytest.raises(ValueError, match="动态码不正确"):
        kept.set_totp(desk, "wang.wu", secret, "000000" if code(AT) != "000000" else "1", at=AT)
    codes = kept.set_totp(desk, "wang.wu", secret, code(AT), at=AT)
    # 24 of 32 letters and digits each, 120 bits: what is kept of them is a plain hash.
    assert {len(code.replace("-", "")) for code in codes} == {24}
    assert len(set(codes)) == len(codes) == kept.CODES
    with desk.connect() as connection:
        assert secret not in str(connection.execute(select(accounts.c.totp)).scalar_one())
    for at, sent, gets_in in (
        (later(minutes=2), "", False),
        (later(minutes=2), code(later(minutes=2)), True),
        (later(minutes=2), code(later(minutes=2)), False),  # used
        (later(minutes=5), code(later(minutes=2)), False),  # old
        (later(minutes=5), code(later(minutes=5)), True),
        (later(minutes=6), codes[0], True),
        (later(minutes=6), codes[0], False),  # used
        (later(minutes=6), codes[1].lower(), True),
    ):
        if gets_in:
            assert kept.check_sign_in(desk, "wang.wu", GOOD, sent, at=at).has_totp
        else:
            with pytest.raises(SignInError):
                kept.check_sign_in(desk, "wang.wu", GOOD, sent, at=at)
    kept.drop_totp(desk, "wang.wu")
    assert not kept.check_sign_in(desk, "wang.wu", GOOD, at=later(hours=1)).has_totp


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(ROLES, 2)))
def test_three_powers_are_never_one_persons(desk: Engine, first: str, second: str) -> None:
    kept.add_account(desk, "li", "李", GOOD, at=AT)
    place = of_region(desk, "430104").id

    def give(role: str) -> None:
        memberships.grant(desk, "li", role, place if ROLES[role].is_of_organisation else None, at=AT, by="t")

    give(first)
    if {first, second} & GOVERNORS:
        with pytest.raises(RoleError, match="三权分立"):
            give(second)
        assert [m.role for m in memberships.memberships_of(desk, 1, at=AT)] == [first]
    else:
        give(second)
        assert [m.role for m in memberships.memberships_of(desk, 1, at=AT)] == [first, second]


def test_a_term_ends(desk: Engine, wang: kept.Account) -> None:
    memberships.grant(desk, "wang.wu", "leader", None, later(days=1), at=AT, by="t")
    cookie = sessions.begin(desk, wang, "", "", at=AT)
    assert sessions.find(desk, cookie, at=later(minutes=5)) is not None
    assert [m.role for m in memberships.memberships_of(desk, wang.id, at=later(days=2))] == []
    late = sessions.begin(desk, wang, "", "", at=later(hours=23, minutes=50))
    assert sessions.find(desk, late, at=later(days=1, minutes=1)) is None
    with pytest.raises(ValueError, match="任期已过"):
        memberships.grant(desk, "wang.wu", "analyst", None, AT, at=AT, by="t")


@pytest.mark.parametrize(
    ("steps", "lasts"),
    [
        ([29], True),
        ([31], False),
        ([20] * 20, True),
        ([29] * 20 + [25], False),  # ten hours and more, though never idle
    ],
)
def test_a_session_lasts_while_it_is_used_and_not_for_ever(
    desk: Engine, wang: kept.Account, steps: list[int], lasts: bool
) -> None:
    memberships.grant(desk, "wang.wu", "leader", at=AT, by="t")
    cookie, at, found = sessions.begin(desk, wang, "", "", at=AT), AT, None
    for minutes in steps:
        at += dt.timedelta(minutes=minutes)
        found = sessions.find(desk, cookie, at=at)
    assert (found is not None) is lasts


def test_a_session_is_found_by_its_cookie_alone(desk: Engine, wang: kept.Account) -> None:
    memberships.grant(desk, "wang.wu", "leader", at=AT, by="t")
    cookie = sessions.begin(desk, wang, "", "", at=AT)
    found = sessions.find(desk, cookie, at=AT)
    for other in (found.secret, found.handle, found.xsrf, cookie[:-1], cookie + "x", "", "null"):
        assert sessions.find(desk, other, at=AT) is None
    assert sessions.ended_among(desk, {found.handle, "x"}, at=AT) == {"x"}
    sessions.end_all(desk, wang.id, at=AT)
    assert sessions.ended_among(desk, {found.handle}, at=AT) == {found.handle}


def test_an_organisation_answers_for_what_lies_below_it(desk: Engine) -> None:
    city = of_region(desk, "430100")
    bureau = add_department(desk, "430100", "教育局")
    office = add_department(desk, "430104", "教育科", bureau.id)
    add_department(desk, "430104", "住建局")
    assert len(answerable(desk, city.id).regions) == 10
    assert answerable(desk, city.id).departments == ()
    assert answerable(desk, bureau.id).departments == ("教育局", "教育科")
    assert answerable(desk, bureau.id).library == "430100"
    assert answerable(desk, office.id).departments == ("教育科",)
    assert answerable(desk, office.id).regions == ("430104",)
    with pytest.raises(ValueError, match="已有部门"):
        add_department(desk, "430100", "教育局")
    with pytest.raises(ValueError, match="没有行政区划"):
        of_region(desk, "999999")


# A second factor that a role asks for


def test_a_role_may_ask_for_a_second_factor(desk: Engine, wang: kept.Account) -> None:
    memberships.grant(desk, "wang.wu", "analyst", at=AT, by="test")
    memberships.grant(desk, "wang.wu", "leader", at=AT, by="test")

    def needs(role: str, *, is_strong: bool) -> bool:
        cookie = sessions.begin(desk, wang, role, "127.0.0.1", at=AT, is_strong=is_strong)
        return sessions.find(desk, cookie, at=AT).needs_factor

    assert not needs("leader", is_strong=False)
    assert role_rules.set_second_factor(desk, "省领导", True) == "leader"
    assert [needs("leader", is_strong=strong) for strong in (False, True)] == [True, False]
    assert not needs("analyst", is_strong=False)
    cookie = sessions.begin(desk, wang, "leader", "127.0.0.1", at=AT)
    sessions.strengthen(desk, sessions.find(desk, cookie, at=AT).secret)
    assert not sessions.find(desk, cookie, at=AT).needs_factor
    role_rules.set_second_factor(desk, "leader", False)
    assert not needs("leader", is_strong=False)
    with pytest.raises(RoleError):
        role_rules.set_second_factor(desk, "boss", True)


def test_an_account_without_a_password_opens_to_none(desk: Engine) -> None:
    made = kept.add_account(desk, "li.si", "李四", None, at=AT)
    assert not made.must_change
    for password in ("", "None", GOOD):
        with pytest.raises(SignInError):
            kept.check_sign_in(desk, "li.si", password, at=AT)


def test_a_challenge_is_taken_once_and_soon(desk: Engine) -> None:
    for secret in ("a", "b", "c"):
        challenges.ask(desk, secret, "passkey", {"browser": secret}, at=AT)
    assert challenges.take(desk, "a", "oidc", at=AT) is None
    assert challenges.take(desk, "a", "passkey", at=AT) == {"browser": "a"}
    assert challenges.take(desk, "a", "passkey", at=AT) is None
    assert challenges.take(desk, "b", "passkey", at=later(minutes=11)) is None
    assert challenges.take(desk, "b", "passkey", at=AT) is None
    challenges.ask(desk, "d", "passkey", {}, at=later(minutes=11))
    assert challenges.take(desk, "c", "passkey", at=AT) is None, "old ones are cleared away"
