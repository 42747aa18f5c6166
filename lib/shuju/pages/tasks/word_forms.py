"""The Word forms of a task: 交办单 tells what is asked of whom until when, 反馈单 what was done."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from sqlalchemy import Engine

from shuju.access import Subject
from shuju.desk.tasks.commands import get
from shuju.desk.tasks.effects import SCORES
from shuju.desk.tasks.evidence import evidence_of
from shuju.desk.tasks.record import Event, Task
from shuju.desk.tasks.transitions import title_of
from shuju.desk.terms import KINDS, URGENCY
from shuju.ui.templates import moment
from shuju.ui.word import OfficialDocument

FORMS = {"order": "交办单", "feedback": "反馈单"}


def write_form(desk: Engine, form: str, task_id: int, by: Subject, path: Path, at: dt.datetime) -> str:
    """Write one of ``FORMS`` of a task that somebody sees; return what the file is to be called.

    Raises:
        NoTaskError: there is no such task, or it is not seen.
    """
    task, events = get(desk, task_id, by)
    issuer = task.assigner_name if form == "order" else task.organisation
    note = "演示数据，不代表真实情况" if task.is_synthetic else ""
    document = OfficialDocument(FORMS[form], task.number, issuer, at.date(), note)
    (_order if form == "order" else _feedback)(document, desk, task, events)
    document.word.save(str(path))
    return f"{FORMS[form]}-{task.number}"


def _order(document: OfficialDocument, desk: Engine, task: Task, events: list[Event]) -> None:  # noqa: ARG001
    proof = evidence_of(desk, task.id)
    document.text(f"{task.organisation}：")
    document.text(task.title, "事项：")
    for line in task.text.splitlines():
        document.text(line)
    if proof is not None:
        document.heading("一、依据")
        document.text(proof.sentence)
        document.small(f"截至 {moment(proof.at)}；资源库版本 {proof.library_version}。")
    document.heading("二、时限" if proof is not None else "一、时限")
    rows = [
        ("事项种类", f"{KINDS[task.kind]}（{URGENCY[task.urgency]}）"),
        ("签收", f"{moment(task.sign_due)} 前"),
        ("首次反馈", f"{moment(task.reply_due)} 前"),
        ("办结", f"{moment(task.result_due)} 前"),
        ("时限规则", task.rule),
    ]
    document.table("办理时限", ("项目", "要求"), rows, (40, 115), n_left=2)


def _feedback(document: OfficialDocument, desk: Engine, task: Task, events: list[Event]) -> None:  # noqa: ARG001
    document.text(task.title, "事项：")
    results = [event for event in events if event.action in ("feed_back", "submit")]
    document.heading("一、办理结果")
    document.text(str(results[-1].given["text"]) if results else "尚无反馈。")
    document.heading("二、办理经过")
    rows = [
        (moment(event.at), title_of(event.action), event.who_name, str(event.given.get("text", ""))[:200])
        for event in events
    ]
    document.table("经过", ("时间", "事项", "办理人", "说明"), rows, (36, 28, 31, 60), n_left=4)
    if task.score is not None:
        document.text(SCORES[task.score], "评价：")
