"""What a server follows: versions of tables, and what users write at the desk."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from shuju.desk.marks import ACKNOWLEDGED, YES, put
from shuju.desk.store import open_desk
from shuju.library.derived import replace_table
from shuju.serve.live import Live
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
