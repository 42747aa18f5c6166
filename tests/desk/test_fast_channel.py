"""The fast channel: what came is there once; decided, answered with a number and a date, counted."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from shuju.access.subject import NotAllowedError, Subject
from shuju.desk.answers.commands import Asked, begin_answer, send_answer, submit_answer
from shuju.desk.answers.journal import Letter
from shuju.desk.fast_arrivals import take_in, take_in_new
from shuju.desk.fast_channel import (
    decide,
    get_matter,
    list_matters,
    matter_of_task,
    sender_told,
    waiting,
)
from shuju.desk.fast_classes import SHIPPED, FastChannelError, classes_of, read_classes
from shuju.desk.fast_counts import counted
from shuju.desk.fast_matter import Matter
from shuju.desk.messages.reminders import remind
from shuju.desk.messages.written import addresses_of, written
from shuju.desk.tables.messages import outbox
from shuju.desk.tables.tasks import tasks
from shuju.desk.tasks.commands import Order, get
from shuju.desk.tasks.entrusted import entrusted_to
from shuju.desk.tasks.evidence import Evidence, evidence_of
from shuju.desk.tasks.journal import StaleTaskError, TaskError
from shuju.library.home import find_home
from shuju.mine.task_changes import task_changes
from tests.desk.tasks.conftest import AT, TERMS, Office, office
from tests.letters.conftest import Letters, letter

__all__ = ["office"]


ORDER = Order("路灯不亮", "请速办。", "长沙市住建局", kind="fast_channel", evidence=Evidence(
    "", "letters", "letter=l0", "letter?id=l0", "省长信箱", {"答复情况": "未答复"}, 1, "letters@0", "省领导"))  # fmt: skip


def came(office: Office, n: int = 3) -> list[Matter]:
    rows = [
        {
            "kind": "letters", "source_id": f"l{number}", "class_name": "省长信箱", "title": f"第{number}封", "sender": "", "region_code": "430104",
            "topic": "环境保护", "written_at": AT, "is_synthetic": False,
        }
        for number in range(n)
    ]  # fmt: skip
    assert take_in(office.desk, rows, TERMS, at=AT) == n
    assert take_in(office.desk, rows, TERMS, at=AT) == 0
    return list_matters(office.desk)


def act(
    office: Office, matter: Matter, action: str, text: str = "", who: str = "leader", **more: object
) -> Matter:
    told = {
        "by": office.people[who],
        "command_id": office.command_id(),
        "seq": matter.seq,
        "at": office.at,
        "terms": TERMS,
        **more,
    }
    return decide(office.desk, matter.id, action, text, **told)


def test_decided_and_answered(office: Office) -> None:
    first, second, third = came(office)
    assert (first.due, first.result_due) == (
        dt.datetime(2024, 7, 31, 17, 30),
        dt.datetime(2024, 8, 5, 17, 30),
    )
    first = act(office, act(office, first, "say", "请生态环境厅研究。"), "take_up")
    assert (first.state, first.due) == ("taken_up", first.result_due)
    second = act(office, second, "refuse", "已有规定")
    first = act(office, first, "answer", "已采纳，联系人电话 13873100001。", is_published=True)
    second = act(office, second, "answer", "不予采纳，理由见附。")
    assert (first.answer_number, second.answer_number) == ("快答〔2024〕1号", "快答〔2024〕2号")
    assert "13873100001" in first.answer
    assert "13873100001" not in first.published
    assert second.published == ""
    assert [event.action for event in get_matter(office.desk, first.id)[1]] == ["say", "take_up", "answer"]
    third = act(office, third, "assign", order=ORDER)
    assert (third.state, third.task_id is not None) == ("taken_up", True)
    found = counted(office.desk)
    # What was taken up or refused stays counted when it is answered.
    assert (found.came, found.states) == (3, {"answered": 2, "taken_up": 1})
    assert (found.taken_up, found.refused, found.reasons) == (2, 1, [("已有规定", 1)])
    assert (found.assigned, found.decided, found.in_time, found.answered_in_time) == (1, 3, 3, 2)


def test_what_is_refused(office: Office) -> None:
    first, *_ = came(office)
    cases = [
        ("answer", "x", "leader", TaskError, "不能答复"),
        ("refuse", "", "leader", TaskError, "须写明"),
        ("dance", "x", "leader", TaskError, "操作"),
        ("say", "x", "handler", NotAllowedError, "不能处理"),
    ]
    for action, text, who, error, told in cases:
        with pytest.raises(error, match=told):
            act(office, first, action, text, who)
    act(office, first, "say", "甲")
    with pytest.raises(StaleTaskError, match=r"leader（leader）已于 2024-07-29 16:38:00 批示"):
        act(office, first, "take_up")
    with pytest.raises(TaskError, match="没有这件"):
        get_matter(office.desk, 999)


def test_the_same_command_is_done_once(office: Office) -> None:
    first, *_ = came(office)
    told = {"by": office.people["leader"], "command_id": "command-once", "seq": 0, "at": AT, "terms": TERMS}
    done = decide(office.desk, first.id, "take_up", **told)
    assert decide(office.desk, first.id, "take_up", **told) == done
    assert len(get_matter(office.desk, first.id)[1]) == 1


def test_a_command_that_was_given_for_something_else_is_not_told_as_done(office: Office) -> None:
    first, second, _ = came(office)
    told = {"by": office.people["leader"], "command_id": "command-once", "seq": 0, "at": AT, "terms": TERMS}
    decide(office.desk, first.id, "take_up", **told)
    for matter, action, text in (
        (first, "answer", "已责成办理。"),
        (second, "take_up", ""),
        (first, "take_up", "甲"),
    ):
        with pytest.raises(TaskError, match="已用于另一操作"):
            decide(office.desk, matter.id, action, text, **told)
    assert [get_matter(office.desk, one.id)[0].state for one in (first, second)] == ["taken_up", "waiting"]


def test_classes_are_of_tables_and_channels_that_there_are() -> None:
    from shuju.standard import code_list

    classes = read_classes(SHIPPED.read_text(encoding="utf-8"))
    assert {one.table for one in classes} == {"letters", "suggestions"}
    assert {channel for one in classes for channel in one.channels} <= set(code_list("channels").codes)


def test_all_that_wait_are_told_however_many(office: Office) -> None:
    assert waiting(office.desk) == (0, 0)
    assert not [
        one for one in task_changes(office.desk, office.people["leader"], at=AT) if one.kind == "fast"
    ]
    first, *_ = came(office, 1_205)
    act(office, first, "take_up")
    assert waiting(office.desk) == (1_204, 1_205)
    (told,) = (one for one in task_changes(office.desk, office.people["leader"], at=AT) if one.kind == "fast")
    assert (told.sentence, counted(office.desk).states["waiting"]) == ("快速通道待批示 1,204 件", 1_204)


def test_the_most_pressing_is_first_page_by_page(office: Office) -> None:
    first, second, third = came(office)
    act(office, first, "take_up")  # its answer is due later than a word on the others
    act(office, act(office, second, "take_up"), "answer", "好。")
    pages = [[one.id for one in list_matters(office.desk, n=2, first=first)] for first in (0, 2, 4)]
    assert pages == [[third.id, first.id], [second.id], []]


def test_answers_at_the_same_time_have_numbers_of_their_own(office: Office) -> None:
    ready = [act(office, matter, "take_up") for matter in came(office, 8)]
    told = [(matter, office.command_id()) for matter in ready]

    def answer(one: tuple[Matter, str]) -> int | None:
        asked = {"by": office.people["leader"], "command_id": one[1], "seq": 1, "at": AT, "terms": TERMS}
        return decide(office.desk, one[0].id, "answer", "好。", **asked).number

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(answer, told)) == list(range(1, 9))


def n_tasks(office: Office) -> int:
    with office.desk.connect() as connection:
        return len(connection.execute(select(tasks.c.id)).all())


def test_what_is_refused_leaves_no_task(office: Office) -> None:
    first, second, _ = came(office)
    first = act(office, first, "refuse", "不属省级事权")
    cases = [
        ("refused", first, {}, TaskError, "不能交办"),
        ("stale", Matter(**{**vars(second), "seq": 7}), {}, StaleTaskError, "刷新"),
        ("not a role", second, {"who": "handler"}, NotAllowedError, "不能处理"),
        ("nowhere", second, {"order": Order("t", "x", "没有的局")}, TaskError, "没有单位"),
        ("no order", second, {"order": None}, TaskError, "交办给哪个单位"),
    ]
    for name, matter, more, error, told in cases:
        with pytest.raises(error, match=told):
            act(office, matter, "assign", **{"order": ORDER, **more})
        assert n_tasks(office) == 0, name
    with office.desk.connect() as connection:
        assert connection.execute(select(outbox.c.id)).all() == []


def test_matter_and_task_are_one_thread(office: Office) -> None:
    first, *_ = came(office)
    told = {
        "by": office.people["leader"],
        "command_id": "assign-once",
        "seq": 0,
        "at": AT,
        "terms": TERMS,
        "order": ORDER,
    }
    matter = decide(office.desk, first.id, "assign", "请速办。", **told)
    assert (
        decide(office.desk, first.id, "assign", "请速办。", **told) == matter
    )  # what is sent twice is one task
    assert n_tasks(office) == 1
    found, proof = matter_of_task(office.desk, matter.task_id), evidence_of(office.desk, matter.task_id)
    assert (found.id, proof.filters) == (matter.id, "letter=l0")
    assert entrusted_to(office.desk, office.people["handler"].organisation_id).letters == ("l0",)
    with pytest.raises(TaskError, match="已交办（交办〔2024〕1号，长沙市住建局）"):
        act(office, matter, "assign", order=ORDER)
    office.undo(get(office.desk, matter.task_id, office.people["leader"])[0], "leader")
    again = act(office, matter, "assign", order=ORDER)
    assert again.task_id == 2


def test_the_sender_is_told_of_the_answer(office: Office) -> None:
    first, second, _ = came(office)
    for matter, contact in ((first, "wang@mail.example"), (second, "")):
        done = act(office, act(office, matter, "take_up"), "answer", "已采纳。", contact=contact)
        assert contact not in done.contact or not contact  # sealed
        assert sender_told(office.desk, done) == (None, "")
    with office.desk.connect() as connection:
        rows = connection.execute(select(outbox).order_by(outbox.c.id)).all()
        assert [row.message_id for row in rows] == ["matter-1-answer", "matter-2-answer"]
        assert [[one.address for one in addresses_of(connection, row)] for row in rows] == [
            ["wang@mail.example"],
            [],
        ]
        message = written(connection, rows[0], "", AT)
    assert "快答〔2024〕1号" in message.text
    assert "已采纳。" in message.text


def test_a_letter_that_a_department_answers_waits_for_nobody(office: Office) -> None:
    first, second, _ = came(office)
    zhang = office.people["handler"]
    li = Subject("li", "li", "department", zhang.organisation, organisation_id=zhang.organisation_id)

    def asked(by: Subject) -> Asked:
        return Asked(by, office.command_id(), office.at)

    letters = [Letter(one.source_id, one.title, AT) for one in (first, second)]
    answer = begin_answer(office.desk, letters, "已修好。", asked(zhang), due=AT)
    answer = submit_answer(office.desk, answer.id, asked(zhang), seq=answer.seq)
    assert waiting(office.desk)[0] == 3
    answer = send_answer(office.desk, answer.id, {}, asked(li), seq=answer.seq)
    assert waiting(office.desk)[0] == 1
    matter, events = get_matter(office.desk, first.id)
    assert (matter.state, matter.answer, matter.answer_id, matter.answer_number) == (
        "answered",
        "已修好。",
        answer.id,
        "",
    )
    assert (events[-1].action, events[-1].told["text"]) == ("department_answered", answer.document_number)
    with pytest.raises(TaskError, match="“已答复”的事项不能批示"):
        act(office, matter, "say", "请研究。")
    assert counted(office.desk).decided == 0
    third = act(office, list_matters(office.desk, "waiting")[0], "take_up")
    assert (
        act(office, third, "answer", "好。").answer_number == "快答〔2024〕1号"
    )  # theirs have no number of ours


def test_what_is_near_or_over_its_term_is_told(office: Office) -> None:
    first, *_ = came(office, 2)
    cases = {
        dt.datetime(2024, 7, 29, 17): [],
        dt.datetime(2024, 7, 31, 9): [
            "near-leader",
            "near-supervisor",
        ],  # it came on a Monday afternoon: two working days
        dt.datetime(2024, 7, 31, 23): [],
        dt.datetime(2024, 8, 1, 9): ["late-leader", "late-supervisor"],
        dt.datetime(2024, 8, 1, 10): [],
        dt.datetime(2024, 8, 2, 10): ["escalate_1"],
        dt.datetime(2024, 8, 6, 10): ["escalate_2"],
        dt.datetime(2024, 8, 8, 10): ["escalate_3"],
    }
    known: set[str] = set()
    act(office, first, "refuse", "已有规定")
    for at, wanted in cases.items():
        remind(office.desk, TERMS, at=at)
        with office.desk.connect() as connection:
            rows = connection.execute(select(outbox).where(outbox.c.matter_id == 2)).all()
        names = {row.message_id for row in rows}
        assert sorted(name.split("-", 4)[4] for name in names - known) == wanted, at
        known = names
    with office.desk.connect() as connection:
        row = connection.execute(
            select(outbox).where(outbox.c.kind == "late", outbox.c.matter_id == 2)
        ).first()
        message = written(connection, row, "https://x/", dt.datetime(2024, 8, 1, 9))
    assert (message.subject, "https://x/fast?id=2" in message.text) == ("[数聚] 快速通道已超期：第1封", True)
    second, _ = get_matter(office.desk, 2)
    done = act(office, act(office, second, "take_up"), "answer", "好。")
    assert done.due is None
    n = remind(office.desk, TERMS, at=dt.datetime(2024, 8, 20, 10))
    with office.desk.connect() as connection:
        about = set(
            connection.execute(select(outbox.c.matter_id).order_by(outbox.c.id.desc()).limit(n)).scalars()
        )
    assert about <= {1}


def test_letters_are_taken_in_when_they_reach_the_library(office: Office, tmp_path: Path) -> None:
    made = Letters(tmp_path / "p", channel="leader_mailbox")
    library = made.add(
        letter(1), letter(2, replied="2024-07-20 10:00", reply="已修好"), letter(3, time="2024-05-01 10:00")
    )
    seen = take_in_new(library, office.desk, TERMS, at=AT)
    (matter,) = list_matters(office.desk)
    arrived = library.get("letters", "l1")["ingested_at"]
    assert (matter.source_id, matter.came_at) == ("l1", arrived)  # not when somebody looked
    assert take_in_new(library, office.desk, TERMS, at=AT, seen=seen) == seen
    made.add(letter(4))
    assert take_in_new(library, office.desk, TERMS, at=AT, seen=seen) != seen
    assert {one.source_id for one in list_matters(office.desk)} == {"l1", "l4"}
    made.add(letter(1, replied="2024-07-21 10:00", reply="来源已答复"))
    take_in_new(library, office.desk, TERMS, at=AT)
    one = next(one for one in list_matters(office.desk) if one.source_id == "l1")
    assert (one.state, one.answer, waiting(office.desk)[0]) == ("answered", "来源已答复", 1)


def test_a_library_may_have_its_own_classes(tmp_path: Path) -> None:
    home = find_home(tmp_path)
    assert [one.name for one in classes_of(home)] == ["省长信箱", "微建议"]
    (tmp_path / "fast_channel.yaml").write_text(
        "classes:\n  - {name: 热线, table: letters, channels: [hotline], days: 7}\n", encoding="utf-8"
    )
    assert [(one.name, one.channels, one.days) for one in classes_of(home)] == [("热线", ("hotline",), 7)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("classes: [", "不是正确的 YAML"),
        ("a: 1", "第 1 行：文件应只有 classes"),
        ("classes:\n  - {name: x, table: letters}", "第 2 行：类别应有 name、table、days"),
        ("classes:\n  - {name: x, table: sites, days: 3}", "没有表 'sites'，只有：letters（来信）"),
        ("classes:\n  - {name: x, table: letters, days: 0}", "days 应为 1 至 3,650"),
        ("classes:\n  - {name: x, table: letters, days: 3, channels: [nowhere]}", "channels 是一列来信渠道"),
        ("classes:\n  - {name: x, table: letters, days: 3}\n  - {name: x, table: letters, days: 4}", "第 3 行：类别“x”出现两次"),
    ],
)  # fmt: skip
def test_a_fault_in_the_classes_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(FastChannelError, match=re.escape(told)):
        read_classes(text)
