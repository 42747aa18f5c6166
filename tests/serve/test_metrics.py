"""What operators are told: metrics by route, for who may read them, and a log; neither holds anything of a visitor."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import nbformat
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tornado.httpclient import HTTPClientError
from tornado.websocket import websocket_connect

from bench.sessions import TOKEN, message
from shuju.clock import now
from shuju.desk import accounts, memberships
from shuju.desk.store import open_desk
from shuju.serve.logs import _Lines
from tests.browser.conftest import running
from tests.coroutines import finished, leave
from tests.pages.conftest import free_port
from tests.pages.issue_library import issue_library
from tests.signing import signed_in

pytestmark = pytest.mark.timeout(900)  # two processes begin, and make every page once
FIRST, THEN = "correct horse battery staple", "purple monkey dishwasher soup"
SECRET = "s3cret-token-of-the-scraper-0123456789"
# What a visitor may send that is theirs: none of it may be in a log or a label.
PLANTED = ("13800138000", "430102199001011234", "zhang.san@example.cn", "张三丰", "a4-planted", "PLANTED")
FAILS = """
import shuju
from shuju.ui import session
raise ValueError("of " + str(session.current().query))
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("metrics")


@pytest.fixture(scope="module")
def base(place: Path) -> Iterator[str]:
    """A server of two processes with accounts, its log in JSON; one page fails with what it was asked for in the message."""
    library = issue_library(place)
    desk, at = open_desk(library.home), now()
    for account, role in (("li.si", "analyst"), ("ops", "operator")):
        accounts.add_account(desk, account, "某", FIRST, at=at)
        accounts.set_password(desk, account, THEN, at=at)
        memberships.grant(desk, account, role, at=at, by="test")
    (place / "own").mkdir()
    cells = [nbformat.v4.new_markdown_cell("# 错"), nbformat.v4.new_code_cell(FAILS)]
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata={"shuju": {"who": ["analyst"]}}),
        place / "own/fails.ipynb",
    )
    token = place / "token"
    token.write_text(SECRET)
    token.chmod(0o600)
    port = free_port()
    command = [
        sys.executable,
        "-c",
        "from shuju.cli import main; main()",
        "serve",
        "--home",
        library.home.uri,
    ]
    command += ["--port", str(port), "--log", "json", "--processes", "2", "--notebooks", str(place / "own")]
    found = f"http://127.0.0.1:{port}"
    with (place / "log").open("w") as log:
        environ = {**os.environ, "SHUJU_METRICS_TOKEN": str(token)}
        with running(command, f"{found}/healthz", stderr=log, env=environ):
            yield found


def scraped(base: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    answer = httpx.get(f"{base}/metrics", headers={"Authorization": f"Bearer {SECRET}"})
    assert answer.status_code == 200
    return {
        sample.name: [(s.labels, s.value) for s in family.samples if s.name == sample.name]
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.mark.slow
def test_who_may_read_them(base: str, place: Path) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer x"},
        {"Authorization": f"Basic {SECRET}"},
    ):
        assert httpx.get(f"{base}/metrics", headers=headers).status_code in (303, 401)
    with (
        closing(signed_in(base, account="li.si", password=THEN)) as analyst,
        closing(signed_in(base, account="ops", password=THEN)) as operator,
    ):
        assert analyst.get("/metrics").status_code == 403
        assert operator.get("/metrics").status_code == 200
    assert httpx.get(f"{base}/letters", headers={"Authorization": f"Bearer {SECRET}"}).status_code in (
        303,
        401,
    )
    (place / "token").chmod(0o644)
    assert httpx.get(f"{base}/metrics", headers={"Authorization": f"Bearer {SECRET}"}).status_code != 200
    (place / "token").chmod(0o600)
    assert scraped(base)["shuju_table_rows"]
    assert httpx.get(f"{base}/healthz").json() == {"status": "ok"}


@pytest.mark.slow
def test_nothing_of_a_visitor_is_in_log_or_metrics(base: str, place: Path) -> None:
    before = scraped(base)
    with closing(signed_in(base, account="li.si", password=THEN)) as client:
        for said in PLANTED:
            client.get("/search", params={"q": said})
            client.get("/letter", params={"id": said})
            client.get(f"/{said}/{said}%0d%0aforged: line")
            client.get("/fails", params={"q": said})
            client.get(f"/export/letters.csv?topic={said}&region={said}")
            client.get(
                "/",
                headers={
                    "User-Agent": said.encode(),
                    "Referer": said.encode(),
                    "X-Forwarded-For": said.encode(),
                },
            )
            client.get("/export/" + said)
            client.post("/letter", data={"id": said, "topic": said})
            client.post("/reveal", data={"id": said, "purpose": said})
            client.post("/views", data={"name": said, "address": said, "do": said})
            client.post("/sign-in", data={"account": said, "password": said, "next": said})
            client.request("DELETE" if said.isascii() else "PUT", f"/{said}")
            httpx.get(
                f"{base}/account",
                cookies={"shuju": said.encode().hex()},
                headers={"X-Real-Ip": said.encode()},
            )
        told = TOKEN.search(client.get("/letters").text)[1]
        cookie = "; ".join(f"{c.name}={c.value}" for c in client.cookies.jar)

        async def talk() -> float:
            from tornado.httpclient import HTTPRequest

            address = f"ws{base.removeprefix('http')}/live/letters/ws"
            socket = await websocket_connect(
                HTTPRequest(address, headers={"Origin": base, "Cookie": cookie}), subprotocols=["bokeh", told]
            )
            await message(socket, "ACK")
            n_open = scraped(base)["shuju_websockets"][0][1]
            for part in (
                '{"msgid": "1", "msgtype": "PATCH-DOC"}',
                "{}",
                '{"events": [{"kind": "PLANTED", "x": "13800138000"}]}',
            ):
                await socket.write_message(part)
            await socket.write_message("PLANTED 13800138000 not json")
            await leave(socket)
            return n_open

        assert finished(talk()) == 1

        async def stranger() -> None:
            address = f"ws{base.removeprefix('http')}/live/letters/ws?PLANTED"
            await websocket_connect(address, subprotocols=["bokeh", "PLANTED"])

        with pytest.raises(HTTPClientError):
            finished(stranger())
    after = scraped(base)

    log = (place / "log").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    others = [line for line in log.splitlines() if not line.startswith("{")]
    assert all("页面" in line for line in others), others  # what the command itself tells
    text = re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), log)
    metrics = httpx.get(f"{base}/metrics", headers={"Authorization": f"Bearer {SECRET}"}).text
    for said in (*PLANTED, "li.si", "forged", "127.0.0.1", THEN):
        assert said not in text.replace("http://localhost", ""), said
        assert said not in metrics, said
    failed = [line for line in lines if line["message"].startswith("page /fails failed")]
    assert failed, "the page that fails was not logged"
    assert failed[0]["error"][-1] == "builtins.ValueError"
    answered = [line for line in lines if line["message"] == "answered"]
    assert {"search", "letter", "none", "export", "sign-in", "home"} <= {line["route"] for line in answered}
    assert all(
        set(line)
        == {"at", "level", "logger", "message", "place", "route", "method", "status", "milliseconds"}
        for line in answered
    )

    def count(samples: dict[str, list[tuple[dict[str, str], float]]], name: str, **labels: str) -> float:
        return sum(value for own, value in samples.get(name, []) if labels.items() <= own.items())

    n = len(PLANTED)
    assert (
        count(after, "shuju_requests_total", route="search")
        - count(before, "shuju_requests_total", route="search")
        == n
    )
    assert count(after, "shuju_errors_total") - count(before, "shuju_errors_total") >= n
    assert count(after, "shuju_refusals_total", status="403") > count(
        before, "shuju_refusals_total", status="403"
    )
    assert count(after, "shuju_request_seconds_count", route="search") >= n
    assert count(after, "shuju_sessions") >= 1
    assert count(after, "shuju_table_rows", table="letters") == 7
    assert count(after, "shuju_disk_free_bytes") > 0
    routes = {own["route"] for name in after for own, _ in after[name] if "route" in own}
    assert all(re.fullmatch(r"[a-z/_-]+(\.ico)?", route) for route in routes), routes
    assert {own["method"] for own, _ in after["shuju_requests_total"]} <= {"GET", "POST", "other"}


def test_a_line_is_a_line() -> None:
    import logging

    hostile = "x\n2026-01-01 ERROR shuju forged\r\x1b[2J\u2028\x00"
    for kind in ("plain", "json"):
        for is_scrubbed in (True, False):
            lines = _Lines(kind, lambda is_scrubbed=is_scrubbed: is_scrubbed)
            record = logging.LogRecord("shuju.serve", logging.ERROR, "a.py", 1, "page %s", (hostile,), None)
            said = lines.format(record)
            assert said.isprintable()
            assert len(said.splitlines()) == 1
            foreign = logging.LogRecord("bokeh.server", logging.ERROR, "a.py", 1, hostile, (), None)
            assert ("forged" in lines.format(foreign)) != is_scrubbed
