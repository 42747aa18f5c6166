"""What an organisation's open tasks rest on: as long as they are open and its own, its helpers' and of what was merged into them."""

from __future__ import annotations

from urllib.parse import urlencode

from shuju.access.subject import Entrusted
from shuju.desk.tasks.commands import get
from shuju.desk.tasks.entrusted import entrusted_to
from shuju.desk.tasks.evidence import Evidence, evidence_of
from tests.desk.tasks.conftest import Office, office

__all__ = ["office"]


def proof(name: str, key: str, table: str = "letters") -> Evidence:
    return Evidence(
        "", table, urlencode({name: key}), "", "一封来信", {"答复情况": "未答复"}, 1, "v1", "省领导"
    )


def given(office: Office, who: str) -> Entrusted:
    number = office.people[who].organisation_id
    assert number is not None
    return entrusted_to(office.desk, number)


def test_a_letter_is_entrusted_as_long_as_the_task_is_ones_own_and_open(office: Office) -> None:
    draft = office.assign(evidence=proof("letter", "l0"), is_draft=True)
    assert given(office, "handler") == Entrusted()
    office.act(draft, "leader", "issue")
    task = office.assign(evidence=proof("letter", "信&1"))
    office.assign(evidence=proof("issue", "i1", "hot_issues"))
    office.assign(evidence=proof("suggestion", "s1", "suggestions"))
    # A card counts letters: it is no row that could be read by its key.
    office.assign(
        evidence=Evidence("c", "letters", "card=c&region=430104", "", "30 封", {}, 30, "v1", "省领导")
    )
    everything = Entrusted(("l0", "信&1"), ("i1",), ("s1",))
    assert given(office, "handler") == given(office, "above") == everything  # who reviews must read it, too
    assert given(office, "county") == given(office, "foreign") == Entrusted()
    task = office.act(task, "leader", "reassign", organisation="岳麓区住建局")
    assert given(office, "handler").letters == ("l0",)
    assert given(office, "county") == Entrusted(("信&1",))
    task = office.act(office.act(task, "county", "sign"), "county", "submit", text="修好了")
    assert given(office, "county") == Entrusted(("信&1",))
    task = office.act(task, "leader", "approve", solved="yes")
    assert given(office, "county") == Entrusted()
    office.act(task, "leader", "reopen", text="又坏了")
    assert given(office, "county") == Entrusted(("信&1",))


def test_who_helps_has_the_evidence_of_the_whole_task(office: Office) -> None:
    task = office.assign(evidence=proof("letter", "l1"))
    office.act(task, "leader", "co_handle", organisation="岳麓区住建局")
    assert given(office, "county") == Entrusted(("l1",))
    found = evidence_of(office.desk, task.id + 1)
    assert found is not None
    assert (found.filters, found.sentence) == ("letter=l1", "一封来信")


def test_what_was_merged_into_a_task_goes_with_it(office: Office) -> None:
    first = office.assign(evidence=proof("letter", "l1"))
    second = office.assign(evidence=proof("letter", "l2"))
    third = office.assign(evidence=proof("letter", "l3"), organisation="岳麓区住建局")
    office.act(first, "leader", "merge", into=str(second.id))
    assert given(office, "handler").letters == ("l1", "l2")
    second, _ = get(office.desk, second.id, office.people["leader"])
    office.act(second, "leader", "merge", into=str(third.id))
    assert given(office, "handler") == Entrusted()
    assert given(office, "county").letters == ("l1", "l2", "l3")
