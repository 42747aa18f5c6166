"""Pages that are opened are counted by role, failures and strangers are not, and 网站运维 sees the counts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from shuju.clock import now
from shuju.desk.openings import openings
from shuju.desk.store import open_desk
from shuju.desk.tables.visits import page_openings
from shuju.library.home import find_home
from shuju.serve.openings import keep_openings
from tests.signing import signed_in


@pytest.fixture
def people(address: str) -> Iterator[dict[str, httpx.Client]]:
    found = {role: signed_in(address, role) for role in ("leader", "operator")}
    yield found
    for client in found.values():
        client.close()


@pytest.fixture
def desk(people: dict[str, httpx.Client]) -> Engine:
    """The desk, with what was counted before put away."""
    desk = open_desk(find_home(None))
    keep_openings(desk)
    with desk.begin() as connection:
        connection.execute(page_openings.delete())
    return desk


def open_page(client: httpx.Client, route: str) -> None:
    """Open a page; the next answer on the same connection comes after it was counted."""
    client.get(f"/{route}")
    client.get("/healthz")


def counted(desk: Engine) -> dict[str, dict[str, int]]:
    keep_openings(desk)
    return openings(desk, now().date() - dt.timedelta(days=1))  # it may just have struck midnight


@pytest.mark.parametrize(
    ("who", "route", "found"),
    [
        ("leader", "letters", {"letters": {"leader": 1}}),
        ("operator", "usage", {"usage": {"operator": 1}}),
        ("operator", "letters", {}),  # refused
        ("leader", "healthz", {}),  # no page
    ],
)
def test_what_counts_as_opened(
    people: dict[str, httpx.Client], desk: Engine, who: str, route: str, found: dict[str, dict[str, int]]
) -> None:
    open_page(people[who], route)
    assert counted(desk) == found


def test_the_operator_sees_them(people: dict[str, httpx.Client], desk: Engine) -> None:
    for _ in range(3):
        open_page(people["leader"], "letters")
    keep_openings(desk)
    html = people["operator"].get("/usage").text
    assert re.search(r'/letters</span></td><td class="n"[^>]*>3</td><td[^>]*>省领导 3</td>', html)
    assert re.search("没有人打开过：[^<]*重要信息传播", html)


def test_while_the_desk_is_away_nothing_is_lost(
    people: dict[str, httpx.Client], desk: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_page(people["leader"], "letters")
    with monkeypatch.context() as away:
        away.setattr("shuju.desk.openings.writing", _away)
        with pytest.raises(OperationalError):
            keep_openings(desk)
    assert counted(desk) == {"letters": {"leader": 1}}


def _away(_desk: Engine) -> None:
    raise OperationalError("", {}, ValueError("away"))
