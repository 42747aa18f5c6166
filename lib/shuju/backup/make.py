"""Making a backup: what is there already is not copied again, and a run that was killed goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Engine

from shuju.backup.desk_copy import copied, copy_desk, count_rows, newest_row
from shuju.backup.disk import writing
from shuju.backup.manifest import NAME, BackupError, Kept, Manifest, read_manifest, sha256_of, write_manifest
from shuju.backup.tables import files_of, pin
from shuju.clock import now
from shuju.desk import anchors, trail
from shuju.desk.store import open_desk
from shuju.library import Library
from shuju.library.home import Home

JOURNAL = "copied.jsonl"
BESIDE = ("catalog", "pack", "demo.json")  # what of a home on this machine is no table
CHUNK_BYTES = 4 << 20
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Made:
    """A backup that was made: its manifest, what was copied this time, and what is wrong with what was copied (in Chinese)."""

    manifest: Manifest
    n_copied: int
    n_bytes_copied: int
    faults: tuple[str, ...]


def back_up(
    library: Library, folder: Path, *, by: str, is_checked: bool = False, tell: Tell = lambda *_: None
) -> Made:
    """Bring a backup of a library, its desk and its audit trail up to the present.

    Tables are taken at versions between which no ingest was under way, the desk as it stands at one moment after that; all go on
    being written to meanwhile. Files that never change once they are written, and are in the backup, are not copied again;
    ``is_checked`` reads those and copies spoilt ones anew. ``by`` is who the trail says did it;
    ``tell`` is given how many files are done, of how many.
    O(bytes that are new); O(bytes) where ``is_checked``.

    Raises:
        BackupError: ``folder`` holds something else, or the backup of another library.
        LibraryError: a full disk, or a table that cannot be read.
    """
    home, folder = library.home, folder.expanduser().resolve()
    if home.is_local and (folder == Path(home.root) or Path(home.root) in folder.parents):
        raise BackupError(f"{folder}：备份不能放在资源库自己的文件夹里")
    with writing(folder):
        known = _known(folder, home)
        versions, faults = pin(library)
        wanted = {
            path: size for table, number in versions.items() for path, size in files_of(home, table, number)
        }
        copying = _Copying(home, folder, known, is_checked)
        files = {}
        with (folder / JOURNAL).open("a", encoding="utf-8") as journal:
            for n, (path, size) in enumerate(wanted.items()):
                tell(n, len(wanted))
                files[path] = copying.lasting(path, size)
                if path not in known:
                    journal.write(json.dumps({path: [files[path].size, files[path].sha256]}) + "\n")
                    journal.flush()
        files |= copying.changing()
        desk = open_desk(home)
        trail.note(desk, "backup", home.uri, {"to": str(folder)}, account=by)
        kept, n_rows, newest, fault = _desk(desk, folder)
        manifest = Manifest(
            home.uri, now().isoformat(" ", "seconds"), version("shuju"), versions, files, kept, n_rows, newest
        )
        write_manifest(folder, manifest)
        (folder / JOURNAL).unlink()
        _drop_old(folder, known, manifest)
    faults += [f"审计日志：{fault}"] if fault else []
    return Made(manifest, copying.n_copied, copying.n_bytes, tuple(faults))


def _known(folder: Path, home: Home) -> dict[str, Kept]:
    """Return what the folder holds by earlier runs."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    known: dict[str, Kept] = {}
    if (folder / NAME).exists():
        earlier = read_manifest(folder)
        if earlier.home != home.uri:
            raise BackupError(f"{folder}：这里是另一资源库 {earlier.home} 的备份；请换一个文件夹")
        known |= {path: kept for path, kept in earlier.files.items() if kept.place == path}
    journal = folder / JOURNAL
    if journal.exists():
        for line in journal.read_text(encoding="utf-8").splitlines():
            try:
                told = json.loads(line)
            except ValueError:  # the run was killed while it wrote this line
                continue
            known |= {path: Kept(path, size, digest) for path, (size, digest) in told.items()}
    elif not (folder / NAME).exists() and any(folder.iterdir()):
        raise BackupError(f"{folder}：文件夹不是空的，也不是数聚的备份；请换一个文件夹")
    return known


class _Copying:
    """Copies files of a home into a backup, each whole or not at all."""

    def __init__(self, home: Home, folder: Path, known: Mapping[str, Kept], is_checked: bool):
        self._home, self._folder, self._known, self._is_checked = home, folder, known, is_checked
        self.n_copied = self.n_bytes = 0

    def lasting(self, path: str, size: int) -> Kept:
        """Copy a file that never changes, unless it is there."""
        kept, to = self._known.get(path), self._folder / path
        is_whole = (
            kept is not None and to.is_file() and to.stat().st_size == kept.size and size in (-1, kept.size)
        )
        if is_whole and (not self._is_checked or sha256_of(to) == kept.sha256):
            return kept
        return self._copy(path, path)

    def changing(self) -> dict[str, Kept]:
        """Copy what is no table, under the name of its content: the files of the backup before stay as they are."""
        if not self._home.is_local:
            return {}
        root, found = Path(self._home.root), {}
        for name in BESIDE:
            place = root / name
            for path in sorted(place.rglob("*")) if place.is_dir() else [place] if place.is_file() else []:
                if path.is_file():
                    digest = sha256_of(path)
                    found[str(path.relative_to(root))] = self._named(path, digest)
        return found

    def _named(self, path: Path, digest: str) -> Kept:
        to = self._folder / "files" / digest
        if to.is_file() and sha256_of(to) == digest:
            return Kept(f"files/{digest}", to.stat().st_size, digest)
        return self._copy(str(path.relative_to(self._home.root)), f"files/{digest}")

    def _copy(self, path: str, place: str) -> Kept:
        to = self._folder / place
        to.parent.mkdir(parents=True, exist_ok=True)
        digest, size, new = hashlib.sha256(), 0, to.with_name(f"{to.name}.new")
        with (
            self._home.files.open_input_stream(f"{self._home.root}/{path}") as source,
            new.open("wb") as file,
        ):
            while chunk := source.read(CHUNK_BYTES):
                digest.update(chunk)
                size += file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        new.replace(to)
        self.n_copied, self.n_bytes = self.n_copied + 1, self.n_bytes + size
        return Kept(place, size, digest.hexdigest())


def _desk(desk: Engine, folder: Path) -> tuple[Kept, dict[str, int], tuple[int, str], str]:
    """Copy the desk; return the copy, its rows, the newest of its trail, and what is wrong with that."""
    new = folder / "desk" / "desk.new"
    new.parent.mkdir(exist_ok=True, mode=0o700)
    anchored = anchors.read_anchor(desk)  # before the copy, which has this row and perhaps more
    copy_desk(desk, new)
    copy = copied(new)
    fault = trail.verify(copy, anchored=anchored).fault
    n_rows, newest = count_rows(copy), newest_row(copy)
    digest = sha256_of(new)
    place = f"desk/{digest[:16]}.db"
    new.replace(folder / place)
    return Kept(place, (folder / place).stat().st_size, digest), n_rows, newest, fault


def _drop_old(folder: Path, known: Mapping[str, Kept], manifest: Manifest) -> None:
    """Delete what only the backup before had: copies of the desk, files that changed, data files that the library deleted."""
    used = {manifest.desk.place, *(kept.place for kept in manifest.files.values())}
    before = [folder / kept.place for kept in known.values()]
    for path in [*before, *(folder / "desk").glob("*"), *(folder / "files").glob("*")]:
        if path.relative_to(folder).as_posix() not in used:
            path.unlink(missing_ok=True)
