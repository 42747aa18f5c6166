"""The big screen over the wire: a device shows and does nothing else, is noted when it tries, and is closed when revoked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from shuju.desk import trail
from shuju.desk.store import open_desk
from shuju.library.home import find_home
from shuju.serve import visitors
from tests.signing import signed_in

DEVICE = {"do": "make", "name": "东墙", "role": "leader", "organisation": "", "playlist": ""}


@pytest.fixture
def screen(address: str) -> Iterator[httpx.Client]:
    """A screen that was let in by the address that the administrator was told."""
    with closing(signed_in(address, "administrator")) as keeper:
        page = keeper.post("/devices", data=DEVICE).text
        secret = re.search(r"screen/([A-Za-z0-9_-]{43})", page)[1]
        assert secret not in keeper.get("/devices").text  # told once
    with httpx.Client(base_url=address, timeout=60, headers={"Origin": address}) as client:
        door = client.get(f"/screen/{secret}")
        assert door.status_code == 303
        assert "HttpOnly" in door.headers["Set-Cookie"]
        yield client


def test_a_device_sees_the_screen_and_nothing_else(screen: httpx.Client) -> None:
    page = screen.get("/tv")
    assert 'data-slides="1"' in page.text
    assert "watermark" not in page.text
    slide = screen.get("/tv/part?slide=0")
    assert "近 7 天发布" in slide.text
    assert "connect-src 'self'" in slide.headers["Content-Security-Policy"]
    again = screen.get(f"/tv/part?slide=0&have={slide.headers['X-Slide']}")
    assert (again.status_code, again.content) == (204, b"")
    wrong = ("", "letters", "panorama", "card/records.trend.csv", "desk", "inbox", "subscriptions", "playlists", "search?q=x", "account",
             "views", "devices", "export/records.csv", "subscribe?card=records.trend", "nowhere")  # fmt: skip
    for path in wrong:
        assert screen.get(f"/{path}").status_code == 403, path
    for path in ("tv", "tv/part", "views", "subscribe", "playlists", "sign-out", "assign"):
        assert screen.post(f"/{path}", data={"name": "x"}).status_code in (403, 405), path
    desk = open_desk(find_home(None))
    refused = [row for row in trail.read(desk, what="refused")[0] if row["who"].startswith("设备-")]
    assert {"/letters", "/views", "/export/records.csv"} <= {row["subject"] for row in refused}


def test_a_revoked_device_is_closed(
    screen: httpx.Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert screen.get("/tv/part").status_code == 200
    with closing(signed_in(address, "administrator")) as keeper:
        number = re.search(
            r'name="do" value="end"><input type="hidden" name="id" value="(\d+)"', keeper.get("/devices").text
        )[1]
        assert "已停用" in keeper.post("/devices", data={"do": "end", "id": number}).text
    assert visitors.KEPT_SECONDS + 5 < 10  # the screen asks every five seconds
    monkeypatch.setattr(visitors, "KEPT_SECONDS", 0.0)
    assert screen.get("/tv/part").status_code == 401


def test_only_the_administrator_makes_devices(address: str) -> None:
    for role in ("leader", "analyst", "security", "auditor"):
        with closing(signed_in(address, role)) as client:
            assert client.get("/devices").status_code == 403, role
            assert client.post("/devices", data=DEVICE).status_code == 403, role
    with closing(signed_in(address, "administrator")) as client:
        wrong = client.post("/devices", data={**DEVICE, "role": "department"})
        assert wrong.status_code == 400
        assert "须指明机构" in wrong.text
        assert client.get("/tv").status_code == 403


def test_a_playlist_shows_cards_with_their_filters(address: str) -> None:
    with closing(signed_in(address, "analyst")) as client:
        form = {"name": "早会", "items": "cockpit\npanorama\n/card/records.trend?genre=news", "seconds": "15"}
        assert client.post("/playlists", data=form).status_code == 303
        number = re.search(r'href="tv\?list=(\d+)"', client.get("/playlists").text)[1]
        assert 'data-slides="4"' in client.get(f"/tv?list={number}").text
        slide = client.get(f"/tv/part?list={number}&slide=3")
        assert "信息类别：要闻" in slide.text or "20 条" in slide.text
        assert slide.headers["X-Slides"] == "4 15"
        for items, why in (
            ("card/records.nothing", "没有"),
            ("http://elsewhere/", "只能放"),
            ("card/records.trend?genre=x", "没有“x”"),
        ):
            wrong = client.post("/playlists", data={**form, "items": items})
            assert wrong.status_code == 400, items
            assert why in wrong.text
    with closing(signed_in(address, "leader")) as client:  # another's list is not there: the preset is shown
        assert 'data-slides="1"' in client.get(f"/tv?list={number}").text


def test_a_wrong_address_lets_nobody_in(address: str) -> None:
    with httpx.Client(base_url=address, timeout=60) as stranger:
        assert stranger.get("/screen/" + "x" * 43).status_code == 404
        assert stranger.get("/tv", headers={"Accept": "text/html"}).status_code == 303  # to sign in
        assert stranger.get("/tv/part", headers={"Accept": "*/*"}).status_code == 401
