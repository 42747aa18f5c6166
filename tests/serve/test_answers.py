"""A letter is answered over the wire: by one, reviewed by another, told to its senders, rated by them; and what is refused and noted."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator

import docx
import httpx
import panel as pn
import pytest
from sqlalchemy import Engine, select

from shuju.clock import now
from shuju.desk import trail
from shuju.desk.accounts import add_account
from shuju.desk.answers.record import letters_of
from shuju.desk.answers.senders import token_of
from shuju.desk.fast_arrivals import take_in
from shuju.desk.memberships import grant
from shuju.desk.messages.written import addresses_of
from shuju.desk.organisations import of_region
from shuju.desk.sessions import demo_subject
from shuju.desk.store import open_desk
from shuju.desk.tables.answers import sender_ratings
from shuju.desk.tables.messages import outbox
from shuju.desk.tasks.commands import Order, assign, get
from shuju.desk.tasks.evidence import Evidence
from shuju.desk.terms_reading import shipped_terms
from shuju.library import unshare
from shuju.serve import live as lives
from shuju.serve.server import serve
from tests.letters.conftest import Letters, letter
from tests.pages.conftest import free_port, wait_for
from tests.serve.test_tasks import field
from tests.signing import session_of

PEOPLE = {
    "leader": ("leader", None),
    "zhang": ("department", "430104"),
    "li": ("department", "430104"),
    "qi": ("department", "431181"),
}
TEXT = "您好！7月29日我局到现场核查，路面破损属实，已安排8月15日前修好。电话：0731-85012345。"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    made = Letters(tmp_path_factory.mktemp("answers"))
    library = made.add(
        letter(1, body="小区门口的路坏了半年，请问什么时候修好？邮箱 wang@mail.example，请回复。"),
        letter(2, body="小区门口的路坏了半年，下雨积水，请尽快修好，电话13873100001。"),
        letter(3, place="431181"),
    )
    desk = open_desk(library.home)
    for name, (role, region) in PEOPLE.items():
        add_account(desk, name, name, None, at=now())
        grant(desk, name, role, of_region(desk, region).id if region else None, at=now(), by="test")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHUJU_HOME", library.home.uri)
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
    found = {name: session_of(base, desk, name) for name in PEOPLE}
    yield found
    for client in found.values():
        client.close()


def do(client: httpx.Client, key: str, action: str, number: str = "", **given: str) -> httpx.Response:
    page = client.get("/answer", params={"letter": key, "id": number}).text
    told = {name: field(page, name) for name in ("letter", "id", "seq", "command", "task")}
    return client.post("/answer", data={**told, "do": action, **given}, headers={"Accept": "text/html"})


def test_from_a_letter_to_a_rating(base: str, desk: Engine, clients: dict[str, httpx.Client]) -> None:
    zhang, li, leader = clients["zhang"], clients["li"], clients["leader"]
    assert 'href="answer?letter=l1"' in zhang.get("/letter?id=l1").text
    assert do(zhang, "l1", "save", text="请联系13873100009。", **{"also-1": "l2"}).status_code == 303
    draft = zhang.get("/answer?letter=l1").text
    assert "答复中有个人信息：手机号" in draft
    assert "看不出办理结果" in draft
    assert do(zhang, "l1", "submit", text=TEXT, **{"also-1": "l2"}).status_code == 303
    waiting = zhang.get("/answer?letter=l1").text
    assert "自己起草的不能自己审核" in waiting
    assert "没有要提醒的" not in waiting  # past its term
    assert do(zhang, "l1", "send").status_code == 403
    assert do(li, "l1", "return", text="请写明科室").status_code == 303
    assert "请写明科室" in zhang.get("/answer?letter=l1").text
    assert do(zhang, "l1", "submit", text=TEXT + "请找养护科。", **{"also-1": "l2"}).status_code == 303
    assert do(li, "l1", "send").status_code == 303
    sent = leader.get("/answer?letter=l2").text  # the other letter that it answers
    number = re.search(r"岳麓区人民政府信复〔\d{4}〕1号", sent)[0]
    assert "没有邮箱" in sent
    assert "wang@mail.example" not in sent
    assert number in leader.get("/letter?id=l1").text
    written = leader.get("/letter-answer/1.docx")
    words = "\n".join(p.text for p in docx.Document(io.BytesIO(written.content)).paragraphs)
    assert "等 2 封来信" in words
    assert "请找养护科。" in words
    first, second = (one.id for one in letters_of(desk, 1))
    with desk.connect() as connection:
        kept = connection.execute(select(outbox.c.message_id).order_by(outbox.c.id)).scalars().all()
    assert kept == [f"answer-1-{first}", f"answer-1-{second}"]
    revealed = [(row["who"], row["subject"]) for row in trail.read(desk, what="reveal")[0]]
    assert sorted(revealed) == [("li", "l1"), ("li", "l2")]

    with httpx.Client(base_url=base, headers={"Origin": base}) as sender:
        page = sender.get(f"/rate?to={token_of(first)}")
        assert number in page.text
        told = {"_xsrf": field(page.text, "_xsrf"), "to": token_of(first), "score": "2", "text": "路修好了"}
        assert sender.post("/rate/given", data={**told, "_xsrf": "x" * 32}).status_code == 403
        assert "已收到" in sender.post("/rate/given", data=told).text
        for again in (sender.post("/rate/given", data=told), sender.get(f"/rate?to={token_of(first)}")):
            assert (again.status_code, "已经评价过" in again.text) == (400, True)
    assert "基本满意" in leader.get("/answer?letter=l1").text
    supervised = leader.get("/supervision").text
    assert "来信人满意率" in supervised
    assert "1/1 人" in supervised
    noted = [(row["who"], row["subject"], row["what"]) for row in trail.read(desk, n=200)[0]]
    assert ("来信人", "rate", "refused") in noted
    assert ("来信人", number, "answer") in noted
    # Whoever is signed in where the link is opened may rate, too.
    page = zhang.get(f"/rate?to={token_of(second)}").text
    assert (
        "已收到"
        in zhang.post(
            "/rate/given", data={"_xsrf": field(page, "_xsrf"), "to": token_of(second), "score": "1"}
        ).text
    )
    with desk.connect() as connection:
        assert connection.execute(
            select(sender_ratings.c.score).order_by(sender_ratings.c.answer_letter_id)
        ).scalars().all() == [2, 1]
    assert do(li, "l1", "correct", "1").status_code == 303
    assert "更正前次答复" in li.get("/answer?letter=l1").text
    assert not trail.verify(desk).fault


@pytest.mark.parametrize("token", ["", "1", "1-" + "0" * 40, "x" * 500, "5-%27%3Cscript%3E"])
def test_links_that_are_not_ours_tell_nothing_and_are_noted(base: str, desk: Engine, token: str) -> None:
    before = trail.read(desk, what="refused", subject="rate")[1]
    with httpx.Client(base_url=base) as sender:
        answer = sender.get(f"/rate?to={token}")
    assert (
        answer.status_code,
        "链接不完整或有误" in answer.text,
        "<script>" in answer.text.split("<main")[1],
    ) == (400, True, False)
    assert trail.read(desk, what="refused", subject="rate")[1] == before + 1


def test_what_is_refused_and_noted(desk: Engine, clients: dict[str, httpx.Client]) -> None:
    qi, leader = clients["qi"], clients["leader"]
    foreign, none = (
        re.search(r"<main.*</main>", qi.get(f"/answer?letter={key}").text, re.S)[0] for key in ("l2", "no")
    )
    assert foreign.replace("l2", "N") == none.replace("no", "N")
    told = {"letter": "l2", "do": "save", "text": TEXT, "command": "a-command-id"}
    assert qi.post("/answer", data=told).status_code == 403
    assert (
        qi.post(
            "/answer", data={**told, "letter": "l3", "also-0": "l2", "command": "another-command"}
        ).status_code
        == 403
    )
    assert leader.post("/answer", data=told).status_code == 403
    assert qi.get("/letter-answer/1.docx").status_code == 404
    assert qi.post("/answer", data={**told, "letter": "l3", "do": "dance"}).status_code == 400
    refused = [row["subject"] for row in trail.read(desk, what="refused", n=200)[0]]
    assert {"l2", "no", "l3", "answer:1"} <= set(refused)


def test_a_task_leads_to_the_answer_and_hears_of_it(desk: Engine, clients: dict[str, httpx.Client]) -> None:
    qi, leader = clients["qi"], demo_subject(desk, "leader")
    proof = Evidence(
        "", "letters", "letter=l3", "letter?id=l3", "一封来信", {"答复情况": "未知"}, 1, "letters@0", "省领导"
    )
    order = Order("路坏了", "请答复", str(of_region(desk, "431181").id), kind="letter", evidence=proof)
    task = assign(desk, order, by=leader, command_id="task-of-letter", at=now(), terms=shipped_terms())
    page = qi.get(f"/task?id={task.id}").text
    (address,) = re.findall(r'href="(answer\?letter=l3[^"]*)"', page)
    form = qi.get("/" + address.replace("&amp;", "&")).text
    told = {name: field(form, name) for name in ("letter", "id", "seq", "command", "task")}
    assert qi.post("/answer", data={**told, "do": "submit", "text": TEXT}).status_code == 303
    add_account(desk, "yong", "永", None, at=now())
    grant(desk, "yong", "department", of_region(desk, "431181").id, at=now(), by="test")
    with contextlib.closing(session_of(str(qi.base_url).rstrip("/"), desk, "yong")) as above:
        assert do(above, "l3", "send").status_code == 303
    _, events = get(desk, task.id, leader)
    assert (events[-1].action, "已答复来信人" in events[-1].given["text"]) == ("say", True)


def test_blocks_of_text(clients: dict[str, httpx.Client]) -> None:
    zhang, li, qi = clients["zhang"], clients["li"], clients["qi"]
    assert do(zhang, "l2", "keep-block", title="落款科室", text="岳麓区信访科").status_code == 303
    assert "岳麓区信访科" in li.get("/answer?letter=l2").text
    assert "岳麓区信访科" not in qi.get("/answer?letter=l3").text
    assert qi.post("/answer", data={"letter": "l3", "do": "end-block", "block": "1"}).status_code == 400
    assert do(li, "l2", "end-block", block="1").status_code == 303
    assert "岳麓区信访科" not in li.get("/answer?letter=l2").text


def test_the_leaders_answer_goes_to_the_sender_and_stands_with_the_letter(
    base: str, desk: Engine, clients: dict[str, httpx.Client]
) -> None:
    leader, zhang = clients["leader"], clients["zhang"]
    row = {
        "kind": "letters",
        "source_id": "l1",
        "class_name": "省长信箱",
        "title": "路坏了",
        "sender": "",
        "region_code": "430104",
    }
    row |= {"topic": "交通运输", "written_at": now(), "is_synthetic": False}
    assert take_in(desk, [row], shipped_terms(), at=now()) == 1
    form = leader.get("/fast?id=1").text
    told = {"id": "1", "command": field(form, "command")}
    assert leader.post("/fast", data={**told, "seq": "0", "do": "take_up"}).status_code == 303
    revealed = trail.read(desk, what="reveal")[1]
    answer = {
        **told,
        "command": "answer-by-leader",
        "seq": "1",
        "do": "answer",
        "text": "已责成修好，请与13873100001联系。",
    }
    assert leader.post("/fast", data={**answer, "seq": "0"}).status_code == 400
    assert trail.read(desk, what="reveal")[1] == revealed  # what is refused opens nothing
    assert leader.post("/fast", data=answer).status_code == 303
    assert trail.read(desk, what="reveal")[1] == revealed + 1
    assert trail.read(desk, what="reveal")[0][0]["who"] == "leader"
    page = leader.get("/fast?id=1").text
    assert "告知来信人的邮件待发" in page
    assert "wang@mail.example" not in page
    with desk.connect() as connection:
        message = connection.execute(select(outbox).where(outbox.c.message_id == "matter-1-answer")).one()
        assert [one.address for one in addresses_of(connection, message)] == ["wang@mail.example"]
    for reader in (leader, zhang):
        assert re.search(r"快速通道答复　快答〔\d{4}〕1号", reader.get("/letter?id=l1").text)
    # Whom the leader answered is not the department's: it reads the answer, without what leads to a person.
    assert "请与13873100001联系" in leader.get("/letter?id=l1").text
    assert "请与[手机号]联系" in zhang.get("/letter?id=l1").text
    assert "fast?id=1" not in zhang.get("/letter?id=l1").text


def test_links_are_tried_only_so_often(base: str) -> None:
    with httpx.Client(base_url=base) as sender:
        statuses = [sender.get("/rate?to=1-x").status_code for _ in range(21)]
    assert set(statuses) == {400, 429}
    assert statuses == sorted(statuses)
