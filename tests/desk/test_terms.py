"""Terms: which rule holds, when its steps are due, their lights; every deadline recounted; faults of the file."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuju.desk.terms import (
    KINDS,
    STEPS,
    URGENCY,
    Due,
    Light,
    Span,
    Term,
    Unit,
    due_at,
    due_of,
    is_overdue,
    light,
    yellow_from,
)
from shuju.desk.terms_reading import TermsError, read_terms, shipped_terms, terms_of
from shuju.library.home import find_home
from shuju.standard import code_list

TERMS = shipped_terms()
CALENDAR = TERMS.calendar
WEEK = Term(Span(5, Unit.WORKING_DAYS), Span(1, Unit.WORKING_DAYS), Span(3, Unit.WORKING_DAYS))
HOURS = Term(Span(4, Unit.WORKING_HOURS), Span(1, Unit.WORKING_HOURS))


@pytest.fixture(autouse=True)
def database() -> None:
    """Need no desk: once is enough."""


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("kind", "channel", "urgency", "name"),
    [
        ("letter", None, "normal", "来信"),
        ("letter", "hotline", "normal", "热线来电"),
        ("letter", "leader_mailbox", "normal", "省长信箱来信"),
        ("letter", "leader_mailbox", "extra_urgent", "特急事项"),
        ("fast_channel", None, "extra_urgent", "快速通道（特急）"),
        ("fast_channel", "leader_mailbox", "urgent", "快速通道"),
        ("warning", None, "normal", "风险预警"),
        ("site", None, "normal", "文件未转载、网站问题"),
        ("card", None, "normal", "其他"),
    ],
)
def test_rule(kind: str, channel: str | None, urgency: str, name: str) -> None:
    assert TERMS.rule(kind, channel, urgency).name == name == TERMS.named(name).name


def test_every_matter_has_a_rule() -> None:
    channels = (None, *code_list("channels").codes)
    used = {TERMS.rule(kind, c, urgency).name for kind in KINDS for c in channels for urgency in URGENCY}
    assert used == {rule.name for rule in TERMS.rules}


@pytest.mark.parametrize(("kind", "urgency"), [("letters", "normal"), ("letter", "asap")])
def test_what_there_is_not(kind: str, urgency: str) -> None:
    with pytest.raises(KeyError, match="没有事项种类"):
        TERMS.rule(kind, None, urgency)
    with pytest.raises(KeyError, match="时限规则中没有"):
        TERMS.named(kind)


@pytest.mark.parametrize(
    ("term", "pauses", "is_extended", "due", "is_provisional"),
    [
        (WEEK, [], False, "2026-12-04T17:30", False),
        (WEEK, [], True, "2026-12-09T17:30", False),
        (WEEK, [("2026-12-01T09:00", "2026-12-03T09:00")], False, "2026-12-08T17:30", False),
        (WEEK, [("2026-12-01T09:00", None)], False, None, False),
        (WEEK, [("2026-12-04T17:30", None)], False, "2026-12-04T17:30", False),
        (HOURS, [], False, "2026-11-27T16:00", False),
        (Term(Span(30, Unit.WORKING_DAYS), WEEK.yellow), [], False, "2027-01-11T17:30", True),
        (Term(Span(7, Unit.DAYS), WEEK.yellow), [], False, "2026-12-04T17:30", False),
    ],
)
def test_due(term: Term, pauses: list, is_extended: bool, due: str | None, is_provisional: bool) -> None:
    stood = [(at(start), until and at(until)) for start, until in pauses]
    found = due_at(term, at("2026-11-27T10:00"), stood, calendar=CALENDAR, is_extended=is_extended)
    assert found == Due(due and at(due), is_provisional)


def test_a_term_without_an_extension_is_not_extended() -> None:
    for call in (due_at, due_of):
        with pytest.raises(ValueError, match="不可延长"):
            call(HOURS, at("2026-11-27T10:00"), calendar=CALENDAR, is_extended=True)


@pytest.mark.parametrize(
    ("term", "now", "done", "expected", "overdue"),
    [
        # WEEK from 2026-11-27 10:00 is due on 12-04 17:30, HOURS on 11-27 16:00
        (WEEK, "2026-11-27T10:00", None, Light.GREEN, False),
        (WEEK, "2026-12-03T17:29", None, Light.GREEN, False),
        (WEEK, "2026-12-03T17:30", None, Light.YELLOW, False),
        (WEEK, "2026-12-04T17:30", None, Light.YELLOW, False),
        (WEEK, "2026-12-04T17:30:01", None, Light.RED, True),
        (WEEK, "2026-12-09T10:00", "2026-12-04T17:00", Light.GREEN, False),
        (WEEK, "2026-12-09T10:00", "2026-12-05T17:00", Light.RED, False),
        (HOURS, "2026-11-27T14:59", None, Light.GREEN, False),
        (HOURS, "2026-11-27T15:00", None, Light.YELLOW, False),
    ],
)
def test_light(term: Term, now: str, done: str | None, expected: Light, overdue: bool) -> None:
    due = due_at(term, at("2026-11-27T10:00"), calendar=CALENDAR)
    finished = done and at(done)
    assert light(term, due, at(now), finished, calendar=CALENDAR) is expected
    assert is_overdue(due, at(now), finished) == overdue


def test_light_of_a_clock_that_stands_still() -> None:
    standing = Due(None, is_provisional=False)
    now = at("2026-12-09T10:00")
    assert light(WEEK, standing, now, calendar=CALENDAR) is Light.PAUSED
    assert light(WEEK, standing, now, now, calendar=CALENDAR) is Light.GREEN
    assert not is_overdue(standing, now)


@given(
    st.datetimes(dt.datetime(2004, 1, 1), dt.datetime(2026, 12, 31)),
    st.sampled_from([rule.term(step) for rule in TERMS.rules for step in STEPS]),
    st.lists(st.integers(0, 90 * 86_400), min_size=2, max_size=6).map(sorted),
)
def test_a_light_only_grows_redder(start: dt.datetime, term: Term, later: list[int]) -> None:
    due = due_at(term, start, calendar=CALENDAR)
    assert start < due.at
    assert yellow_from(term, due.at, calendar=CALENDAR) < due.at
    order = [Light.GREEN, Light.YELLOW, Light.RED]
    seen = [order.index(light(term, due, start + dt.timedelta(seconds=s), calendar=CALENDAR)) for s in later]
    assert seen == sorted(seen)


@pytest.mark.slow
def test_every_day_by_every_rule_equals_the_recount() -> None:
    """One time a day; ``python -m bench.deadlines`` counts at six."""
    pytest.importorskip("chinese_calendar")
    pytest.importorskip("holidays")
    from bench.deadlines import compare

    n, different = compare(TERMS, times=(dt.time(10, 17, 5),))
    assert n == 8_401 * sum(
        1 + (rule.term(step).extension is not None) for rule in TERMS.rules for step in STEPS
    )
    assert different == []


def test_the_recount_sees_a_day_that_is_wrong() -> None:
    pytest.importorskip("chinese_calendar")
    pytest.importorskip("holidays")
    from bench.deadlines import compare

    worked = CALENDAR.days.is_working.copy()
    worked[(np.datetime64("2026-10-08") - CALENDAR.days.first).astype(int)] ^= True
    wrong = replace(TERMS, calendar=replace(CALENDAR, days=replace(CALENDAR.days, is_working=worked)))
    assert compare(wrong, every=7, times=(dt.time(10),))[1]


# ---- the file ----
GOOD = """hours: [08:30-12:00, 14:00-17:30]
rules:
  - name: 甲
    kinds: [letter]
    sign: {within: 4 工作小时, yellow: 1 工作小时}
    reply: {within: 2 工作日, yellow: 4 工作小时}
    result: {within: 15 日, yellow: 3 工作日, extension: 15 日}
  - name: 其他
    sign: {within: 1 工作日, yellow: 1 工作小时}
    reply: {within: 2 工作日, yellow: 1 工作日}
    result: {within: 5 工作日, yellow: 1 工作日}
"""


def test_file_is_read() -> None:
    terms = read_terms(GOOD, "")
    assert [rule.name for rule in terms.rules] == ["甲", "其他"]
    assert terms.rules[0].result == Term(Span(15, Unit.DAYS), Span(3, Unit.WORKING_DAYS), Span(15, Unit.DAYS))
    assert terms.calendar.hours == ((30_600, 43_200), (50_400, 63_000))


@pytest.mark.parametrize(
    ("old", "new", "line", "why"),
    [
        ("rules:\n", "rules: [\n", 3, "不是正确的 YAML，请检查缩进、冒号和括号"),
        (GOOD, "", 1, "文件应由“键: 值”组成"),
        (GOOD, "hours: [08:30-12:00]\n", 1, "文件缺少 rules"),
        ("hours: [08:30-12:00, 14:00-17:30]", "hours: 08:30-12:00", 1, "hours 应是一列办公时段"),
        ("08:30-12:00", "8:30-12:00", 1, "办公时段 '8:30-12:00' 应写作 08:30-12:00"),
        ("08:30-12:00", "12:00-08:30", 1, "办公时段 12:00-08:30 应先起后止，且在前一时段之后"),
        ("14:00-17:30", "11:00-17:30", 1, "办公时段 11:00-17:30 应先起后止，且在前一时段之后"),
        ("14:00-17:30", "14:00-24:30", 1, "办公时段 14:00-24:30 应先起后止，且在前一时段之后"),
        ("within: 15 日", "within: 15 天", 7, "时限 '15 天' 应写作“5 工作日”“4 工作小时”或“7 日”"),
        ("within: 15 日", "within: 15", 7, "时限 15 应写作"),
        ("within: 15 日", "within: 0 日", 7, "时限 '0 日' 应在 1 至 250 之间"),
        ("within: 15 日", "within: 900 日", 7, "时限 '900 日' 应在 1 至 250 之间"),
        ("yellow: 4 工作小时", "yellow: 2 工作日", 6, "黄灯提前量 2 工作日 应短于时限 2 工作日"),
        ("yellow: 3 工作日", "yellow: 3 日", 7, "黄灯提前量应以工作小时或工作日计"),
        ("extension: 15 日", "extension: 15 工作日", 7, "延长 15 工作日 应与时限 15 日 同一单位"),
        ("extension: 15 日", "twice: 15 日", 7, "“result”没有 'twice' 这一项"),
        ("kinds: [letter]", "kinds: [mail]", 4, "kinds 中没有 'mail'，只有：letter（来信）"),
        ("kinds: [letter]", "kinds: letter", 4, "kinds 应是一列代码；不限则不写这一项"),
        ("kinds: [letter]", "kinds: [[letter]]", 4, "kinds 中没有 ['letter']"),
        ("kinds: [letter]", "channels: [post]", 4, "channels 中没有 'post'，只有：leader_mailbox（领导信箱）"),
        ("kinds: [letter]", "urgency: [high]", 4, "urgency 中没有 'high'，只有：normal（普通）"),
        ("    kinds: [letter]\n", "", 3, "规则“甲”不设条件，其后的规则永远用不到"),
        ("name: 其他", "name: 其他\n    kinds: [letter]", 8, "最后一条规则“其他”应不设条件"),
        ("name: 其他", "name: 甲", 8, "规则“甲”出现两次"),
        ("name: 甲", "name: ''", 3, "规则应有名称"),
        ("name: 甲", "name: 甲\n    name: 乙", 3, "“name”写了两次"),
        ("    sign: {within: 1 工作日, yellow: 1 工作小时}\n", "", 8, "规则缺少 sign"),
    ],
)  # fmt: skip
def test_fault_is_told_in_one_sentence(old: str, new: str, line: int, why: str) -> None:
    assert old in GOOD
    with pytest.raises(TermsError) as refused:
        read_terms(GOOD.replace(old, new), "")
    assert str(refused.value).startswith(f"terms.yaml 第 {line} 行：{why}")
    assert "\n" not in str(refused.value)


def test_a_library_has_terms_and_days_of_its_own(tmp_path: Path) -> None:
    home = find_home(tmp_path)
    assert terms_of(home) is shipped_terms()
    (tmp_path / "terms.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "working_days.csv").write_text("day,is_working,name\n2027-01-01,0,元旦\n", encoding="utf-8")
    own = terms_of(home)
    assert own.rules[0].name == "甲"
    assert 2027 not in own.calendar.days.provisional
    assert own.calendar.version != CALENDAR.version


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("working_days.csv", b"day,is_working,name\n2027-13-01,0,\n", "working_days.csv 第 2 行：日期"),
        ("working_days.csv", b"\xb9\xfa", "working_days.csv：应为 UTF-8 编码（第 0 字节处不是）"),
        ("terms.yaml", b"a: 1", "terms.yaml 第 1 行：文件没有 'a' 这一项"),
    ],
    ids=["day", "encoding", "terms"],
)
def test_a_fault_of_a_library_is_told(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TermsError) as refused:
        terms_of(find_home(tmp_path))
    assert str(refused.value).startswith(message)
