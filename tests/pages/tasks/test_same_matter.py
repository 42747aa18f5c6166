"""What is assigned already is told before it is assigned again, and can be merged."""

from __future__ import annotations

import re
from html import unescape

import pytest

from shuju.access.subject import enter
from shuju.clock import now
from shuju.desk.accounts import add_account
from shuju.desk.memberships import grant
from shuju.desk.organisations import of_region
from shuju.desk.store import open_desk
from shuju.desk.subjects import subject_named
from shuju.desk.tasks.commands import NoTaskError, get
from shuju.desk.tasks.evidence import evidence_of
from shuju.desk.tasks.near import tasks_about
from shuju.letters.build import build_letters
from shuju.library import Library
from shuju.pages.tasks.assigning import assign_form, receive_order
from shuju.pages.tasks.one_task import task_html
from tests.letters.conftest import Letters, letter

NOISE = "丽发新城小区旁的暮云搅拌站夜间噪声粉尘扰民，居民无法休息，请环保部门查处搅拌站。"


@pytest.fixture
def library(letters: Letters) -> Library:
    """Four letters of one matter, one of them by the same writer again, and two of others; a leader is signed in."""
    rows = [
        letter(
            n,
            title="丽发新城搅拌站噪声扰民",
            body=f"{NOISE}已经反映{'多' * n}次。",
            topic="环境保护",
            writer=f"w{n % 3}",
        )
        for n in range(4)
    ]
    library = letters.add(
        *rows,
        letter(10),
        letter(11, title="孩子上学", body="没有学位，怎么报名？", topic="教育文体", place="431181"),
    )
    desk = open_desk(library.home)
    of_region(desk, "430104")
    add_account(desk, "leader", "李", None, at=now())
    grant(desk, "leader", "leader", None, at=now(), by="t")
    enter(subject_named(desk, "leader", "leader", None, at=now()))
    return library


def send(library: Library, of: str, command: str, **more: str) -> str:
    told = {
        "of": of,
        "title": "噪声扰民",
        "text": "请查处",
        "organisation": "岳麓区人民政府",
        "command": command,
        "do": "assign",
    }
    return receive_order(library, told | more)


def number_of(told: str) -> int:
    return int(re.search(r"task\?id=(\d+)", told)[1])


def test_the_same_evidence_is_told_of_and_not_sent_unseen(library: Library) -> None:
    cases = {
        "letter=l10": {"letter": "l10"},
        "card=letters.trend&topic=教育文体": {"card": "letters.trend", "topic": "教育文体"},
    }
    for k, (of, query) in enumerate(cases.items()):
        assert "已有在办任务" not in assign_form(library, query)
        first = number_of(send(library, of, f"command-a{k}"))
        assert number_of(send(library, of, f"command-a{k}")) == first  # sent twice is one
        form = assign_form(library, query)
        assert "已有在办任务" in form
        assert "仍然交办" in form
        assert f'name="known" value="{first}"' in form
        with pytest.raises(ValueError, match="已有一件：噪声扰民"):
            send(library, of, f"command-b{k}")
        assert number_of(send(library, of, f"command-b{k}", known=str(first))) == first + 1


def test_a_matter_is_merged_instead(library: Library) -> None:
    first = number_of(send(library, "letter=l10", "command-0001"))
    for _ in range(2):  # sent twice it is merged once
        told = send(library, "letter=l10", "command-0002", do="merge", into=str(first))
    assert f"task?id={first}" in told
    desk = open_desk(library.home)
    leader = subject_named(desk, "leader", "leader", None, at=now())
    merged, _ = get(desk, first + 1, leader)
    assert (merged.state, merged.merged_into, merged.organisation) == ("merged", first, "岳麓区人民政府")
    assert evidence_of(desk, merged.id).filters == "letter=l10"
    assert [event.action for event in get(desk, first, leader)[1]] == ["assign", "take_in"]
    with pytest.raises(ValueError, match="没有这件任务"):
        send(library, "letter=l10", "command-0003", do="merge", into="99")


def test_what_cannot_be_merged_leaves_no_draft(library: Library) -> None:
    first = number_of(send(library, "letter=l10", "command-0001"))
    receive_order(library, {"do": "undo", "id": str(first), "command": "command-0002"})
    with pytest.raises(ValueError, match="现为“已撤销”，不能并入"):
        send(library, "letter=l10", "command-0003", do="merge", into=str(first))
    desk = open_desk(library.home)
    with pytest.raises(NoTaskError):
        get(desk, first + 1, subject_named(desk, "leader", "leader", None, at=now()))


def test_letters_of_one_matter_find_each_other(library: Library) -> None:
    first = number_of(send(library, "letter=l0", "command-0001"))
    form = assign_form(library, {"letter": "l1"})
    assert f'name="into" value="{first}"' in form
    assert re.search(r"相似来信|同一件事的来信", form)
    assert "已有在办任务" not in assign_form(library, {"letter": "l11"})
    second = number_of(send(library, "letter=l1", "command-0002", known=str(first)))
    page = unescape(task_html(library, {"id": str(second)}))
    assert "可能是同一件事" in page
    assert f'name="into" value="{first}"' in page


def test_letters_of_an_issue_and_the_issue(library: Library) -> None:
    build_letters(library)
    issues = library.read("issue_letters", ["letter_id", "issue_id"])
    issue = issues.set_index("letter_id")["issue_id"].to_dict()["l0"]
    first = number_of(send(library, "letter=l0", "command-0001"))
    assert f'name="into" value="{first}"' in assign_form(library, {"issue": issue})
    second = number_of(send(library, f"issue={issue}", "command-0002", known=str(first)))
    assert "这封来信所属的热点诉求" in assign_form(library, {"letter": "l3"})
    assert {
        task.id
        for task, _ in tasks_about(
            open_desk(library.home),
            subject_named(open_desk(library.home), "leader", "leader", None, at=now()),
            ["letter=l0", f"issue={issue}"],
        )
    } == {first, second}
