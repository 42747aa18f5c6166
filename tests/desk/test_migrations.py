"""Tables come by migrations: those of an old desk are taken over with their rows, and code and migrations say the same."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from shuju.desk import migrations
from shuju.desk.marks import VERDICT, history, put, read_marks
from shuju.desk.saved_views import list_views
from shuju.desk.store import open_desk
from shuju.desk.tables.metadata import metadata
from shuju.desk.tasks.commands import get
from shuju.desk.tasks.evidence import evidence_of
from shuju.library import LibraryError
from shuju.library.home import find_home
from tests.desk.tasks.conftest import Office, office
from tests.desk.tasks.test_entrusted import proof

__all__ = ["office"]

# The tables as the first versions of this project made them.
OLD = """
CREATE TABLE marks (subject VARCHAR(200) NOT NULL, kind VARCHAR(20) NOT NULL, value VARCHAR(200) NOT NULL,
  at DATETIME NOT NULL, who VARCHAR(100) NOT NULL, PRIMARY KEY (subject, kind));
CREATE TABLE audit (id INTEGER NOT NULL, at DATETIME NOT NULL, who VARCHAR(100) NOT NULL, subject VARCHAR(200) NOT NULL,
  kind VARCHAR(20) NOT NULL, "before" VARCHAR(200), "after" VARCHAR(200), undoes INTEGER, PRIMARY KEY (id));
CREATE INDEX ix_audit_subject ON audit (subject);
INSERT INTO marks VALUES ('w1', 'verdict', 'right', '2024-07-01 10:00:00.000000', '甲');
INSERT INTO audit VALUES (1, '2024-07-01 10:00:00.000000', '甲', 'w1', 'verdict', NULL, 'right', NULL);
"""


def test_an_old_desk_keeps_its_rows(only_sqlite: None, home: Path) -> None:
    home.mkdir()
    with sqlite3.connect(home / "desk.db") as old:
        old.executescript(OLD)
    old.close()
    desk = open_desk(find_home(home))
    assert read_marks(desk)[VERDICT].to_dict() == {"w1": "right"}
    assert [(row["who"], row["after"]) for row in history(desk, "w1")] == [("甲", "right")]
    put(desk, "w1", VERDICT, "wrong", at=dt.datetime(2024, 7, 2), who="乙")
    assert len(history(desk, "w1")) == 2
    assert list_views(desk, "x") == []


def test_migrations_make_what_the_code_wants(home: Path) -> None:
    desk = open_desk(find_home(home))
    with desk.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert set(metadata.tables) < set(inspect(desk).get_table_names())


def test_the_newest_migration_is_told_once() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == migrations.NEWEST


def test_who_helped_before_has_the_evidence_of_the_whole_task(office: Office) -> None:
    """However far below: who helps may be helped, too; what somebody has already is kept."""
    first = office.assign(evidence=proof("letter", "l1"))
    office.act(first, "leader", "co_handle", organisation="岳麓区住建局")
    helper, _ = get(office.desk, first.id + 1, office.people["leader"])
    office.act(helper, "leader", "co_handle", organisation="株洲市人民政府")
    office.assign(evidence=proof("letter", "l2"))
    office.assign()
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    inherited = ScriptDirectory.from_config(config).get_revision("0015").module.INHERITED
    with office.desk.begin() as connection:
        connection.execute(text("DELETE FROM evidence WHERE task_id IN (2, 3)"))  # as it was
        connection.execute(text(inherited))
    found = {number: evidence_of(office.desk, number) for number in range(1, 6)}
    assert {number: one and one.filters for number, one in found.items()} == {
        1: "letter=l1", 2: "letter=l1", 3: "letter=l1", 4: "letter=l2", 5: None
    }  # fmt: skip


def test_a_desk_of_a_newer_program_is_refused_in_words(home: Path) -> None:
    desk = open_desk(find_home(home))
    with desk.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LibraryError, match="由更新的程序写成（第 9999 版"):
        migrations.bring_up(desk)


def _open(place: str) -> int:
    return len(inspect(open_desk(find_home(place))).get_table_names())


def test_several_processes_open_a_new_desk_at_once(home: Path) -> None:
    home.mkdir()
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        counts = pool.map(_open, [str(home)] * 6)
    assert set(counts) == {len(metadata.tables) + 1}
