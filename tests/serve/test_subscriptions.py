"""Subscribing over the wire: the form of a card, one's own list, what is refused and noted, the page that unsubscribes."""

from __future__ import annotations

import io
import re
from contextlib import closing

import docx
import httpx
import pytest
from sqlalchemy import update

from shuju.clock import now
from shuju.desk import trail
from shuju.desk.sessions import demo_subject
from shuju.desk.store import open_desk
from shuju.desk.subscriptions.inboxes import list_inbox
from shuju.desk.subscriptions.record import list_subscriptions, unsubscribe_name
from shuju.desk.subscriptions.run import run_alerts
from shuju.desk.tables.subscriptions import alert_states
from shuju.library.home import find_home
from shuju.pages.subscriptions.shown import shown
from shuju.serve.briefings import told_of
from tests.signing import signed_in

PART = {"X-Part": "1"}
LEVEL = {"kind": "above", "measure": "n", "level": "10", "time": "08:30", "channel": "email"}


def subscribe(
    client: httpx.Client, card: str = "records.headline", of: str = "", **more: str
) -> httpx.Response:
    return client.post(
        "/subscribe", data={"card": card, "of": of, "title": "信息太多", **LEVEL, **more}, headers=PART
    )


def test_from_the_menu_of_a_card_to_the_inbox(address: str) -> None:
    desk = open_desk(find_home(None))
    with closing(signed_in(address, "analyst")) as client:
        assert 'data-form href="subscribe?card=records.trend"' in client.get("/panorama").text
        form = client.get("/subscribe?card=records.headline&genre=news&page=2", headers=PART).text
        assert "信息：20 条" in form
        assert 'name="of" value="genre=news"' in form  # what belongs to other cards is left out
        assert subscribe(client, of="genre=news").status_code == 200
        assert "信息太多" in client.get("/subscriptions").text
        assert "还没有消息" in client.get("/inbox").text
        ran = run_alerts(find_home(None), desk, shown, at=now())
        assert ran.n_told == 1
        page = client.get("/inbox").text
        assert "总量 20 条，高于所设的 10 条" in page
        assert 'href="card/records.headline?genre=news"' in page
        number = re.search(r'name="upto" value="(\d+)"', page)[1]
        assert client.post("/inbox", data={"upto": number}).status_code == 303
        assert "0 条未读" in client.get("/inbox").text
    assert [row["subject"] for row in trail.read(desk, what="subscription")[0]] == ["card/records.headline"]
    assert len(list_inbox(desk, demo_subject(desk, "analyst"))) == 1


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"card": "records.list"}, "没有单一数值"),
        ({"card": "records.nothing"}, "没有"),
        ({"of": "genre=nonsense"}, "没有“nonsense”"),
        ({"level": "很多"}, "应填数字"),
        ({"level": ""}, "请填写"),
        ({"level": "10", "reset": "11"}, "不能高于"),
        ({"kind": "issue"}, "不是热点与预警"),
        ({"time": "25:00"}, "时刻"),
        ({"title": " "}, "名字"),
        ({"id": "9999"}, "没有这项订阅"),
    ],
)
def test_what_cannot_be_is_refused_in_words(address: str, more: dict[str, str], why: str) -> None:
    with closing(signed_in(address, "analyst")) as client:
        answer = subscribe(client, **more)
    assert answer.status_code == 400
    assert why in answer.text


def test_a_foreign_subscription_is_not_there_and_the_keeper_sees_no_figures(address: str) -> None:
    desk = open_desk(find_home(None))
    with closing(signed_in(address, "analyst")) as client:
        subscribe(client)
    (one,) = list_subscriptions(desk)
    with closing(signed_in(address, "leader")) as client:
        for form in ({"do": "end", "id": str(one.id)}, {"do": "pause", "id": str(one.id)}):
            assert client.post("/subscriptions", data=form).status_code == 400
        assert client.get(f"/subscribe?id={one.id}", headers=PART).status_code == 400
        assert "信息太多" not in client.get("/subscriptions").text
    with closing(signed_in(address, "operator")) as client:
        answer = client.get("/subscribe?card=letters.trend", headers=PART)
        assert answer.status_code == 403  # who sees no letters subscribes to none
    with closing(signed_in(address, "administrator")) as client:
        page = client.get("/subscriptions").text
        assert "演示-analyst" in page
        assert "信息太多" not in page
        assert client.get("/inbox").status_code == 403
        assert client.post("/subscriptions", data={"do": "end", "id": str(one.id)}).status_code == 303
    assert list_subscriptions(desk) == []
    refused = {row["subject"] for row in trail.read(desk, what="refused")[0]}
    assert {"/subscribe", "/inbox"} <= refused


def test_one_click_unsubscribes_whoever_has_the_link(address: str) -> None:
    desk = open_desk(find_home(None))
    with closing(signed_in(address, "analyst")) as client:
        subscribe(client)
    (one,) = list_subscriptions(desk)
    link = f"{address}/unsubscribe/{unsubscribe_name(one.id)}"
    with httpx.Client(timeout=60) as stranger:
        assert "信息太多" in stranger.get(link).text
        assert len(list_subscriptions(desk)) == 1  # what only looks ends nothing
        assert stranger.post(link[:-1] + ("0" if link[-1] != "0" else "1")).status_code == 404
        assert len(list_subscriptions(desk)) == 1
        done = stranger.post(link, data={"List-Unsubscribe": "One-Click"})
        assert (done.status_code, "已退订" in done.text) == (200, True)
        assert done.headers["Cache-Control"] == "no-store"
        assert stranger.get(link).status_code == 404
    assert list_subscriptions(desk) == []


BRIEFED = {
    "card": "my-briefing",
    "title": "每月专报",
    "kind": "monthly",
    "day": "31",
    "time": "07:30",
    "channel": "email",
}


def test_a_briefing_is_ordered_from_the_board_and_taken_from_the_inbox(address: str) -> None:
    desk = open_desk(find_home(None))
    with closing(signed_in(address, "operator")) as client:
        assert 'data-form href="subscribe?card=my-briefing"' in client.get("/").text
        form = client.get("/subscribe?card=my-briefing", headers=PART).text
        assert "定时专报" in form
        assert "张图卡" in form
        assert "高于某值" not in form
        done = client.post("/subscribe", data=BRIEFED, headers=PART)
        assert (done.status_code, "每月 31 日 07:30" in done.text) == (200, True)
        assert "我的专报（Word）" in client.get("/subscriptions").text
        with desk.begin() as connection:
            connection.execute(update(alert_states).values(next_at=now()))
        assert run_alerts(find_home(None), desk, told_of, at=now()).n_told == 1
        link = re.search(r'href="(inbox/\d+\.docx)"', client.get("/inbox").text)[1]
        file = client.get(f"/{link}")
        assert file.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
        told = "\n".join(p.text for p in docx.Document(io.BytesIO(file.content)).paragraphs)
        assert "筛选：" in told
        for wrong in ({"kind": "change"}, {"digest": "yes"}, {"day": "32"}, {"day": "x"}):
            assert client.post("/subscribe", data=BRIEFED | wrong, headers=PART).status_code == 400, wrong
    with closing(signed_in(address, "leader")) as other:
        assert other.get(f"/{link}").status_code == 404
        assert other.get("/inbox/999999999.docx").status_code == 404
        foreign = other.get("/subscribe?card=my-briefing&board=7", headers=PART)
        assert foreign.status_code == 403
    with closing(signed_in(address, "administrator")) as keeper:
        assert keeper.get(f"/{link}").status_code == 403
    number = link.partition("/")[2]
    noted = [(row["what"], row["subject"]) for row in trail.read(desk)[0]]
    assert ("export", "my-briefing.docx") in noted
    assert noted.count(("export", f"inbox:{number}")) == 1
    assert noted.count(("refused", f"inbox:{number}")) == 1
    assert ("refused", "/subscribe") in noted
