"""What can be done to a task, by whom, and what it is then; idempotent, one after the other, undone within half a minute."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from shuju.access.subject import NotAllowedError
from shuju.desk.tables.messages import outbox
from shuju.desk.tables.tasks import assignments, satisfaction, task_events, tasks
from shuju.desk.tasks.commands import NoTaskError, Order, StaleTaskError, TaskError, act, assign, get
from shuju.desk.tasks.record import folded
from shuju.desk.working_time import add_working_days, working_days_between
from tests.desk.tasks.conftest import AT, TERMS, Office

TO_WORKING = [("handler", "sign", {})]
TO_REVIEW = [*TO_WORKING, ("handler", "submit", {"text": "已停工整改"})]
TO_DONE = [*TO_REVIEW, ("leader", "approve", {"solved": "yes"})]
TO_DELAY = [*TO_WORKING, ("handler", "ask_delay", {"until": "2024-08-26", "text": "须环评"})]
# What was done to a fresh task: who, what, with what; and the state it is in then.
WAYS = {
    "signed in": (TO_WORKING, "working"),
    "objected": ([("handler", "object", {"text": "属城管职责"})], "objected"),
    "objected, reassigned": ([("handler", "object", {"text": "属城管职责"}), ("leader", "reassign", {"organisation": "株洲市"})], "to_sign"),
    "objected, refused": ([("handler", "object", {"text": "x"}), ("analyst", "reject_objection", {"text": "属你单位"})], "to_sign"),
    "fed back": ([*TO_WORKING, ("handler", "feed_back", {"text": "已到现场"})], "working"),
    "in review": (TO_REVIEW, "in_review"),
    "returned": ([*TO_REVIEW, ("leader", "return", {"text": "没有答到点上"})], "working"),
    "done": (TO_DONE, "done"),
    "rated": ([*TO_DONE, ("leader", "ask_rating", {}), ("leader", "rate", {"score": "4"})], "archived"),
    "archived": ([*TO_DONE, ("analyst", "archive", {})], "archived"),
    "reopened": ([*TO_DONE, ("leader", "reopen", {"text": "又响了"})], "working"),
    "delay asked": (TO_DELAY, "delay_asked"),
    "delay granted": ([*TO_DELAY, ("leader", "approve_delay", {})], "working"),
    "delay refused": ([*TO_DELAY, ("leader", "reject_delay", {"text": "不可"})], "working"),
    "waits and goes on": ([*TO_WORKING, ("handler", "wait", {"text": "缺地址"}), ("leader", "resume", {})], "working"),
    "urged": ([("leader", "urge", {})], "to_sign"),
    "watched over": ([("analyst", "supervise", {"text": "每日一报"}), ("analyst", "escalate", {})], "to_sign"),
    "said": ([("handler", "say", {"text": "收到"})], "to_sign"),
    "talked of after it was done": ([*TO_DONE, ("handler", "say", {"text": "又有新情况"}), ("leader", "say", {"text": "知道了"})], "done"),
    "handed in, returned, closed, reopened": (
        [*TO_REVIEW, ("leader", "return", {"text": "x"}), ("handler", "submit", {"text": "y"}), ("leader", "approve", {"solved": "no"}),
         ("leader", "reopen", {"text": "z"}), ("handler", "ask_delay", {"until": "2024-08-26", "text": "x"}), ("leader", "approve_delay", {})],
        "working"),
    "handed over to oneself": ([*TO_WORKING, ("handler", "hand_over", {"account": "zhang"})], "working"),
}  # fmt: skip


def test_ways_of_a_task(office: Office) -> None:
    for way, (steps, state) in WAYS.items():
        task = office.assign()
        for who, action, given in steps:
            task = office.act(task, who, action, **given)
        kept, events = get(office.desk, task.id, office.people["leader"])
        assert kept == task, way
        assert task.state == state, way
        assert task.seq == len(events) == len(steps) + 1, way
        assert folded(events) == task, way  # the row is what the events say


def test_what_actions_keep(office: Office) -> None:
    task = office.assign()
    assert (task.sign_due, task.result_due) == (
        dt.datetime(2024, 7, 30, 17, 30),
        dt.datetime(2024, 8, 19, 17, 30),
    )
    assert task.due == task.sign_due
    task = office.act(task, "handler", "sign")
    assert (task.handler, task.due) == ("zhang", task.reply_due)
    task = office.act(task, "handler", "feed_back", text="已到现场")
    assert task.due == task.result_due
    task = office.act(task, "handler", "ask_delay", until="2024-09-02", text="须环评")
    task = office.act(task, "leader", "approve_delay")
    assert (task.result_due, task.n_delayed) == (dt.datetime(2024, 9, 2, 17, 30), 1)
    task = office.act(task, "handler", "wait", text="缺地址")
    assert task.due is None
    office.at += dt.timedelta(days=7, minutes=-1)
    task = office.act(task, "handler", "resume")
    assert task.result_due == dt.datetime(2024, 9, 9, 17, 30)
    task = office.act(task, "handler", "submit", text="已办")
    task = office.act(task, "leader", "approve", solved="no")
    assert (task.is_solved, task.closed_at, task.due) == (False, office.at, None)
    task = office.act(task, "leader", "rate", score="2", text="没有解决")
    with office.desk.connect() as connection:
        assert connection.execute(select(satisfaction.c.score, satisfaction.c.text)).all() == [
            (2, "没有解决")
        ]


def test_the_clock_rests_while_it_is_somebody_elses_turn(office: Office) -> None:
    """待审核, 派单异议 and 等待补充 are no part of the handler's time."""
    task = office.act(office.assign(), "handler", "sign")
    task = office.act(task, "handler", "submit", text="已停工整改")
    assert (task.due, task.light(office.at)) == (None, "")
    due, office.at = task.result_due, task.result_due + dt.timedelta(days=10)
    task = office.act(task, "leader", "return", text="没有答到点上")
    days = working_days_between(task.all_pauses[0][0], task.all_pauses[0][1], TERMS.calendar)
    assert days > 15
    assert task.result_due == add_working_days(due - dt.timedelta(hours=1), days, TERMS.calendar)
    assert task.light(office.at) == "green"

    task = office.assign(until=dt.datetime(2024, 12, 2, 12))
    office.at = dt.datetime(2024, 11, 5, 10)
    task = office.act(task, "handler", "object", text="属城管职责")
    office.at = dt.datetime(2024, 11, 7, 9, 58)
    task = office.act(task, "leader", "reject_objection", text="属你单位")
    assert task.result_due == dt.datetime(
        2024, 12, 4, 11, 58
    )  # a day that was set: later by the working time
    late = office.assign(until=office.at + dt.timedelta(hours=1))
    late = office.act(late, "handler", "sign")
    office.at += dt.timedelta(days=30)
    late = office.act(office.act(late, "handler", "submit", text="迟了"), "leader", "return", text="重办")
    assert late.light(office.at) == "red"  # what was over before it was handed in stays over


def test_a_task_is_put_off_once_and_no_longer_than_its_rule_lets_it(office: Office) -> None:
    task = office.act(office.assign(), "handler", "sign")
    with pytest.raises(ValueError, match=r"按时限规则（其他），最长可延至 2024-09-02 17:30"):
        office.act(task, "handler", "ask_delay", until="2024-09-03", text="须环评")
    task = office.act(task, "handler", "ask_delay", until="2024-08-23", text="须环评")
    task = office.act(task, "leader", "reject_delay", text="不可")  # what was not given does not count
    task = office.act(
        office.act(task, "handler", "ask_delay", until="2024-08-23", text="x"), "leader", "approve_delay"
    )
    with pytest.raises(ValueError, match="办结期限至多延长一次，本任务已延长至 2024-08-23 17:30"):
        office.act(task, "handler", "ask_delay", until="2024-08-26", text="再延")
    # Who gets it next may be given a delay of their own.
    task = office.act(task, "leader", "reassign", organisation="岳麓区住建局", text="x")
    task = office.act(office.act(task, "county", "sign"), "county", "ask_delay", until="2024-09-02", text="x")
    assert task.state == "delay_asked"
    # A day that was set by hand is put off by the extension of the rule: ten working days.
    task = office.act(office.assign(until=dt.datetime(2024, 9, 6, 12)), "handler", "sign")
    with pytest.raises(ValueError, match=r"最长可延至 2024-09-23 17:30"):
        office.act(task, "handler", "ask_delay", until="2024-09-24", text="x")
    assert office.act(task, "handler", "ask_delay", until="2024-09-23", text="x").state == "delay_asked"


def told_to(office: Office, task_id: int, seq: int) -> set[str]:
    wanted = select(outbox.c.told_to).where(outbox.c.task_id == task_id, outbox.c.seq == seq)
    with office.desk.connect() as connection:
        return set(connection.execute(wanted).scalars())


def test_nobody_is_told_of_what_they_said_themselves(office: Office) -> None:
    task = office.assign()
    cases = [
        ("leader", {"handler"}),
        ("analyst", {"assigner", "handler"}),
        ("handler", {"assigner", "handler"}),
    ]
    for who, wanted in cases:  # it is not signed in: all of the organisation are told
        task = office.act(task, who, "say", text="x")
        assert told_to(office, task.id, task.seq) == wanted, who
    task = office.act(task, "handler", "sign")
    task = office.act(task, "handler", "say", text="x")
    assert told_to(office, task.id, task.seq) == {"assigner"}


def test_lights_are_derived(office: Office) -> None:
    task = office.assign()
    at = task.sign_due
    second, hour = dt.timedelta(seconds=1), dt.timedelta(hours=1)
    lights = [task.light(t) for t in (at - 3 * hour, at - hour, at, at + second)]
    assert lights == ["green", "yellow", "yellow", "red"]


# Who may do what to a task that waits to be signed in.
REFUSED = {
    "another's task": ("foreign", "sign", NoTaskError),
    "an organisation of the county": ("county", "sign", NoTaskError),
    "the government above sees it, and cannot act": ("above", "sign", NotAllowedError),
    "who belongs to no organisation": ("homeless", "sign", NoTaskError),
    "an operator": ("operator", "urge", NoTaskError),
    "an auditor": ("auditor", "urge", NoTaskError),
    "who assigned it does not sign in": ("leader", "sign", NotAllowedError),
    "the handler does not urge": ("handler", "urge", NotAllowedError),
    "nobody closes what is not in review": ("leader", "approve", TaskError),
    "no such action": ("leader", "dance", TaskError),
}


def test_what_is_refused_changes_nothing(office: Office) -> None:
    task = office.assign()
    for who, action, error in REFUSED.values():
        with pytest.raises(error):
            office.act(task, who, action, text="x", solved="yes")
        assert get(office.desk, task.id, office.people["leader"])[0] == task


def test_a_foreign_task_is_as_one_that_is_not_there(office: Office) -> None:
    task = office.assign()
    told = []
    for task_id in (task.id, task.id + 1000, 10**30):
        with pytest.raises(NoTaskError) as refused:
            get(office.desk, task_id, office.people["foreign"])
        told.append(str(refused.value))
    assert len(set(told)) == 1


def test_a_draft_is_its_own_sides_until_it_is_issued(office: Office) -> None:
    task = office.assign("analyst", is_draft=True)
    with pytest.raises(NoTaskError):
        get(office.desk, task.id, office.people["handler"])
    task = office.act(task, "leader", "issue")
    assert get(office.desk, task.id, office.people["handler"])[0].state == "to_sign"


def test_what_must_be_given(office: Office) -> None:
    task = office.act(office.assign(), "handler", "sign")
    cases = [
        ({"until": "2020-01-01", "text": "x"}, "须在原期限"),
        ({"until": "nonsense", "text": "x"}, "应为日期"),
        ({"until": "2024-12-02"}, "说明"),
        ({"text": "x"}, "新期限"),
        ({"until": "2024-12-02", "text": "长" * 10_001}, "最多"),
    ]
    for given, told in cases:
        with pytest.raises(ValueError, match=told):
            office.act(task, "handler", "ask_delay", **given)


def test_what_cannot_be_assigned(office: Office) -> None:
    cases = [
        ({"title": " "}, "请写标题"),
        ({"title": "长" * 201}, "最多 200"),
        ({"text": ""}, "请写要求"),
        ({"organisation": "月球"}, "没有单位"),
        ({"urgency": "yesterday"}, "紧急程度"),
        ({"until": AT - dt.timedelta(days=1)}, "期限"),
    ]
    for changes, told in cases:
        with pytest.raises(TaskError, match=told):
            office.assign(**changes)
    for who in ("handler", "operator", "auditor"):
        with pytest.raises(NotAllowedError):
            office.assign(who)


def test_the_same_command_is_done_once_and_answered_alike(office: Office) -> None:
    order, leader = Order("标题", "要求", "长沙市住建局"), office.people["leader"]
    first = assign(office.desk, order, by=leader, command_id="command-a", at=AT, terms=TERMS)
    assert (
        assign(
            office.desk, order, by=leader, command_id="command-a", at=AT + dt.timedelta(days=1), terms=TERMS
        )
        == first
    )
    told = {"by": leader, "command_id": "command-b", "seq": 1}
    urged = act(office.desk, first.id, "urge", at=AT, terms=TERMS, **told)
    act(office.desk, first.id, "urge", at=AT, terms=TERMS, **told | {"command_id": "command-c", "seq": 2})
    assert act(office.desk, first.id, "urge", at=AT + dt.timedelta(hours=1), terms=TERMS, **told) == urged
    with pytest.raises(TaskError, match="已用于另一操作"):
        act(office.desk, first.id, "escalate", at=AT, terms=TERMS, **told)
    with pytest.raises(TaskError, match="已用于另一操作"):
        act(office.desk, first.id, "urge", at=AT, terms=TERMS, **told | {"by": office.people["analyst"]})
    with office.desk.connect() as connection:
        assert connection.execute(select(func.count()).select_from(tasks)).scalar() == 1
        assert connection.execute(select(func.count()).select_from(task_events)).scalar() == 3
    for no_id in ("short", "with/slash-in-it", "long" * 20):
        with pytest.raises(TaskError, match="操作编号"):
            assign(office.desk, order, by=leader, command_id=no_id, at=AT, terms=TERMS)


def test_who_saw_an_older_state_is_told_who_changed_it_and_when(office: Office) -> None:
    old = office.assign()
    office.act(old, "handler", "sign")
    with pytest.raises(StaleTaskError) as told:
        office.act(old, "leader", "urge")
    assert str(told.value).startswith("zhang（zhang）已于 2024-07-29 16:40:00 签收，任务现为“办理中”")


def test_of_twenty_at_once_one_signs_in(office: Office) -> None:
    task = office.assign()

    def sign(number: int) -> bool:
        try:
            act(
                office.desk,
                task.id,
                "sign",
                by=office.people["handler"],
                command_id=f"at-once-{number}",
                seq=1,
                at=AT,
                terms=TERMS,
            )
        except StaleTaskError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(sign, range(20))) == 1


def test_the_same_command_twenty_times_at_once(office: Office) -> None:
    order = Order("标题", "要求", "长沙市住建局")

    def once(_: int) -> int:
        return assign(
            office.desk, order, by=office.people["leader"], command_id="at-once-1", at=AT, terms=TERMS
        ).id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(once, range(20)))) == 1
    with office.desk.connect() as connection:
        assert connection.execute(select(func.count()).select_from(tasks)).scalar() == 1


def test_undo_within_half_a_minute(office: Office) -> None:
    task = office.assign()
    signed = office.act(task, "handler", "sign")
    for who, seconds, told in (("leader", 1, "自己"), ("handler", 31, "30 秒")):
        with pytest.raises(TaskError, match=told):
            office.undo(signed, who, dt.timedelta(seconds=seconds))
    back = office.undo(signed, "handler", dt.timedelta(seconds=30))
    assert (back.state, back.signed_at, back.handler, back.seq, back.due) == (
        "to_sign",
        None,
        "",
        3,
        task.sign_due,
    )
    assert folded(get(office.desk, task.id, office.people["leader"])[1]) == back
    with pytest.raises(TaskError):  # nothing is taken back twice
        office.undo(back, "handler")


def test_an_assignment_taken_back_is_told_nobody(office: Office) -> None:
    task = office.undo(office.assign(), "leader")
    assert (task.state, task.due) == ("void", None)
    with office.desk.connect() as connection:
        assert [row.cancelled_at is not None for row in connection.execute(select(outbox))] == [True]
        assert connection.execute(select(assignments)).all() == []


def test_help_of_others_is_over_before_the_whole_is(office: Office) -> None:
    task = office.act(office.assign(), "handler", "sign")
    task = office.act(task, "leader", "co_handle", organisation="岳麓区住建局")
    task = office.act(task, "handler", "submit", text="已办")
    child = get(office.desk, task.id + 1, office.people["county"])[0]
    assert (child.parent_id, child.state, child.organisation) == (task.id, "to_sign", "岳麓区住建局")
    with pytest.raises(ValueError, match="还有 1 件协办"):
        office.act(task, "leader", "approve", solved="yes")
    child = office.act(child, "county", "sign")
    child = office.act(child, "county", "submit", text="已配合")
    office.act(child, "leader", "approve", solved="yes")
    assert office.act(task, "leader", "approve", solved="yes").state == "done"
    again = office.act(office.assign(), "handler", "sign")
    with pytest.raises(TaskError, match="主办单位"):
        office.act(again, "leader", "co_handle", organisation="长沙市住建局")


def test_merging(office: Office) -> None:
    first, second = office.assign(), office.assign()
    merged = office.act(second, "leader", "merge", into=str(first.id))
    assert (merged.state, merged.merged_into) == ("merged", first.id)
    events = get(office.desk, first.id, office.people["leader"])[1]
    assert (events[-1].action, events[-1].given["task"]) == ("take_in", second.id)
    third = office.assign()
    for into in (second.id, third.id, 999, "x"):
        with pytest.raises(ValueError, match="并入"):
            office.act(third, "leader", "merge", into=str(into))


def test_what_is_told_to_whom_leaves_when_it_can_no_longer_be_taken_back(office: Office) -> None:
    task = office.act(office.assign(), "handler", "sign")
    office.act(task, "leader", "urge")
    with office.desk.connect() as connection:
        rows = connection.execute(select(outbox).order_by(outbox.c.id)).all()
    assert [(r.message_id, r.kind, r.told_to) for r in rows] == [
        (f"task-{task.id}-1-handler", "assign", "handler"),
        (f"task-{task.id}-2-assigner", "sign", "assigner"),
        (f"task-{task.id}-3-handler", "urge", "handler"),
    ]
    assert {r.not_before - r.made_at for r in rows} == {dt.timedelta(seconds=30)}


def test_reassigned_begins_anew_with_another_organisation(office: Office) -> None:
    task = office.act(office.assign(), "handler", "sign")
    moved = office.act(task, "leader", "reassign", organisation="株洲市", text="属地办理")
    assert (moved.organisation, moved.signed_at, moved.handler) == ("株洲市人民政府", None, "")
    with pytest.raises(NoTaskError):
        get(office.desk, task.id, office.people["handler"])
    with office.desk.connect() as connection:
        held = connection.execute(
            select(assignments.c.seq, assignments.c.account).order_by(assignments.c.seq)
        ).all()
    assert held == [(1, ""), (2, "zhang"), (3, "")]
