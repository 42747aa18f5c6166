"""A backup is restored into an empty folder, and holds every row; a foreign, spoilt or unfinished one is refused by its name."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine, select

from shuju.access import Subject, entered
from shuju.backup.make import JOURNAL, back_up
from shuju.backup.manifest import NAME, BackupError, read_manifest
from shuju.backup.restore import UNFINISHED, restore
from shuju.clock import now
from shuju.desk import accounts, anchors, memberships, sessions, store, trail
from shuju.desk.marks import TOPIC, put
from shuju.desk.store import open_desk
from shuju.desk.tables.metadata import metadata
from shuju.keys import key_place
from shuju.library import Library, open_library
from shuju.library.home import find_home
from shuju.library.ingest import ingest
from shuju.library.status import table_states
from tests import postgresql
from tests.conftest import page, write_lines
from tests.pages.issue_library import issue_library

LI = Subject("li", "李", "analyst")
PASSWORD = "correct horse battery staple"
BY = "test"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Letters, issues and warnings in versions, a desk with an account, a session, marks, a second factor."""
    made = issue_library(tmp_path)
    desk, at = open_desk(made.home), now()
    accounts.add_account(desk, "wang", "王", PASSWORD, at=at)
    memberships.grant(desk, "wang", "analyst", at=at, by=BY)
    sessions.begin(desk, accounts.find_account(desk, "wang"), "", "127.0.0.1", at=at)
    with entered(LI):
        put(desk, "a1", TOPIC, "民政", at=at, who="li")
        for n in range(20):
            trail.note(desk, "read-letter", f"a{n}", {"way": "page"}, 1)
    return made


def rows_of(desk: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of a desk; of a session not when it ended, and not what backup and restore note of themselves."""
    found = {}
    with desk.connect() as connection:
        for table in metadata.sorted_tables:
            columns = [c for c in table.columns if c.name != "ended_at"]
            rows = connection.execute(select(*columns).order_by(*table.primary_key.columns)).all()
            found[table.name] = [tuple(row) for row in rows if "restore" not in row]
    return found


def same_tables(one: Library, other: Library) -> None:
    names = [name for name in one.catalog.tables if one.stored(name).exists]
    assert names == [name for name in other.catalog.tables if other.stored(name).exists]
    for name in names:
        key = one.stored(name).table.key
        columns = [c.name for c in one.stored(name).schema]
        assert other.stored(name).newest == one.stored(name).newest
        for version in range(one.stored(name).newest + 1):
            left, right = (
                pd.concat(
                    [t.to_pandas() for t in lib.stream(name, columns, version=version)] or [pd.DataFrame()]
                )
                for lib in (one, other)
            )
            by = [key] if key in left else None
            left, right = (t.sort_values(by) if by else t for t in (left, right))
            pd.testing.assert_frame_equal(left.reset_index(drop=True), right.reset_index(drop=True))


def test_a_backup_restores_every_row(library: Library, tmp_path: Path) -> None:
    made = back_up(library, tmp_path / "kept", by=BY)
    assert made.faults == ()
    before = rows_of(open_desk(library.home))
    done = restore(tmp_path / "kept", tmp_path / "new", by=BY)
    assert done.faults == ()
    again = open_library(tmp_path / "new")
    same_tables(library, again)
    desk = open_desk(again.home)
    assert rows_of(desk) == before
    assert len(before["trail"]) == 21  # with the backup's own
    assert trail.verify(desk) == trail.Verdict(22)
    assert [row["what"] for row in trail.read(desk, n=2)[0]] == ["restore", "backup"]
    assert accounts.check_sign_in(desk, "wang", PASSWORD, at=now()).account == "wang"
    assert sessions.list_sessions(desk, at=now()) == [], "no session lives on"
    assert all(state.is_balanced for state in table_states(again))
    assert (tmp_path / "new/catalog/catalog.yaml").read_bytes() == (
        Path(library.home.root) / "catalog/catalog.yaml"
    ).read_bytes()
    assert not (tmp_path / "new" / UNFINISHED).exists()
    everything = b"".join(path.read_bytes() for path in (tmp_path / "kept").rglob("*") if path.is_file())
    keys = json.loads(key_place().read_text())
    assert all(
        key.encode() not in everything and bytes.fromhex(key) not in everything for key in keys.values()
    )


def test_only_what_is_new_is_copied(library: Library, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    first = back_up(library, kept, by=BY)
    assert first.n_copied == len(first.manifest.files)
    assert back_up(library, kept, by=BY).n_copied == 0
    raw = Path(library.home.root) / "catalog" / "letters"
    shutil.copy(raw / "a.jsonl", raw / "b.jsonl")
    (raw / "b.jsonl").write_text((raw / "b.jsonl").read_text().replace('"a1"', '"a9"').splitlines()[0] + "\n")
    ingest(library, "test_letters")
    second = back_up(library, kept, by=BY)
    new = set(second.manifest.files) - set(first.manifest.files)
    assert {path.rpartition("/")[0].partition("/library=")[0] for path in new} == {
        "tables/letters", "tables/letters/_delta_log", "tables/ledger", "tables/ledger/_delta_log", "catalog/letters",
    }  # fmt: skip
    assert second.n_copied == len(new)
    assert len(list((kept / "desk").iterdir())) == 1
    restore(kept, tmp_path / "new", by=BY)
    same_tables(library, open_library(tmp_path / "new"))


def test_a_spoilt_copy_is_mended_when_asked(library: Library, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    path = next(p for p in back_up(library, kept, by=BY).manifest.files if p.endswith(".parquet"))
    spoil(kept / path)
    assert back_up(library, kept, by=BY).n_copied == 0
    assert back_up(library, kept, by=BY, is_checked=True).n_copied == 1
    restore(kept, tmp_path / "new", by=BY)


def spoil(path: Path) -> None:
    """Change one byte, and not the size."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def parquet(kept: Path) -> Path:
    return next((kept / "tables/letters").rglob("*.parquet"))


def change_manifest(kept: Path, **changes: object) -> None:
    told = json.loads((kept / NAME).read_text(encoding="utf-8"))
    (kept / NAME).write_text(json.dumps(told | changes), encoding="utf-8")


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "no manifest": (lambda kept: (kept / NAME).unlink(), "没有备份清单"),
    "half a manifest": (lambda kept: (kept / NAME).write_text((kept / NAME).read_text()[:200]), "备份清单已损坏"),
    "another program's": (lambda kept: change_manifest(kept, kind="tar"), "不是这一版数聚的备份清单"),
    "a later version's": (lambda kept: change_manifest(kept, format=99), "不是这一版数聚的备份清单"),
    "a manifest that was changed": (lambda kept: change_manifest(kept, versions={"letters": 0}), "与其封印不符"),
    "another trail's end": (lambda kept: change_manifest(kept, newest=[3, "0" * 64]), "与其封印不符"),
    "other keys": (lambda kept: change_manifest(kept, key="0" * 16), "由另一份密钥文件所制"),
    "a data file changed": (lambda kept: spoil(parquet(kept)), "part-.*已损坏"),
    "a data file gone": (lambda kept: parquet(kept).unlink(), "part-.*缺少这个文件"),
    "a log changed": (lambda kept: spoil(kept / "tables/letters/_delta_log" / f"{1:020d}.json"), "已损坏"),
    "the desk changed": (lambda kept: spoil(next((kept / "desk").iterdir())), r"desk/.*已损坏"),
    "the desk gone": (lambda kept: next((kept / "desk").iterdir()).unlink(), r"desk/.*缺少"),
    "a catalog changed": (lambda kept: spoil(next((kept / "files").iterdir())), r"files/.*已损坏"),
}  # fmt: skip


def test_a_spoilt_backup_is_refused_by_name(library: Library, tmp_path: Path) -> None:
    back_up(library, tmp_path / "sound", by=BY)
    for n, (how, told) in enumerate(SPOILT.values()):
        kept = tmp_path / f"kept{n}"
        shutil.copytree(tmp_path / "sound", kept)
        how(kept)
        with pytest.raises(BackupError, match=told):
            restore(kept, tmp_path / f"new{n}", by=BY)


def test_a_place_that_is_in_use_is_refused(library: Library, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    back_up(library, kept, by=BY)
    with pytest.raises(BackupError, match="不是空的"):
        restore(kept, library.home.root, by=BY)
    other = issue_library(tmp_path / "other")
    with pytest.raises(BackupError, match="另一资源库"):
        back_up(other, kept, by=BY)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").touch()
    with pytest.raises(BackupError, match="也不是数聚的备份"):
        back_up(library, tmp_path / "photos", by=BY)
    with pytest.raises(BackupError, match="不能放在资源库自己的文件夹里"):
        back_up(library, Path(library.home.root) / "backup", by=BY)


def test_without_keys_the_rows_come_back_and_it_is_said(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(library, tmp_path / "kept", by=BY)
    monkeypatch.setenv("SHUJU_KEYS", str(tmp_path / "other" / "keys.json"))
    with pytest.raises(BackupError, match="另一份密钥文件"):
        restore(tmp_path / "kept", tmp_path / "new", by=BY)
    done = restore(tmp_path / "kept", tmp_path / "new", by=BY, is_sealed=False)
    assert "无从核验" in done.faults[0]
    same_tables(library, open_library(tmp_path / "new"))


def test_rows_that_only_the_anchor_knows(library: Library, tmp_path: Path) -> None:
    """The disk is lost some rows after the backup; the anchor is on another."""
    desk = open_desk(library.home)
    back_up(library, tmp_path / "kept", by=BY)
    n = anchors.read_anchor(desk)[0]
    with entered(LI):
        trail.note(desk, "reveal", "a1")
        trail.note(desk, "reveal", "a2")
    newest = anchors.read_anchor(desk)
    new = tmp_path / "new"
    anchors.write_anchor(open_desk_at(new), *newest)
    with pytest.raises(BackupError, match=f"第 {n + 2} 行，备份只到第 {n} 行"):
        restore(tmp_path / "kept", new, by=BY)
    assert restore(tmp_path / "kept", new, by=BY, are_losses_accepted=True).faults == ()
    assert trail.read(open_desk(find_home(new)), what="restore")[0][0]["told"]["lost"] == 2


def open_desk_at(home: Path) -> Engine:
    """Return the engine of a desk that is not there yet, for its anchor's name."""
    from sqlalchemy import create_engine

    return create_engine(f"sqlite:///{home}/desk.db")


def test_a_desk_goes_to_postgresql_and_back(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(library, tmp_path / "kept", by=BY)
    before = rows_of(open_desk(library.home))
    with postgresql.server() as server:
        monkeypatch.setenv(store.VARIABLE, url := postgresql.new_database(server, "desk"))
        assert restore(tmp_path / "kept", tmp_path / "new", by=BY).faults == ()
        again = open_library(tmp_path / "new")
        desk = open_desk(again.home)
        assert desk.dialect.name == "postgresql"
        assert rows_of(desk) == before
        accounts.add_account(
            desk, "li", "李", PASSWORD, at=now()
        )  # numbers go on where those of the copy end
        put(desk, "a2", TOPIC, "民政", at=now(), who="li")
        with pytest.raises(BackupError, match="数据库不是空的"):
            restore(tmp_path / "kept", tmp_path / "other", by=BY)
        assert back_up(again, tmp_path / "kept2", by=BY).faults == ()
        after = rows_of(desk)
        store._open(url).dispose()
    monkeypatch.delenv(store.VARIABLE)
    assert restore(tmp_path / "kept2", tmp_path / "back", by=BY).faults == ()
    desk = open_desk(find_home(tmp_path / "back"))
    assert rows_of(desk) == after
    assert {row[1] for row in after["accounts"]} == {"wang", "li"}


KILLED = """
import sys, os
from pathlib import Path
from shuju.backup import make, restore
from shuju.library import open_library
def tell(n, of):
    if n == int(sys.argv[4]):
        os._exit(9)
if sys.argv[1] == "backup":
    make.back_up(open_library(sys.argv[2]), Path(sys.argv[3]), by="test", tell=tell)
else:
    restore.restore(Path(sys.argv[3]), sys.argv[2], by="test", tell=tell)
"""


@pytest.mark.slow
def test_a_killed_run_goes_on(library: Library, tmp_path: Path) -> None:
    kept, new = tmp_path / "kept", tmp_path / "new"

    def killed(what: str, home: str | Path) -> int:
        return subprocess.run(
            [sys.executable, "-c", KILLED, what, str(home), str(kept), "7"], check=False
        ).returncode

    assert killed("backup", library.home.uri) == 9
    with pytest.raises(BackupError, match="备份尚未完成"):
        restore(kept, new, by=BY)
    assert len((kept / JOURNAL).read_text().splitlines()) == 7
    made = back_up(library, kept, by=BY)
    assert made.n_copied == len(made.manifest.files) - 7
    assert killed("restore", new) == 9
    assert (new / UNFINISHED).exists()
    done = restore(kept, new, by=BY)
    assert done.faults == ()
    same_tables(library, open_library(new))


def test_while_others_write(tmp_path: Path, raw: Path, home: Path) -> None:
    """Files are ingested and the desk is written to all the while: each backup balances, its trail is sound."""
    library, stop = open_library(home, raw / "catalog.yaml"), threading.Event()
    ingest(library, "test_sites")
    desk = open_desk(library.home)
    n_ingests = 0

    def arrive() -> None:
        nonlocal n_ingests
        own = open_library(home, raw / "catalog.yaml")
        while not stop.is_set():
            write_lines(raw / "pages" / f"{n_ingests}.jsonl", [page(n_ingests * 10 + i) for i in range(5)])
            ingest(own, "test_pages")
            n_ingests += 1

    def look() -> None:
        n = 0
        with entered(LI):
            while not stop.is_set():
                trail.note(desk, "read-letter", f"l{n}")
                put(desk, f"l{n}", TOPIC, "民政", at=now(), who="li")
                n += 1

    workers = [threading.Thread(target=work) for work in (arrive, look)]
    for worker in workers:
        worker.start()
    try:
        for n in range(4):
            made = back_up(library, tmp_path / "kept", by=BY)
            assert made.faults == ()
            done = restore(tmp_path / "kept", tmp_path / f"new{n}", by=BY)
            assert done.faults == ()
            again = open_library(tmp_path / f"new{n}", raw / "catalog.yaml")
            assert {t: again.stored(t).newest for t in made.manifest.versions} == made.manifest.versions
            marked = rows_of(open_desk(again.home))
            assert {row[0] for row in marked["marks"]} == {row[3] for row in marked["audit"]}
    finally:
        stop.set()
        for worker in workers:
            worker.join()
    assert n_ingests > 3, "nothing arrived meanwhile: the test shows nothing"
    assert read_manifest(tmp_path / "kept").versions["records"] > 3
