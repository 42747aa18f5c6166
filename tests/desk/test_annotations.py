"""Annotations: who sees which on which chart, as a table; and that nobody changes another's."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine

from shuju.access import Subject
from shuju.desk.annotations import (
    AnnotationError,
    annotate,
    annotation_change,
    annotations_seen,
    end_annotation,
)
from shuju.desk.organisations import of_region
from shuju.desk.store import open_desk
from shuju.library.home import find_home

AT = dt.datetime(2024, 7, 29, 16, 38)
DAY = dt.date(2024, 7, 1)


@pytest.fixture
def desk(tmp_path: Path) -> Engine:
    return open_desk(find_home(tmp_path))


@pytest.fixture
def people(desk: Engine) -> dict[str, Subject]:
    def of(account: str, code: str) -> Subject:
        return Subject(account, account, "department", code, organisation_id=of_region(desk, code).id)

    return {
        "author": of("a", "430100"), "colleague": of("b", "430100"), "elsewhere": of("c", "430200"),
        "leader": Subject("l", "l", "leader"), "analyst": Subject("n", "n", "analyst"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("who", "reach", "seen_by"),
    [
        ("author", "private", {"author"}),
        ("author", "organisation", {"author", "colleague"}),
        ("author", "all", {"author", "colleague", "elsewhere", "leader", "analyst"}),
        ("leader", "private", {"leader"}),
        ("leader", "organisation", {"leader", "analyst"}),  # those of the province
    ],
)
def test_who_sees_it(
    desk: Engine, people: dict[str, Subject], who: str, reach: str, seen_by: set[str]
) -> None:
    annotate(desk, people[who], "letters", {}, (DAY, DAY), "放榜", reach, at=AT)
    assert {name for name, by in people.items() if annotations_seen(desk, by, "letters", {})} == seen_by
    assert annotations_seen(desk, people[who], "records", {}) == []


@pytest.mark.parametrize(
    ("filters", "chosen", "is_shown"),
    [
        ({}, {}, True),
        ({}, {"topic": ["教育文体"]}, True),
        ({"topic": ["教育文体"]}, {}, False),
        ({"topic": ["教育文体"]}, {"topic": ["教育文体", "民政"]}, True),
        ({"topic": ["教育文体"]}, {"topic": ["民政"]}, False),
        ({"topic": ["教育文体"], "region": ["430100"]}, {"topic": ["教育文体"]}, False),
        ({"topic": ["教育文体"], "region": ["430100"]}, {"topic": ["教育文体"], "region": ["430100"]}, True),
    ],
)
def test_on_which_chart_it_stands(
    desk: Engine, people: dict[str, Subject], filters: dict, chosen: dict, is_shown: bool
) -> None:
    annotate(desk, people["leader"], "letters", filters, (DAY, DAY), "放榜", "all", at=AT)
    assert bool(annotations_seen(desk, people["leader"], "letters", chosen)) == is_shown


def test_only_ones_own_is_changed(desk: Engine, people: dict[str, Subject]) -> None:
    before = annotation_change(desk)
    number = annotate(desk, people["author"], "letters", {}, (DAY, DAY), "放榜", "all", at=AT)
    made = annotation_change(desk)
    assert made != before
    for do in (
        lambda by: annotate(desk, by, "letters", {}, (DAY, DAY), "改了", "all", number=number, at=AT),
        lambda by: end_annotation(desk, by, number, at=AT),
    ):
        with pytest.raises(AnnotationError, match="不是您写的"):
            do(people["colleague"])
    later = AT + dt.timedelta(minutes=1)
    annotate(desk, people["author"], "letters", {}, (DAY, DAY), "改了", "private", number=number, at=later)
    assert [one.text for one in annotations_seen(desk, people["author"], "letters", {})] == ["改了"]
    assert annotation_change(desk) != made
    end_annotation(desk, people["author"], number, at=later)
    assert annotations_seen(desk, people["author"], "letters", {}) == []


@pytest.mark.parametrize(
    ("text", "days", "reach", "why"),
    [
        (" ", (DAY, DAY), "all", "请写下"),
        ("字" * 101, (DAY, DAY), "all", "最多"),
        ("放榜", (DAY, DAY - dt.timedelta(days=1)), "all", "止日"),
        ("放榜", (DAY, DAY), "everybody", "谁能看到"),
    ],
)
def test_what_cannot_be(
    desk: Engine, people: dict[str, Subject], text: str, days, reach: str, why: str
) -> None:
    with pytest.raises(AnnotationError, match=why):
        annotate(desk, people["author"], "letters", {}, days, text, reach, at=AT)
