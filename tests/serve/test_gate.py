"""The gate: who may ask for what, whose token opens a websocket, on whose behalf threads work; all over HTTP and websockets."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import httpx
import nbformat
import panel as pn
import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.web import RequestHandler
from tornado.websocket import WebSocketClientConnection, websocket_connect

from bench.sessions import SHOWN, TOKEN, message, say
from shuju.access import ROLES
from shuju.clock import now
from shuju.desk import accounts, memberships, sessions, trail
from shuju.desk.organisations import of_region
from shuju.desk.store import open_desk
from shuju.library import Library, unshare
from shuju.serve import live as lives
from shuju.serve import routes
from shuju.serve.gate import FORM, pattern_of
from shuju.serve.server import serve
from shuju.ui.page import Page
from tests.coroutines import finished, leave
from tests.pages.conftest import free_port, wait_for
from tests.pages.issue_library import issue_library
from tests.signing import XSRF, signed_in

# Says, from whichever thread it is asked in, what the one who asks may see.
WHO = """
import threading, time
import shuju
letters = shuju.select("letters")
def whoever(selection):
    time.sleep(0.05)  # long enough for another visitor to be in between
    seen = shuju.open()
    return f"seen:{seen.scope.name}:{seen.count('letters')}:{shuju.select('letters').total}:in:{threading.current_thread().name}:"
letters.view(whoever)
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return issue_library(tmp_path_factory.mktemp("gate"))


@pytest.fixture(scope="module")
def base(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    own = tmp_path_factory.mktemp("own")
    cells = [nbformat.v4.new_markdown_cell("# 谁"), nbformat.v4.new_code_cell(WHO)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["shuju"] = {"who": ["leader", "analyst", "department"]}
    nbformat.write(notebook, own / "whoever.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHUJU_HOME", library.home.uri)
        patch.setattr(routes, "SIGN_INS", "1000/minute")
        port = free_port()
        serve(library.home.uri, port, threaded=True, follow_library=False, notebooks=[own])
        found = f"http://127.0.0.1:{port}"
        wait_for(found)
        yield found
        pn.state.reset()
        for held in lives._served.values():
            unshare(held.library)
        lives._served.clear()


Visit = Callable[..., httpx.Client]


@pytest.fixture
def visit(base: str) -> Iterator[Visit]:
    """Return what signs somebody in: as a role of the demo, or by a form; None is a stranger."""
    with ExitStack() as clients:

        def one(role: str | None = "analyst", **form: str) -> httpx.Client:
            client = (
                httpx.Client(base_url=base, timeout=60) if role is None else signed_in(base, role, **form)
            )
            client.headers["Accept"] = "text/html"
            clients.callback(client.close)
            return client

        yield one


@pytest.fixture
def application(base: str):
    port = int(base.rpartition(":")[2])  # others' servers may still be there
    return next(server._tornado for server, *_ in pn.state._servers.values() if server.port == port)


# Every address has a rule

MAY = {
    "": "leader analyst department operator", "letters": "leader analyst department", "letter?id=a1": "leader analyst department",
    "issues": "leader analyst department", "issue": "leader analyst department", "panorama": "leader analyst department operator",
    "spread": "leader analyst department operator", "document": "leader analyst department operator",
    "record?id=x": "leader analyst department operator", "search?q=路": "leader analyst department operator",
    "whatif": "leader analyst department operator", "whatif_letters": "leader analyst department",
    "whatif_warnings": "leader analyst department",
    "whatif_issues": "leader analyst department",
    "whatif_spread": "leader analyst department operator",
    "usage": "operator",
    "library": "leader analyst operator", "own_page": "leader analyst", "views": "leader analyst department operator",
    "card/letters.trend.csv": "leader analyst department", "export/letters.csv": "leader analyst department",
    "export/records.csv": "leader analyst department operator", "accounts": "administrator security", "audit": "auditor",
    "inbox": "leader analyst department operator", "subscriptions": "leader analyst department operator administrator",
    "tv": "leader analyst department operator", "tv/part": "leader analyst department operator", "devices": "administrator",
    "account": " ".join(ROLES), "healthz": "*", "assets/style.css": "*", "static/js/bokeh.min.js": "*", "sign-in": "*",
}  # fmt: skip


def test_every_handler_of_the_server_has_a_rule(application) -> None:
    gate = application.settings["gate"]
    patterns = {pattern_of(rule) for rule in application.wildcard_router.rules}
    assert patterns - set(gate.rules) == set(), "say in serve/routes.py who may ask for these addresses"
    assert {p for p in patterns if "autoload" in p or "metadata" in p} == set()


def test_an_address_that_was_added_without_a_rule_is_refused(application, base: str, visit: Visit) -> None:
    class Open(RequestHandler):
        def get(self) -> None:
            self.write("open to all")

    application.add_handlers(".*", [(r"/added-later", Open)])
    application.wildcard_router.rules.insert(0, application.default_router.rules[0].target.rules[0])
    try:
        for client in (visit(None), visit()):
            answer = client.get("/added-later")
            assert answer.status_code == 403
            assert "open to all" not in answer.text
    finally:
        application.wildcard_router.rules.pop(0)
        application.default_router.rules.pop(0)


@pytest.mark.parametrize("role", [None, *ROLES])
def test_who_may_open_what(base: str, role: str | None, visit: Visit) -> None:
    client = visit(role)
    for path, roles in MAY.items():
        answer = client.get(f"/{path}")
        is_allowed = roles == "*" or role in roles.split()
        if is_allowed:
            assert answer.status_code in (200, 404), (path, answer.status_code)
            assert "请先登录" not in answer.text
        elif role is None:
            assert answer.status_code in (303, 401), path
            assert "letters" not in answer.text.replace("next=letters", "")
        elif path == "":
            assert answer.status_code == 303, "the front page leads those to their own who may not see it"
        else:
            assert answer.status_code == 403, (path, answer.status_code)


@pytest.mark.parametrize(
    ("role", "first", "has_search"),
    [
        ("auditor", "audit", False),
        ("security", "accounts", False),
        ("administrator", "accounts", False),
        ("operator", "", True),
    ],
)
def test_where_a_role_lands(
    base: str, library: Library, visit: Visit, role: str, first: str, has_search: bool
) -> None:
    client, desk = visit(role), open_desk(library.home)
    refused = trail.read(desk, who=f"演示-{role}", what="refused")[1]
    page = client.get("/", follow_redirects=True)
    assert page.status_code == 200
    assert page.url.path == f"/{first}"
    assert ('type="search" name="q"' in page.text) == has_search
    assert ("我的视图" in page.text) == has_search
    here = re.findall(r'aria-current="page"[^>]*>([^<]*)<', client.get("/account").text)
    assert here == [], "the page of the account is none of the menu"
    assert trail.read(desk, who=f"演示-{role}", what="refused")[1] == refused


def test_what_a_server_does_for_nobody_is_not_noted(base: str, library: Library) -> None:
    """A server makes each page once before the first visitor comes: nobody has read anything by that."""
    rows = trail.read(open_desk(library.home), n=500)[0]
    assert [row for row in rows if row["what"].startswith("read") and not row["who"]] == []


def test_the_page_of_the_trail_speaks_chinese(base: str, visit: Visit) -> None:
    assert visit("department").get("/library").status_code == 403
    page = visit("auditor").get("/audit?who=演示-department&what=refused").text
    told = re.findall(r"<td>(.*?)</td>|<td class=\"muted\">(.*?)</td>", page)
    shown = " ".join(" ".join(cells) for cells in told)
    assert "承办部门" in shown
    assert "/library" in shown
    assert re.findall(r"(?<![\w/-])(?:department|method|path|why)(?![\w/-])", shown) == []


def test_what_is_not_there_tells_a_stranger_nothing(base: str, visit: Visit) -> None:
    for path in (
        "nowhere",
        "live/letters",
        "live/letters/autoload.js",
        "live/letters/metadata",
        "letters/",
        "letters/../library",
    ):
        answer = httpx.get(f"{base}/{path}", follow_redirects=False)
        assert answer.status_code in (303, 401, 403, 404), path
        assert "token" not in answer.text
    client = visit()
    for path in (
        "live/letters/autoload.js?bokeh-autoload-element=x",
        "live/letters/",
        "live/letters/metadata",
    ):
        assert client.get(f"/{path}").status_code == 404


def test_headers(base: str, visit: Visit) -> None:
    client = visit()
    for path in (
        "/letters",
        "/",
        "/nowhere",
        "/card/letters.trend.svg",
        "/assets/page.js",
        "/static/js/bokeh.min.js",
    ):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe-eval" not in policy
        assert re.search(r"script-src 'self' 'nonce-[\w-]{20,}' blob:;", policy)
        for told in ("frame-ancestors 'self'", "object-src 'none'", "base-uri 'none'", "default-src 'none'"):
            assert told in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in headers
        assert headers["Content-Type"].startswith("text/html") <= (
            "charset=utf-8" in headers["Content-Type"].lower()
        )
        assert ("no-store" in headers.get("Cache-Control", "")) == (path[1:7] not in ("assets", "static")), (
            path
        )
    nonces = {
        re.search(r"'nonce-([\w-]+)'", client.get("/letters").headers["Content-Security-Policy"])[1]
        for _ in range(3)
    }
    assert len(nonces) == 3
    page = client.get("/letters")
    nonce = re.search(r"'nonce-([\w-]+)'", page.headers["Content-Security-Policy"])[1]
    assert f'nonce="{nonce}"' in page.text


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "PUT", "DELETE", "PATCH", "CONNECT", "NONSENSE"])
def test_other_methods_are_not_answered(visit: Visit, method: str) -> None:
    client = visit()
    for path in ("/letters", "/sign-in", "/letter?id=a1", "/static/js/bokeh.min.js", "/nowhere"):
        answer = client.request(method, path)
        assert answer.status_code in (400, 403, 404, 405), path
        assert "车库漏水" not in answer.text
        assert client.headers["X-Xsrf"] not in answer.text, "what was sent does not come back"


def test_a_parameter_that_is_sent_twice_counts_once(visit: Visit) -> None:
    """The last one, for the check and for the answer: a foreign id cannot hide behind one's own."""
    own = visit("department")
    assert "车库漏水a1" in own.get("/letter?id=a4&id=a1").text
    assert "车库漏水a4" not in own.get("/letter?id=a1&id=a4").text
    told = own.post("/letter?id=a1", content="id=a4&topic=民政", headers={"Content-Type": FORM})
    assert told.status_code == 400


# Websockets


def websocket(base: str, route: str, token: str, headers: dict[str, str]) -> HTTPRequest:
    return HTTPRequest(f"ws{base.removeprefix('http')}/live/{route}/ws", headers=headers)


async def connected(base: str, route: str, token: str, headers: dict[str, str]) -> WebSocketClientConnection:
    return await websocket_connect(
        websocket(base, route, token, headers), subprotocols=["bokeh", token], max_message_size=64 << 20
    )


def cookie(client: httpx.Client) -> str:
    return "; ".join(f"{c.name}={c.value}" for c in client.cookies.jar)


def token_of(client: httpx.Client, route: str) -> str:
    return TOKEN.search(client.get(f"/{route}").text)[1]


def test_a_token_opens_nothing_for_anybody_else(base: str, visit: Visit) -> None:
    leader, other = visit("leader"), visit("department")
    token = token_of(leader, "letters")

    async def first(headers: dict[str, str]) -> str | None:
        socket = await connected(base, "letters", token, headers)
        answer = await socket.read_message()
        await leave(socket)
        return answer

    # With another's token the socket is closed before a word; without a cookie or from elsewhere it is not opened.
    assert finished(first({"Origin": base, "Cookie": cookie(other)})) is None
    for headers in (
        {"Origin": base},
        {"Cookie": cookie(leader)},
        {"Origin": "http://evil.example", "Cookie": cookie(leader)},
    ):
        with pytest.raises(HTTPClientError) as refused:
            finished(first(headers))
        assert refused.value.code in (401, 403)
    assert finished(first({"Origin": base, "Cookie": cookie(leader)})) is not None


def test_a_role_that_may_not_open_a_page_cannot_open_its_websocket(base: str, visit: Visit) -> None:
    operator, leader = visit("operator"), visit("leader")
    token = token_of(leader, "letters")
    with pytest.raises(HTTPClientError) as refused:
        finished(connected(base, "letters", token, {"Origin": base, "Cookie": cookie(operator)}))
    assert refused.value.code == 403


def test_a_forged_token_with_ones_own_handle_does_not_join_anothers_document(
    base: str, application, visit: Visit
) -> None:
    """Tokens are not signed: what counts is the cookie, and whose the document is."""
    from bokeh.util.token import generate_jwt_token, get_session_id, get_token_payload

    leader, other = visit("leader"), visit("department")
    theirs, mine = token_of(leader, "letters"), token_of(other, "letters")

    async def meet() -> str | None:
        open_one = await connected(base, "letters", theirs, {"Origin": base, "Cookie": cookie(leader)})
        await message(open_one, "ACK")
        payload = {
            k: v for k, v in get_token_payload(mine).items() if k not in ("session_id", "session_expiry")
        }
        forged = generate_jwt_token(get_session_id(theirs), extra_payload=payload, expiration=300)
        joined = await connected(base, "letters", forged, {"Origin": base, "Cookie": cookie(other)})
        answer = await joined.read_message()
        await leave(open_one, joined)
        return answer

    assert finished(meet()) is None


async def told(base: str, client: httpx.Client, route: str) -> list[str]:
    """Return what a page's view said of who asks: in its HTML, in the session, and after a filter was changed, in threads."""
    page = client.get(f"/{route}").text
    socket = await connected(base, route, TOKEN.search(page)[1], {"Origin": base, "Cookie": cookie(client)})
    await message(socket, "ACK")
    await say(socket, "PULL-DOC-REQ", {})
    texts = [page]
    end = asyncio.get_running_loop().time() + 60
    ready = {"type": "event", "name": "document_ready", "values": {"type": "map", "entries": []}}
    event = {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": ready}
    await asyncio.sleep(0.3)
    await say(socket, "PATCH-DOC", {"events": [event]})
    while (left := end - asyncio.get_running_loop().time()) > 0:
        quiet = 1 if len(seen(texts)) >= 2 else left  # what may come after the answer, too
        try:
            texts.append(str(await asyncio.wait_for(socket.read_message(), quiet)))
        except TimeoutError:
            break
    await leave(socket)
    return seen(texts)


def test_a_page_begins_in_the_turn_in_which_clicks_are_heard(
    base: str, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a thread of its own its first question might be asked after that of a click, and undo it on the page."""
    begun, begin = [], Page.begin

    def noting(page: Page) -> None:
        with suppress(RuntimeError):  # only the thread of the loop has one that runs
            begun.append(asyncio.get_running_loop())
        begun.append(None)
        begin(page)

    monkeypatch.setattr(Page, "begin", noting)

    async def meet() -> None:
        client = visit("leader")
        page = client.get("/letters").text
        socket = await connected(
            base, "letters", TOKEN.search(page)[1], {"Origin": base, "Cookie": cookie(client)}
        )
        await message(socket, "ACK")
        await say(socket, "PULL-DOC-REQ", {})
        await message(socket, "PULL-DOC-REPLY")
        await say(socket, "PATCH-DOC", {"events": [SHOWN]})
        for _ in range(600):
            if begun:
                break
            await asyncio.sleep(0.1)
        await leave(socket)

    finished(meet())
    assert begun
    assert begun[0] is not None, "the page begins in a thread beside the loop of the server"


def seen(texts: list[str]) -> list[str]:
    """Return what views said of who asks, in HTML and in messages."""
    said = [re.sub(r"\\+u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), text) for text in texts]
    return [found for text in said for found in re.findall(r"seen:[^:]*:\d+:\d+:in:[^:]*", text)]


def test_who_asks_goes_along_into_every_thread(base: str, visit: Visit) -> None:
    """Many visitors of three roles at once: whatever thread asks, each sees what their role sees and never another's."""
    expected = {"leader": ("省领导", 7), "analyst": ("分析员", 7), "department": ("承办部门（长沙市）", 5)}
    visitors = [(role, visit(role)) for role in expected for _ in range(3)]

    async def meet() -> list[list[str]]:
        return await asyncio.gather(*(told(base, client, "whoever") for _, client in visitors))

    threads = set()
    for (role, _), found in zip(visitors, finished(meet()), strict=True):
        assert len(found) >= 2, f"the view of {role} was not answered after the page was made"
        for text in found:
            _, name, n, total, _, thread = text.split(":")
            assert (name, int(n), int(total)) == (*expected[role], expected[role][1])
            threads.add(re.sub(r"[-_]?\d+", "", thread))
    assert len(threads) > 1, f"all was asked in {threads}: the test does not reach the threads of pages"


def test_the_html_of_a_page_is_not_anothers(base: str, visit: Visit) -> None:
    whole, part = (visit(role).get("/letters").text for role in ("leader", "department"))
    assert "演示省领导" in whole
    assert "演示承办部门" in part
    assert "祁阳市" in whole
    assert "祁阳市" not in part.replace("岳麓", "")


# A department tries another's letter


def test_another_departments_letter(base: str, library: Library, visit: Visit) -> None:
    desk = open_desk(library.home)
    own = visit("department")  # of 长沙市: a4 is of 祁阳市, b1 of 株洲
    before, gone = own.get("/letter?id=a4"), own.get("/letter?id=there-is-none")
    assert (
        before.text.replace("a4", "") == gone.text.replace("there-is-none", "")
        or "车库漏水a4" not in before.text
    )
    assert "车库漏水a4" not in before.text
    assert "车库漏水a1" in own.get("/letter?id=a1").text
    export = own.get("/export/letters.csv").content.decode("utf-8-sig")
    assert "车库漏水a4" not in export
    assert "车库漏水a1" in export
    assert "a4" not in own.get("/card/letters.list.csv").text
    assert "车库漏水a4" not in own.get("/search", params={"q": "车库漏水"}).text
    assert "地下车库漏水没人管" not in own.get("/issues").text  # an issue that reaches 祁阳市
    assert "还没有热点与预警" not in own.get("/issues").text  # some were found, though none is theirs to see
    assert own.post("/letter", data={"id": "a4", "topic": "民政"}).status_code == 400
    assert own.post("/letter", data={"id": "a1", "topic": "城乡建设"}).status_code == 303
    assert own.get("/library").status_code == 403
    noted = [(row["what"], row["subject"]) for row in trail.read(desk, who="演示-department", n=200)[0]]
    assert ("read-letter", "a1") in noted
    assert ("read-letter", "a4") not in noted
    assert ("refused", "/library") in noted
    assert ("change", "a1") in noted
    assert ("export", "letters.csv") in noted
    assert not trail.verify(desk).fault


# Accounts: the last, for the demo ends with the first of them


def is_led_to_sign_in(client: httpx.Client) -> bool:
    """Whether a session is over, or is soon: a server looks every two seconds."""
    end = time.monotonic() + 20
    while client.get("/letters", follow_redirects=False).status_code != 303:
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def test_accounts(base: str, library: Library, caplog: pytest.LogCaptureFixture, visit: Visit) -> None:
    caplog.set_level(logging.ERROR)
    desk, at = open_desk(library.home), now()
    demo = visit("leader")
    assert demo.get("/letters").status_code == 200
    first, then = "correct horse battery staple", " purple monkey dishwasher soup "
    for name in ("wang", "li"):
        accounts.add_account(desk, name, name, first, at=at)
    memberships.grant(desk, "wang", "department", of_region(desk, "431181").id, at=at, by="test")
    assert is_led_to_sign_in(demo), "the demo's sessions end"
    assert "分析员" not in httpx.get(f"{base}/sign-in").text

    wrong = visit("", account="wang", password="not this one")
    assert wrong.get("/letters", follow_redirects=False).status_code == 303
    new = visit("", account="wang", password=first)
    forced = new.get("/letters", follow_redirects=False)
    assert (forced.status_code, forced.headers["Location"]) == (303, "account")
    assert new.get("/export/letters.csv", follow_redirects=False).headers["Location"] == "../account"
    changed = {"do": "password", "old": first, "new": then, "again": then}
    assert new.post("/account", data=changed).status_code == 303
    assert new.get("/letters", follow_redirects=False).status_code == 303, (
        "all sessions end with the password"
    )

    wang = visit("", account="wang", password=then)
    assert "祁阳市" in wang.get("/letters").text
    assert "车库漏水a1" not in wang.get("/letter?id=a1").text
    assert "车库漏水a4" in wang.get("/letter?id=a4").text
    almost = visit("", account="wang", password=then.strip())
    assert almost.get("/letters", follow_redirects=False).status_code == 303, (
        "a password is taken as it is typed"
    )

    # A new session ends the one that the browser had; one's own are listed; what the browser kept goes with signing out.
    before = {"Cookie": cookie(wang)}
    assert wang.post("/sign-in", data={"account": "wang", "password": then}).status_code == 303
    assert httpx.get(f"{base}/letters", headers=before).status_code == 401
    assert "祁阳市" in wang.get("/letters").text
    other = visit("", account="wang", password=then)
    assert other.get("/account").text.count("登录　最近") == 2
    gone = other.post("/sign-out", data={"everywhere": "0"})
    assert (gone.status_code, gone.headers["Clear-Site-Data"]) == (303, '"cache"')
    assert wang.get("/account").text.count("登录　最近") == 1
    roleless = visit("", account="li", password=first)
    assert roleless.get("/account", follow_redirects=False).status_code == 303

    # revoked → closed
    async def closed() -> float:
        socket = await connected(
            base, "letters", token_of(wang, "letters"), {"Origin": base, "Cookie": cookie(wang)}
        )
        await message(socket, "ACK")
        loop = asyncio.get_running_loop()
        await asyncio.to_thread(accounts.set_disabled, desk, "wang", True, at=now())
        began = loop.time()
        while await asyncio.wait_for(socket.read_message(), 20) is not None:
            pass
        await leave(socket)
        return loop.time() - began

    assert finished(closed()) <= 10
    assert is_led_to_sign_in(wang)

    # locked after five, whatever is sent then
    for _ in range(5):
        visit("", account="li", password="wrong again")
    assert accounts.find_account(desk, "li").locked_until is not None
    with httpx.Client(base_url=base, headers={"Origin": base}) as client:
        page = client.get("/sign-in").text
        data = {"_xsrf": XSRF.search(page)[1], "account": "li", "password": first}
        answer = client.post("/sign-in", data=data)
        assert answer.status_code in (403, 429)
    whats = {
        json.dumps([row["what"], row["told"].get("why", "")], ensure_ascii=False)
        for row in trail.read(desk, n=500)[0]
    }
    assert '["sign-in-failed", "密码不正确"]' in whats
    assert '["sign-in-failed", "没有角色"]' in whats
    assert not trail.verify(desk).fault
    assert sessions.list_sessions(desk, at=now()) is not None
