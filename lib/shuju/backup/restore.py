"""Restoring a backup into an empty home: every file is checked by its hash, and the audit trail by its key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.fs as pafs
from sqlalchemy import Engine, update

from shuju.backup.desk_copy import check_empty, copied, count_rows, fill_desk
from shuju.backup.disk import writing
from shuju.backup.manifest import BackupError, Kept, Manifest, read_manifest, sha256_of
from shuju.backup.tables import unbalanced
from shuju.clock import now
from shuju.desk import anchors, trail
from shuju.desk.store import desk_url, open_desk
from shuju.desk.tables.accounts import sessions
from shuju.library import open_library
from shuju.library.home import Home, find_home

UNFINISHED = "restoring.json"
CHUNK_BYTES = 4 << 20
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Restored:
    """What was restored: the manifest, how many rows the trail has, and what is wrong with any of it (in Chinese)."""

    manifest: Manifest
    n_trail: int
    faults: tuple[str, ...]


def restore(
    folder: Path,
    to: str | Path,
    *,
    by: str,
    is_sealed: bool = True,
    are_losses_accepted: bool = False,
    tell: Tell = lambda *_: None,
) -> Restored:
    """Restore a backup into the empty home ``to``, and into the empty desk that belongs to it (``SHUJU_DESK`` if set).

    A run that was killed goes on where it stopped. All sessions end: some may have been ended after the backup. ``is_sealed`` False
    takes a backup whose keys are lost. ``are_losses_accepted``: the trail goes on though the anchor knows rows that the backup
    has not; the trail says which. O(bytes).

    Raises:
        BackupError: not a backup, a spoilt file (by its name), a home or a desk that is not empty, an anchor that knows more.
    """
    folder = folder.expanduser().resolve()
    manifest = read_manifest(folder, is_sealed=is_sealed)
    home = find_home(to)
    with writing(home.uri):
        _claim(home, manifest)
        files = sorted(manifest.files.items())
        for n, (path, kept) in enumerate(files):
            tell(n, len(files))
            _put(folder, kept, home, path)
        desk = _restore_desk(folder, manifest, home)
        lost = _anchor(desk, manifest, are_losses_accepted=are_losses_accepted)
        with desk.begin() as connection:
            over = sessions.c.ended_at.is_(None)
            connection.execute(update(sessions).where(over).values(ended_at=now()))
        told = {"made": manifest.made_at, "from": manifest.home, "lost": lost}
        if is_sealed:
            trail.note(desk, "restore", home.uri, told, account=by)
        verdict = (
            trail.verify(desk) if is_sealed else trail.Verdict(manifest.newest[0], "没有当时的密钥，无从核验")
        )
        faults = unbalanced(open_library(home.uri))
        _forget_claim(home)
    faults += [f"审计日志：{verdict.fault}"] if verdict.fault else []
    return Restored(manifest, verdict.n_rows, tuple(faults))


def _claim(home: Home, manifest: Manifest) -> None:
    """Say in the home what is being restored into it; go on if this very backup is."""
    mark, of = f"{home.root}/{UNFINISHED}", json.dumps([manifest.made_at, manifest.desk.sha256])
    if home.files.get_file_info(mark).type == pafs.FileType.File:
        with home.files.open_input_stream(mark) as file:
            if file.read().decode() != of:
                raise BackupError(f"{home.uri}：这里正在恢复另一份备份；请换一个空文件夹")
        return
    inside = home.files.get_file_info(pafs.FileSelector(home.root, allow_not_found=True))
    if inside:
        raise BackupError(f"{home.uri}：不是空的，里面有 {inside[0].base_name}；请换一个空文件夹再恢复")
    check = open_desk(home) if not desk_url(home).startswith("sqlite") else None
    if check is not None:
        check_empty(check)
    elif _file_of(home).exists():
        raise BackupError(f"{_file_of(home)}：已有这个数据库；请换一个位置（环境变量 SHUJU_DESK）")
    with home.files.open_output_stream(mark) as file:
        file.write(of.encode())


def _forget_claim(home: Home) -> None:
    home.files.delete_file(f"{home.root}/{UNFINISHED}")


def _put(folder: Path, kept: Kept, home: Home, path: str) -> None:
    """Copy one file of the backup to its place; what arrives has the hash of the manifest, or the run ends."""
    place, to = folder / kept.place, f"{home.root}/{path}"
    if _is_there(home, to, kept):
        return
    if not place.is_file():
        raise BackupError(f"{place}：备份中缺少这个文件（{path}）；请用另一份备份")
    if home.is_local:
        home.files.create_dir(to.rpartition("/")[0], recursive=True)
    new, digest = f"{to}.new" if home.is_local else to, hashlib.sha256()
    with place.open("rb") as source, home.files.open_output_stream(new) as file:
        while chunk := source.read(CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
    if digest.hexdigest() != kept.sha256:
        home.files.delete_file(new)
        raise BackupError(f"{place}：文件已损坏，与备份清单的校验值不符（{path}）；请用另一份备份")
    if home.is_local:
        Path(new).replace(to)


def _is_there(home: Home, path: str, kept: Kept) -> bool:
    info = home.files.get_file_info(path)
    if info.type != pafs.FileType.File or info.size != kept.size:
        return False
    digest = hashlib.sha256()
    with home.files.open_input_stream(path) as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest() == kept.sha256


def _restore_desk(folder: Path, manifest: Manifest, home: Home) -> Engine:
    """Put the desk in its place and return it, every table with the rows that the manifest counts."""
    if desk_url(home).startswith("sqlite"):
        place = _file_of(home)
        place.parent.mkdir(parents=True, exist_ok=True)
        here = Home(str(place.parent), str(place.parent), pafs.LocalFileSystem(), place.parent, True)
        if not place.exists():
            _put(folder, manifest.desk, here, place.name)
        desk = open_desk(home)
    else:
        desk = open_desk(home)
        if count_rows(copied(folder / manifest.desk.place)) != count_rows(desk):
            _check(folder, manifest.desk)
            fill_desk(folder / manifest.desk.place, desk)
    found = count_rows(desk)
    short = [name for name, n in manifest.n_rows.items() if found[name] != n and name != "trail"]
    if short or found["trail"] < manifest.n_rows["trail"]:
        raise BackupError(f"{desk.url.render_as_string()}：恢复后行数不符：{'、'.join(short or ['trail'])}")
    return desk


def _check(folder: Path, kept: Kept) -> None:
    place = folder / kept.place
    if not place.is_file() or sha256_of(place) != kept.sha256:
        raise BackupError(f"{place}：文件缺少或已损坏，与备份清单的校验值不符；请用另一份备份")


def _file_of(home: Home) -> Path:
    return Path(desk_url(home).partition("///")[2])


def _anchor(desk: Engine, manifest: Manifest, *, are_losses_accepted: bool) -> int:
    """Anchor the restored trail; return how many rows are lost that an anchor still knows."""
    number, mac = manifest.newest
    known = anchors.read_anchor(desk)
    if known is None or known[0] <= number:
        if number:
            anchors.write_anchor(desk, number, mac)
        return 0
    if not are_losses_accepted:
        raise BackupError(
            f"锚点 {anchors.anchor_place(desk)} 记到审计日志第 {known[0]:,} 行，备份只到第 {number:,} 行：其后 {known[0] - number:,} 行"
            "已随原库丢失，或备份过旧。确认后用 --accept-lost 继续，丢失的行数会记入审计日志"
        )
    anchors.write_anchor(desk, number, mac, is_back=True)
    return known[0] - number
