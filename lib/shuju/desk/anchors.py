"""Anchors (锚点): number and hash of the newest row of the audit trail, kept outside its database.

The first is a file beside the keys or under ``SHUJU_ANCHORS``; a second store (``SHUJU_SECOND_ANCHORS``) and a syslog
(``SHUJU_ANCHOR_SYSLOG``) get it too where they are set.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from shuju.keys import key_place

VARIABLE, SECOND, SYSLOG = "SHUJU_ANCHORS", "SHUJU_SECOND_ANCHORS", "SHUJU_ANCHOR_SYSLOG"
LOCAL = "锚点"
log = logging.getLogger(__name__)


def anchor_place(desk: Engine) -> Path:
    """Return the file that holds the newest row's number and hash: under ``SHUJU_ANCHORS``, else beside the keys."""
    folder = Path(os.environ.get(VARIABLE) or key_place().parent / "anchors").expanduser()
    name = hashlib.sha256(desk.url.render_as_string(hide_password=True).encode()).hexdigest()[:16]
    return folder / f"{name}.anchor"


def read_anchor(desk: Engine) -> tuple[int, str] | None:
    """Return number and hash of the newest row as the anchor has them, None where there is no anchor."""
    return _read(anchor_place(desk))


def _read(place: Path) -> tuple[int, str] | None:
    if not place.exists():
        return None
    number, _, mac = place.read_text(encoding="ascii").strip().partition(" ")
    return int(number), mac


def heads_outside(desk: Engine) -> dict[str, tuple[int, str]]:
    """Return the heads that are kept outside, by where: the anchor, and its copy in a second store if one is set."""
    found = {LOCAL: read_anchor(desk)}
    if os.environ.get(SECOND):
        found["第二处锚点"] = _read(_second_place(desk))
    return {where: head for where, head in found.items() if head is not None}


def _second_place(desk: Engine) -> Path:
    return Path(os.environ[SECOND]).expanduser() / anchor_place(desk).name


def write_anchor(desk: Engine, number: int, mac: str, *, is_back: bool = False) -> None:
    """Keep a head outside; ``is_back`` also where a newer one is known: rows were lost, and somebody said so.

    The second store and the syslog may be away for a while: that is logged, and ``verify`` needs not both.
    """
    _keep(anchor_place(desk), number, mac, is_back=is_back)
    try:
        if os.environ.get(SECOND):
            _keep(_second_place(desk), number, mac, is_back=is_back)
        if os.environ.get(SYSLOG):
            _syslog(os.environ[SYSLOG]).info("shuju-trail %s %s %s", anchor_place(desk).stem, number, mac)
    except OSError:
        log.exception("the head of the audit trail could not be kept in the second store")


def _keep(place: Path, number: int, mac: str, *, is_back: bool) -> None:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with place.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = _read(place)
        if known is not None and known[0] >= number and not is_back:  # another process was here with more
            return
        new = place.with_suffix(".new")
        with new.open("w", encoding="ascii") as file:
            file.write(f"{number} {mac}\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(place)


@cache
def _syslog(where: str) -> logging.Logger:
    """Return what writes to a syslog: the path of its socket, or ``host:port``."""
    from logging.handlers import SysLogHandler

    host, _, port = where.rpartition(":")
    address = (host, int(port)) if host and port.isdecimal() else where
    made = logging.Logger("shuju.trail.heads")  # of its own: nothing else gets there
    made.addHandler(SysLogHandler(address, facility=SysLogHandler.LOG_AUTHPRIV))
    return made
