"""Continuous arrival: what is dropped in is in the library a moment later."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from shuju.library import Library, open_library
from shuju.library.watch import watch
from tests.conftest import page, write_lines

ARRIVAL_SECONDS = 30.0  # of a busy machine; five seconds of one that is not


def eventually(check: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if check():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def followed(
    request: pytest.FixtureRequest,
    raw: Path,
    open_test_library: Callable[[], Library],
    monkeypatch: pytest.MonkeyPatch,
):
    """A thread that watches both test sources; its parameter is how long a file must be quiet, in seconds."""
    monkeypatch.setattr("shuju.library.watch.SETTLE_SECONDS", getattr(request, "param", 1.0))
    stop = threading.Event()
    errors: list[str] = []
    following = open_test_library()
    thread = threading.Thread(
        target=watch,
        args=(following, ["test_pages", "test_sites"]),  # the sites are the last of what is there at first
        kwargs={"stop": stop, "on_error": lambda name, error: errors.append(f"{name}: {error}")},
    )
    thread.start()
    assert eventually(lambda: open_test_library().count("sites") == 3, 60)
    yield errors
    stop.set()
    thread.join(30)
    assert not thread.is_alive()


def test_file_dropped_in_arrives(raw: Path, followed: list[str], open_test_library: Callable) -> None:
    library = open_test_library()
    write_lines(raw / "pages" / "a.jsonl", [page(1), page(2)])
    assert eventually(lambda: library.count("records") == 2, ARRIVAL_SECONDS)


def test_file_that_comes_while_the_others_are_read_at_first_is_not_overlooked(
    raw: Path, open_test_library: Callable[[], Library]
) -> None:
    library, stop = open_test_library(), threading.Event()

    def drop(source: str, _: object) -> None:
        if source == "test_sites":  # the folder of pages was looked at, and found empty
            write_lines(raw / "pages" / "a.jsonl", [page(1), page(2)])

    sources = ["test_pages", "test_sites"]
    follow = {"stop": stop, "on_report": drop}
    thread = threading.Thread(target=watch, args=(open_test_library(), sources), kwargs=follow)
    thread.start()
    try:
        assert eventually(lambda: library.count("records") == 2, ARRIVAL_SECONDS)
    finally:
        stop.set()
        thread.join(30)


@pytest.mark.parametrize("followed", [3.0], indirect=True)
def test_file_written_slowly_is_read_once_it_is_whole(
    raw: Path, followed: list[str], open_test_library: Callable
) -> None:
    import json

    library = open_test_library()
    with (raw / "pages" / "a.jsonl").open("w", encoding="utf-8") as file:
        for number in range(6):
            file.write(json.dumps(page(number)) + "\n")
            file.flush()
            time.sleep(0.4)
    assert eventually(lambda: library.count("records") == 6, ARRIVAL_SECONDS)

    def completed() -> int:
        lines = library.ledger.frame()
        return int(((lines["path"] == "a.jsonl") & (lines["state"] == "complete")).sum())

    assert eventually(lambda: completed() > 0, ARRIVAL_SECONDS)
    assert completed() == 1


def test_database_is_followed_by_its_watermark(tmp_path: Path, raw: Path, home: Path) -> None:
    (raw / "more.yaml").write_text(
        """
version: 1
sources:
  desk:
    title: t
    licence: t
    refresh: continuous
    location: .
    inputs:
      - table: suggestions
        reader: sql
        options: {url: "sqlite:///a.db", query: "SELECT * FROM s", watermark: changed}
        fields: {suggestion_id: id, title: title, submitted_at: changed}
""",
        encoding="utf-8",
    )
    db = sqlite3.connect(raw / "a.db")
    db.execute("CREATE TABLE s (id TEXT, title TEXT, changed TEXT)")
    db.execute("INSERT INTO s VALUES ('1', '甲', '2024-01-01 08:00:00')")
    db.commit()
    stop = threading.Event()
    thread = threading.Thread(
        target=watch,
        args=(open_library(home, raw / "more.yaml"), ["desk"]),
        kwargs={"stop": stop, "poll_seconds": 1.0},
    )
    thread.start()
    library = open_library(home, raw / "more.yaml")
    assert eventually(lambda: library.count("suggestions") == 1, 60)
    db.execute("INSERT INTO s VALUES ('2', '乙', '2024-01-02 08:00:00')")
    db.execute("UPDATE s SET title = '甲改', changed = '2024-01-03 08:00:00' WHERE id = '1'")
    db.commit()
    db.close()
    assert eventually(lambda: library.count("suggestions") == 2, 10)
    assert eventually(lambda: library.get("suggestions", "1")["title"] == "甲改", 10)
    stop.set()
    thread.join(30)
    assert library.ledger.sums()["n_read"].sum() == 3
