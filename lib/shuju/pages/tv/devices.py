"""``/devices``: big screens, made and revoked by the keeper of accounts; a pairing code is shown once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import Engine

from shuju.access import ROLES, require, who
from shuju.access.roles import KEEP_ACCOUNTS, READERS
from shuju.clock import now
from shuju.desk.devices import DeviceError, end_device, list_devices, make_device
from shuju.desk.organisations import all_organisations, find_organisation, full_name, plant_regions
from shuju.desk.pairing import new_code
from shuju.desk.store import open_desk
from shuju.desk.trail import note
from shuju.library import Library
from shuju.ui.templates import render


def devices_html(library: Library, query: Mapping[str, str]) -> str:  # noqa: ARG001 - as every page
    """Return the page as HTML."""
    return _page(library)


def receive_device(library: Library, form: Mapping[str, str]) -> str:
    """Make a device, give one another pairing code, or revoke it; return the page, in which the code stands this once.

    Raises:
        ValueError: it cannot be so; the message says why.
        NotAllowedError: it is not this person's to do.
    """
    require(KEEP_ACCOUNTS)
    desk, at = open_desk(library.home), now()
    do, number = form.get("do", ""), _number(form.get("id", ""))
    if do == "make":
        number = _make(desk, form, at)
    else:
        note(desk, "device", f"device:{number}", {"do": do[:20]})
    match do:
        case "make" | "code":
            return _page(library, code=new_code(desk, number, at=at))
        case "end" if end_device(desk, number, at=at):
            return _page(library, told="已停用，屏幕十秒内关闭。")
        case "end":
            raise DeviceError("没有这台设备，或已停用")
    raise DeviceError("没有这项操作")


def _make(desk: Engine, form: Mapping[str, str], at: dt.datetime) -> int:
    name, role, organisation = (
        form.get("name", ""),
        form.get("role", ""),
        form.get("organisation", "").strip(),
    )
    plant_regions(desk)
    place = find_organisation(desk, organisation).id if organisation else None
    playlist = _number(form.get("playlist", "").strip()) or None
    note(desk, "device", name, {"do": "make", "role": role, "organisation": organisation})
    return make_device(desk, name, role, place, playlist, by=who(), at=at)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _page(library: Library, told: str = "", code: str = "") -> str:
    desk = open_desk(library.home)
    plant_regions(desk)
    names = {one.id: full_name(one) for one in all_organisations(desk)}
    return render(
        "tv/devices.html", rows=list_devices(desk), roles={name: ROLES[name] for name in READERS}, names=names, told=told, code=code
    )  # fmt: skip
