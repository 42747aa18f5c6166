"""What changed: what was planted is told with the numbers that its page counts, once, to who may see it; dismissed it stays away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from shuju.access import Subject
from shuju.access.sight import scope_of
from shuju.desk.organisations import answerable, of_region
from shuju.desk.store import open_desk
from shuju.desk.visits import Visit, dismiss
from shuju.facts.address import parse
from shuju.letters import facts as letter_facts
from shuju.letters.hot_since import hot_since
from shuju.library import Library
from shuju.mine.change import MOST, Change, ranked, unusualness, weight
from shuju.mine.changed import begin, what_changed
from shuju.mine.issue_changes import issue_changes
from shuju.mine.letter_changes import beyond_others, reply_changes, weekly, without_parts
from tests.mine.conftest import AT, COUNTY, PLANTED, TOPIC
from tests.pages.issue_library import issue_library

LEADER = Subject("jia", "甲", "leader")


def seen_by(library: Library, by: Subject) -> Library:
    return library.limited_to(scope_of(by, library))


def of_place(library: Library, code: str) -> Subject:
    desk = open_desk(library.home)
    place = of_region(desk, code)
    own = answerable(desk, place.id)
    return Subject(code, code, "department", place.name, own.regions, own.library, own.departments, place.id)


def told(library: Library, by: Subject = LEADER, visit: Visit | None = None) -> list[Change]:
    return what_changed(seen_by(library, by), open_desk(library.home), by, visit, at=AT)


def of_planted(changes: list[Change]) -> list[Change]:
    return [change for change in changes if change.topic == TOPIC and change.region in (COUNTY, "430100")]


def counted(library: Library, by: Subject, link: str) -> int:
    """Count anew what a link leads to, by the filters of its page."""
    query: Mapping[str, str] = parse(link.partition("?")[2])
    selection = letter_facts.selection(seen_by(library, by))
    assert selection.take({name: value for name, value in query.items() if name != "id"}) == []
    return selection.total


def test_what_rose_is_told_with_the_number_of_its_page(risen: Library) -> None:
    found = of_planted(told(risen))
    assert found
    for change in found:
        if change.link.startswith("letters?"):
            assert change.value == counted(risen, LEADER, change.link) >= PLANTED
        assert f"{change.value:,}" in change.sentence


def test_nothing_is_told_of_what_is_as_always(quiet: Library) -> None:
    assert told(quiet) == []


@pytest.mark.parametrize(
    ("code", "is_told"), [("430104", True), ("430100", True), ("430200", False), ("431181", False)]
)
def test_who_does_not_see_the_letters_is_told_nothing_of_them(
    risen: Library, code: str, is_told: bool
) -> None:
    by = of_place(risen, code)
    found = told(risen, by)
    assert bool(of_planted(found)) == is_told
    for change in found:
        if change.link.startswith("letters?"):
            assert change.value == counted(risen, by, change.link)
    operator = Subject("yi", "乙", "operator")
    assert told(risen, operator) == []


def test_an_issue_is_new_when_its_third_voice_wrote(tmp_path: Path) -> None:
    """Not when the first did: who looked between the two has not been told of it."""
    library = issue_library(tmp_path)
    assert hot_since(library).to_dict() == {
        "A": pd.Timestamp("2024-07-12"),
        "B/ü?": pd.Timestamp("2024-03-01"),
    }
    for since, wanted in (("2024-07-06", ["issue:A"]), ("2024-07-12 18:00", ["issue:A"]), ("2024-07-13", [])):
        assert [one.key for one in issue_changes(library, dt.datetime.fromisoformat(since))] == wanted


def test_what_was_dismissed_is_not_told_again(risen: Library) -> None:
    by = replace(LEADER, account="bing")
    (first, *_) = told(risen, by)
    dismiss(open_desk(risen.home), by.account, first.key, at=AT)
    assert first.key not in {change.key for change in told(risen, by)}
    assert first.key in {change.key for change in told(risen)}


def change(key: str, **values: object) -> Change:
    return Change(
        **{
            "key": key,
            "kind": "letters",
            "lead": "",
            "value": 1,
            "rest": "",
            "link": "",
            "unusual": 0.5,
            "people": 10,
        }
        | values
    )  # type: ignore[arg-type]


def test_rank() -> None:
    rows = [change(f"k{n}", unusual=n / 20) for n in range(12)]
    assert [one.key for one in ranked(rows)] == [f"k{n}" for n in range(11, 4, -1)]
    assert len(ranked(rows)) == MOST
    assert ranked(rows, frozenset({"k11"}))[0].key == "k10"
    assert "k3" not in {one.key for one in ranked([*rows[:4], change("w", covers=("k3",))])}
    near, far = change("a", topic="环境保护"), change("b", topic="政法")
    assert weight(near, ("环境保护",)) > weight(far, ("环境保护",))
    assert weight(change("c", people=500)) > weight(change("d", people=5))


def test_seven_of_one_kind_do_not_crowd_out_the_others() -> None:
    issues = [replace(change(f"i{n}", people=3), kind="issue", unusual=0.6) for n in range(20)]
    others = [replace(change(f"o{kind}"), kind=kind, unusual=0.5) for kind in ("letters", "document", "task")]
    told = [one.kind for one in ranked([*issues, *others])]
    assert len(told) == MOST
    assert {"issue", "letters", "document", "task"} == set(told)
    assert told.count("issue") == 4
    assert [one.key for one in ranked(issues)] == [f"i{n}" for n in (0, 1, 10, 11, 12, 13, 14)], (
        "nothing else: seven all the same"
    )
    assert (unusualness(1.0), unusualness(1e-4), unusualness(0.0)) == (0.0, 0.5, 1.0)


@pytest.mark.parametrize(
    ("last", "since"),
    [(None, 7), (dt.timedelta(days=1), 7), (dt.timedelta(days=10), 10), (dt.timedelta(days=300), 28)],
)
def test_since_when(last: dt.timedelta | None, since: int) -> None:
    visit = None if last is None else Visit(AT - last, {}, {})
    assert begin(visit, AT) == AT - dt.timedelta(days=since)


def test_weeks_end_on_the_last_day() -> None:
    days = pd.date_range("2024-07-01", periods=17)
    counts = xr.DataArray(np.arange(17)[None], {"region": ["x"], "time": days}, ("region", "time"))
    found = weekly(counts)
    assert found.to_numpy().tolist() == [[sum(range(3, 10)), sum(range(10, 17))]]
    assert str(found["time"].to_numpy()[-1])[:10] == "2024-07-11"


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ([("430104", "a", 10), ("430100", "a", 12)], [0]),  # the county tells it
        ([("430104", "a", 5), ("430105", "a", 5), ("430100", "a", 18)], [0, 1]),  # two counties do
        ([("430104", "a", 5), ("430105", "a", 5), ("430100", "a", 30)], [2]),  # the prefecture does
        ([("430104", "a", 10), ("430104", "", 12)], [0]),
        ([("430104", "a", 10), ("430211", "a", 10)], [0, 1]),
    ],
)
def test_each_thing_is_told_once(rows: list[tuple[str, str, int]], kept: list[int]) -> None:
    frame = pd.DataFrame(rows, columns=["region", "topic", "n"])
    assert list(without_parts(frame).index) == kept


@pytest.mark.parametrize(
    ("last", "lately", "kept"),
    [
        ({"430104": 4, "430211": 1}, 7, True),  # four times as many here, elsewhere as always
        ({"430104": 2, "430211": 2}, 7, False),  # everybody writes twice as often
        ({"430104": 6, "430211": 2}, 7, True),
        ({"430104": 4, "430211": 1}, 25, False),  # for two months it has been so
        ({"430104": 4, "430211": 0}, 7, True),  # fewer elsewhere make nothing unusual, and nothing usual
    ],
)
def test_what_rose_as_all_others_did_is_no_news(last: dict[str, int], lately: float, kept: bool) -> None:
    days = pd.date_range("2023-01-02", periods=80 * 7)
    counts = np.ones((2, 1, len(days)), np.int64)
    for at, times in enumerate(last.values()):
        counts[at, 0, -7:] = times
    cube = xr.DataArray(
        counts, {"region": list(last), "topic": [TOPIC], "time": days}, ("region", "topic", "time")
    )
    rows = pd.DataFrame(
        {
            "region": ["430104"],
            "topic": [TOPIC],
            "n": [7 * last["430104"]],
            "usual": [7.0],
            "lately": [lately],
        }
    )
    assert len(beyond_others(rows, cube)) == kept


@pytest.mark.parametrize(
    ("before", "is_told"), [({}, False), ({"waiting": 0.0}, True), ({"waiting": 1000.0}, False)]
)
def test_more_that_wait_than_last_time(risen: Library, before: dict[str, float], is_told: bool) -> None:
    found = reply_changes(seen_by(risen, LEADER), before)
    assert bool(found) == is_told
    for one in found:
        assert one.value == counted(risen, LEADER, one.link)
