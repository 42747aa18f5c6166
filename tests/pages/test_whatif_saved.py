"""Scenarios kept on ``/whatif``: from a link of the page to the list, beside what is now, refused to others, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import numpy as np
import panel as pn
import pytest

from shuju.desk import trail
from shuju.desk.store import open_desk
from shuju.library import Library, unshare
from shuju.serve import live as lives
from shuju.serve import server
from shuju.serve.server import serve
from tests.letters.conftest import Letters, letter
from tests.pages.conftest import free_port, wait_for
from tests.signing import signed_in, xsrf_of

FORM = {"Accept": "text/html"}


def answered(n: int, first: int = 0) -> list[dict[str, object]]:
    """Return letters that were answered after three to forty days."""
    days = np.random.default_rng(first).integers(3, 40, n)
    start = np.datetime64("2023-01-01T09:00")
    return [
        letter(first + k, id=f"l{first + k}", time=str(start + np.timedelta64(k + first, "D")).replace("T", " "),
               reply="已经处理。", replied=str(start + np.timedelta64(int(k + first + d), "D")).replace("T", " "))
        for k, d in enumerate(days)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Letters:
    letters = Letters(tmp_path_factory.mktemp("kept"))
    letters.add(*answered(300))
    return letters


@pytest.fixture(scope="module")
def base(made: Letters) -> Iterator[str]:
    """A server for all tests of the module: each keeps scenarios under names of its own."""
    library: Library = made.library
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHUJU_HOME", library.home.uri)
        patch.setattr(server, "warm", lambda *_: None)
        port = free_port()
        serve(library.home.uri, port, threaded=True, follow_library=False)
        found = f"http://127.0.0.1:{port}"
        wait_for(found)
        yield found
        pn.state.reset()
        for held in lives._served.values():
            unshare(held.library)
        lives._served.clear()


def field(html: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', html)[1].replace("&amp;", "&")


def rows(html: str) -> list[list[str]]:
    """Return the cells of the table of a page."""
    body = re.search(r"<tbody>(.*?)</tbody>", html, re.DOTALL)[1]
    return [
        [re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    ]


def test_a_scenario_is_kept_and_held_against_what_came(base: str, made: Letters) -> None:
    leader = signed_in(base, "leader")
    told = leader.get("/card/answering.told?other_days=5").text
    link = re.search(r'href="(?:../)?(whatif\?keep=[^"]*)"', told)[1].replace("&amp;", "&")
    form = leader.get(f"/{link}").text
    assert "其他来信" in form or "5" in form
    given = {
        "_xsrf": field(form, "_xsrf"),
        "do": "keep",
        "investigation": field(form, "investigation"),
        "query": field(form, "query"),
        "name": "五天",
    }
    sent = leader.post("/whatif", data=given, headers=FORM)
    assert sent.status_code == 303
    one = leader.get("/" + sent.headers["Location"].lstrip("/")).text
    before = rows(one)
    assert all(row[1] == row[3] and row[2] == row[4] for row in before), "nothing came since"
    assert "再算一遍一字不差" in one
    assert "五天" in leader.get("/whatif").text

    made.add(*answered(200, first=300))  # what came is answered sooner or later than before
    assert all(live.refresh() for live in lives._served.values())
    now = rows(leader.get("/" + sent.headers["Location"].lstrip("/")).text)
    assert [row[1:3] for row in now] == [row[1:3] for row in before], "what was told stays"
    assert [row[3] for row in now] != [row[3] for row in before], "what is now is counted anew"
    leader.close()


def test_anothers_scenario_is_as_none_and_noted(base: str, made: Letters) -> None:
    leader, analyst = signed_in(base, "leader"), signed_in(base, "analyst")
    given = {
        "_xsrf": xsrf_of(leader),
        "do": "keep",
        "investigation": "answering",
        "query": "other_days=5",
        "name": "独一无二的名",
    }
    address = leader.post("/whatif", data=given, headers=FORM).headers["Location"].lstrip("/")
    number = address.partition("id=")[2]
    seen = [analyst.get(f"/whatif?id={one}").text.replace(f"id={one}", "") for one in (number, "999")]
    mains = {re.search(r"<main.*?</main>", one, re.DOTALL)[0] for one in seen}
    assert len(mains) == 1
    assert "没有这个情景" in mains.pop()
    assert "独一无二的名" not in analyst.get("/whatif").text
    refused = analyst.post(
        "/whatif", data={"_xsrf": xsrf_of(analyst), "do": "delete", "id": number}, headers=FORM
    )
    assert refused.status_code == 400
    assert number in {
        row["subject"].partition(":")[2]
        for row in trail.read(open_desk(made.library.home), what="refused")[0]
    }
    assert "独一无二的名" in leader.get("/whatif").text
    for client in (leader, analyst):
        client.close()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"investigation": "none", "query": "a=1"}, "没有这项推演"),
        ({"investigation": "answering", "query": ""}, "条件与现状相同"),
        ({"investigation": "answering", "query": "other_days=9999"}, "须在"),
        ({"investigation": "answering", "query": "other_days=5&topic=没有"}, "没有"),
        ({"investigation": "answering", "query": "other_days=5", "name": " "}, "起个名字"),
    ],
)
def test_what_cannot_be_kept_is_told(base: str, given: dict[str, str], why: str) -> None:
    analyst = signed_in(base, "analyst")
    sent: httpx.Response = analyst.post(
        "/whatif", data={"_xsrf": xsrf_of(analyst), "do": "keep", "name": "名", **given}, headers=FORM
    )
    assert sent.status_code == 400
    assert why in sent.text
    analyst.close()


def test_deleted_and_had_back(base: str) -> None:
    analyst = signed_in(base, "analyst")
    token = {"_xsrf": xsrf_of(analyst)}
    address = analyst.post(
        "/whatif",
        data={**token, "do": "keep", "investigation": "answering", "query": "faster=30", "name": "快些"},
        headers=FORM,
    ).headers["Location"]
    number = address.partition("id=")[2]
    gone = (
        analyst.post("/whatif", data={**token, "do": "delete", "id": number}, headers=FORM)
        .headers["Location"]
        .lstrip("/")
    )
    page = analyst.get(f"/{gone}").text
    assert "还没有" in page
    assert "撤销" in page
    analyst.post("/whatif", data={**token, "do": "restore", "id": number}, headers=FORM)
    assert "快些" in analyst.get("/whatif").text
    analyst.close()
