"""Lists of tasks and how they stand, against a plain recount."""

from __future__ import annotations

import datetime as dt

import pytest

from shuju.desk.tasks import listing
from shuju.desk.tasks.listing import Wanted, children_of, list_tasks, tally
from shuju.desk.tasks.near import near_tasks
from shuju.desk.tasks.supervision import Share, ages, standings
from tests.desk.tasks.conftest import AT, Office

DAY = dt.timedelta(days=1)


def some_tasks(office: Office) -> dict[str, int]:
    """Make tasks in several states; return their numbers by name."""
    made = {
        "fresh": office.assign(topic="环境保护", region_code="430104", urgency="urgent"),
        "signed": office.act(office.assign(title="灰尘"), "handler", "sign"),
        "county's": office.assign(organisation="岳麓区住建局"),
        "foreign": office.assign(organisation="株洲市", topic="环境保护", region_code="430104"),
        "analyst's": office.assign("analyst", title="100%_满意"),
        "draft": office.assign(is_draft=True),
    }
    review = office.act(office.act(office.assign(), "handler", "sign"), "handler", "submit", text="已办")
    done = office.act(
        office.act(office.act(office.assign(), "handler", "sign"), "handler", "submit", text="已办"),
        "leader",
        "approve",
        solved="yes",
    )
    rated = office.act(done, "leader", "rate", score="4")
    made |= {"in review": review, "rated": rated, "void": office.undo(office.assign(), "leader")}
    return {name: task.id for name, task in made.items()}


def test_who_finds_which_tasks_where(office: Office) -> None:
    numbers = some_tasks(office)
    names = {number: name for name, number in numbers.items()}

    def found(who: str, **wanted: str) -> set[str]:
        rows, n = list_tasks(office.desk, office.people[who], Wanted(**wanted), at=office.at)
        assert n == len(rows)
        return {names[row.id] for row in rows}

    everything = set(numbers) - {"void"}
    cases = [
        ("handler", {"view": "mine"}, {"fresh", "signed", "analyst's"}),
        ("handler", {"view": "all"}, everything - {"county's", "foreign", "draft"}),
        ("county", {"view": "all"}, {"county's"}),
        ("foreign", {"view": "all"}, {"foreign"}),
        ("above", {"view": "all"}, everything - {"foreign", "draft"}),
        ("above", {"view": "mine"}, set()),
        ("leader", {"view": "mine"}, {"draft", "in review"}),
        ("leader", {"view": "watched"}, everything - {"analyst's", "rated"}),
        ("leader", {"view": "all"}, everything),
        ("homeless", {"view": "all"}, set()),
        ("auditor", {"view": "all"}, set()),
        ("leader", {"view": "all", "state": "working"}, {"signed"}),
        ("leader", {"view": "all", "state": "open"}, everything - {"rated"}),
        ("leader", {"view": "all", "topic": "环境保护"}, {"fresh", "foreign"}),
        ("leader", {"view": "all", "urgency": "urgent"}, {"fresh"}),
        ("leader", {"view": "all", "words": "灰"}, {"signed"}),
        ("leader", {"view": "all", "words": "0%_"}, {"analyst's"}),
        ("leader", {"view": "all", "words": str(numbers["signed"])}, {"signed"}),
        ("leader", {"view": "all", "region": "430200"}, set()),
        ("leader", {"view": "all", "light": "red"}, set()),
    ]
    for who, wanted, names_wanted in cases:
        assert found(who, **wanted) == names_wanted, (who, wanted)


def test_lights_of_lists_are_those_of_the_tasks(office: Office) -> None:
    some_tasks(office)
    leader = office.people["leader"]
    for at in (AT, AT + DAY / 2, AT + 1.2 * DAY, AT + 40 * DAY):
        rows, _ = list_tasks(office.desk, leader, Wanted("all"), at=at)
        assert [row.next_due for row in rows] == sorted(row.next_due for row in rows)
        for light in ("red", "yellow", "green"):
            here, n = list_tasks(office.desk, leader, Wanted("all", light=light), at=at)
            wanted = [row for row in rows if row.light(at) == light]
            assert (here, n) == (wanted, len(wanted)), (at, light)
            open_ones = [row for row in wanted if row.is_open]
            assert tally(office.desk, leader, "all", at=at)[light] == len(open_ones)


def test_pages_of_a_list(office: Office) -> None:
    made = [office.assign().id for _ in range(5)]
    pages = [
        list_tasks(office.desk, office.people["leader"], Wanted("all"), at=office.at, n=2, first=k)
        for k in (0, 2, 4)
    ]
    assert [row.id for rows, _ in pages for row in rows] == sorted(made, reverse=True)
    assert {n for _, n in pages} == {5}


def test_near_tasks_and_children(office: Office) -> None:
    first = office.assign(topic="环境保护", region_code="430104")
    office.assign(topic="环境保护", region_code="430211")
    leader = office.people["leader"]
    assert [task.id for task in near_tasks(office.desk, leader, "环境保护", "430104")] == [first.id]
    assert near_tasks(office.desk, office.people["foreign"], "环境保护", "430104") == []
    assert near_tasks(office.desk, leader, "", "") == []
    office.act(first, "leader", "co_handle", organisation="岳麓区住建局")
    assert [task.organisation for task in children_of(office.desk, first.id)] == ["岳麓区住建局"]


def test_standings_against_a_recount(office: Office) -> None:
    some_tasks(office)
    leader, later = office.people["leader"], office.at + 3 * DAY
    span = {"since": AT - DAY, "until": later, "at": later}
    together, each = standings(office.desk, leader, **span)
    rows = [
        t
        for t in list_tasks(office.desk, leader, Wanted("all"), at=later)[0]
        if t.state not in ("draft", "void", "merged")
    ]
    assert (together.n, together.n_open) == (len(rows), sum(t.is_open for t in rows))
    signed = [t for t in rows if t.signed_at]
    assert together.answered == Share(
        sum(t.signed_at <= t.sign_due for t in signed), len(rows)
    )  # all terms are over
    assert together.solved == Share(1, 1)
    assert together.satisfied == Share(1, 1)
    hours = [(t.signed_at - t.assigned_at).total_seconds() / 3600 for t in signed]
    assert abs(together.sign_hours - sum(hours) / len(hours)) < 1e-3
    assert together.n_late == sum(t.light(later) == "red" for t in rows)
    assert sum(one.n for one in each) == together.n
    assert [one.organisation for one in each] == [
        one.organisation for one in sorted(each, key=lambda one: one.organisation_id)
    ]
    assert standings(office.desk, office.people["foreign"], **span)[0].n == 1
    assert sum(n for _, _, n in ages(office.desk, leader, at=later)) == together.n_open


def test_bands_need_enough_and_no_doubt() -> None:
    whole = Share(80, 100)
    cases = {
        Share(0, 0): "none", Share(9, 9): "few", Share(10, 10): "middle", Share(40, 40): "high", Share(10, 40): "low", Share(30, 40): "middle",
    }  # fmt: skip
    assert {share: share.band(whole) for share in cases} == cases
    low, high = Share(1, 2).interval
    assert (round(low, 3), round(high, 3)) == (0.095, 0.905)  # Wilson's, as textbooks have it


@pytest.mark.parametrize("few", [0, 3, 1_000])
@pytest.mark.parametrize("words", ["路", "灯亮", "没有"])
def test_pages_of_a_search_are_those_of_the_whole_list(
    office: Office, monkeypatch: pytest.MonkeyPatch, few: int, words: str
) -> None:
    """However many have the word, so whichever way they are found."""
    monkeypatch.setattr(listing, "FEW", few)
    for k, title in enumerate(("路灯", "路", "灯亮", "路灯亮", "树")):
        office.act(office.assign(title=title), "handler", "sign") if k % 2 else office.assign(title=title)
    for who in ("leader", "handler"):
        asked = {"desk": office.desk, "by": office.people[who], "at": office.at}
        every, _ = list_tasks(wanted=Wanted("all"), **asked)
        having = [task for task in every if words in task.title]
        pages = [list_tasks(wanted=Wanted("all", words=words), n=2, first=k, **asked) for k in (0, 2, 4)]
        assert [task for rows, _ in pages for task in rows] == having
        assert {n for _, n in pages} == {len(having)}
