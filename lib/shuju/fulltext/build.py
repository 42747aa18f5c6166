"""What ``shuju build`` makes for search: an index for each kind, of which only new and changed rows are written.

A run that is killed loses at most what it wrote since its last commit: tantivy's commit is one step, and what is
written again first deletes itself by its key.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import tantivy

from shuju.fulltext.index import (
    BODY,
    KEY,
    SHOWN,
    TITLE,
    WITHIN,
    index_folder,
    open_index,
    open_tantivy,
    schema,
)
from shuju.fulltext.kinds import KINDS, Kind
from shuju.fulltext.words import fold_all, words_of
from shuju.library import Library, loading
from shuju.library.derived import STATE, Derived, Work, bring_up
from shuju.library.hashing import hash_columns
from shuju.library.store import DataFile

log = logging.getLogger(__name__)
METHOD = 2
KEPT = 1_000  # characters of a body that are kept for excerpts
READ = 20_000  # characters of a body that are searched
BATCH = 5_000
COMMIT = 500_000  # rows after which a first build commits, to be continued from there
HEAP = 200_000_000
WRITERS = 2
DRAFT = "draft.json"

Tell = Callable[[str], None]


def build_search(library: Library, tell: Tell | None = None) -> dict[str, int]:
    """Bring every index up to the library; return how many rows each holds. O(rows added or changed)."""
    return {kind.title: build_kind(library, kind, tell) for kind in KINDS.values()}


def follow_search(library: Library) -> None:
    """Bring up the indexes that are there and sound; another is left to ``shuju build``, for it may take long.

    What cannot be written is logged: facts and pages go on without it.
    """
    for kind in KINDS.values():
        if not _is_sound(index_folder(library, kind)):
            continue
        try:
            build_kind(library, kind)
            open_index(library, kind).vocabulary.prepare()
        except (OSError, ValueError):
            log.exception("the full-text index of %s could not follow", kind.table)


def build_kind(library: Library, kind: Kind, tell: Tell | None = None) -> int:
    """Bring the index of one kind up to the library; return how many rows it holds. A damaged index is made anew."""
    folder = index_folder(library, kind)
    if not _is_sound(folder):
        (folder / STATE).unlink(missing_ok=True)
    tables = [kind.table, *([kind.body_of] if kind.body_of else [])]
    derived = Derived(
        folder.name,
        (),
        METHOD,
        lambda source: {name: source.version_of(name) for name in tables},
        partial(_build, kind),
    )
    return int(bring_up(derived, library, library, tell).known["n"])


def _is_sound(folder: Path) -> bool:
    """Tell whether there is an index of this method that can be opened."""
    try:
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
        open_tantivy(folder / state["known"]["folder"]).searcher()
    except (OSError, ValueError, KeyError):
        return False
    return state["method"] == METHOD


def _build(kind: Kind, work: Work[Library]) -> dict[str, Any]:
    """Write what is new, in a new folder where there is nothing to go on from."""
    stored = work.library.stored(kind.table).refresh()
    known = work.known if work.has("folder") and work.known["version"] <= stored.newest else {}
    draft = _draft(work.folder) if not known else {}
    folder = known.get("folder") or draft.get("folder") or _new_folder(work.folder)
    path = work.folder / folder
    path.mkdir(exist_ok=True)
    index = tantivy.Index(schema(), str(path))
    writer = index.writer(HEAP, WRITERS)
    done: dict[str, Any] = {"folder": folder, "version": stored.newest}
    if stored.table.derived:
        done |= _write_changed(kind, work, writer, known)
    elif known:
        files = stored.added_since(known["version"])
        _write_files(kind, work, writer, files, is_again=True)
        writer.commit()
    else:
        _write_all(kind, work, writer, folder, draft)
    writer.wait_merging_threads()
    index.reload()
    done["n"] = index.searcher().num_docs
    (work.folder / DRAFT).unlink(missing_ok=True)
    for old in work.folder.glob("index-*"):
        if old.name != folder:
            shutil.rmtree(old, ignore_errors=True)
    return done


def _draft(folder: Path) -> dict[str, Any]:
    """Return how far a first build had come that was killed, empty where there was none or its folder is damaged."""
    try:
        draft = json.loads((folder / DRAFT).read_text(encoding="utf-8"))
        open_tantivy(folder / draft["folder"])
    except (OSError, ValueError, KeyError):
        return {}
    return draft if draft.get("method") == METHOD else {}


def _new_folder(folder: Path) -> str:
    taken = [int(path.name.removeprefix("index-")) for path in folder.glob("index-*")]
    return f"index-{max(taken, default=0) + 1}"


# Tables that grow: data file by data file


def _write_all(
    kind: Kind, work: Work[Library], writer: tantivy.IndexWriter, folder: str, draft: dict[str, Any]
) -> None:
    """Write every data file; what is done is noted after each commit."""
    _, files = loading.plan(work.library.stored(kind.table), None)
    total, written = sum(file.n_rows for file in files), set(draft.get("files", ()))
    waiting: list[DataFile] = []
    n = sum(file.n_rows for file in files if file.path in written)
    # What was committed and not noted before the run was killed comes in the first group.
    is_again = bool(draft)
    left = [file for file in files if file.path not in written]
    for number, file in enumerate(left, start=1):
        waiting.append(file)
        if sum(f.n_rows for f in waiting) < COMMIT and number < len(left):
            continue
        _write_files(kind, work, writer, waiting, n=n, total=total, is_again=is_again)
        writer.commit()
        n, is_again = n + sum(f.n_rows for f in waiting), False
        written |= {f.path for f in waiting}
        note = {"method": METHOD, "folder": folder, "files": sorted(written)}
        fresh = work.folder / f"{DRAFT}.new"
        fresh.write_text(json.dumps(note), encoding="utf-8")
        fresh.replace(work.folder / DRAFT)
        waiting = []
    if not left:
        writer.commit()


def _write_files(
    kind: Kind,
    work: Work[Library],
    writer: tantivy.IndexWriter,
    files: Sequence[DataFile],
    *,
    n: int = 0,
    total: int = 0,
    is_again: bool,
) -> None:
    """Write the current rows of some data files; where they may be there already, those go first."""
    columns = ["key_hash", *_columns(work.library, kind)]
    reading, _ = loading.plan(work.library.stored(kind.table), None)
    for file in files:
        rows = loading.read_rows([file], columns, reading)
        for first in range(0, rows.num_rows, BATCH):
            part = rows.slice(first, BATCH)
            if is_again:
                _delete(writer, part.column("key_hash").to_pylist())
            add_rows(kind, writer, part)
            n += part.num_rows
            work.tell(f"全文索引·{kind.title} {n:,}" + (f"／{total:,}" if total else ""))


# Tables that are written whole: row by row what changed


def _write_changed(
    kind: Kind, work: Work[Library], writer: tantivy.IndexWriter, known: dict[str, Any]
) -> dict[str, Any]:
    """Write the rows that are new or changed and delete those that are gone; return what the next run must know."""
    table = pa.concat_tables(
        list(work.library.stream(kind.table, ["key_hash", *_columns(work.library, kind)]))
        or [_empty(work.library, kind)]
    )
    keys = table.column("key_hash").to_numpy()
    contents = hash_columns(table.drop_columns(["key_hash"]))
    old = np.empty((2, 0), np.int64)
    if known and work.has("rows"):
        old = np.load(work.folder / known["rows"])
    was = dict(zip(old[0].tolist(), old[1].tolist(), strict=True))
    is_new = np.array([was.get(k) != c for k, c in zip(keys.tolist(), contents.tolist(), strict=True)], bool)
    _delete(writer, set(was) - set(keys.tolist()))
    changed = table.filter(pa.array(is_new, pa.bool_()))
    for part in (changed.slice(first, BATCH) for first in range(0, changed.num_rows, BATCH)):
        _delete(writer, part.column("key_hash").to_pylist())
        add_rows(kind, writer, _with_body(work.library, kind, part))
        work.tell(f"全文索引·{kind.title}")
    writer.commit()
    name = f"rows-{work.library.stored(kind.table).newest}.npy"
    np.save(work.folder / name, np.stack([keys, contents]))
    return {"rows": name, "files": [name]}


def _empty(library: Library, kind: Kind) -> pa.Table:
    columns = ["key_hash", *_columns(library, kind)]
    types = library.stored(kind.table).schema
    return pa.schema([types.field(name) for name in columns]).empty_table()


def _with_body(library: Library, kind: Kind, rows: pa.Table) -> pa.Table:
    """Add the body that the rows of another table have under the same keys."""
    if not kind.body_of:
        return rows
    keys = rows.column("key_hash").to_pylist()
    found = library.take(kind.body_of, keys, ["key_hash", "body"])
    body = dict(zip(found.column("key_hash").to_pylist(), found.column("body").to_pylist(), strict=True))
    return rows.append_column("body", pa.array([body.get(key) for key in keys], pa.string()))


# Rows become documents


def _columns(library: Library, kind: Kind) -> list[str]:
    key = library.catalog.table(kind.table).key
    return list(dict.fromkeys([key, "title", kind.time, *kind.texts, *kind.shown, *kind.codes]))


def _delete(writer: tantivy.IndexWriter, keys: Sequence[int] | set[int]) -> None:
    for key in keys:
        writer.delete_documents_by_term(KEY, key)


def add_rows(kind: Kind, writer: tantivy.IndexWriter, rows: pa.Table) -> None:
    """Write rows: ``key_hash``, the key, ``title``, the kind's time, its texts, codes and what is shown. O(characters)."""
    texts = [name for name in ("body", *kind.texts) if name in rows.column_names]
    bodies = _joined(rows, list(dict.fromkeys(texts)))
    titles = [" ".join(words) for words in words_of(fold_all(rows.column("title").to_pylist()))]
    words = [" ".join(found) for found in words_of(fold_all(bodies))]
    codes = [(name, rows.column(name).to_pylist()) for name in kind.codes]
    shown = _shown(kind, rows, bodies)
    for at, key in enumerate(rows.column("key_hash").to_pylist()):
        document = tantivy.Document()
        document.add_integer(KEY, key)
        document.add_text(TITLE, titles[at])
        document.add_text(BODY, words[at])
        for name, values in codes:
            if values[at] is not None:
                document.add_text(WITHIN, f"{name}={values[at]}")
        document.add_bytes(SHOWN, shown[at])
        writer.add_document(document)


def _joined(rows: pa.Table, columns: Sequence[str]) -> list[str]:
    """Return the texts of each row, one after the other."""
    parts = [rows.column(name).to_pylist() for name in columns]
    return ["\n".join(text for text in texts if text)[:READ] for texts in zip(*parts, strict=True)]


def _shown(kind: Kind, rows: pa.Table, bodies: Sequence[str]) -> Iterator[Any]:
    names = [rows.column_names[1], "title", kind.time, *kind.shown]
    columns = [rows.column(name).to_pylist() for name in names]
    made = []
    for values, body in zip(zip(*columns, strict=True), bodies, strict=True):
        told = dict(zip(names, values, strict=True))
        told[kind.time] = told[kind.time].isoformat() if told[kind.time] is not None else None
        told["text"] = body[:KEPT]
        made.append(json.dumps(told, ensure_ascii=False).encode("utf-8", "replace"))
    return made
