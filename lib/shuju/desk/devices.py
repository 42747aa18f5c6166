"""Devices (大屏设备): screens that only show, as a role and an organisation would see it; known by a secret that their screen alone keeps."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import Engine, Row, insert, select, update

from shuju.access.roles import READERS, ROLES, role_of
from shuju.access.subject import Subject
from shuju.desk.organisations import all_organisations, answerable
from shuju.desk.playlists import playlist_numbered
from shuju.desk.sessions import Session
from shuju.desk.tables.screens import devices

SEEN = dt.timedelta(minutes=1)  # how exactly it is kept when a device asked last
d = devices.c


class DeviceError(ValueError):
    """A device cannot be so; the message is Chinese."""


@dataclass(frozen=True)
class Device:
    """One screen: what it is called, as whom it sees, which playlist it shows (the preset where none), when it asked last."""

    id: int
    name: str
    role: str
    organisation_id: int | None
    playlist_id: int | None
    made_at: dt.datetime
    made_by: str
    seen_at: dt.datetime | None


def make_device(
    desk: Engine,
    name: str,
    role: str,
    organisation_id: int | None = None,
    playlist_id: int | None = None,
    *,
    by: str,
    at: dt.datetime,
) -> int:
    """Make a device, which no screen is yet (``pairing.new_code``); return its number.

    Raises:
        DeviceError: no name, no role that reads, no such playlist, no organisation where one is needed, or one where none is.
    """
    name = " ".join(name.replace("\0", "").split())[:60]
    if not name:
        raise DeviceError("请给大屏起个名字，如“指挥大厅东墙”")
    if role not in READERS:
        raise DeviceError("大屏只能按省领导、分析员、承办部门或网站运维的可见范围显示")
    if ROLES[role].is_of_organisation != (organisation_id is not None):
        raise DeviceError(
            "承办部门须指明机构" if organisation_id is None else f"{role_of(role).title}不属于某一机构"
        )
    if playlist_id is not None and playlist_numbered(desk, playlist_id) is None:
        raise DeviceError("没有这个播放列表")
    if organisation_id is not None:
        answerable(desk, organisation_id)
    row = {
        "secret": _digest(secrets.token_urlsafe(32)),  # nobody has it
        "name": name,
        "role": role,
        "organisation_id": organisation_id,
        "playlist_id": playlist_id,
    }
    with desk.begin() as connection:
        made = connection.execute(insert(devices).values(**row, made_at=at, made_by=by))
        return int(made.inserted_primary_key[0])


def list_devices(desk: Engine) -> list[Device]:
    """Return the devices that may show, the newest first."""
    with desk.connect() as connection:
        return [
            _device(row)
            for row in connection.execute(select(devices).where(d.ended_at.is_(None)).order_by(d.id.desc()))
        ]


def end_device(desk: Engine, number: int, *, at: dt.datetime) -> bool:
    """Revoke a device; tell whether it might show until now."""
    with desk.begin() as connection:
        here = (d.id == number) & d.ended_at.is_(None)
        return connection.execute(update(devices).where(here).values(ended_at=at)).rowcount > 0


def device_of(desk: Engine, account: str) -> Device | None:
    """Return the device that asks under an account's name, None for anybody else."""
    return next((one for one in list_devices(desk) if account_of(one) == account), None)


def account_of(device: Device) -> str:
    """Return what a device is called where accounts are; no account can be called so."""
    return f"设备-{device.id}"


def session_of(desk: Engine, secret: str, *, at: dt.datetime) -> Session | None:
    """Return the session of a device by its secret, None if there is none; notes that it asked."""
    with desk.connect() as connection:
        row = connection.execute(
            select(devices).where(d.secret == _digest(secret), d.ended_at.is_(None))
        ).first()
    if row is None:
        return None
    device = _device(row)
    if device.seen_at is None or at - device.seen_at > SEEN:
        with desk.begin() as connection:
            connection.execute(update(devices).where(d.id == device.id).values(seen_at=at))
    return Session(
        row.secret,
        f"device-{device.id}",
        _subject(desk, device),
        -device.id,
        False,
        device.made_at,
        is_device=True,
    )


def _subject(desk: Engine, device: Device) -> Subject:
    if device.organisation_id is None:
        return Subject(account_of(device), device.name, device.role)
    own = answerable(desk, device.organisation_id)
    place = next(one.name for one in all_organisations(desk) if one.id == device.organisation_id)
    return Subject(
        account_of(device), device.name, device.role, place, own.regions, own.library, own.departments, device.organisation_id
    )  # fmt: skip


def _device(row: Row) -> Device:
    return Device(
        row.id,
        row.name,
        row.role,
        row.organisation_id,
        row.playlist_id,
        row.made_at,
        row.made_by,
        row.seen_at,
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
