"""The interface for another system: what it makes, does and reads; what it is refused; and that it does what its description says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from shuju.access import Subject
from shuju.clock import now
from shuju.desk.accounts import add_account, set_disabled
from shuju.desk.api_tokens import end_token, list_tokens, make_token
from shuju.desk.memberships import grant
from shuju.desk.organisations import of_region
from shuju.desk.store import open_desk
from shuju.desk.tasks.commands import get
from shuju.desk.tasks.evidence import evidence_of
from shuju.library.home import find_home
from shuju.pages.tasks.figures import figure_of
from shuju.serve import api
from shuju.serve.api_schema import described

BY = Subject("leader", "leader", "leader")
PASSWORD = "a-Long-passw0rd-of-"
TASK = {"title": "噪声扰民", "text": "请办理。", "organisation": "长沙市人民政府"}


@pytest.fixture
def clients(address: str) -> Iterator[dict[str, httpx.Client]]:
    """The system of the province, and those of two prefectures, by name."""
    desk, made = open_desk(find_home(None)), {}
    for name, role, region in (
        ("oa", "analyst", ""),
        ("cs", "department", "430100"),
        ("zz", "department", "430200"),
    ):
        add_account(desk, name, name, PASSWORD + name, at=now())
        grant(desk, name, role, of_region(desk, region).id if region else None, at=now(), by="x")
        token = make_token(desk, name, role, "测试", at=now())
        made[name] = httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    yield made
    for client in made.values():
        client.close()


def key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": f"key-of-{name}"}


def test_a_task_goes_there_and_back(clients: dict[str, httpx.Client]) -> None:
    oa, cs = clients["oa"], clients["cs"]
    made = oa.post("/api/tasks", json=TASK, headers=key("first"))
    assert made.status_code == 201
    number = made.json()["id"]
    assert oa.post("/api/tasks", json=TASK, headers=key("first")).json() == made.json()
    signed = cs.post(f"/api/tasks/{number}/events", json={"do": "sign", "seq": 1}, headers=key("signed"))
    assert (signed.status_code, signed.json()["state"]) == (200, "working")
    told = {"do": "submit", "seq": 2, "text": "已整改"}
    assert (
        cs.post(f"/api/tasks/{number}/events", json=told, headers=key("submitted")).json()["state"]
        == "in_review"
    )
    polled = oa.get("/api/tasks?limit=2").json()
    assert [event["action"] for event in polled["events"]] == ["assign", "sign"]
    rest = oa.get(f"/api/tasks?after={polled['next']}").json()
    assert [(event["action"], event["text"]) for event in rest["events"]] == [("submit", "已整改")]
    assert oa.get(f"/api/tasks?after={rest['next']}").json() == {"events": [], "next": rest["next"]}
    assert len(oa.get(f"/api/tasks/{number}").json()["events"]) == 3
    assert clients["zz"].get("/api/tasks").json()["events"] == []


def test_what_is_refused(clients: dict[str, httpx.Client]) -> None:
    oa, cs, zz = clients["oa"], clients["cs"], clients["zz"]
    number = oa.post("/api/tasks", json=TASK, headers=key("first")).json()["id"]
    way, sign = f"/api/tasks/{number}/events", {"do": "sign", "seq": 1}
    cases = [
        (oa, "/api/tasks", TASK, {}, 400),
        (oa, "/api/tasks", TASK, {"Idempotency-Key": "short"}, 400),
        (oa, "/api/tasks", TASK | {"title": "另一件"}, key("first"), 409),
        (oa, "/api/tasks", TASK | {"organisation": "月球"}, key("second"), 409),
        (oa, "/api/tasks", TASK | {"title": "\0 \n"}, key("second"), 400),
        (oa, "/api/tasks", TASK | {"topic": "a\0"}, key("second"), 400),
        (oa, "/api/tasks", TASK | {"region_code": "١٢٣٤٥٦"}, key("second"), 400),
        (oa, "/api/tasks", TASK, {"Idempotency-Key": "key/of/second"}, 400),
        (cs, way, {"do": "object", "seq": 1}, key("second"), 400),
        (cs, way, {"do": "object", "seq": 1, "text": " \0"}, key("second"), 400),
        (cs, way, {"do": "attach", "seq": 1}, key("second"), 400),
        (cs, way, {"do": "ask_delay", "seq": 1, "text": "忙", "until": "2024-02-30"}, key("second"), 400),
        (cs, way, {"do": "ask_delay", "seq": 1, "text": "忙", "until": "2124-02-03"}, key("second"), 409),
        (oa, way, {"do": "reassign", "seq": 1, "organisation": "月球"}, key("second"), 409),
        (oa, way, {"do": "merge", "seq": 1, "into": number}, key("second"), 409),
        (oa, "/api/tasks", TASK | {"more": 1}, key("second"), 400),
        (cs, "/api/tasks", TASK, key("second"), 403),
        (zz, way, sign, key("second"), 404),
        (oa, way, sign, key("second"), 403),
        (cs, way, {"do": "sign", "seq": 9}, key("second"), 409),
        (cs, way, {"do": "approve", "seq": 1}, key("second"), 400),
        (cs, way, {"do": "approve", "seq": 1, "solved": "yes"}, key("second"), 409),
        (cs, "/api/tasks/99999999/events", sign, key("second"), 404),
        (cs, "/api/tasks/99999999999999999999/events", sign, key("second"), 404),
    ]
    for client, address, body, headers, status in cases:
        answer = client.post(address, json=body, headers=headers)
        assert (answer.status_code, list(answer.json())) == (status, ["error"]), (address, body)
    assert zz.get(f"/api/tasks/{number}").json() == zz.get("/api/tasks/99999999").json()
    assert oa.post("/api/tasks", content=b"x" * 70_000, headers=key("second")).status_code == 413
    assert oa.get("/api/tasks?after=-1").status_code == 400
    assert oa.get(f"/api/tasks?after={'9' * 5_000}").status_code == 400


def test_what_is_not_told_has_a_default_or_is_asked_for(clients: dict[str, httpx.Client]) -> None:
    oa = clients["oa"]
    told = oa.post("/api/tasks", json=TASK, headers=key("plain")).json()
    assert (told["kind"], told["channel"], told["urgency"], told["rule"]) == ("card", "", "normal", "其他")
    letter = TASK | {"kind": "letter", "channel": "leader_mailbox", "until": "2099-12-31"}
    told = oa.post("/api/tasks", json=letter, headers=key("letter")).json()
    assert (told["rule"], told["result_due"]) == ("省长信箱来信", "2099-12-31T17:30:00+08:00")
    cases = [
        ({"title": "x"}, "text：缺少这一项；organisation：缺少这一项"),
        (TASK | {"channel": "pigeon"}, "没有来信渠道 'pigeon'，只有：leader_mailbox（"),
        (TASK | {"term": 3}, "term：没有这一项"),
        (TASK | {"until": "2001-01-01"}, "期限须在现在之后"),
    ]
    for body, wanted in cases:
        assert wanted in oa.post("/api/tasks", json=body, headers=key("faulty")).json()["error"]
    fields = described()["components"]["schemas"]["NewTask"]["properties"]
    assert all("description" in fields[name] for name in fields if name != "text")


def test_tokens_end_with_themselves_their_account_and_their_role(clients: dict[str, httpx.Client]) -> None:
    desk = open_desk(find_home(None))
    for headers in ({"Authorization": ""}, {"Authorization": "Bearer nonsense"}):
        assert clients["oa"].get("/api/tasks", headers=headers).status_code == 401
    assert clients["oa"].get("/api/tasks").status_code == 200
    tokens = {one.account: one.id for one in list_tokens(desk)}
    assert end_token(desk, tokens["oa"], at=now())
    assert not end_token(desk, tokens["oa"], at=now())
    set_disabled(desk, "cs", True, at=now())
    for name in ("oa", "cs"):
        assert clients[name].get("/api/tasks").status_code == 401
    with pytest.raises(ValueError, match="没有角色"):
        make_token(desk, "zz", "leader", "测试", at=now())


def test_the_interface_does_what_its_description_says(clients: dict[str, httpx.Client]) -> None:
    oa = clients["oa"]
    oa.post("/api/tasks", json=TASK, headers=key("first"))
    told = oa.get("/api/openapi.json").json()
    assert told == described()
    schema = schemathesis.openapi.from_dict(told)
    headers = {"Authorization": oa.headers["Authorization"]}
    calls = []
    for found in schema.get_all_operations():
        # What fits the description is done, or there is not what it names, or it does not go with how things stand (409): never 400.
        check(found.ok(), str(oa.base_url), headers, calls)
    assert len(calls) >= 50
    assert {200, 404, 409} <= set(calls)
    assert 400 not in calls


def check(operation: Any, base: str, headers: dict[str, str], calls: list[int]) -> None:
    @settings(
        max_examples=25,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=operation.as_strategy())
    def call(case: Any) -> None:
        answer = case.call(base_url=base, headers=headers, timeout=60)
        calls.append(answer.status_code)
        case.validate_response(answer)

    call()


def test_what_a_task_of_another_system_rests_on(clients: dict[str, httpx.Client]) -> None:
    oa = clients["oa"]
    made = oa.post(
        "/api/tasks", json={**TASK, "about": "card=records.trend&library=430100"}, headers=key("about")
    )
    assert made.status_code == 201
    proof = evidence_of(open_desk(find_home(None)), made.json()["id"])
    assert (proof.n_rows, proof.filters) == (20, "card=records.trend&library=430100")
    unknown = oa.post("/api/tasks", json={**TASK, "about": "document=nothing"}, headers=key("unknown"))
    assert (unknown.status_code, unknown.json()["error"]) == (409, "没有这份文件")


def test_a_task_about_what_is_made_up_says_so(
    clients: dict[str, httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    oa, made = clients["oa"], {}
    about = {**TASK, "about": "card=records.trend&library=430100"}
    for is_synthetic in (False, True):
        monkeypatch.setattr(
            api,
            "figure_of",
            lambda *asked, made_up=is_synthetic: replace(figure_of(*asked), is_synthetic=made_up),
        )
        told = oa.post("/api/tasks", json=about, headers=key(f"made-up-{is_synthetic}")).json()
        made[is_synthetic] = get(open_desk(find_home(None)), told["id"], BY)[0].is_synthetic
    assert made == {False: False, True: True}
