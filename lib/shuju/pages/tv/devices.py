"""``/devices``: big screens, made and revoked by the keeper of accounts; the address of a new one is shown once."""

from __future__ import annotations

from collections.abc import Mapping

from shuju.access import ROLES, require, who
from shuju.access.roles import KEEP_ACCOUNTS, READERS
from shuju.clock import now
from shuju.desk.devices import DeviceError, end_device, list_devices, make_device
from shuju.desk.organisations import all_organisations, find_organisation, full_name, plant_regions
from shuju.desk.store import open_desk
from shuju.desk.trail import note
from shuju.library import Library
from shuju.ui.templates import render


def devices_html(library: Library, query: Mapping[str, str]) -> str:  # noqa: ARG001 - as every page
    """Return the page as HTML."""
    return _page(library)


def receive_device(library: Library, form: Mapping[str, str]) -> str:
    """Make a device, or revoke one; return the page, in which the address of a new one stands this once.

    Raises:
        ValueError: it cannot be so; the message says why.
        NotAllowedError: it is not this person's to do.
    """
    require(KEEP_ACCOUNTS)
    desk, at = open_desk(library.home), now()
    if form.get("do") == "end":
        number = form.get("id", "")
        note(desk, "device", f"device:{number}", {"do": "end"})
        if not number.isdecimal() or len(number) > 9 or not end_device(desk, int(number), at=at):
            raise DeviceError("没有这台设备，或已停用")
        return _page(library, told="已停用，屏幕十秒内关闭。")
    name, role, organisation = (
        form.get("name", ""),
        form.get("role", ""),
        form.get("organisation", "").strip(),
    )
    plant_regions(desk)
    place = find_organisation(desk, organisation).id if organisation else None
    playlist = form.get("playlist", "").strip()
    note(desk, "device", name, {"do": "make", "role": role, "organisation": organisation})
    secret = make_device(
        desk,
        name,
        role,
        place,
        int(playlist) if playlist.isdecimal() and len(playlist) < 10 else None,
        by=who(),
        at=at,
    )
    return _page(library, secret=secret)


def _page(library: Library, told: str = "", secret: str = "") -> str:
    desk = open_desk(library.home)
    plant_regions(desk)
    names = {one.id: full_name(one) for one in all_organisations(desk)}
    return render(
        "tv/devices.html", rows=list_devices(desk), roles={name: ROLES[name] for name in READERS}, names=names, told=told, secret=secret
    )  # fmt: skip
