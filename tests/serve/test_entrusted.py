"""A department reads and answers the letter it was given, whatever department the letter names; others do not, nor it any more when the task ends."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from functools import partial

import httpx
import panel as pn
import pytest
from sqlalchemy import Engine

from shuju.clock import now
from shuju.desk import trail
from shuju.desk.accounts import add_account
from shuju.desk.memberships import grant
from shuju.desk.organisations import add_department, of_region
from shuju.desk.sessions import demo_subject
from shuju.desk.store import open_desk
from shuju.desk.tasks.commands import get
from shuju.library import unshare
from shuju.serve import live as lives
from shuju.serve import visitors
from shuju.serve.server import serve
from shuju.serve.sockets import SWEEP_SECONDS
from tests.coroutines import finished, leave
from tests.letters.conftest import Letters, letter
from tests.pages.conftest import free_port, wait_for
from tests.serve.test_answers import TEXT, do
from tests.serve.test_gate import connected, cookie, token_of
from tests.serve.test_tasks import PART, field
from tests.signing import session_of

NOT_SEEN = "没有这封来信，或不在可见范围"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    made = Letters(tmp_path_factory.mktemp("entrusted"))
    library = made.add(
        letter(
            1, department="岳麓区城管局", body="搅拌站夜间噪声扰民，电话13873100001，邮箱 wang@mail.example。"
        ),
        letter(2, place="431181"),
    )
    desk = open_desk(library.home)
    of_region(desk, "430104")
    house, school = (add_department(desk, "430104", name).id for name in ("住建局", "教育局"))
    people = {"leader": ("leader", None), "zhang": ("department", house), "li": ("department", house), "jiao": ("department", school)}  # fmt: skip
    for name, (role, organisation) in people.items():
        add_account(desk, name, name, None, at=now())
        grant(desk, name, role, organisation, at=now(), by="test")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHUJU_HOME", library.home.uri)
        patch.setattr(visitors, "KEPT_SECONDS", 0.0)
        port = free_port()
        serve(library.home.uri, port, threaded=True, follow_library=False)
        found = f"http://127.0.0.1:{port}"
        wait_for(found)
        yield found
        pn.state.reset()
        for held in lives._served.values():
            unshare(held.library)
        lives._served.clear()


@pytest.fixture(scope="module")
def desk(base: str) -> Engine:
    (held,) = lives._served.values()
    return open_desk(held.library.home)


@pytest.fixture(scope="module")
def clients(base: str, desk: Engine) -> Iterator[dict[str, httpx.Client]]:
    found = {name: session_of(base, desk, name) for name in ("leader", "zhang", "li", "jiao")}
    yield found
    for client in found.values():
        client.close()


def main(client: httpx.Client, address: str) -> str:
    return re.search(r"<main.*</main>", client.get(address).text, re.DOTALL)[0]


def assigned(leader: httpx.Client, key: str, organisation: str) -> str:
    form = leader.get(f"/assign?letter={key}", headers=PART).text
    told = {
        "of": field(form, "of"),
        "command": field(form, "command"),
        "title": "噪声",
        "text": "请办",
        "do": "assign",
    }
    answer = leader.post("/assign", data={**told, "organisation": organisation}, headers=PART)
    return re.search(r"task\?id=(\d+)", answer.text)[1]


@pytest.mark.parametrize("key", ["l1", "l2"])
def test_from_a_foreign_letter_to_its_answer(
    desk: Engine, clients: dict[str, httpx.Client], key: str
) -> None:
    leader, zhang, li, jiao = clients.values()
    nothing = main(zhang, f"/letter?id={key}").replace(key, "N")
    number = assigned(leader, key, "岳麓区住建局")
    page = main(zhang, f"/task?id={number}")
    assert NOT_SEEN not in page
    assert f"answer?letter={key}&amp;task={number}" in page
    shown = main(zhang, f"/letter?id={key}")
    assert "岳麓区" in shown or "祁阳市" in shown
    assert "13873100001" not in shown + page
    assert "写答复" in main(zhang, f"/answer?letter={key}&task={number}")

    # Another department is told what it is told of a letter that is not there; what it forges is refused and noted.
    before = trail.read(desk, what="refused", subject=key)[1]
    for address in (f"/letter?id={key}", f"/answer?letter={key}&task={number}"):
        assert main(jiao, address).replace(key, "N").replace(number, "M") == main(jiao, address.replace(key, "no")).replace(
            "no", "N").replace(number, "M")  # fmt: skip
    told = {"letter": key, "task": number, "do": "save", "text": TEXT, "command": f"forged-command-{key}"}
    assert jiao.post("/answer", data=told).status_code == 403
    assert jiao.post("/reveal", data={"id": key, "purpose": "核实情况"}).status_code == 403
    assert trail.read(desk, what="refused", subject=key)[1] == before + 4

    assert do(zhang, key, "submit", text=TEXT, task=number).status_code == 303
    assert do(li, key, "send").status_code == 303
    answers = main(leader, f"/letter?id={key}")
    assert "岳麓区住建局信复" in answers
    _, events = get(desk, int(number), demo_subject(desk, "leader"))
    assert "已答复来信人" in events[-1].given["text"]

    # It ends with the task, and goes where the task goes.
    assert act_on(leader, number, "reassign", organisation="岳麓区教育局") == 303
    assert main(zhang, f"/letter?id={key}").replace(key, "N") == nothing
    too_late = {"letter": key, "do": "save", "text": TEXT, "command": f"too-late-{key}"}
    assert zhang.post("/answer", data=too_late).status_code == 403
    assert "写答复" in main(jiao, f"/answer?letter={key}&task={number}")
    assert [act_on(jiao, number, "sign"), act_on(jiao, number, "submit", text="办了")] == [303, 303]
    assert NOT_SEEN not in main(jiao, f"/task?id={number}")
    assert act_on(leader, number, "approve", solved="yes") == 303
    assert main(jiao, f"/letter?id={key}").replace(key, "N") == nothing


def act_on(client: httpx.Client, number: str, action: str, **given: str) -> int:
    page = client.get(f"/task?id={number}").text
    told = {"id": number, "do": action, "seq": field(page, "seq"), "command": field(page, "command")}
    return client.post("/task", data={**told, **given}, headers={"Accept": "text/html"}).status_code


def test_a_page_that_is_open_shows_no_more_what_was_given_elsewhere(
    base: str, clients: dict[str, httpx.Client]
) -> None:
    """Its websocket is closed, so that the browser loads it anew; its document cannot be joined again."""
    leader, zhang, *_ = clients.values()
    kept, number = assigned(leader, "l1", "岳麓区住建局"), assigned(leader, "l2", "岳麓区住建局")
    headers = {"Origin": base, "Cookie": cookie(zhang)}

    async def closed() -> tuple[float, str | None]:
        token = token_of(zhang, "letters")
        socket = await connected(base, "letters", token, headers)
        assert await socket.read_message() is not None
        loop = asyncio.get_running_loop()
        urged = await asyncio.to_thread(act_on, leader, kept, "urge")
        assert urged == 303  # what takes nothing away closes nothing
        await asyncio.sleep(SWEEP_SECONDS + 1)
        assert socket.close_code is None
        told = partial(act_on, leader, number, "reassign", organisation="岳麓区教育局")
        assert await asyncio.to_thread(told) == 303
        began = loop.time()
        while await asyncio.wait_for(socket.read_message(), 20) is not None:
            pass
        waited, code = loop.time() - began, socket.close_code
        await leave(socket)
        again = await connected(base, "letters", token, headers)
        answer = await again.read_message()
        await leave(again)
        assert code == 4409
        return waited, answer

    waited, answer = finished(closed())
    assert waited <= 10
    assert answer is None
    assert zhang.get("/letters").status_code == 200
