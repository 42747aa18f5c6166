"""A letter that went to another department is that department's alone: nobody reads, or opens, what it was before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import shuju
from shuju.access import NotAllowedError, Subject, entered
from shuju.desk.store import open_desk
from shuju.desk.vault import TO_ANSWER, reveal
from shuju.library import Library, close_to_strangers, share, unshare
from tests.letters.conftest import Letters, letter

BEFORE, AFTER = (
    Subject(name, name, "department", name, ("430104",), "", (name,), number)
    for number, name in enumerate(("岳麓区住建局", "岳麓区城管局"))
)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Letters(tmp_path / "moved")
    made.add(letter(1, department=BEFORE.organisation), letter(2, department=BEFORE.organisation))
    found = made.add(letter(1, department=AFTER.organisation, reply="已转城管局办理。"))
    open_desk(found.home)
    share(found)
    close_to_strangers()
    yield found
    unshare(found)


def test_only_who_has_it_now_reads_it(library: Library) -> None:
    with entered(BEFORE):
        mine = shuju.open(library.home.uri)
        assert (mine.get("letters", "l1"), mine.revisions("letters", "l1")) == (None, [])
        assert mine.count("letters") == len(mine.revisions("letters", "l2")) == 1
    with entered(AFTER):
        row = shuju.open(library.home.uri).get("letters", "l1")
        assert row is not None
        assert row["department"] == AFTER.organisation
    with entered(Subject("a", "a", "analyst")):
        told = [row["department"] for row in shuju.open(library.home.uri).revisions("letters", "l1")]
        assert told == [BEFORE.organisation, AFTER.organisation]


def test_only_who_has_it_now_opens_its_contacts(library: Library) -> None:
    for who, is_theirs in ((BEFORE, False), (AFTER, True)):
        with entered(who):
            mine = shuju.open(library.home.uri)
            if is_theirs:
                reveal(mine, "l1", TO_ANSWER)
                continue
            with pytest.raises(NotAllowedError):
                reveal(mine, "l1", TO_ANSWER)
