"""The manifest of a backup (备份清单): every file with its size and hash, sealed with a key that is not in the backup."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from shuju.keys import BACKUP, first_key
from shuju.library import LibraryError

NAME, FORMAT = "shuju-backup.json", 1


class BackupError(LibraryError):
    """A backup that cannot be made or restored; the message is Chinese and names what is wrong."""


@dataclass(frozen=True)
class Kept:
    """One file of a backup: ``place`` within the backup, size in bytes, SHA-256."""

    place: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    ``files`` are those of the library by their path in its home; ``versions`` the pinned version of each table; ``desk`` the copy of
    the desk; ``n_rows`` the rows of each of its tables; ``newest`` number and hash of the newest row of the audit trail.
    """

    home: str
    made_at: str
    made_by: str
    versions: Mapping[str, int]
    files: Mapping[str, Kept]
    desk: Kept
    n_rows: Mapping[str, int]
    newest: tuple[int, str]

    @property
    def n_bytes(self) -> int:
        """How large it is."""
        return self.desk.size + sum(kept.size for kept in self.files.values())


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest in one step: a backup is whole once it is there."""
    told = {"kind": "shuju-backup", "format": FORMAT, "key": _name_of_key(), **asdict(manifest)}
    new = folder / f"{NAME}.new"
    with new.open("w", encoding="utf-8") as file:
        json.dump(told | {"seal": _seal(told)}, file, ensure_ascii=False, indent=0)
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / NAME)


def read_manifest(folder: Path, *, is_sealed: bool = True) -> Manifest:
    """Return the manifest of a backup; ``is_sealed`` False takes one whose seal nobody can check, for the keys are lost.

    Raises:
        BackupError: there is none, it is another program's, made with other keys, or was changed.
    """
    place = folder / NAME
    if not place.is_file():
        raise BackupError(
            f"{folder}：没有备份清单 {NAME}；这不是数聚的备份，或备份尚未完成（重新运行 shuju backup）"
        )
    try:
        told = json.loads(place.read_text(encoding="utf-8"))
        kind, version = told["kind"], told["format"]
    except (ValueError, KeyError, TypeError):
        raise BackupError(f"{place}：备份清单已损坏，读不了") from None
    if (kind, version) != ("shuju-backup", FORMAT):
        raise BackupError(f"{place}：不是这一版数聚的备份清单（{kind} {version}）")
    if is_sealed:
        _check_seal(place, told)
    try:
        return _manifest(told)
    except (KeyError, TypeError, ValueError):
        raise BackupError(f"{place}：备份清单已损坏，缺少内容") from None


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_seal(place: Path, told: Mapping[str, Any]) -> None:
    if told.get("key") != _name_of_key():
        raise BackupError(
            f"{place}：此备份由另一份密钥文件所制；请先放回当时的密钥文件（环境变量 SHUJU_KEYS 指明位置）。"
            "密钥确已丢失时用 --without-keys：审计日志无从核验，动态码与加密内容打不开"
        )
    if not hmac.compare_digest(_seal(told), str(told.get("seal"))):
        raise BackupError(f"{place}：备份清单与其封印不符，做成后被改动过")


def _manifest(told: Mapping[str, Any]) -> Manifest:
    files = {path: Kept(**kept) for path, kept in told["files"].items()}
    for path in [*files, *(kept.place for kept in files.values()), told["desk"]["place"]]:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise ValueError(path)
    number, mac = told["newest"]
    return Manifest(
        told["home"], told["made_at"], told["made_by"], told["versions"], files, Kept(**told["desk"]), told["n_rows"],
        (int(number), mac),
    )  # fmt: skip


def _name_of_key() -> str:
    """Return what tells one file of keys from another, and nothing of the keys."""
    return hmac.new(first_key(BACKUP), b"name", hashlib.sha256).hexdigest()[:16]


def _seal(told: Mapping[str, Any]) -> str:
    said = json.dumps({k: v for k, v in told.items() if k != "seal"}, sort_keys=True, ensure_ascii=True)
    return hmac.new(first_key(BACKUP), said.encode(), hashlib.sha256).hexdigest()
