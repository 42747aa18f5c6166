"""Marks beside warnings: what is heard, what is muted, what was before; each mark can be taken back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from shuju.desk.marked_warnings import mark, marked_warnings_data, series_of, today, warned_data
from shuju.desk.store import open_desk
from shuju.letters.warning_selection import selection
from shuju.library import Library
from shuju.library.derived import replace_table
from tests.pages.issue_library import issue_library

NEWEST = "430104-城乡建设-20240720"
ROAD = "431181-交通运输-20240718"
SPRING = (dt.date(2024, 2, 1), dt.date(2024, 3, 1))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return issue_library(tmp_path)


def put(library: Library, *marks: tuple[str, str]) -> None:
    for what, key in marks:
        mark(open_desk(library.home), what, key, today(selection(library)))


def state(library: Library, key: str) -> tuple[object, object, object]:
    found = marked_warnings_data(selection(library))
    rows = pd.concat([found.heard, found.muted]).set_index("warning_id")
    return tuple(rows.loc[key, ["acknowledged", "verdict", "muted"]])


MARKS = {
    # what is pressed, one after the other        acknowledged, verdict, muted until
    "acknowledged": (["acknowledged"], ("yes", None, None)),
    "taken away": (["acknowledged", "acknowledged"], (None, None, None)),
    "right": (["right"], (None, "right", None)),
    "rather wrong": (["right", "wrong"], (None, "wrong", None)),
    "muted for thirty days": (["muted"], (None, None, "2024-08-29")),
    "heard again": (["muted", "muted"], (None, None, None)),
    "undone": (["acknowledged", "right", "wrong", "undo"], ("yes", "right", None)),
    "undone thrice": (["acknowledged", "right", "wrong", "undo", "undo", "undo"], (None, None, None)),
    "nonsense": (["no-such"], (None, None, None)),
}


@pytest.mark.parametrize(("pressed", "expected"), MARKS.values(), ids=MARKS)
def test_marks(library: Library, pressed: list[str], expected: tuple[object, object, object]) -> None:
    put(library, *((what, ROAD) for what in pressed))
    assert state(library, ROAD) == expected
    assert state(library, NEWEST) == (None, None, None)


def test_recent_muted_and_earlier(library: Library) -> None:
    put(library, ("muted", ROAD))
    found = marked_warnings_data(selection(library))
    assert (len(found.heard), found.muted["warning_id"].tolist(), len(found.earlier)) == (2, [ROAD], 1)
    chosen = marked_warnings_data(selection(library, day=SPRING))
    assert (len(chosen.heard), len(chosen.muted), len(chosen.earlier)) == (1, 0, 0)


def test_a_muted_series_is_heard_again_after_its_day(library: Library) -> None:
    desk = open_desk(library.home)
    mark(desk, "muted", ROAD, dt.date(2024, 6, 30))  # until the day of the newest letter
    assert marked_warnings_data(selection(library)).muted.empty


def test_figures_leave_out_the_muted_and_the_wrong(library: Library) -> None:
    assert warned_data(selection(library)).n == 3
    put(library, ("muted", ROAD), ("wrong", NEWEST), ("acknowledged", "430211-教育文体-20240710"))
    shown = warned_data(selection(library))
    assert (shown.n, shown.n_new, shown.verdicts.n_judged, shown.verdicts.n_right) == (1, 0, 1, 0)


def test_none_at_all(library: Library) -> None:
    replace_table(library, "warnings", library.read("warnings").iloc[:0], made_by="test")
    found = marked_warnings_data(selection(library))
    assert (len(found.heard), len(found.muted), len(found.earlier)) == (0, 0, 0)


def test_a_series_is_an_id_without_its_day() -> None:
    assert series_of(ROAD) == "431181-交通运输"
