"""A backup after contacts were sealed under a newer key: what held them before is in no backup any more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from shuju.backup.make import back_up
from shuju.backup.restore import restore
from shuju.keys import rotate
from shuju.library import Library, open_library
from shuju.library.sealing import seal_library, seal_states
from tests.library.test_sealing import TABLE, keys, library, opens

__all__ = ["keys", "library", "opens"]
BY = "test"


def sealed_files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*.sealed-*")}


def test_what_sealing_deleted_is_in_no_backup_any_more(
    library: Library, opens: Callable[[], Library], tmp_path: Path
) -> None:
    back_up(library, tmp_path / "kept", by=BY)
    older = sealed_files(tmp_path / "kept")
    assert older
    rotate()
    assert seal_library(opens()) > 0
    for name in ("kept", "fresh"):
        assert back_up(opens(), tmp_path / name, by=BY).faults == ()
        assert sealed_files(tmp_path / name)
        assert not older & sealed_files(tmp_path / name)
        assert restore(tmp_path / name, tmp_path / f"new-{name}", by=BY).faults == ()
        again = open_library(tmp_path / f"new-{name}")
        assert not [state for state in seal_states(again) if state.n_plain_rows or state.n_older_rows]
        assert again.count(TABLE) == opens().count(TABLE) > 0
