"""Pairing codes (配对码): how a screen becomes a device. Typed once on the screen, then void; what the screen keeps is another secret."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from sqlalchemy import Engine, select, update

from shuju.desk.devices import DeviceError
from shuju.desk.tables.screens import devices

# Without letters that look like digits on a screen; twelve of them are 60 bits.
LETTERS, LENGTH = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 12
LOOKS_LIKE = str.maketrans("OIL", "011")
LASTS = dt.timedelta(hours=1)
d = devices.c


def new_code(desk: Engine, number: int, *, at: dt.datetime) -> str:
    """Return a pairing code of a device, told once; the one before is void, the screen that shows goes on until this one is used.

    Raises:
        DeviceError: no such device, or it was revoked.
    """
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    here = (d.id == number) & d.ended_at.is_(None)
    with desk.begin() as connection:
        told = update(devices).where(here).values(code=_digest(code), code_until=at + LASTS)
        if connection.execute(told).rowcount != 1:
            raise DeviceError("没有这台设备，或已停用")
    return "-".join(code[i : i + 4] for i in range(0, LENGTH, 4))


def pair(desk: Engine, code: str, *, at: dt.datetime) -> tuple[int, str]:
    """Use a code up: return the device's number and the secret that its screen keeps from now on; an earlier secret is void.

    Raises:
        DeviceError: no code of a device, used before, too old, or the device was revoked; which of these is not told.
    """
    asked = "".join(code.upper().translate(LOOKS_LIKE).replace("-", "").split())
    here = (d.code == _digest(asked)) & (d.code_until > at) & d.ended_at.is_(None)
    secret = secrets.token_urlsafe(32)
    with desk.begin() as connection:
        number = connection.execute(select(d.id).where(here)).scalar_one_or_none()
        taken = update(devices).where(here).values(secret=_digest(secret), code=None, code_until=None)
        # Of two that come at once the second finds the code gone.
        if number is None or connection.execute(taken).rowcount != 1:
            raise DeviceError("配对码不对、已用过或已过期，请系统管理员在“大屏设备”里取一个新的")
    return number, secret


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
