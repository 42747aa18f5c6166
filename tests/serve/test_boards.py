"""Boards over the wire: pinned, arranged, undone, a slower tab, shared under one's own sight, copied; what is refused is noted."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator

import docx
import httpx
import pytest
from sqlalchemy import select

from shuju.clock import now
from shuju.desk.board_content import Content, Item, content_text
from shuju.desk.board_sharing import publish_board
from shuju.desk.boards import boards_of, make_board
from shuju.desk.organisations import of_region
from shuju.desk.store import open_desk
from shuju.desk.tables.trail import trail
from shuju.library.home import find_home
from tests.signing import signed_in

ROLES = ("leader", "analyst", "department", "operator")
FORM = {"Accept": "text/html"}


@pytest.fixture
def people(address: str) -> Iterator[dict[str, httpx.Client]]:
    found = {role: signed_in(address, role) for role in ROLES}
    yield found
    for client in found.values():
        client.close()


@pytest.fixture
def desk(address: str):
    return open_desk(find_home(None))


def addresses(html: str) -> list[str]:
    return [part.replace("&amp;", "&") for part in re.findall(r'data-card="([^"]*)"', html)]


def save(client: httpx.Client, board: str, version: str, *cards: str) -> httpx.Response:
    content = content_text(Content(tuple(Item(k, card) for k, card in enumerate(cards, 1))))
    return client.post(
        "/mine/board", data={"do": "arrange", "board": board, "version": version, "content": content}
    )


@pytest.mark.parametrize("role", ROLES)
def test_a_new_account_finds_its_page_full(people: dict[str, httpx.Client], role: str) -> None:
    page = people[role].get("/")
    assert page.status_code == 200
    assert len(addresses(page.text)) >= 2
    assert "没有收到新的数据（数据截至 2024-07-30 12:00），无从比较" in page.text
    for one in addresses(page.text):
        part = people[role].get(f"/card/{one}", headers={"X-Part": "1"})
        assert part.status_code == 200, one
        assert "<html" not in part.text
        assert "<button" not in part.text
    assert "letters." not in page.text  # none were ever written: a card of them would be empty


def test_pin_arrange_undo_and_a_slower_tab(people: dict[str, httpx.Client]) -> None:
    leader = people["leader"]
    told = {"do": "pin", "card": "records.trend", "query": "?genre=news&unit=week&page=3&of=no"}
    pinned = leader.post("/mine/board", data=told)
    assert pinned.status_code == 200
    assert "固定到" in pinned.text
    assert addresses(leader.get("/").text)[0] == "records.trend?genre=news&unit=week"
    board, version = pinned.headers["X-Board"], pinned.headers["X-Version"]
    assert version == "2"
    assert save(leader, board, version, "records.map", "records.trend").headers["X-Version"] == "3"
    slower = save(leader, board, version, "records.trend")
    assert (slower.status_code, slower.headers["X-Version"]) == (409, "3")
    assert addresses(leader.get("/").text) == ["records.map", "records.trend"]
    undone = leader.post("/mine/board", data={"do": "undo", "board": board, "version": "3"})
    assert undone.status_code == 200
    assert addresses(leader.get("/").text)[0] == "records.trend?genre=news&unit=week"


def test_what_is_no_card_is_not_pinned(people: dict[str, httpx.Client]) -> None:
    for card, status in (
        ("records.nothing", 400),
        ("letters.trend", 403),
        ("records.trend?unit=eon", 400),
        ("", 400),
    ):
        answer = people["operator"].post("/mine/board", data={"do": "pin", "card": card})
        assert answer.status_code == status, card
    assert "我的首页" in people["operator"].get("/").text


def test_a_card_whose_filter_is_gone_shows_no_other_figure(people: dict[str, httpx.Client], desk) -> None:
    items = (
        Item(1, "records.headline?colour=red", "红色"),
        Item(2, "records.headline?genre=news"),
        Item(3, "records.headline?genre=poem"),
        Item(4, "records.nothing"),
    )
    board = make_board(desk, ("演示-analyst", "分析员"), "旧首页", Content(items), told="", at=now())
    page = people["analyst"].get(f"/?board={board.id}").text
    assert "没有“colour”这个筛选项，数字会与原来的不同，故不显示" in page
    assert page.count("这个筛选项") == 1
    assert "没有“poem”这个取值<" in page
    assert "这张图卡已不再提供，请在编排中移除" in page
    assert "现有：" not in page  # names of cards say nothing to who reads
    assert 'data-still="card/records.headline?colour' not in page
    told = "\n".join(
        one.text
        for one in docx.Document(
            io.BytesIO(people["analyst"].get(f"/export/my-briefing.docx?board={board.id}").content)
        ).paragraphs
    )
    assert "红色：图卡“" in told
    assert "没有“colour”这个筛选项" in told


def test_a_shared_board_shows_each_what_they_may_see(people: dict[str, httpx.Client], desk) -> None:
    board = make_board(
        desk, ("演示-leader", "省领导"), "全省来信", Content((Item(1, "letters.headline"), Item(2, "records.headline"))), told="", at=now()
    )  # fmt: skip
    assert "没有这个首页" in people["department"].get(f"/?board={board.id}").text
    publish_board(desk, board, str(of_region(desk, "430000").id))
    shown = {role: people[role].get(f"/?board={board.id}").text for role in ROLES}
    assert all("全省来信" in page for page in shown.values())
    assert "您的可见范围内没有这类数据" in shown["operator"]
    assert "编排" not in shown["department"]
    copied = people["department"].post(
        "/mine/boards", data={"do": "copy", "board": str(board.id)}, headers=FORM
    )
    assert copied.status_code == 303
    assert [one.name for one in boards_of(desk, "演示-department")][1:] == ["全省来信（复制）"]
    assert boards_of(desk, "演示-leader") == [
        board.__class__(**{**vars(board), "published_to": of_region(desk, "430000").id})
    ]


def test_nobody_touches_the_board_of_another(people: dict[str, httpx.Client], desk) -> None:
    board = make_board(
        desk, ("演示-leader", "省领导"), "我的", Content((Item(1, "records.map"),)), told="", at=now()
    )
    before = boards_of(desk, "演示-leader")
    for do in ("rename", "share", "publish", "preset", "delete", "copy", "restore"):
        asked = {"do": do, "board": str(board.id), "version": "1", "name": "x", "account": "x", "to": "1"}
        assert people["analyst"].post("/mine/boards", data=asked, headers=FORM).status_code == 403, do
    for do in ("undo", "arrange", "restore"):
        told = {
            "do": do,
            "board": str(board.id),
            "version": "1",
            "to": "1",
            "content": json.dumps({"items": []}),
        }
        assert people["analyst"].post("/mine/board", data=told).status_code in (400, 403), do
    assert people["analyst"].get(f"/export/my-briefing.docx?board={board.id}").status_code == 403
    assert boards_of(desk, "演示-leader") == before
    with desk.connect() as connection:
        told = [row.what for row in connection.execute(select(trail.c.what).where(trail.c.what == "refused"))]
    assert len(told) >= 8


def test_a_card_is_built_from_what_is_registered(people: dict[str, httpx.Client]) -> None:
    analyst = people["analyst"]
    page = analyst.get("/mine/new?subject=records&card=records.trend&genre=policy&by=genre")
    assert page.status_code == 200
    assert "类别：政策文件" in page.text
    sent = analyst.post(
        "/mine/new", data={"card": "records.trend", "genre": "policy", "title": "政策文件走势"}, headers=FORM
    )
    assert sent.status_code == 303
    home = analyst.get("/").text
    assert addresses(home)[0] == "records.trend?genre=policy"
    assert "政策文件走势" in home
    assert 'value="letters"' not in people["operator"].get("/mine/new").text
    assert (
        people["operator"].post("/mine/new", data={"card": "letters.trend"}, headers=FORM).status_code == 403
    )


def test_versions_are_had_back_and_presets_taken(people: dict[str, httpx.Client], desk) -> None:
    leader = people["leader"]
    leader.post("/mine/board", data={"do": "pin", "card": "records.map"})
    leader.post("/mine/boards", data={"do": "preset", "board": "0", "field": "environment"}, headers=FORM)
    (board,) = boards_of(desk, "演示-leader")
    assert (board.name, board.field, board.version) == ("分管副省长：生态环境", "environment", 3)
    asked = {"do": "restore", "board": str(board.id), "version": "3", "to": "2"}
    assert leader.post("/mine/boards", data=asked, headers=FORM).status_code == 303
    assert boards_of(desk, "演示-leader")[0].content.items[0].card == "records.map"
    assert "恢复到第 2 版" in leader.get("/mine/boards").text


def test_the_board_as_word(people: dict[str, httpx.Client], tmp_path) -> None:
    answer = people["operator"].get("/export/my-briefing.docx")
    assert answer.status_code == 200
    (tmp_path / "a.docx").write_bytes(answer.content)
    text = "\n".join(p.text for p in docx.Document(str(tmp_path / "a.docx")).paragraphs)
    for word in ("近期变化", "网站", "筛选：", "数据截至", "来源：统一信息资源库"):
        assert word in text
    assert "</" not in text  # the hostile title of a page stands there as text
