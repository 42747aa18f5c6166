"""A department sees, one by one, what its open tasks rest on: nothing more, and its figures stay its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import shuju
from shuju.access import Subject, entered, sight
from shuju.access.sight import scope_of
from shuju.access.subject import Entrusted
from shuju.fulltext.build import build_search
from shuju.fulltext.find import find
from shuju.letters.one_issue import member_list_data
from shuju.library import Library, close_to_strangers, share, unshare
from shuju.library.derived import replace_table
from shuju.library.hashing import hash_columns
from tests.fulltext.conftest import issue
from tests.letters.conftest import Letters, letter

COUNTY = Subject("d", "d", "department", "岳麓区住建局", ("430104",), "", ("岳麓区住建局",), 1)
OTHER = Subject("o", "o", "department", "石峰区", ("430211",), "", (), 2)
OWN, FOREIGN, MEMBERS = "l1", "l2", ("l3", "l4")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    made = Letters(tmp_path_factory.mktemp("entrusted"))
    found = made.add(
        letter(1, department="岳麓区住建局"),
        letter(2, department="岳麓区城管局", body="夜间搅拌站噪声扰民，电话13873100001。"),
        letter(3, department="岳麓区住建局"),
        letter(4, department="岳麓区环保局"),
    )
    replace_table(found, "hot_issues", pd.DataFrame([issue(0, "搅拌站") | {"issue_id": "i"}]), made_by="t")
    rows = [(key, "i", False, 1.0) for key in MEMBERS]
    members = pd.DataFrame(rows, columns=["letter_id", "issue_id", "is_repeat", "similarity"])
    replace_table(found, "issue_letters", members, made_by="t")
    build_search(found)
    share(found)
    close_to_strangers()
    yield found
    unshare(found)


def seen_by(library: Library, who: Subject) -> set[str]:
    keys = [OWN, FOREIGN, *MEMBERS, "no"]
    with entered(who):
        mine = shuju.open(library.home.uri)
        by_key = {key for key in keys if mine.get("letters", key) is not None}
        assert {key for key in keys if mine.revisions("letters", key)} == by_key
        hashed = hash_columns(pa.table({"letter_id": pa.array(keys)})).tolist()
        assert set(mine.take("letters", hashed, ["letter_id"])["letter_id"].to_pylist()) == by_key
    return by_key


CASES = {
    "nothing": (COUNTY, Entrusted(), {OWN, "l3"}, False),
    "a letter": (COUNTY, Entrusted(letters=(FOREIGN,)), {OWN, "l3", FOREIGN}, False),
    "an issue with all its letters": (COUNTY, Entrusted(issues=("i",)), {OWN, *MEMBERS}, True),
    "a letter that is not there": (COUNTY, Entrusted(letters=("no",)), {OWN, "l3"}, False),
    "elsewhere": (OTHER, Entrusted(letters=(FOREIGN,), issues=("i",)), {FOREIGN, *MEMBERS}, True),
    "nobody's": (Subject("n", "n", "department"), Entrusted(letters=(FOREIGN,)), {FOREIGN}, False),
    "a role that sees no letters": (Subject("p", "p", "operator"), Entrusted(letters=(FOREIGN,)), set(), False),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_entrusted_is_read_by_its_key_and_counted_nowhere(library: Library, name: str) -> None:
    who, given, wanted, sees_issue = CASES[name]
    plain = seen_by(library, who)
    assert seen_by(library, replace(who, entrusted=given)) == wanted
    assert seen_by(library, who) == plain  # it ends with the task
    with entered(replace(who, entrusted=given)):
        mine = shuju.open(library.home.uri)
        assert mine.count("letters") == len(mine.read("letters", ["letter_id"])) == len(plain)
        assert shuju.select("letters", library.home.uri).n_all == len(plain)
        (found,) = find(mine, "小区", ["letters"], n=10)
        assert found.n <= len(plain)
        assert (mine.get("hot_issues", "i") is not None) is sees_issue
        assert mine.get("letters_private", FOREIGN) is None
        if sees_issue:
            rows = member_list_data(shuju.select("hot_issues", library.home.uri), "i")
            assert rows["letter_id"].tolist() == list(MEMBERS)


def test_what_it_says_is_masked_as_for_any_handler(library: Library) -> None:
    with entered(replace(OTHER, entrusted=Entrusted(letters=(FOREIGN,)))):
        row = shuju.open(library.home.uri).get("letters", FOREIGN)
    assert row is not None
    assert "搅拌站" in row["body"]
    assert "13873100001" not in row["body"]


def test_suggestions_are_seen_by_key_alone(tmp_path: Path) -> None:
    scope = scope_of(replace(COUNTY, entrusted=Entrusted(suggestions=("s1",))), Letters(tmp_path).library)
    assert scope.shows_nothing_of("suggestions")
    assert scope.keys_of("suggestions") == ("s1",)


def test_a_task_that_comes_or_goes_has_nothing_read_anew(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is made of the tables by rule is kept: only what is entrusted is added."""
    made: list[Subject] = []
    rule = sight._by_rule
    monkeypatch.setattr(sight, "_by_rule", lambda who, library: made.append(who) or rule(who, library))
    who = replace(COUNTY, organisation="一个新的单位")
    for n in range(5):
        with entered(replace(who, entrusted=Entrusted(letters=(f"l{n}",)))):
            shuju.open(library.home.uri)
    assert len(made) == 1
