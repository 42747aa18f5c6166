"""Marks: what is put stands, what is undone is as before, and every change is on record."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from shuju.desk.marks import (
    ACKNOWLEDGED,
    MUTED,
    VERDICT,
    Precision,
    change_number,
    history,
    precision,
    put,
    read_marks,
    undo,
)
from shuju.desk.store import VARIABLE, _open, desk_url, open_desk
from shuju.library.home import find_home

AT = dt.datetime(2024, 7, 29, 16, 38)
VALUES = {ACKNOWLEDGED: ["yes", None], MUTED: ["2024-08-28", None], VERDICT: ["right", "wrong", None]}


@pytest.fixture
def desk(tmp_path: Path) -> Engine:
    return open_desk(find_home(tmp_path))


def shown(desk: Engine) -> dict[str, dict[str, str]]:
    rows = read_marks(desk).to_dict("index")
    return {subject: {k: v for k, v in row.items() if isinstance(v, str)} for subject, row in rows.items()}


def test_an_empty_desk_has_no_marks(desk: Engine) -> None:
    assert read_marks(desk).empty
    assert list(read_marks(desk).columns) == [ACKNOWLEDGED, MUTED, VERDICT]
    assert precision(desk) == Precision(0, 0)
    assert not undo(desk, ["w1"], at=AT)
    assert change_number(desk) == 0


def test_marks_stand_beside_each_other(desk: Engine) -> None:
    put(desk, "w1", ACKNOWLEDGED, "yes", at=AT)
    put(desk, "w1", VERDICT, "right", at=AT)
    put(desk, "s1", MUTED, "2024-08-28", at=AT)
    assert shown(desk) == {"w1": {ACKNOWLEDGED: "yes", VERDICT: "right"}, "s1": {MUTED: "2024-08-28"}}


def test_precision_runs_with_the_verdicts(desk: Engine) -> None:
    for number, verdict in enumerate(["right", "right", "wrong"]):
        put(desk, f"w{number}", VERDICT, verdict, at=AT)
    assert precision(desk) == Precision(2, 3)
    put(desk, "w2", VERDICT, "right", at=AT)
    assert precision(desk) == Precision(3, 3)
    put(desk, "w2", VERDICT, None, at=AT)
    assert precision(desk) == Precision(2, 2)


def test_every_change_is_on_record_and_nothing_else(desk: Engine) -> None:
    put(desk, "w1", VERDICT, "right", at=AT, who="张三")
    put(desk, "w1", VERDICT, "right", at=AT, who="李四")
    put(desk, "w1", VERDICT, "wrong", at=AT, who="李四")
    undo(desk, ["w1"], at=AT, who="王五")
    told = [(h["who"], h["before"], h["after"], h["undoes"]) for h in history(desk, "w1")]
    assert told == [
        ("张三", None, "right", None),
        ("李四", "right", "wrong", None),
        ("王五", "wrong", "right", 2),
    ]


@pytest.mark.parametrize(
    ("kind", "value"),
    [("opinion", "yes"), ("opinion", None), (ACKNOWLEDGED, "no"), (VERDICT, "perhaps"), (MUTED, "tomorrow"), (MUTED, "")],
)  # fmt: skip
def test_wrong_marks_are_refused(desk: Engine, kind: str, value: str | None) -> None:
    with pytest.raises(ValueError, match=r"标注|isoformat"):
        put(desk, "w1", kind, value, at=AT)
    assert change_number(desk) == 0


@given(st.lists(st.sampled_from([(kind, value) for kind in VALUES for value in VALUES[kind]]), max_size=12))
def test_undoing_all_leads_back_through_every_state(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, str | None]]
) -> None:
    desk = open_desk(
        find_home(tmp_path_factory.getbasetemp() / "undone")
    )  # one for all: nothing is left of each
    states = [shown(desk)]
    for kind, value in changes:
        put(desk, "w1", kind, value, at=AT)
        if shown(desk) != states[-1]:
            states.append(shown(desk))
    for state in reversed(states[:-1]):
        assert undo(desk, ["w1", "s1"], at=AT)
        assert shown(desk) == state
    assert not undo(desk, ["w1", "s1"], at=AT)


def test_undo_leaves_other_subjects_alone(desk: Engine) -> None:
    put(desk, "w1", VERDICT, "right", at=AT)
    put(desk, "w2", VERDICT, "wrong", at=AT)
    assert undo(desk, ["w1"], at=AT)
    assert shown(desk) == {"w2": {VERDICT: "wrong"}}


def test_many_threads_write_at_once(desk: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: put(desk, f"w{i}", ACKNOWLEDGED, "yes", at=AT), range(40)))
    assert len(read_marks(desk)) == 40
    assert change_number(desk) == 40


def test_hostile_subjects_are_only_text(desk: Engine) -> None:
    put(desk, "'; DROP TABLE marks; --", ACKNOWLEDGED, "yes", at=AT)
    assert list(read_marks(desk).index) == ["'; DROP TABLE marks; --"]


def test_the_place_is_that_of_the_library_or_of_the_environment(
    only_sqlite: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = find_home(tmp_path / "home")
    assert desk_url(home) == f"sqlite:///{tmp_path}/home/desk.db"
    monkeypatch.setenv(VARIABLE, f"sqlite:///{tmp_path}/elsewhere.db")
    put(open_desk(home), "w1", ACKNOWLEDGED, "yes", at=AT)
    assert (tmp_path / "elsewhere.db").exists()
    assert not (tmp_path / "home" / "desk.db").exists()
    assert _open.cache_info().currsize
