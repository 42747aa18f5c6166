"""What each role sees of each table, counted by other code; and that no predicate can be dropped unseen (mutation)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from shuju.access import ROLES, Subject, sight
from shuju.access.sight import SIGHT, Conditions, Rule, all_rows, scope_of
from shuju.library import Library, open_library
from shuju.library.scope import EVERYTHING, NO_ROW
from shuju.standard import province
from tests.pages.issue_library import issue_library

COUNTED = ("letters", "hot_issues", "issue_letters", "issue_records", "warnings")
SEEN_WHOLE = {
    "leader analyst department operator": "sites records cascades reprints policy_items",
    "leader analyst": "suggestions studies enterprises cases visits letters hot_issues issue_letters issue_records warnings",
    "leader analyst operator": "ledger",
    "operator": "quarantine",
}  # fmt: skip
WHOLE = {
    (table, role)
    for roles, tables in SEEN_WHOLE.items()
    for role in roles.split()
    for table in tables.split()
}
DEPARTMENTS = {
    "a county": Subject("d", "d", "department", "岳麓区", ("430104",), "", ()),
    "another county": Subject("d", "d", "department", "石峰区", ("430211",), "", ()),
    "a prefecture": Subject("d", "d", "department", "长沙市", ("430100", "430104"), "430100", ()),
    "the province": Subject("d", "d", "department", "湖南省", ("430000",), "", ()),
    "a department": Subject("d", "d", "department", "岳麓区住建局", ("430104",), "", ("岳麓区住建局",)),
    "a department without letters": Subject("d", "d", "department", "别的局", ("430104",), "", ("别的局",)),
    "a department of another county": Subject("d", "d", "department", "别的局", ("430211",), "", ("别的局",)),
    "nowhere": Subject("d", "d", "department"),
}  # fmt: skip


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return issue_library(tmp_path_factory.mktemp("sight"))


def n_seen(who: Subject, tables: Mapping[str, pd.DataFrame], table: str) -> int:
    """Count what a department may see, row by row."""

    def own(row: pd.Series) -> bool:
        code = str(row["region_code"])
        near = (
            "430000" in who.regions
            or code in who.regions
            or (who.library != "" and code[:4] == who.library[:4])
        )
        return (
            bool(who.regions) and near and (not who.departments or row.get("department") in who.departments)
        )

    letters = tables["letters"]
    mine = {row["letter_id"] for _, row in letters.iterrows() if own(row)}
    members: dict[str, set[str]] = {}
    for _, row in tables["issue_letters"].iterrows():
        members.setdefault(row["issue_id"], set()).add(row["letter_id"])
    issues = {issue for issue, of_it in members.items() if of_it <= mine}
    match table:
        case "letters":
            return len(mine)
        case "warnings":
            return 0 if who.departments else sum(own(row) for _, row in tables[table].iterrows())
        case _:
            return int(tables[table]["issue_id"].isin(issues).sum())


def differences(
    library: Library, monkeypatch: pytest.MonkeyPatch, rules: Mapping[str, Mapping[str, Rule]]
) -> list[str]:
    """Return where the rules of some tables show otherwise than is wanted."""
    found = []
    with monkeypatch.context() as patch:
        patch.setattr(sight, "SIGHT", rules)
        for role in ROLES:
            scope = scope_of(Subject(role, role, role), library)
            for table in rules:
                wanted = () if (table, role) in WHOLE else NO_ROW
                if role != "department" or (table, role) in WHOLE or table not in COUNTED:
                    found += [f"{role} {table}"] if scope.of(table) != wanted else []
        counted = [name for name in COUNTED if name in rules]
        for told, who in DEPARTMENTS.items() if counted else ():
            own = library.limited_to(scope_of(who, library))
            found += [
                f"{told} {name}"
                for name in counted
                if len(own.read(name)) != n_seen(who, _read(library), name)
            ]
    return found


@cache
def _read_of(home: str) -> dict[str, pd.DataFrame]:
    return {name: open_library(home).read(name) for name in COUNTED}


def _read(library: Library) -> dict[str, pd.DataFrame]:
    return _read_of(library.home.uri)


def test_each_role_sees_what_is_written_here(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        differences(library, monkeypatch, {name: SIGHT.get(name, {}) for name in library.catalog.tables})
        == []
    )
    counts = {n_seen(who, _read(library), "letters") for who in DEPARTMENTS.values()}
    assert len(counts) > 3  # the cases differ


def test_no_rule_of_a_table_can_be_dropped_or_widened_unseen(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    survivors, n = [], 0
    for table in library.catalog.tables:
        by_role = SIGHT.get(table, {})
        others: Iterator[tuple[str, dict[str, Rule]]] = (
            (f"{table} {role} {told}", made)
            for role in ROLES
            for told, made in (
                ("dropped", {r: rule for r, rule in by_role.items() if r != role}),
                ("all rows", {**by_role, role: all_rows}),
            )
            if made != dict(by_role)
        )
        for told, made in others:
            n += 1
            survivors += [] if differences(library, monkeypatch, {table: made}) else [told]
    assert survivors == []
    assert n > 100


def changed(rule: Rule, **person: object) -> Rule:
    """Return a rule that overlooks something of the person."""
    return lambda subject, library: rule(replace(subject, **person), library)


def any_member(subject: Subject, library: Library) -> Conditions:
    whole = library.limited_to(EVERYTHING)
    own = whole.read("letters", ["letter_id"], list(sight.own_letters(subject, library)))["letter_id"]
    members = whole.read("issue_letters", ["letter_id", "issue_id"])
    return (("issue_id", "in", tuple(sorted(set(members["issue_id"][members["letter_id"].isin(own)])))),)


def without(rule: Rule, column: str) -> Rule:
    return lambda subject, library: tuple(one for one in rule(subject, library) if one[0] != column)


PREDICATES: dict[str, tuple[tuple[str, ...], Callable[[], Rule]]] = {
    "letters: the region": (("letters",), lambda: without(sight.own_letters, "region_code")),
    "letters: the prefecture's library": (("letters",), lambda: without(sight.own_letters, "library")),
    "letters: the department": (("letters",), lambda: without(sight.own_letters, "department")),
    "letters: somebody of nowhere sees none": (("letters",), lambda: without(sight.own_letters, "key_hash")),
    "letters: the province sees all": (
        ("letters",), lambda: lambda s, lib: NO_ROW if province().code in s.regions else sight.own_letters(s, lib)),
    "warnings: the region": (("warnings",), lambda: without(sight.own_places, "region_code")),
    "warnings: nothing for a department": (("warnings",), lambda: changed(sight.own_places, departments=())),
    "warnings: nothing for somebody of nowhere": (("warnings",), lambda: without(sight.own_places, "key_hash")),
    "issues: each of its letters": (("hot_issues", "issue_letters", "issue_records"), lambda: any_member),
    "issues: the department": (("hot_issues", "issue_letters"), lambda: changed(sight.own_issues, departments=())),
    "issues: at all": (("hot_issues", "issue_letters", "issue_records"), lambda: without(sight.own_issues, "issue_id")),
}  # fmt: skip


@pytest.mark.parametrize("name", PREDICATES)
def test_no_predicate_can_be_dropped_unseen(
    library: Library, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    tables, make = PREDICATES[name]
    for table in tables:
        rules = {table: {**SIGHT[table], "department": make()}}
        assert differences(library, monkeypatch, rules), f"{table}: {name}"
