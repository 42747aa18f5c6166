"""Views that somebody saved (我的视图): an address under a name, kept at the desk; what is deleted can be had back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import Engine, insert, select, update

from shuju.desk.tables.saved_views import saved_views

LONGEST_NAME, LONGEST_ADDRESS = 60, 20_000
MOST = 200  # of one owner


@dataclass(frozen=True)
class SavedView:
    """An ``address`` of a page (``letters?topic=…``) under a ``name``; ``deleted_at`` is None while it is listed."""

    id: int
    name: str
    address: str
    at: dt.datetime
    deleted_at: dt.datetime | None


def save_view(desk: Engine, owner: str, name: str, address: str, *, at: dt.datetime) -> SavedView:
    """Keep ``address`` for ``owner`` under ``name``; the same name again replaces.

    Raises:
        ValueError: no name, no address of this server, or more than ``MOST`` views.
    """
    name, address = _name(name), _address(address)
    views = list_views(desk, owner)
    same = next((view for view in views if view.name == name), None)
    if same is None and len(views) >= MOST:
        raise ValueError(f"最多保存 {MOST} 个视图，请先删除不用的")
    with desk.begin() as connection:
        if same is not None:
            here = saved_views.c.id == same.id
            connection.execute(update(saved_views).where(here).values(address=address, at=at))
            return SavedView(same.id, name, address, at, None)
        values = {"owner": owner, "name": name, "address": address, "at": at}
        made = connection.execute(insert(saved_views).values(**values)).inserted_primary_key
    return SavedView(made[0], name, address, at, None)


def list_views(desk: Engine, owner: str) -> list[SavedView]:
    """Return the views of ``owner``, the newest first."""
    c = saved_views.c
    wanted = select(c.id, c.name, c.address, c.at, c.deleted_at).where(
        c.owner == owner, c.deleted_at.is_(None)
    )
    with desk.connect() as connection:
        return [SavedView(*row) for row in connection.execute(wanted.order_by(c.at.desc(), c.id.desc()))]


def rename_view(desk: Engine, owner: str, view_id: int, name: str) -> None:
    """Give a view of ``owner`` another name.

    Raises:
        ValueError: no such view of theirs, no name, or one that another view has.
    """
    name = _name(name)
    if any(view.name == name and view.id != view_id for view in list_views(desk, owner)):
        raise ValueError(f"已有名为“{name}”的视图")
    _change(desk, owner, view_id, name=name)


def delete_view(desk: Engine, owner: str, view_id: int, *, at: dt.datetime) -> None:
    """Take a view of ``owner`` from the list.

    Raises:
        ValueError: no such view of theirs.
    """
    _change(desk, owner, view_id, deleted_at=at)


def restore_view(desk: Engine, owner: str, view_id: int) -> None:
    """Put a view of ``owner`` that was deleted back on the list.

    Raises:
        ValueError: no such view of theirs.
    """
    _change(desk, owner, view_id, deleted_at=None)


def _change(desk: Engine, owner: str, view_id: int, **values: object) -> None:
    here = (saved_views.c.id == view_id) & (saved_views.c.owner == owner)
    with desk.begin() as connection:
        if not connection.execute(update(saved_views).where(here).values(**values)).rowcount:
            raise ValueError("没有这个视图")


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise ValueError("请给视图起个名字")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"名字最多 {LONGEST_NAME} 个字")
    return name


def _address(address: str) -> str:
    """Return the address of a page of this server as it stands behind the server's own."""
    try:
        parts = urlsplit(address)
    except ValueError:
        raise ValueError("这不是本系统的地址") from None
    if (
        parts.scheme
        or parts.netloc
        or "\\" in address
        or len(address) > LONGEST_ADDRESS
        or any(ord(c) < 32 for c in address)
    ):
        raise ValueError("这不是本系统的地址")
    return address.lstrip("/")
