"""Contacts: for the department that answers the letter, after the trail has it, and for nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from markupsafe import escape

import shuju
from shuju.access import ROLES, NotAllowedError, Subject, entered
from shuju.desk import trail, vault
from shuju.desk.organisations import answerable, of_region
from shuju.desk.store import open_desk
from shuju.library import Library, close_to_strangers, loading, share, unshare
from shuju.pages.detail.letter import letter_html
from tests.letters.conftest import Letters, letter

PHONE = "13873100001"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Letters(tmp_path / "p")
    found = made.add(
        letter(1, body=f"路坏了，请打 {PHONE}。"),
        letter(2, body=f"灯坏了，电话 {PHONE}。", place="431181"),
        letter(3),
    )
    share(found)
    close_to_strangers()
    yield found
    unshare(found)


def department(library: Library, code: str) -> Subject:
    desk = open_desk(library.home)
    own = answerable(desk, of_region(desk, code).id)
    return Subject("wang", "王", "department", code, own.regions, own.library, own.departments)


def asked(library: Library, who: Subject, letter_id: str, purpose: str = "答复来信人") -> dict[str, object]:
    with entered(who):
        return vault.reveal(shuju.open(library.home.uri), letter_id, purpose)


def revealed(library: Library) -> list[tuple[str, str]]:
    return [(row["who"], row["subject"]) for row in trail.read(open_desk(library.home), what="reveal")[0]]


def test_the_answering_department_is_told_and_the_trail_tells_of_it(library: Library) -> None:
    assert PHONE in str(asked(library, department(library, "430104"), "l1")["found_in_text"])
    assert asked(library, department(library, "430100"), "l3") == {}
    assert revealed(library) == [("wang", "l3"), ("wang", "l1")]


@pytest.mark.parametrize("role", [role for role in ROLES if role != "department"])
def test_no_other_role_is_told(library: Library, role: str) -> None:
    with pytest.raises(NotAllowedError):
        asked(library, Subject(role, role, role), "l1")
    assert revealed(library) == []


@pytest.mark.parametrize("letter_id", ["l2", "gone", "", "l1' OR 1=1"])
def test_anothers_letter_is_as_one_that_is_not_there(library: Library, letter_id: str) -> None:
    with pytest.raises(NotAllowedError) as refused:
        asked(library, department(library, "430104"), letter_id)
    assert str(refused.value) == "没有这封来信，或不由本部门承办"
    assert revealed(library) == []


def test_without_a_purpose_or_a_trail_nothing_is_told(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="用途"):
        asked(library, department(library, "430104"), "l1", "好奇")

    def fails(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(trail, "_append", fails)
    with pytest.raises(trail.TrailError):
        asked(library, department(library, "430104"), "l1")
    assert revealed(library) == []


@pytest.mark.parametrize("letter_id", ["l2", "gone", "l1' OR 1=1"])
def test_who_asks_for_anothers_letter_gets_what_nobody_has_and_is_noted(
    library: Library, letter_id: str
) -> None:
    with entered(department(library, "430104")):
        shown = letter_html(shuju.open(library.home.uri), letter_id)
        nothing = letter_html(shuju.open(library.home.uri), "nowhere")
    assert shown.replace(str(escape(letter_id)), "·") == nothing.replace("nowhere", "·")
    noted = trail.read(open_desk(library.home), what="refused")[0]
    assert [(row["who"], row["subject"]) for row in noted] == [("wang", "nowhere"), ("wang", letter_id)]


def test_a_row_that_is_not_there_is_read_like_one_that_is_not_seen(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time of the answer would tell which ids are others' otherwise."""
    n_read: list[int] = []
    take = loading.take_rows
    monkeypatch.setattr(loading, "take_rows", lambda *given: (n_read.append(len(given[1])), take(*given))[1])
    with entered(department(library, "430104")):
        limited = shuju.open(library.home.uri)
        assert [limited.get("letters", letter_id) for letter_id in ("l2", "gone")] == [None, None]
    assert n_read == [1, 1]
