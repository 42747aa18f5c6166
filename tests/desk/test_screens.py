"""Playlists and devices at the desk: whose they are, what is refused, codes that work once, and that a revoked device is nobody."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from shuju.desk.devices import DeviceError, device_of, end_device, list_devices, make_device, session_of
from shuju.desk.organisations import of_region
from shuju.desk.pairing import LASTS, new_code, pair
from shuju.desk.playlists import PlaylistError, end_playlist, find_playlist, list_playlists, save_playlist
from shuju.desk.store import open_desk
from shuju.desk.tables.screens import devices
from shuju.library.home import find_home

AT = dt.datetime(2024, 7, 29, 16, 38)


@pytest.fixture
def desk(tmp_path: Path) -> Engine:
    return open_desk(find_home(tmp_path))


def test_a_device_is_a_role_that_only_shows(desk: Engine) -> None:
    place = of_region(desk, "430100").id
    number = make_device(desk, "东墙", "department", place, by="admin", at=AT)
    code = new_code(desk, number, at=AT)
    paired, secret = pair(desk, code, at=AT)
    assert paired == number
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


TYPED = {
    "as told": str,
    "small": str.lower,
    "spaces": lambda code: f"  {code.replace('-', ' ')}\n",
    "without dashes": lambda code: code.replace("-", ""),
    "letters for digits": lambda code: code.replace("0", "O").replace("1", "l"),
}


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED)
def test_a_code_works_once_however_it_is_typed(desk: Engine, typed) -> None:
    number = make_device(desk, "东墙", "leader", by="admin", at=AT)
    code = new_code(desk, number, at=AT)
    assert code != new_code(desk, number, at=AT)  # which voids the first
    with pytest.raises(DeviceError, match="已用过"):
        pair(desk, code, at=AT)
    code = new_code(desk, number, at=AT)
    with desk.connect() as connection:
        kept = str(connection.execute(select(devices)).all())
    assert code not in kept
    assert code.replace("-", "") not in kept
    _, secret = pair(desk, typed(code), at=AT)
    assert session_of(desk, secret, at=AT) is not None
    with pytest.raises(DeviceError, match="已用过"):
        pair(desk, code, at=AT)


def test_another_screen_takes_the_place_of_the_first(desk: Engine) -> None:
    number = make_device(desk, "东墙", "leader", by="admin", at=AT)
    _, first = pair(desk, new_code(desk, number, at=AT), at=AT)
    code = new_code(desk, number, at=AT)
    assert session_of(desk, first, at=AT) is not None  # the screen goes on until the code is used
    _, second = pair(desk, code, at=AT)
    assert session_of(desk, first, at=AT) is None
    assert session_of(desk, second, at=AT) is not None


@pytest.mark.parametrize("code", ["", "-", "0000-0000-0000", "0" * 10_000, "\0", "请"])
def test_what_is_no_code(desk: Engine, code: str) -> None:
    make_device(desk, "东墙", "leader", by="admin", at=AT)
    with pytest.raises(DeviceError, match="不对"):
        pair(desk, code, at=AT)


def test_codes_end(desk: Engine) -> None:
    number = make_device(desk, "东墙", "leader", by="admin", at=AT)
    code = new_code(desk, number, at=AT)
    with pytest.raises(DeviceError, match="过期"):
        pair(desk, code, at=AT + LASTS)
    end_device(desk, number, at=AT)
    with pytest.raises(DeviceError):
        pair(desk, code, at=AT)
    for gone in (number, 0, 10**9 - 1):
        with pytest.raises(DeviceError, match="没有这台设备"):
            new_code(desk, gone, at=AT)


def test_of_many_at_once_one_is_let_in(desk: Engine) -> None:
    code = new_code(desk, make_device(desk, "东墙", "leader", by="admin", at=AT), at=AT)

    def tried(_: int) -> str | None:
        try:
            return pair(desk, code, at=AT)[1]
        except DeviceError:
            return None

    with ThreadPoolExecutor(8) as pool:
        (secret,) = [one for one in pool.map(tried, range(8)) if one is not None]
    assert session_of(desk, secret, at=AT) is not None


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
