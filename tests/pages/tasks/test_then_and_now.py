"""The records behind a figure as they stood when it was assigned, and as they stand now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shuju.access import Subject
from shuju.access.sight import scope_of
from shuju.access.subject import Entrusted, enter
from shuju.clock import now
from shuju.desk.tasks.evidence import Evidence
from shuju.letters.build import build_letters
from shuju.library import Library
from shuju.pages.tasks.figures import evidence_for, figure_of
from shuju.pages.tasks.then_and_now import GONE, MOST, Side, then_and_now
from tests.letters.conftest import Letters, letter

NOISE = "丽发新城小区旁的暮云搅拌站夜间噪声粉尘扰民，居民无法休息，请环保部门查处搅拌站。"


def noise(number: int, **changes: object) -> dict[str, object]:
    return letter(
        number,
        title="丽发新城搅拌站噪声扰民",
        body=f"{NOISE}已经反映{'多' * number}次。",
        topic="环境保护",
        **changes,
    )


def evidence(library: Library, **query: str) -> Evidence:
    return replace(evidence_for(library, figure_of(library, query), "省领导"), at=now())


def keys(side: Side) -> set[str]:
    assert not side.why
    assert side.n == len(side.rows)
    return {row.key for row in side.rows}


def test_of_a_card_letters_that_came_since_are_new(letters: Letters) -> None:
    library = letters.add(*(letter(n) for n in range(3)), letter(9, topic="教育文体"))
    proof = evidence(library, card="letters.trend", topic="交通运输", region="430104")
    assert proof.n_rows == 3
    letters.add(letter(3), letter(1, reply="已修好", replied="2024-08-01 10:00"))
    then, today = then_and_now(library, proof)
    assert keys(then) == {"l0", "l1", "l2"}
    assert keys(today) == {"l0", "l1", "l2", "l3"}
    assert [row.key for row in today.rows if row.is_other] == ["l3"]
    assert {row.note for row in then.rows} == {"未答复"}
    assert next(row.note for row in today.rows if row.key == "l1") == "2024-08-01 答复"


def test_of_a_letter_as_it_stood(letters: Letters) -> None:
    library = letters.add(letter(1))
    proof = evidence(library, letter="l1")
    letters.add(letter(1, title="更正：路修好了", reply="已修好", replied="2024-08-01 10:00"))
    then, today = then_and_now(library, proof)
    assert [(row.title, row.note) for row in then.rows] == [("第1封：小区门口的路坏了", "未答复")]
    assert [(row.title, row.note) for row in today.rows] == [("更正：路修好了", "2024-08-01 答复")]


def test_of_an_issue_its_letters_then_and_now(letters: Letters) -> None:
    library = letters.add(*(noise(n) for n in range(4)), letter(10), letter(11))
    build_letters(library)
    issue = library.read("hot_issues", ["issue_id"])["issue_id"].iloc[0]
    proof = evidence(library, issue=issue)
    assert {one.split("@")[0] for one in proof.library_version.split()} == {
        "hot_issues",
        "issue_letters",
        "letters",
    }
    letters.add(noise(5))
    build_letters(library)
    then, today = then_and_now(library, proof)
    assert keys(then) == {f"l{n}" for n in range(4)}
    assert keys(today) == keys(then) | {"l5"}
    # Tasks that were made before versions of members were noted have the time.
    old = replace(proof, library_version=proof.library_version.split()[0])
    assert keys(then_and_now(library, old)[1]) == keys(today)


def test_what_cannot_be_read_again_is_told(letters: Letters) -> None:
    library = letters.add(letter(1))
    proof = evidence(library, letter="l1")
    cases = {
        GONE: replace(proof, library_version="letters@99"),
        "太多": replace(proof, n_rows=MOST + 1),
        "没有逐条的记录": replace(proof, filters=""),
        "推算": replace(proof, filters="card=hot_issues.head"),
    }
    for told, one in cases.items():
        assert told in then_and_now(library, one)[0].why, told
    today = then_and_now(library, cases[GONE])[1]
    assert (today.why, [row.is_other for row in today.rows]) == (
        "",
        [False],
    )  # of now there is, and nothing to compare


HOUSING, POLICE = (
    Subject(name, name, "department", name, ("430104",), "", (name,), number)
    for number, name in enumerate(("岳麓区住建局", "岳麓区城管局"))
)


def test_who_was_given_a_letter_reads_it_then_and_now(letters: Letters) -> None:
    library = letters.add(letter(1, department=POLICE.organisation))
    proof = evidence(library, letter="l1")
    given = replace(HOUSING, entrusted=Entrusted(letters=("l1",)))
    for who, n in ((given, 1), (HOUSING, 0), (replace(given, regions=()), 1)):
        sides = then_and_now(library.limited_to(scope_of(who, library)), proof)
        assert [side.n for side in sides] == [n, n], who


def test_who_was_given_an_issue_reads_all_its_letters_then_and_now(letters: Letters) -> None:
    own = {"department": HOUSING.organisation}
    library = letters.add(*(noise(n, **(own if n else {})) for n in range(4)), letter(10), letter(11))
    build_letters(library)
    issue = library.read("hot_issues", ["issue_id"])["issue_id"].iloc[0]
    who = replace(HOUSING, entrusted=Entrusted(issues=(issue,)))
    proof = evidence(library, issue=issue)
    then, today = then_and_now(library.limited_to(scope_of(who, library)), proof)
    assert keys(then) == keys(today) == {f"l{n}" for n in range(4)}


def test_what_went_to_another_department_is_not_read_as_it_stood_before(letters: Letters) -> None:
    library = letters.add(letter(1, department=HOUSING.organisation))
    proof = evidence(library, letter="l1")
    letters.add(letter(1, department=POLICE.organisation, title="更正：转城管局"))
    assert [side.n for side in then_and_now(library.limited_to(scope_of(HOUSING, library)), proof)] == [0, 0]
    assert [side.n for side in then_and_now(library.limited_to(scope_of(POLICE, library)), proof)] == [1, 1]


@pytest.fixture(autouse=True)
def nobody() -> None:
    enter(None)
