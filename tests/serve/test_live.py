"""What a server follows: versions of tables, and what users write at the desk."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from shuju.access import Subject
from shuju.clock import now
from shuju.desk.annotations import annotate
from shuju.desk.marks import ACKNOWLEDGED, YES, put
from shuju.desk.store import open_desk
from shuju.library.derived import replace_table
from shuju.serve.live import Live
from shuju.ui.trend_notes import notes_version
from tests.pages.issue_library import issue_library


def test_new_versions_and_new_marks_are_something_new(tmp_path: Path) -> None:
    library = issue_library(tmp_path)
    built: list[object] = []
    live = Live(library.home.uri, ("hot_issues", "warnings"), built.append)
    assert [live.refresh(), live.refresh()] == [True, False]
    put(open_desk(library.home), "w1", ACKNOWLEDGED, YES, at=dt.datetime(2024, 8, 1))
    assert [live.refresh(), live.refresh()] == [True, False]
    replace_table(library, "warnings", library.read("warnings").head(1), made_by="test")
    assert [live.refresh(), live.refresh()] == [True, False]
    assert (live.number, len(built)) == (3, 3)


def test_whoever_is_told_of_an_annotation_finds_it(tmp_path: Path) -> None:
    """A session compares what its trend shows with this version; one of a moment before would leave the trend as it is for good."""
    library = issue_library(tmp_path)
    live = Live(library.home.uri, ("warnings",), lambda _: None)
    author, day = Subject("n", "n", "analyst"), dt.date(2024, 8, 1)
    versions = []
    for text in ("", "放榜", "开工"):
        if text:
            annotate(open_desk(library.home), author, "letters", {}, (day, day), text, "private", at=now())
        number = live.number
        assert live.refresh()
        assert live.number > number
        versions.append(notes_version(live.library))
    assert len(set(versions)) == 3
