"""The big screen over the wire: a device shows and does nothing else, is noted when it tries, and is closed when revoked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from tornado.httputil import HTTPServerRequest

from shuju.desk import trail
from shuju.desk.store import open_desk
from shuju.library.home import find_home
from shuju.serve import visitors
from shuju.serve.gate import Gate, Refusal
from tests.signing import signed_in

DEVICE = {"do": "make", "name": "东墙", "role": "leader", "organisation": "", "playlist": ""}


CODE = re.compile(r'<code class="secret">([0-9A-Z-]{14})</code>')


def type_in(client: httpx.Client, code: str) -> httpx.Response:
    """Type a pairing code in as a screen's browser does."""
    token = re.search(r'name="_xsrf" value="([^"]+)"', client.get("/screen").text)[1]
    return client.post("/screen", data={"_xsrf": token, "code": code})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every request line that comes to the server."""
    lines: list[str] = []
    receive = Gate.receive

    def received(gate: Gate, request: HTTPServerRequest, pattern: str | None) -> Refusal | None:
        lines.append(f"{request.method} {request.uri} {request.headers.get('Referer', '')}")
        return receive(gate, request, pattern)

    monkeypatch.setattr(Gate, "receive", received)
    return lines


@pytest.fixture
def code(address: str, asked: list[str]) -> str:
    """A pairing code of a new device as the administrator is told it."""
    with closing(signed_in(address, "administrator")) as keeper:
        code = CODE.search(keeper.post("/devices", data=DEVICE).text)[1]
        assert code not in keeper.get("/devices").text  # told once
    return code


@pytest.fixture
def screen(address: str, code: str) -> Iterator[httpx.Client]:
    """A screen on which the pairing code was typed."""
    with httpx.Client(base_url=address, timeout=60, headers={"Origin": address}) as client:
        door = type_in(client, code)
        assert (door.status_code, door.headers["Location"]) == (303, "tv")
        (cookie,) = [one for one in door.headers.get_list("Set-Cookie") if "-screen=" in one]
        assert "HttpOnly; SameSite=Strict" in cookie
        yield client


def test_no_secret_stands_in_a_request_line(
    screen: httpx.Client, address: str, code: str, asked: list[str]
) -> None:
    assert screen.get("/tv").status_code == 200
    assert screen.get("/tv/part?slide=0").status_code == 200
    (kept,) = [cookie.value for cookie in screen.cookies.jar if cookie.name.endswith("-screen")]
    assert any(line.startswith("POST /screen") for line in asked)
    for line in asked:
        assert kept not in line
        assert code not in line
        assert code.replace("-", "") not in line
    assert screen.get(f"/screen/{kept}").status_code == 403  # the address of old opens nothing


def test_a_code_that_was_used_is_void(screen: httpx.Client, address: str, code: str) -> None:
    desk = open_desk(find_home(None))
    with httpx.Client(base_url=address, timeout=60, headers={"Origin": address}) as other:
        again = type_in(other, code)
        assert again.status_code == 403
        assert "已用过" in again.text
        assert code not in again.text
        assert "-screen=" not in "".join(again.headers.get_list("Set-Cookie"))
        assert other.get("/tv/part").status_code == 401
    rows, _ = trail.read(desk, who="未配对的大屏")
    assert [(row["what"], row["subject"]) for row in rows[:1]] == [("refused", "/screen")]
    assert rows[1]["what"] == "device"
    assert code.replace("-", "") not in str(rows).replace("-", "")
    assert screen.get("/tv/part").status_code == 200  # the screen that has it goes on


def test_another_code_moves_a_device_to_another_screen(
    screen: httpx.Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitors, "KEPT_SECONDS", 0.0)
    with closing(signed_in(address, "administrator")) as keeper:
        number = re.search(r'name="id" value="(\d+)"', keeper.get("/devices").text)[1]
        code = CODE.search(keeper.post("/devices", data={"do": "code", "id": number}).text)[1]
        for wrong in (
            {"do": "code", "id": "999999999"},
            {"do": "end", "id": "x"},
            {"do": "open", "id": number},
        ):
            assert keeper.post("/devices", data=wrong).status_code == 400, wrong
    assert screen.get("/tv/part").status_code == 200
    with httpx.Client(base_url=address, timeout=60, headers={"Origin": address}) as other:
        assert type_in(other, code).status_code == 303
        assert other.get("/tv/part").status_code == 200
    assert screen.get("/tv/part").status_code == 401


def test_a_form_that_is_not_from_the_page_lets_nobody_in(address: str, code: str) -> None:
    with httpx.Client(base_url=address, timeout=60) as client:
        token = re.search(r'name="_xsrf" value="([^"]+)"', client.get("/screen").text)[1]
        for data, origin in (
            ({"code": code}, address),
            ({"code": code, "_xsrf": "x" * 32}, address),
            ({"code": code, "_xsrf": token}, "http://elsewhere.example"),
            ({"code": code, "_xsrf": token}, ""),
        ):
            assert client.post("/screen", data=data, headers={"Origin": origin}).status_code == 403
        sent = client.post("/screen", data={"code": code, "_xsrf": token}, headers={"Origin": address})
        assert sent.status_code == 303  # it was not used up


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
        assert stranger.get("/screen/" + "x" * 43).status_code == 401
        stranger.headers["Origin"] = address
        for code in ("", "0000-0000-0000", "9" * 60_000, "<b>", "a\r\nb"):
            assert type_in(stranger, code).status_code == 403, code[:20]
        assert stranger.get("/tv", headers={"Accept": "text/html"}).status_code == 303  # to sign in
        assert stranger.get("/tv/part", headers={"Accept": "*/*"}).status_code == 401
