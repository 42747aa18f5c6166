"""Sealed columns (加密存放的列): encrypted before they are written, so that whoever has the library's files cannot read them.

The catalog says which (``sealed: true``). A value is encrypted (AES-256-GCM) under the newest key of the file outside the library; the
ciphertext names the key, and opens only as the same column of the same row of the same table. A data file tells in its name under
which key its rows are: what is still plain, or under an older key, is known from the log alone.

Ciphertext differs each time. Rows are therefore compared by the hash of what they say, made under a key that stays: without the key
nobody finds a phone number by trying them all.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from shuju.catalog import Table
from shuju.keys import NONCE_BYTES, SAME, SEALED, KeyFileError, first_key, has_keys, key_place, named_keys
from shuju.library.errors import LibraryError
from shuju.library.store import Conflict, DataFile, StoredTable

if TYPE_CHECKING:
    from shuju.library.library import Library

_TOKEN = re.compile(r"(\d{4,}-[0-9a-f]{8}):([A-Za-z0-9+/]+=*)")
PLAIN = ""  # the key's name of a file that is not encrypted


@dataclass(frozen=True)
class SealState:
    """How far the sealed columns of a table are encrypted: data files and rows that are plain, and that are under an older key."""

    table: str
    n_plain_files: int
    n_plain_rows: int
    n_older_files: int
    n_older_rows: int


# Sealing


def compared_hashes(contents: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Return for content hashes (int64), with those of the keys, the hashes under the lasting key by which rows are compared.

    One block of AES a row is a pseudo-random function of both: nothing of the content is told without the key. Some 10 ns a row.
    """
    if not len(contents):
        return contents
    blocks = np.column_stack((contents, keys)).astype("<i8").tobytes()
    made = Cipher(AES(first_key(SAME)), ECB()).encryptor().update(blocks)  # noqa: S305 - single blocks as a keyed function
    return np.frombuffer(made, "<i8").reshape(-1, 2)[:, 0].copy()


def check_keys(stored: StoredTable) -> None:
    """Check that the file of keys has every key that a table is encrypted with: another file must not go on silently.

    Raises:
        LibraryError: a key is missing.
    """
    needed = {f.sealed_with for f in stored.files()} - {PLAIN}
    if not needed:
        return
    missing = needed - set(named_keys(SEALED)) if has_keys() else needed
    if missing:
        told = "、".join(sorted(missing))
        raise LibraryError(
            f"资源库中有用密钥 {told} 加密的内容，而密钥文件 {key_place()} {'中没有它' if has_keys() else '不在'}；"
            "请由备份恢复密钥文件，或用环境变量 SHUJU_KEYS 指明它在哪里"
        )


def check_no_plain(stored: StoredTable) -> None:
    """Check that nothing is plain that should be encrypted: rows could not be compared with such.

    Raises:
        LibraryError: a library from before there was encryption.
    """
    if any(f.sealed_with == PLAIN for f in stored.files()):
        raise LibraryError(f"表 {stored.name} 中有未加密的个人信息；请先运行 shuju key seal")


def sealed(rows: pa.Table, name: str, table: Table) -> tuple[str, pa.Table]:
    """Return the name of the newest key, and the rows with their sealed columns encrypted under it; some 4 µs a value."""
    key_name, key = list(named_keys(SEALED).items())[-1]
    encrypt, ids = AESGCM(key).encrypt, rows.column(table.key).to_pylist()
    for column in table.sealed:
        values = rows.column(column).to_pylist()
        about = f"{name}\0{column}\0"
        nonces = os.urandom(NONCE_BYTES * len(values))
        made: list[str | None] = []
        for at, (value, row) in enumerate(zip(values, ids, strict=True)):
            if value is None:
                made.append(None)
                continue
            nonce = nonces[at * NONCE_BYTES : (at + 1) * NONCE_BYTES]
            kept = nonce + encrypt(nonce, value.encode(), (about + row).encode())
            made.append(f"{key_name}:{base64.b64encode(kept).decode()}")
        at = rows.schema.get_field_index(column)
        rows = rows.set_column(at, rows.schema.field(at), pa.array(made, pa.string()))
    return key_name, rows


# Opening


def opened(kept: str, table: str, column: str, row: str) -> str:
    """Return what a stored value says; one that is not encrypted, of an older library, as it is.

    Raises:
        KeyFileError: the key is not there, or this was not encrypted as this column of this row.
    """
    return _opened(kept, f"{table}\0{column}\0{row}", named_keys(SEALED) if has_keys() else {})


def _opened(kept: str, about: str, keys: Mapping[str, bytes]) -> str:
    found = _TOKEN.fullmatch(kept)
    if found is None:
        return kept
    if found[1] not in keys:
        raise KeyFileError(
            f"密钥文件 {key_place()} 中没有密钥 {found[1]}，解不开加密的内容；请由备份恢复密钥文件"
        )
    held = base64.b64decode(found[2])
    try:
        return AESGCM(keys[found[1]]).decrypt(held[:NONCE_BYTES], held[NONCE_BYTES:], about.encode()).decode()
    except InvalidTag:
        raise KeyFileError("密文与密钥不符，或已被改动") from None


def _opened_rows(rows: pa.Table, name: str, table: Table) -> pa.Table:
    ids, keys = rows.column(table.key).to_pylist(), named_keys(SEALED)
    for column in table.sealed:
        values = zip(rows.column(column).to_pylist(), ids, strict=True)
        told = [v if v is None else _opened(v, f"{name}\0{column}\0{row}", keys) for v, row in values]
        at = rows.schema.get_field_index(column)
        rows = rows.set_column(at, rows.schema.field(at), pa.array(told, pa.string()))
    return rows


# An older library, an older key


def seal_states(library: Library) -> list[SealState]:
    """Return how far each table with sealed columns is encrypted, from the logs alone."""
    newest = _newest()
    states = []
    for stored in _tables(library):
        files = stored.files()
        plain = [f for f in files if f.sealed_with == PLAIN]
        older = [f for f in files if f.sealed_with not in (PLAIN, newest)]
        states.append(SealState(stored.name, len(plain), _rows(plain), len(older), _rows(older)))
    return states


def seal_library(library: Library) -> int:
    """Encrypt what is still plain or under an older key with the newest one; return how many rows were written anew.

    Data file by data file, each in a commit of its own, so that a run that is killed is completed by the next. What held the rows
    before is then deleted, also of past versions of these tables: they cannot be read any more. Ingests wait meanwhile.

    Raises:
        LibraryError: a key is missing that something is encrypted with.
    """
    n = 0
    with ExitStack() as locks:
        for name in (*(f"ingest-{source}" for source in sorted(library.catalog.sources)), "retry"):
            locks.enter_context(library.home.lock(name))
        tables = list(_tables(library))
        for stored in tables:
            check_keys(stored)
        newest = list(named_keys(SEALED))[-1]  # the first key is made here if there was none
        for stored in tables:
            for file in stored.files():
                n += 0 if file.sealed_with == newest else _seal_file(stored, file)
            _delete_what_was(stored)
    return n


def _seal_file(stored: StoredTable, file: DataFile) -> int:
    rows = stored.read_file(file)
    if file.sealed_with == PLAIN:
        keyed = compared_hashes(*(rows.column(c).to_numpy() for c in ("content_hash", "key_hash")))
        at = rows.schema.get_field_index("content_hash")
        rows = rows.set_column(at, rows.schema.field(at), pa.array(keyed))
    else:
        rows = _opened_rows(rows, stored.name, stored.table)
    key, rows = sealed(rows, stored.name, stored.table)
    while True:
        new = stored.write_file(rows, file.partition, sealed_with=key)
        try:
            stored.commit([new], replaced=[file])
        except Conflict:  # a compaction; the file may have gone into another
            if file.path not in {f.path for f in stored.refresh().files()}:
                return 0
            continue
        return rows.num_rows


def _delete_what_was(stored: StoredTable) -> None:
    """Delete the data files that are no part of the table any more and hold rows plain or under an older key."""
    active, newest = {f.path for f in stored.refresh().files()}, _newest()
    if any(f.sealed_with != newest for f in stored.files()):
        return  # another writer added some: the next run deletes
    for path in stored.paths_on_disk() - active:
        if key_of(path) != newest:
            _delete(stored, path)


def _delete(stored: StoredTable, path: str) -> None:
    stored.home.files.delete_file(f"{stored.home.table_root(stored.name)}/{path}")


def key_of(path: str) -> str:
    """Return the name of the key that a data file's rows are encrypted with, as its path tells; ``PLAIN`` if none."""
    return DataFile(path, 0, 0, (), {}, {}).sealed_with


def _newest() -> str:
    return list(named_keys(SEALED))[-1] if has_keys() else PLAIN


def _tables(library: Library) -> Iterable[StoredTable]:
    for name, table in library.catalog.tables.items():
        if table.sealed and (stored := library.stored(name)).exists:
            yield stored.refresh()


def _rows(files: Iterable[DataFile]) -> int:
    return sum(f.n_rows for f in files)
