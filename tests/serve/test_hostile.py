"""What nobody sends by a page of ours: numbers without end, marks of HTML and line ends in names, depths of JSON, methods that are not there."""

from __future__ import annotations

import logging
import re
from contextlib import closing

import httpx
import pytest

from shuju.clock import now
from shuju.desk import accounts, trail
from shuju.desk.store import open_desk
from shuju.library.home import find_home
from tests.signing import signed_in

XSRF_FIELD = re.compile(r'name="_xsrf" value="([^"]+)"')

LONG, LONGER = "9" * 20, "9" * 5_000  # beyond what databases, and what Python's int, take
TASK = {"id": "1", "seq": "1", "do": "sign", "command": "hostile-0001"}
BOARD = {"do": "save", "board": "1", "version": "1"}
# Who sends what where, and how it is answered: refused in words, or shown as if nothing had been asked.
CASES = [
    ("analyst", "views", {"do": "delete", "id": LONG}, 200), ("analyst", "views", {"do": "restore", "id": LONGER}, 200),
    ("leader", f"desk?view=all&organisation={LONG}", None, 200), ("leader", f"desk?view=all&page={LONGER}&words={LONG}", None, 200),
    ("leader", f"supervision?days={LONGER}", None, 200), ("leader", f"task?id={LONGER}", None, 200),
    ("leader", "task", {**TASK, "seq": LONG}, 400), ("leader", "task", {**TASK, "seq": LONGER}, 400),
    ("leader", "task", {**TASK, "do": "merge", "into": LONGER}, 400), ("leader", "fast", {"id": "1", "seq": LONG, "do": "say"}, 400),
    ("leader", "assign", {"do": "undo", "id": LONGER, "command": "hostile-0002"}, 400),
    ("analyst", f"card/records.list?page={LONG}", None, 404), ("analyst", f"card/records.list.html?page={LONGER}", None, 404),
    ("analyst", f"tv?list={LONG}", None, 200), ("analyst", f"tv/part?slide={LONGER}", None, 200),
    ("analyst", "mine/board", {**BOARD, "content": "[" * 20_000}, 400),
    ("analyst", "mine/board", {**BOARD, "content": '{"items": [], "phone": [1e400]}'}, 400),
    ("analyst", "mine/board", {**BOARD, "board": LONG, "content": "{}"}, 400),
    ("analyst", "playlists", {"id": LONG, "name": "早", "items": "cockpit", "seconds": LONGER}, 400),
    ("analyst", "playlists", {"do": "end", "id": LONGER}, 400), ("analyst", f"whatif?id={LONGER}", None, 200),
    ("analyst", "whatif", {"do": "delete", "id": LONG}, 400), ("analyst", "subscriptions", {"do": "end", "id": LONG}, 400),
    ("analyst", "inbox", {"upto": LONGER}, 400),
    ("administrator", "devices", {"do": "code", "id": LONG}, 400),
]  # fmt: skip
NAME = "<b>早</b>\r\n<script>alert(1)</script>"


def test_what_is_too_large_or_too_deep_is_refused_in_words(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = []
    for role in ("analyst", "leader", "administrator"):
        with closing(signed_in(address, role)) as client:
            for who, path, data, status in CASES:
                if who != role:
                    continue
                answer = client.get(f"/{path}") if data is None else client.post(f"/{path}", data=data)
                if answer.status_code != status or "Exceeds the limit" in answer.text:
                    found.append((path[:40], answer.status_code, answer.text[:80]))
    assert found == []
    assert [row.message for row in caplog.records if row.levelno >= logging.ERROR] == []


def test_names_are_text_wherever_they_are_shown(address: str) -> None:
    with closing(signed_in(address, "analyst")) as client:
        client.post("/playlists", data={"name": NAME, "items": "cockpit", "seconds": "15"})
        client.post("/mine/board", data={"do": "pin", "card": "records.trend", "title": NAME})
        client.post("/mine/boards", data={"do": "make", "name": NAME})
        client.post("/views", data={"do": "save", "name": NAME, "address": "panorama?genre=news"})
        shown = [client.get(f"/{path}") for path in ("playlists", "", "mine/boards", "views")]
    with closing(signed_in(address, "administrator")) as client:
        client.post("/devices", data={"do": "make", "name": NAME, "role": "leader"})
        shown.append(client.get("/devices"))
    for page in shown:
        assert "&lt;b&gt;早&lt;/b&gt;" in page.text, page.url
        assert "<b>早" not in page.text, page.url
        assert "<script>alert" not in page.text, page.url


def test_a_method_that_is_not_there_is_no_failure(address: str, caplog: pytest.LogCaptureFixture) -> None:
    with closing(signed_in(address, "analyst")) as client:
        for path in ("card/records.trend", "export/records.csv"):
            answer = client.head(f"/{path}")
            assert answer.status_code == 405, path
            assert answer.headers["Content-Type"].startswith("text/plain")
    assert [row.message for row in caplog.records if row.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("account", ["", "  ", "\u3000", "x" * 5_000, "a\r\nb"])
def test_who_signs_in_under_no_name_is_refused_and_noted(address: str, account: str) -> None:
    desk = open_desk(find_home(None))
    accounts.add_account(desk, "wang", "王", "correct horse battery staple", at=now())
    with httpx.Client(base_url=address, headers={"Origin": address}, timeout=60) as client:
        token = XSRF_FIELD.search(client.get("/sign-in").text)[1]
        answer = client.post("/sign-in", data={"_xsrf": token, "account": account, "password": "x"})
    assert answer.status_code == 403
    (row,) = trail.read(desk, what="sign-in-failed")[0]
    assert row["who"]
    assert "\n" not in row["who"]
