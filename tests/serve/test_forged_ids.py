"""Ids of others' rows over HTTP and websockets, by every way and role that must not get them: no row, no answer that tells, all noted."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import numpy as np
import panel as pn
import pytest

from bench import forged_requests as forged
from shuju.access import ROLES
from shuju.desk import trail
from shuju.desk.store import open_desk
from shuju.library import Library, unshare
from shuju.serve import live as lives
from shuju.serve import routes
from shuju.serve.server import serve
from tests.coroutines import finished
from tests.pages.conftest import free_port, wait_for
from tests.pages.issue_library import issue_library

CLIENTS: dict[str, httpx.Client] = {}
CASES = [(way, role) for way in forged.ways() for role in sorted(way.as_roles)]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Letters, issues, and two tasks of an organisation that is not the demo department's."""
    made = issue_library(tmp_path_factory.mktemp("forged"))
    forged.plant_tasks(made)
    return made


@pytest.fixture(scope="module")
def base(library: Library) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHUJU_HOME", library.home.uri)
        for name in ("SIGN_INS", "CARDS", "REVEALS", "EXPORTS", "ATTACHES"):
            patch.setattr(routes, name, "10000/minute")
        port = free_port()
        serve(library.home.uri, port, threaded=True, follow_library=False)
        found = f"http://127.0.0.1:{port}"
        wait_for(found)
        CLIENTS.update({role: forged.client_of(found, role) for role in (*ROLES, forged.STRANGER)})
        yield found
        for client in CLIENTS.values():
            client.close()
        CLIENTS.clear()
        pn.state.reset()
        for held in lives._served.values():
            unshare(held.library)
        lives._served.clear()


@pytest.mark.parametrize(("way", "role"), CASES, ids=[f"{way.path} {role}" for way, role in CASES])
def test_no_role_gets_a_row_by_the_id_of_anothers_letter(
    base: str, library: Library, way: forged.Way, role: str
) -> None:
    foreign = forged.foreign_ids(library)[way.of]
    told = forged.over_http(CLIENTS[role], way, foreign, 4, np.random.default_rng(1))
    assert (told.rows, told.differ) == (0, 0), told
    assert forged.not_noted(library, role, way, told.asked) == []


def test_no_row_comes_by_the_websocket_of_a_page_that_is_open(base: str, library: Library) -> None:
    foreign = forged.foreign_ids(library)["hot_issues"]
    told = finished(forged.over_websocket(base, CLIENTS["department"], foreign, 6, np.random.default_rng(1)))
    assert told.rows == 0
    assert told.differ == 0
    end = time.monotonic() + 20  # the last answer may still be on its way
    while (missing := forged.not_noted(library, "department", None, told.asked)) and time.monotonic() < end:
        time.sleep(0.2)
    assert missing == []


def test_what_is_seen_would_have_been_found(base: str, library: Library) -> None:
    """The same requests of one who may, so that the tests above can fail."""
    chance = np.random.default_rng(1)
    for way in forged.ways():
        foreign = forged.foreign_ids(library)[way.of]
        if way.path in ("letter?id={}", "issue?id={}", "card/hot_issues.head?id={}", "task?id={}"):
            assert forged.over_http(CLIENTS["leader"], way, foreign, 4, chance).rows > 0, way
    told = finished(
        forged.over_websocket(base, CLIENTS["leader"], forged.foreign_ids(library)["hot_issues"], 4, chance)
    )
    assert told.rows > 0


def test_the_ways_are_all_that_take_an_id(base: str, library: Library) -> None:
    """A new address that takes an id must be told in ``forged.ways``: these are known to take none of a row that is not everybody's."""
    port = int(base.rpartition(":")[2])  # others' servers may still be there
    server = next(server for server, *_ in pn.state._servers.values() if server.port == port)
    patterns = set(server._tornado.settings["gate"].rules)
    told = {"/" + way.path.partition("?")[0].partition("/")[0].partition(".")[0] for way in forged.ways()}
    others = {"/", "/healthz", "/metrics", "/favicon.ico", "/sign-in", "/sign-in/passkey", "/sign-out", "/account", "/account/passkey",
              "/views", "/record", "/search", "/usage", "/library", "/accounts", "/audit", "/letters", "/issues", "/panorama", "/spread",
              "/document", "/own_page", "/whatif", "/whatif_letters", "/whatif_spread", "/whatif_warnings", "/whatif_issues",
              "/overview", "/tv", "/tv/part", r"/service-worker\.js"}  # fmt: skip
    of_tasks = (
        "/assign",
        "/fast",
        "/desk",
        "/task",
        "/supervision",
        "/deadlines/",
        "/api/",
        "/attach",
        "/answer",
        "/letter-answer/",
        "/rate",
        "/mine/",
    )  # tests/serve/test_tasks.py, test_answers.py, test_boards.py
    of_alerts = (
        "/annotate",
        "/devices",
        "/inbox",
        "/playlists",
        "/screen",
        "/subscribe",
        "/subscriptions",
        "/unsubscribe/",
    )  # tests/serve/test_subscriptions.py, test_screens.py, test_annotations.py
    left = {p for p in patterns if not any(p.startswith(f"{one}") for one in told if one != "/")} - others
    assert {
        p
        for p in left
        if not p.startswith(
            (
                "/live/",
                "/static/",
                "/assets/",
                "/export/",
                "/components/",
                "/(",
                "/sign-in/oidc",
                *of_tasks,
                *of_alerts,
            )
        )
    } == set()
    assert not trail.verify(open_desk(library.home)).fault
