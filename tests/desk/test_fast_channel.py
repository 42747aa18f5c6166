"""The fast channel: what came is there once; decided, answered with a number and a date, counted."""

from __future__ import annotations

import datetime as dt

import pytest

from shuju.access.subject import NotAllowedError
from shuju.desk.fast_channel import (
    Matter,
    classes,
    counted,
    decide,
    get_matter,
    list_matters,
    take_in,
    waiting,
)
from shuju.desk.tasks.journal import StaleTaskError, TaskError
from shuju.mine.task_changes import task_changes
from tests.desk.tasks.conftest import AT, TERMS, Office, office

__all__ = ["office"]


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
    third = act(office, third, "assign", task_id=office.assign().id)
    assert (third.state, third.task_id is not None) == ("taken_up", True)
    wanted = {
        "came": 3,
        "answered": 2,
        "taken_up": 1,
        "assigned": 1,
        "decided": 3,
        "in_time": 3,
        "refused: 已有规定": 1,
    }
    assert counted(office.desk) == wanted


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
    told = {"by": office.people["leader"], "command_id": "command-once", "seq": 0, "at": AT}
    done = decide(office.desk, first.id, "take_up", **told)
    assert decide(office.desk, first.id, "take_up", **told) == done
    assert len(get_matter(office.desk, first.id)[1]) == 1


def test_classes_are_of_tables_and_channels_that_there_are() -> None:
    from shuju.standard import code_list

    assert {one.table for one in classes()} <= {"letters", "suggestions"}
    assert {channel for one in classes() for channel in one.channels} <= set(code_list("channels").codes)


def test_all_that_wait_are_told_however_many(office: Office) -> None:
    assert waiting(office.desk) == (0, 0)
    assert not [
        one for one in task_changes(office.desk, office.people["leader"], at=AT) if one.kind == "fast"
    ]
    first, *_ = came(office, 1_205)
    act(office, first, "take_up")
    assert waiting(office.desk) == (1_204, 1_205)
    (told,) = (one for one in task_changes(office.desk, office.people["leader"], at=AT) if one.kind == "fast")
    assert (told.sentence, counted(office.desk)["waiting"]) == ("快速通道待批示 1,204 件", 1_204)
