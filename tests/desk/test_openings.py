"""How often pages were opened: added up by day, page and role; what is old is forgotten."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from shuju.desk.openings import KEPT, add_openings, openings
from shuju.desk.store import open_desk
from shuju.desk.tables.visits import page_openings
from shuju.library.home import find_home

DAY = dt.date(2026, 11, 27)


@pytest.fixture
def desk(tmp_path: Path) -> Engine:
    return open_desk(find_home(tmp_path))


def test_of_a_page_that_nobody_opened_nothing_is_known(desk: Engine) -> None:
    assert openings(desk, DAY) == {}
    add_openings(desk, {}, day=DAY)
    assert openings(desk, DAY) == {}


def test_counts_of_several_processes_and_days_add_up(desk: Engine) -> None:
    add_openings(desk, {("letters", "leader"): 2, ("", "leader"): 1}, day=DAY)
    add_openings(desk, {("letters", "leader"): 3, ("letters", "analyst"): 1}, day=DAY)
    add_openings(desk, {("letters", "leader"): 7}, day=DAY - dt.timedelta(days=1))
    assert openings(desk, DAY) == {"letters": {"leader": 5, "analyst": 1}, "": {"leader": 1}}
    assert openings(desk, DAY - dt.timedelta(days=1))["letters"] == {"leader": 12, "analyst": 1}


def test_what_is_old_is_forgotten(desk: Engine) -> None:
    for days in (0, 400, 401):
        add_openings(desk, {("letters", "leader"): 1}, day=DAY - dt.timedelta(days=days))
    add_openings(desk, {("letters", "leader"): 1}, day=DAY)
    with desk.connect() as connection:
        days = connection.execute(select(func.count()).select_from(page_openings)).scalar_one()
    assert KEPT.days == 400
    assert days == 2
