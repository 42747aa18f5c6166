"""Replies: in term or not, how long, template or not, how good."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from shuju.letters.replies import Terms, assess_replies
from shuju.series.survival import kaplan_meier, quantile_time
from shuju.standard.working_days import working_days

AS_OF = dt.datetime(2024, 7, 31)
FULL = (
    "您好，您反映的小区门口道路破损问题收悉。经现场核查，道路破损约20米，情况属实。根据《湖南省城市道路管理条例》"
    "第十二条规定，由市政部门负责维修，我局已责令施工单位于7月20日前修复路面，下一步将加强巡查。联系电话：市政科。"
)


def frame(*rows: dict[str, object]) -> pd.DataFrame:
    base = {
        "title": "小区门口道路破损",
        "body": "小区门口的道路破损半年，下雨积水，请市政部门尽快修复路面。",
        "written_at": "2024-07-01 09:00",
        "motive": "complaint",
        "writer_id": "w1",
        "reply": None,
        "replied_at": None,
    }
    made = pd.DataFrame([base | row for row in rows], columns=list(base))
    return made.assign(
        written_at=pd.to_datetime(made["written_at"]), replied_at=pd.to_datetime(made["replied_at"])
    )


STATES = {
    "answered at once": ({"replied_at": "2024-07-01 10:00"}, "in_term"),
    "answered on the last day": ({"replied_at": "2024-07-22 10:00"}, "in_term"),
    "a working day late": ({"replied_at": "2024-07-23 10:00"}, "late"),
    "an inquiry has less time": ({"replied_at": "2024-07-10 10:00", "motive": "inquiry"}, "late"),
    "answered before it was written": ({"replied_at": "2024-06-01 10:00"}, "in_term"),
    "waits within its term": ({"written_at": "2024-07-20 09:00"}, "waiting"),
    "waits past its term": ({}, "overdue"),
    "waits over three months": ({"written_at": "2024-04-01 09:00"}, "overdue_3_months"),
    "text without a time": ({"reply": FULL, "written_at": "2024-07-20 09:00"}, "in_term"),
}


@pytest.mark.parametrize(("row", "state"), STATES.values(), ids=STATES)
def test_states(row: dict[str, object], state: str) -> None:
    assert assess_replies(frame(row), AS_OF)["state"].tolist() == [state]


def test_holidays_do_not_count_and_terms_are_settings() -> None:
    letters = frame({"replied_at": "2024-07-23 10:00"})
    own = working_days("day,is_working,name\n2024-07-10,0,停电\n")
    assert assess_replies(letters, AS_OF)["state"].tolist() == ["late"]
    assert assess_replies(letters, AS_OF, calendar=own)["state"].tolist() == ["in_term"]
    assert assess_replies(letters, AS_OF, Terms(other_days=30))["state"].tolist() == ["in_term"]


# Weeks around a holiday, by hand: when it was written, the last day in term of an inquiry (5 working days), and of anything else (15).
AROUND = {
    "spring festival, a Sunday before and after is worked": ("2024-02-02", "2024-02-08", "2024-02-28"),
    "national day, the whole weekend after is worked": ("2023-09-28", "2023-10-11", "2023-10-25"),
    "labour day, a Sunday before and a Saturday after are worked": ("2024-04-26", "2024-05-07", "2024-05-20"),
    "written on a Sunday that is worked": ("2024-04-28", "2024-05-08", "2024-05-21"),
    "written in a holiday": ("2024-10-03", "2024-10-14", "2024-10-28"),
    "no holiday near": ("2024-07-01", "2024-07-08", "2024-07-22"),
}


@pytest.mark.parametrize(("written", "inquiry", "other"), AROUND.values(), ids=AROUND)
def test_terms_are_counted_in_days_that_are_worked(written: str, inquiry: str, other: str) -> None:
    answered = [
        {"written_at": f"{written} 09:00", "replied_at": pd.Timestamp(f"{last} 16:00") + pd.Timedelta(days=late), "motive": motive}
        for motive, last in (("inquiry", inquiry), ("complaint", other))
        for late in (0, 1)
    ]  # fmt: skip
    assert assess_replies(frame(*answered), AS_OF)["state"].tolist() == ["in_term", "late"] * 2


def test_quality_orders_replies_as_people_do() -> None:
    empty = "您的留言已收悉，已转交有关部门办理，谢谢！"
    other = "您好，关于居民医保报销比例，根据《医疗保障条例》规定，住院费用报销70%，可到窗口咨询办理，需要带身份证。"
    judged = assess_replies(
        frame(
            {"reply": FULL, "replied_at": "2024-07-05"},
            {"reply": other, "replied_at": "2024-07-05"},
            {"reply": empty, "replied_at": "2024-07-05"},
        ),
        AS_OF,
    )
    full, astray, hollow = judged["quality"]
    assert full > astray > hollow
    assert judged["relevance"][0] > 0.8
    assert judged["relevance"][1] < 0.3
    assert judged.loc[:, "relevance":"quality"].to_numpy().min() >= 0
    assert judged.loc[:, "relevance":"quality"].to_numpy().max() <= 1


def test_without_a_reply_there_is_no_quality() -> None:
    judged = assess_replies(frame({}), AS_OF)
    assert judged[["relevance", "completeness", "explainability", "quality"]].isna().to_numpy().all()
    assert not judged["has_reply"][0]


TEMPLATE = "{}您好，您反映的“{}”问题收悉，经核查已转交主管部门依法依规办理，感谢您对我们工作的关心支持。{}"


def test_templates_go_to_different_people() -> None:
    judged = assess_replies(
        frame(
            {"reply": TEMPLATE.format("", "路灯不亮", "2024年7月3日"), "writer_id": "a"},
            {"reply": TEMPLATE.format("", "井盖丢失", "2024年7月9日"), "writer_id": "b"},
            {"reply": FULL, "writer_id": "c"},
            {"reply": FULL, "writer_id": "c"},
            {"reply": "已收悉。", "writer_id": "d"},
            {"reply": "已收悉。", "writer_id": "e"},
            {"writer_id": "f"},
            {"writer_id": "g"},
        ),
        AS_OF,
    )
    assert judged["is_template"].tolist() == [True, True, False, False, False, False, False, False]


def test_no_letters() -> None:
    judged = assess_replies(frame(), AS_OF)
    assert len(judged) == 0


def test_real_letters_take_eleven_days(real_data) -> None:
    letters = pd.read_excel(real_data / "letters_tipdm2020c" / "附件4.xlsx", engine="calamine")
    written, replied = (pd.to_datetime(letters[c], format="mixed") for c in ("留言时间", "答复时间"))
    days = (replied - written) / pd.Timedelta(days=1)
    assert quantile_time(kaplan_meier(days, np.ones(len(days), bool))) == pytest.approx(11.2, abs=0.05)
