"""Every figure of the page of supervision leads to exactly the tasks that it counts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from shuju.access.subject import enter
from shuju.clock import now
from shuju.library import Library, open_library
from shuju.pages.tasks.desk import desk_html
from shuju.pages.tasks.supervision import supervision_html
from tests.desk.tasks.conftest import Office

DAY = dt.timedelta(days=1)
LINK = re.compile(r'<a[^>]* href="(desk\?[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)


@pytest.fixture
def library(office: Office, tmp_path: Path) -> Library:
    """Tasks of the last year in every state, of several organisations; drafts, merged and taken back ones among them."""

    def days_ago(days: float) -> None:
        office.at = now() - days * DAY

    def closed(**changes: str) -> None:
        task = office.act(
            office.act(office.assign(**changes), "handler", "sign"), "handler", "submit", text="已办"
        )
        office.act(office.act(task, "leader", "approve", solved="yes"), "leader", "rate", score="4")

    for days in (300, 70, 20, 2):
        days_ago(days)
        closed()
        office.assign()
        office.assign(organisation="岳麓区住建局")
        office.assign(organisation="株洲市人民政府", topic="环境保护")
        office.assign(is_draft=True)
        office.act(office.assign(), "leader", "merge", into=str(office.assign().id))
        late = office.act(office.assign(), "handler", "sign")
        late = office.act(
            late,
            "handler",
            "ask_delay",
            text="材料未齐",
            until=(late.result_due + 9 * DAY).date().isoformat(),
        )
        late = office.act(office.act(late, "leader", "approve_delay"), "handler", "submit", text="已办")
        office.act(late, "leader", "return", text="重办")
        office.undo(office.assign(), "leader")
    return open_library(tmp_path)


def links(page: str, wanted: Callable[[str], bool]) -> list[tuple[str, int]]:
    """Return address and number of the links whose address is wanted."""
    found = [(unescape(address), re.sub(r"<.*?>", " ", text)) for address, text in LINK.findall(page)]
    return [(address, int(re.findall(r"\d+", text)[-1])) for address, text in found if wanted(address)]


def n_listed(library: Library, address: str) -> int:
    page = desk_html(library, dict(parse_qsl(urlsplit(address).query)))
    found = re.search(r"共 ([\d,]+) 件", page)
    return int(found[1].replace(",", "")) if found else 0


@pytest.mark.parametrize("who", ["leader", "above", "handler"])
def test_every_figure_lists_what_it_counts(library: Library, office: Office, who: str) -> None:
    enter(office.people[who])
    figures: set[str] = set()
    for days in (30, 90, 365):
        page = supervision_html(library, {"days": str(days)})
        counted = links(page, lambda address: "figure=" in address or "light=" in address)
        assert len(counted) > 15, (who, days)
        for address, n in counted:
            figures |= set(re.findall(r"figure=([a-z_]+)", address))
            assert n_listed(library, address) == n, (days, address)
    assert {
        "assigned",
        "open",
        "late",
        "in_term",
        "solved",
        "satisfied",
        "delayed",
        "returned",
        "old",
        "age",
    } <= figures


def test_the_list_behind_a_figure_says_what_it_lists(library: Library, office: Office) -> None:
    enter(office.people["leader"])
    page = supervision_html(library, {"days": "90"})
    delayed = next(address for address, _ in links(page, lambda address: "figure=delayed" in address))
    listed = desk_html(library, dict(parse_qsl(urlsplit(delayed).query)))
    assert re.search(r"延期（\d{4}-\d\d-\d\d 至 \d{4}-\d\d-\d\d 交办的）", listed)
    assert desk_html(library, {"view": "all", "figure": "nothing", "since": "x", "until": "0001-01-01"})


def test_the_desk_is_narrowed_to_an_organisation(library: Library, office: Office) -> None:
    number = str(office.people["county"].organisation_id)
    enter(office.people["leader"])
    page = desk_html(library, {"view": "all", "organisation": number})
    assert f'<option value="{number}" selected>岳麓区住建局' in page
    assert "共 4 件" in page
    assert page.count("株洲市人民政府") == 1  # to be chosen, not listed
    enter(office.people["county"])
    assert (
        "株洲市"
        not in desk_html(library, {"view": "all"}).split('name="organisation"')[1].split("</select>")[0]
    )
