"""Playlists and devices at the desk: whose they are, what is refused, and that a revoked device is nobody."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from shuju.desk.devices import DeviceError, device_of, end_device, list_devices, make_device, session_of
from shuju.desk.organisations import of_region
from shuju.desk.playlists import PlaylistError, end_playlist, find_playlist, list_playlists, save_playlist
from shuju.desk.store import devices, open_desk
from shuju.library.home import find_home

AT = dt.datetime(2024, 7, 29, 16, 38)


@pytest.fixture
def desk(tmp_path: Path) -> Engine:
    return open_desk(find_home(tmp_path))


def test_a_device_is_a_role_that_only_shows(desk: Engine) -> None:
    place = of_region(desk, "430100").id
    secret = make_device(desk, "东墙", "department", place, by="admin", at=AT)
    with desk.connect() as connection:
        assert secret not in str(connection.execute(select(devices)).all())  # its hash alone
    session = session_of(desk, secret, at=AT)
    assert session.is_device
    assert session.account_id is not None  # it is not a demo person
    assert session.subject.organisation_id == place
    assert session.subject.library == "430100"
    assert device_of(desk, session.subject.account).seen_at == AT
    assert session_of(desk, secret[:-1] + "x", at=AT) is None
    (one,) = list_devices(desk)
    assert end_device(desk, one.id, at=AT)
    assert not end_device(desk, one.id, at=AT)
    assert session_of(desk, secret, at=AT) is None
    assert list_devices(desk) == []


@pytest.mark.parametrize(
    ("name", "role", "place", "playlist", "why"),
    [
        ("", "leader", None, None, "名字"),
        ("墙", "administrator", None, None, "可见范围"),
        ("墙", "department", None, None, "指明机构"),
        ("墙", "leader", 1, None, "不属于"),
        ("墙", "leader", None, 99, "播放列表"),
    ],
)
def test_what_no_device_can_be(desk: Engine, name: str, role: str, place, playlist, why: str) -> None:
    with pytest.raises(DeviceError, match=why):
        make_device(desk, name, role, place, playlist, by="admin", at=AT)


def test_playlists_are_ones_own(desk: Engine) -> None:
    number = save_playlist(desk, "a", "早会", ("cockpit",), 20, at=AT)
    save_playlist(desk, "a", "晨会", ("cockpit", "letters"), 30, number=number, at=AT)
    (one,) = list_playlists(desk, "a")
    assert (one.name, one.items, one.seconds) == ("晨会", ("cockpit", "letters"), 30)
    assert find_playlist(desk, "b", number) is None
    for do in (
        lambda: save_playlist(desk, "b", "x", ("cockpit",), 20, number=number, at=AT),
        lambda: end_playlist(desk, "b", number, at=AT),
        lambda: save_playlist(desk, "a", " ", ("cockpit",), 20, at=AT),
        lambda: save_playlist(desk, "a", "x", (), 20, at=AT),
        lambda: save_playlist(desk, "a", "x", ("cockpit",), 4, at=AT),
        lambda: save_playlist(desk, "a", "x", ("cockpit",), 601, at=AT),
    ):
        with pytest.raises(PlaylistError):
            do()
    end_playlist(desk, "a", number, at=AT)
    assert list_playlists(desk, "a") == []
