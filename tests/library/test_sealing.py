"""Contacts at rest: in no byte of a library's home; comparable, readable with older keys, moved on to newer ones at any kill."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from shuju.catalog import Table
from shuju.desk.store import open_desk
from shuju.desk.trail import read
from shuju.desk.vault import reveal
from shuju.keys import KeyFileError, rotate
from shuju.library import Library, LibraryError, open_library, sealing
from shuju.library.compaction import SMALL_FILES, compact
from shuju.library.ingest import ingest
from shuju.library.quarantine import retry, shown, waiting
from shuju.library.sealing import SealState, opened, seal_library, seal_states
from shuju.library.status import status
from shuju.library.store import StoredTable
from tests.library.test_protection import CATALOG, HEAD

TABLE = "letters_private"
# The contacts of letters: in fields of their own, in texts, in a row at fault, in a line that cannot be taken apart.
PLANTED = ("13912345678", "王某某", "岳麓区梅溪湖路77号", "13812340001", "weixin_planted", "0731-84221234",
           "13612345678", "李某某", "天心区湘府路88号", "13512345678")  # fmt: skip
ROWS = (
    "1,请回电13812340001,微信号：weixin_planted，电话0731-84221234,2024-05-01,430104,,王某某,13912345678,岳麓区梅溪湖路77号\n"
    "2,无联系方式,正文,2024-05-01,430104,,,,\n"
    "3,日期有误,正文,2024-02-30,430104,,李某某,13612345678,天心区湘府路88号\n"
    '4,行坏了 13512345678,"正文\n'
)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    place = tmp_path / "keys" / "keys.json"
    monkeypatch.setenv("SHUJU_KEYS", str(place))
    return place


@pytest.fixture
def opens(home: Path, raw: Path, keys: Path) -> Callable[[], Library]:
    (raw / "mailbox.yaml").write_text(CATALOG, encoding="utf-8")
    (raw / "letters").mkdir()
    deliver(raw, "a", ROWS)
    return lambda: open_library(home, raw / "mailbox.yaml")


@pytest.fixture
def library(opens: Callable[[], Library]) -> Library:
    found = opens()
    ingest(found, "mailbox")
    return found


@pytest.fixture
def older(opens: Callable[[], Library], raw: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """The same library as the version before there was encryption would have left it: several files, a revision, an orphan."""
    found = opens()
    with monkeypatch.context() as patch:
        patch.setattr(Table, "sealed", property(lambda _: ()))
        ingest(found, "mailbox")
        deliver(raw, "b", "1,请回电13812340001,正文,2024-05-01,430104,,王某某,13911112222,\n")
        ingest(found, "mailbox")
        stored = found.stored(TABLE)
        stored.write_file(stored.read_file(stored.files()[0]), stored.files()[0].partition)
    return opens()


def deliver(raw: Path, name: str, rows: str) -> None:
    (raw / "letters" / f"{name}.csv").write_text(HEAD + rows, encoding="utf-8")


def told(library: Library, letter: str = "1") -> dict[str, object]:
    return reveal(library, letter, "回访")


def held(home: Path) -> str:
    """Return everything that the files below a folder hold: their bytes, and what is packed in tables."""
    texts = []
    for path in sorted(home.rglob("*")):
        if path.is_file():
            texts += [str(path), path.read_bytes().decode("utf-8", "ignore")]
        if path.suffix == ".parquet":
            texts.append(str(pq.read_table(path, partitioning=None).to_pylist()))
    return "\n".join(texts)


def planted_in(home: Path) -> list[str]:
    found = held(home)
    return [one for one in PLANTED if one in found]


def test_no_byte_of_a_home_holds_a_contact(
    library: Library, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from typer.testing import CliRunner

    from shuju.cli import app

    assert CliRunner().invoke(app, ["build", "--home", str(home)]).exit_code == 0
    assert (home / "cache" / "facts").exists()
    assert any((home / "cache").glob("search_letters*"))
    assert told(library)["phone"] == "13912345678"
    status(library)
    library.save_indexes()
    assert planted_in(home) == []
    assert [one for one in PLANTED if one in "".join(capfd.readouterr())] == []
    assert "正文" in held(home)  # what is looked at does hold texts


def test_what_was_planted_is_found_where_it_is_plain(older: Library, home: Path) -> None:
    assert set(PLANTED) - set(planted_in(home)) == set()


def test_the_vault_tells_what_was_encrypted_and_notes_it_in_a_script_too(library: Library) -> None:
    assert told(library) == {
        "writer_name": "王某某", "phone": "13912345678", "address": "岳麓区梅溪湖路77号",
        "found_in_text": "13812340001\n微信：weixin_planted\n0731-84221234",
    }  # fmt: skip
    row = read(open_desk(library.home), what="reveal")[0][0]
    assert row["subject"] == "1"
    assert row["who"].startswith("命令行:")


def test_the_same_row_is_merged_and_a_changed_one_is_a_revision(
    library: Library, opens: Callable[[], Library], raw: Path
) -> None:
    deliver(raw, "again", "8,题,正文,2024-05-01,430104,,,,\n" + ROWS)
    assert ingest(opens(), "mailbox").tallies["letters"].n_merged == 2
    assert [len(opens().revisions(TABLE, key)) for key in "12"] == [1, 0]
    deliver(raw, "changed", ROWS.replace("13912345678", "13900000000"))
    ingest(opens(), "mailbox")
    assert len(opens().revisions(TABLE, "1")) == 2
    assert told(opens())["phone"] == "13900000000"
    assert status(opens())["balanced"]


def test_two_values_that_are_the_same_are_not_seen_to_be(
    library: Library, raw: Path, opens: Callable[[], Library]
) -> None:
    deliver(
        raw,
        "b",
        "5,题,正文,2024-05-01,430104,,王某某,13912345678,\n6,题,正文,2024-05-01,430104,,王某某,13912345678,\n",
    )
    ingest(opens(), "mailbox")
    rows = opens().load(TABLE, columns=["phone", "content_hash"]).compute()
    assert rows["phone"].is_unique
    assert rows["content_hash"].is_unique


def test_a_value_opens_nowhere_else(library: Library) -> None:
    kept = library.get(TABLE, "1")["phone"]
    assert opened(kept, TABLE, "phone", "1") == "13912345678"
    for place in ((TABLE, "phone", "2"), (TABLE, "email", "1"), ("quarantine", "phone", "1")):
        with pytest.raises(KeyFileError, match="密文"):
            opened(kept, *place)
    with pytest.raises(KeyFileError, match="密文"):
        opened(kept[:-4] + ("AAA=" if not kept.endswith("AAA=") else "BBB="), TABLE, "phone", "1")


def test_the_quarantine_can_be_shown_and_retried(
    library: Library, raw: Path, opens: Callable[[], Library]
) -> None:
    rows = waiting(library)
    assert not any("日期有误" in text for text in rows["raw"])
    assert any("日期有误" in shown(library, dict(row)) for _, row in rows.iterrows())
    mended = CATALOG.replace(
        "written_at: time", "written_at: {from: time, as: [{map: {'2024-02-30': '2024-02-29'}}]}"
    )
    (raw / "mailbox.yaml").write_text(mended, encoding="utf-8")
    assert retry(opens())["mailbox"].n_stored == 1
    assert told(opens(), "3")["phone"] == "13612345678"
    assert status(opens())["balanced"]


def test_small_files_are_put_together_and_stay_encrypted(
    library: Library, raw: Path, opens: Callable[[], Library], home: Path
) -> None:
    for n in range(SMALL_FILES):
        deliver(raw, f"m{n}", f"m{n},题,正文,2024-05-01,430104,,王某某,13912345678,\n")
        ingest(opens(), "mailbox")
    assert compact(opens().stored(TABLE)) > SMALL_FILES
    assert told(opens(), "m3")["phone"] == "13912345678"
    assert planted_in(home) == []


def test_an_older_library_says_so_is_read_and_refuses_until_it_is_encrypted(
    older: Library, raw: Path, opens: Callable[[], Library], home: Path
) -> None:
    assert {one["table"]: one["n_plain_rows"] for one in status(older)["sealing"]} == {
        TABLE: 2,
        "quarantine": 2,
    }
    assert told(older)["phone"] == "13911112222"
    deliver(raw, "c", "7,题,正文,2024-05-01,430104,,张某,13700000000,\n")
    with pytest.raises(LibraryError, match="shuju key seal"):
        ingest(older, "mailbox")
    assert seal_library(opens()) == 4
    assert planted_in(home) == []
    assert "13911112222" not in held(home)
    now = opens()
    assert told(now)["phone"] == "13911112222"
    assert [row["revision"] for row in now.revisions(TABLE, "1")] == [1, 2]
    deliver(raw, "d", ROWS)
    ingest(now, "mailbox")
    assert len(opens().revisions(TABLE, "1")) == 2  # the rows of then are known again
    assert told(opens(), "7")["phone"] == "13700000000"
    assert status(opens())["balanced"]
    assert seal_library(opens()) == 0


class Killed(BaseException):
    """The process ended here."""


def test_a_new_key_is_taken_up_whenever_the_run_is_killed(
    older: Library, opens: Callable[[], Library], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = set()
    for before in (True, False):
        for kill_at in itertools.count():
            left = itertools.count()
            with monkeypatch.context() as patch:
                for place, name in (
                    (StoredTable, "write_file"),
                    (StoredTable, "commit"),
                    (sealing, "_delete"),
                ):
                    patch.setattr(place, name, killed(getattr(place, name), left, kill_at, before))
                try:
                    seal_library(opens())
                except Killed:
                    seen.add((before, kill_at))
                else:
                    break
            assert told(opens())["phone"] == "13911112222"
        assert all(s.n_plain_rows == s.n_older_rows == 0 for s in seal_states(opens()))
        assert planted_in(home) == []
        rotate()
        assert [s.n_older_rows for s in seal_states(opens())] == [2, 2]
    assert len(seen) >= 8


def killed(
    step: Callable[..., object], left: itertools.count[int], kill_at: int, before: bool
) -> Callable[..., object]:
    def stepped(*args: object, **kwargs: object) -> object:
        is_last = next(left) == kill_at
        if is_last and before:
            raise Killed
        made = step(*args, **kwargs)
        if is_last:
            raise Killed
        return made

    return stepped


def test_rotation_keeps_all_readable_until_and_after_it_is_taken_up(
    library: Library, raw: Path, opens: Callable[[], Library], home: Path, keys: Path
) -> None:
    rotate()
    assert told(library)["phone"] == "13912345678"
    deliver(raw, "b", "5,题,正文,2024-05-01,430104,,张某,13700000000,\n" + ROWS)
    ingest(opens(), "mailbox")
    assert len(opens().revisions(TABLE, "1")) == 1
    assert seal_states(opens())[0] == SealState(TABLE, 0, 0, 1, 1)
    assert seal_library(opens()) == 3
    assert ":" in str(opens().get(TABLE, "1")["phone"])
    assert str(opens().get(TABLE, "1")["phone"]).startswith("0002-")
    assert (told(opens())["phone"], told(opens(), "5")["phone"]) == ("13912345678", "13700000000")
    names = [path.name for path in (home / "tables" / TABLE).rglob("*.parquet")]
    assert all(".sealed-0002-" in name for name in names)


@pytest.mark.parametrize("other", ["none", "another"])
def test_a_missing_key_is_told_and_nothing_goes_on_under_another(
    library: Library,
    raw: Path,
    opens: Callable[[], Library],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    other: str,
) -> None:
    reads, version = library.get(TABLE, "1"), library.version_of(TABLE)
    monkeypatch.setenv("SHUJU_KEYS", str(tmp_path / "other" / "keys.json"))
    monkeypatch.setenv("SHUJU_DESK", f"sqlite:///{tmp_path}/other.db")
    if other == "another":
        (tmp_path / "other").mkdir()
        rotate()
    deliver(raw, "b", "5,题,正文,2024-05-01,430104,,张某,13700000000,\n")
    for ask in (lambda: ingest(opens(), "mailbox"), lambda: seal_library(opens())):
        with pytest.raises(LibraryError, match="由备份恢复密钥文件"):
            ask()
    with pytest.raises(KeyFileError, match="密钥"):
        told(opens())
    assert opens().version_of(TABLE) == version
    assert reads is not None
