"""A suggestion goes from the fast channel to a department, which reads it with its task; others do not, nor it afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from shuju.access import entered
from shuju.access.sight import scope_of
from shuju.clock import now
from shuju.desk import trail
from shuju.desk.accounts import add_account
from shuju.desk.fast_arrivals import take_in_new
from shuju.desk.fast_channel import get_matter, list_matters
from shuju.desk.memberships import grant
from shuju.desk.organisations import add_department, of_region
from shuju.desk.store import open_desk
from shuju.desk.subjects import subject_named
from shuju.desk.terms_reading import shipped_terms
from shuju.library import open_library
from shuju.library.ingest import ingest
from shuju.pages.tasks.fast import fast_html, receive_decision
from shuju.pages.tasks.one_task import receive_action, task_html
from tests.conftest import write_lines

CATALOG = """
version: 1
sources:
  test_suggestions:
    title: 测试微建议
    licence: 测试
    refresh: daily
    location: raw
    inputs:
      - table: suggestions
        reader: json
        files: "*.jsonl"
        fields: {suggestion_id: id, title: title, body: body, submitted_at: time, region_code: place, member: member, topic_1: topic}
"""
ROW = {
    "id": "s1", "title": "增设夜间公交", "body": "建议增设三条夜间公交线路，联系电话13873100001。", "time": "2024-07-20 10:00",
    "place": "430104", "member": "王委员", "topic": "交通运输",
}  # fmt: skip


def test_a_suggestion_is_read_by_whoever_was_given_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
    write_lines(tmp_path / "raw" / "1.jsonl", [ROW])
    library = open_library(tmp_path / "home", tmp_path / "catalog.yaml")
    ingest(library, "test_suggestions")
    monkeypatch.setenv("SHUJU_HOME", library.home.uri)
    desk = open_desk(library.home)
    of_region(desk, "430100")
    numbers = {name: add_department(desk, "430100", name).id for name in ("交通局", "教育局")}
    people = {"leader": ("leader", None), "jiao": ("department", numbers["交通局"])}
    people["xue"] = ("department", numbers["教育局"])
    for name, (role, number) in people.items():
        add_account(desk, name, name, None, at=now())
        grant(desk, name, role, number, at=now(), by="test")
    take_in_new(library, desk, shipped_terms(), at=now())
    (matter,) = list_matters(desk)
    assert (matter.class_name, matter.sender) == ("微建议", "王委员")

    def seen_by(name: str, role: str, number: int | None) -> str:
        who = subject_named(desk, name, role, number, at=now())
        with entered(who):
            return task_html(library.limited_to(scope_of(who, library)), {"id": "1"})

    leader = subject_named(desk, "leader", "leader", None, at=now())
    with entered(leader):
        form = {
            "id": "1",
            "do": "assign",
            "seq": "0",
            "command": "assign-suggestion",
            "organisation": "长沙市交通局",
        }
        receive_decision(library, form)
        assert "长沙市交通局" in fast_html(library, {"id": "1"})
        assert "快速通道：批示与答复" in task_html(library, {"id": "1"})
    shown = seen_by("jiao", "department", numbers["交通局"])
    assert "建议增设三条夜间公交线路" in shown
    assert "13873100001" not in shown
    assert "快速通道：批示与答复" not in shown
    assert "建议增设" not in seen_by("xue", "department", numbers["教育局"])
    assert trail.read(desk, what="read-letter", subject="s1")[0][0]["who"] == "jiao"
    with entered(leader):
        told = {
            "id": "1",
            "do": "reassign",
            "seq": "1",
            "command": "elsewhere-0001",
            "organisation": "长沙市教育局",
        }
        receive_action(library, told)
    assert "建议增设" not in seen_by("jiao", "department", numbers["交通局"])
    assert "建议增设" in seen_by("xue", "department", numbers["教育局"])
    with entered(leader):
        told = {"id": "1", "do": "answer", "seq": "1", "command": "answer-0001", "text": "已采纳，八月开通。"}
        receive_decision(library, told)
    assert get_matter(desk, 1)[0].answer_number.endswith("1号")
