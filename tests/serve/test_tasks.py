"""From a card on a page to a task that is closed: over the wire, by the people who would do it; and what is refused."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import docx
import httpx
import pytest
from sqlalchemy import select

from shuju.clock import now
from shuju.desk import trail
from shuju.desk.fast_arrivals import take_in
from shuju.desk.organisations import of_region
from shuju.desk.sessions import demo_subject
from shuju.desk.store import open_desk
from shuju.desk.tables.tasks import blobs
from shuju.desk.tasks.commands import Order, assign
from shuju.desk.terms_reading import shipped_terms
from shuju.library.home import find_home
from tests.signing import signed_in

PNG = b"\x89PNG\r\n\x1a\n" + bytes(1000)
PART = {"X-Part": "1"}


def field(html: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', html)[1].replace("&amp;", "&")


@pytest.fixture
def people(address: str) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """A leader, and somebody of the government of 长沙市."""
    both = signed_in(address, "leader"), signed_in(address, "department")
    yield both
    for client in both:
        client.close()


def do(client: httpx.Client, number: str, action: str, **given: str) -> httpx.Response:
    page = client.get(f"/task?id={number}").text
    told = {"id": number, "do": action, "seq": field(page, "seq"), "command": field(page, "command"), **given}
    return client.post("/task", data=told, headers={"Accept": "text/html"})


def test_from_a_card_to_a_closed_task(people: tuple[httpx.Client, httpx.Client]) -> None:
    leader, department = people
    form = leader.get("/assign?card=records.trend&library=430100&genre=news", headers=PART).text
    assert "20 条（数据截至" in form
    told = {
        "of": field(form, "of"),
        "command": field(form, "command"),
        "title": "要闻太少",
        "text": "请核实。",
        "do": "assign",
    }
    sent = leader.post("/assign", data={**told, "organisation": "长沙市"}, headers=PART)
    assert sent.status_code == 200
    number = re.search(r"task\?id=(\d+)", sent.text)[1]
    again = leader.post("/assign", data={**told, "organisation": "长沙市"}, headers=PART)
    assert re.search(r"task\?id=(\d+)", again.text)[1] == number  # the same command is one task

    listed = department.get("/desk").text
    assert "要闻太少" in listed
    assert do(department, number, "sign").status_code == 303
    kept = department.post(
        f"/attach?task={number}&name=照片.png&command=upload-0001", content=PNG, headers={"Content-Type": "application/octet-stream"}
    )  # fmt: skip
    assert kept.status_code == 200
    page = department.get(f"/task?id={number}").text
    assert "照片.png" in page
    file = department.get("/attachment/1")
    assert (file.content, file.headers["Content-Type"]) == (PNG, "image/png")
    assert do(department, number, "submit", text="已整改").status_code == 303
    assert do(leader, number, "approve", solved="yes").status_code == 303
    assert "20 条" in leader.get(f"/task?id={number}").text  # the figure as it stood
    for form_name, words in (("order", "要闻太少"), ("feedback", "已整改")):
        written = leader.get(f"/task-form/{number}/{form_name}.docx")
        text = "\n".join(p.text for p in docx.Document(io.BytesIO(written.content)).paragraphs)
        assert words in text
    assert "高" not in leader.get("/supervision").text.split("各单位")[0]


def test_what_an_older_page_asks_is_refused_with_who_was_faster(
    people: tuple[httpx.Client, httpx.Client],
) -> None:
    leader, department, number = *people, task_of("430100")
    page = leader.get(f"/task?id={number}").text
    do(department, number, "sign")
    told = {"id": number, "do": "urge", "seq": field(page, "seq"), "command": field(page, "command")}
    refused = leader.post("/task", data=told, headers={"Accept": "text/html"})
    assert refused.status_code == 400
    assert re.search(r"演示承办部门（演示-department）已于 \d{4}-\d\d-\d\d \d\d:\d\d:\d\d 签收", refused.text)


def test_a_foreign_task_is_as_one_that_is_not_there_and_noted(
    people: tuple[httpx.Client, httpx.Client],
) -> None:
    _, department, number = *people, task_of("430200")
    bodies = [department.get(f"/task?id={one}").text.replace(str(one), "N") for one in (number, "9999")]
    mains = {re.search(r"<main.*</main>", body, re.DOTALL)[0] for body in bodies}
    assert len(mains) == 1
    for address_of in (f"/task-form/{number}/order.docx", "/attachment/7777"):
        assert department.get(address_of).status_code == 404
    told = {"id": number, "do": "sign", "seq": "1", "command": "a-command-id"}
    assert department.post("/task", data=told).status_code == 400
    desk = open_desk(find_home(None))
    refused = [row["subject"] for row in trail.read(desk, what="refused")[0]]
    assert refused.count(f"task:{number}") == 3


def test_files_need_what_only_a_page_of_the_session_knows(people: tuple[httpx.Client, httpx.Client]) -> None:
    _, department, number = *people, task_of("430100")
    way = f"/attach?task={number}&name=a.png&command=upload-0002"
    cases = {
        "without the token": ({"X-Xsrf": ""}, 403),
        "with another's": ({"X-Xsrf": "0" * 32}, 403),
        "from another site": ({"Origin": "https://evil.example"}, 403),
        "as it should be": ({}, 200),
    }
    for name, (headers, status) in cases.items():
        assert department.post(way, content=PNG, headers=headers).status_code == status, name
    with open_desk(find_home(None)).connect() as connection:
        assert len(connection.execute(select(blobs)).all()) == 1


def test_several_at_once(people: tuple[httpx.Client, httpx.Client]) -> None:
    leader, _, number = *people, task_of("430100")
    other = task_of("430200")
    told = {"do": "urge", "chosen": f"{number}.1,{other}.7", "batch": "batch-of-test", "view": "all"}
    answer = leader.post("/desk", data=told, follow_redirects=True)
    assert "催办 1 件；1 件没有执行" in answer.text
    assert leader.post("/desk", data={**told, "do": "approve"}).status_code == 400


def test_an_assignment_is_taken_back(people: tuple[httpx.Client, httpx.Client]) -> None:
    leader, department = people
    form = leader.get("/assign?card=records.trend", headers=PART).text
    told = {
        "of": field(form, "of"),
        "command": field(form, "command"),
        "title": "噪声扰民",
        "text": "要求",
        "do": "assign",
        "organisation": "长沙市",
    }
    toast = leader.post("/assign", data=told, headers=PART).text
    undone = leader.post(
        "/assign",
        data={"do": "undo", "id": field(toast, "id"), "command": field(toast, "command")},
        headers=PART,
    )
    assert "已撤销" in undone.text
    assert "噪声扰民" not in department.get("/desk?view=all").text
    assert department.get("/assign?card=records.trend", headers=PART).status_code == 403
    assert leader.get("/assign?card=records.nothing", headers=PART).status_code == 400


def task_of(region: str) -> str:
    """Assign a task to the government of a region; return its number."""
    desk = open_desk(find_home(None))
    order = Order("噪声扰民", "要求", str(of_region(desk, region).id))
    by = demo_subject(desk, "leader")
    return str(assign(desk, order, by=by, command_id=f"task-of-{region}", at=now(), terms=shipped_terms()).id)


def test_the_fast_channel(people: tuple[httpx.Client, httpx.Client]) -> None:
    leader, department = people
    desk = open_desk(find_home(None))
    row = {
        "kind": "letters",
        "source_id": "gone",
        "class_name": "省长信箱",
        "title": "路灯不亮",
        "sender": "",
        "region_code": "430104",
    }
    take_in(
        desk,
        [{**row, "topic": "城乡建设", "written_at": now(), "is_synthetic": False}],
        shipped_terms(),
        at=now(),
    )
    assert "路灯不亮" in leader.get("/fast").text
    page = leader.get("/fast?id=1").text
    # What is refused leaves no task.
    refused = {"id": "1", "seq": "7", "command": "refused-of-test", "do": "assign", "organisation": "长沙市"}
    assert leader.post("/fast", data=refused, headers={"Accept": "text/html"}).status_code == 400
    assert 'data-href="task?id=' not in department.get("/desk").text
    told = {
        "id": "1",
        "seq": "0",
        "command": field(page, "command"),
        "do": "assign",
        "organisation": "长沙市",
        "text": "请速办。",
    }
    for _ in range(2):  # what is sent twice is one task
        assert leader.post("/fast", data=told).status_code == 303
    assert "请速办。" in leader.get("/fast?id=1").text
    assert department.get("/desk").text.count('data-href="task?id=') == 1
    assert leader.get("/fast-answer/1.docx").status_code == 404
    number = re.search(r"task\?id=(\d+)", department.get("/desk").text)[1]
    assert "fast?id=1" in leader.get(f"/task?id={number}").text
    assert "fast?id=1" not in department.get(f"/task?id={number}").text
    assert do(department, number, "sign").status_code == 303
    assert do(department, number, "submit", text="路灯已换新。").status_code == 303
    shown = leader.get("/fast?id=1").text
    assert "待审核" in shown
    assert shown.count("路灯已换新。") == 2  # the result, and the answer as it is proposed
    answer = {
        "id": "1",
        "seq": "1",
        "command": "answer-of-test",
        "do": "answer",
        "text": "已修好，电话 13873100001。",
        "published": "yes",
    }
    assert leader.post("/fast", data=answer).status_code == 303
    assert "来信人没有邮箱" in leader.get("/fast?id=1").text
    written = docx.Document(io.BytesIO(leader.get("/fast-answer/1.docx").content))
    assert re.search(r"快答〔\d{4}〕1号", "\n".join(p.text for p in written.paragraphs))
    assert (
        leader.get("/fast?id=1").text.count("13873100001") == 2
    )  # the answer and its thread; not what is published
    assert department.get("/fast").status_code == 403


@pytest.mark.parametrize("name", ["0", "a-b", "zzz"])
def test_a_calendar_that_is_not_there_says_how_to_mend_it(address: str, name: str) -> None:
    answer = httpx.get(f"{address}/deadlines/{name}.ics")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert answer.text == "这个日历地址无效，或已经换过；请登录后重新复制"
