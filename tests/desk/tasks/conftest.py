"""A desk with three organisations and the people of a task, on SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from shuju.access.subject import Subject
from shuju.desk.organisations import add_department, all_organisations, full_name, of_region
from shuju.desk.store import open_desk
from shuju.desk.tasks.commands import Order, act, assign, undo
from shuju.desk.tasks.record import Task
from shuju.desk.terms_reading import shipped_terms
from shuju.library.home import find_home

AT = dt.datetime(2024, 7, 29, 16, 38)  # a Monday
TERMS = shipped_terms()
MINUTE = dt.timedelta(minutes=1)


@dataclass
class Office:
    """Everybody who has to do with a task, and a clock that goes on by a minute a command."""

    desk: Engine
    people: dict[str, Subject]
    at: dt.datetime = AT
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def command_id(self) -> str:
        return f"command-{next(self.numbers)}"

    def assign(self, who: str = "leader", **changes: Any) -> Task:
        told = {
            "title": "丽发新城搅拌站噪声扰民",
            "text": "请核查并答复来信人。",
            "organisation": "长沙市住建局",
        } | changes
        self.at += MINUTE
        return assign(
            self.desk,
            Order(**told),
            by=self.people[who],
            command_id=self.command_id(),
            at=self.at,
            terms=TERMS,
        )

    def act(self, task: Task, who: str, action: str, **given: str) -> Task:
        self.at += MINUTE
        return act(
            self.desk, task.id, action, given, by=self.people[who], command_id=self.command_id(), seq=task.seq, at=self.at, terms=TERMS
        )  # fmt: skip

    def undo(self, task: Task, who: str, after: dt.timedelta = dt.timedelta()) -> Task:
        return undo(
            self.desk,
            task.id,
            by=self.people[who],
            command_id=self.command_id(),
            at=self.at + after,
            terms=TERMS,
        )


@pytest.fixture
def office(tmp_path: Path) -> Office:
    desk = open_desk(find_home(tmp_path))
    of_region(desk, "430100")
    add_department(desk, "430100", "住建局")
    add_department(desk, "430104", "住建局")
    numbers = {full_name(o): o.id for o in all_organisations(desk)}

    def of(account: str, name: str) -> Subject:
        return Subject(account, account, "department", name, organisation_id=numbers[name])

    people = {role: Subject(role, role, role) for role in ("leader", "analyst", "operator", "auditor")} | {
        "handler": of("zhang", "长沙市住建局"),
        "above": of("shi", "长沙市人民政府"),
        "county": of("yuelu", "岳麓区住建局"),
        "foreign": of("zhuzhou", "株洲市人民政府"),
        "homeless": Subject("nobody", "nobody", "department"),
    }
    return Office(desk, people)
