"""Who sees which rows: the compiled scope against a rule written down anew, pair by pair; and figures against a recount."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import shuju
from shuju import catalog
from shuju.access import ROLES, Subject, entered
from shuju.access.roles import READERS
from shuju.access.sight import SIGHT, scope_of
from shuju.desk.organisations import add_department, answerable, of_region
from shuju.desk.store import open_desk
from shuju.facts.cards import all_cards, cards
from shuju.fulltext.build import build_search
from shuju.fulltext.find import find
from shuju.letters import facts as letter_facts
from shuju.letters.similar import similar_letters
from shuju.library import Library, close_to_strangers, share, unshare
from shuju.library.derived import replace_table
from shuju.standard import regions
from tests.fulltext.conftest import issue
from tests.letters.conftest import Letters, letter

N_LETTERS = 600
CODES = [r.code for r in regions()]
# Departments: name, region, the department above (by its place here).
DEPARTMENTS = [
    (f"{kind}{n}", code, None if n % 3 == 0 else -1)
    for n, (kind, code) in enumerate(
        [(k, c) for c in ("430000", "430100", "430104", "431181", "433101") for k in ("教育局", "住建局", "城管局")] * 4
    )
]  # fmt: skip


class Province:
    """A library of letters from everywhere, the raw rows that went in, and everybody who may look."""

    def __init__(self, folder: Path, n_letters: int = N_LETTERS):
        chance = random.Random(7)
        made = Letters(folder)
        names = [name for name, _, _ in DEPARTMENTS]
        self.rows = [
            letter(
                n,
                place=chance.choice([*CODES, "430104", "430104", "431181", "430100", ""]),
                department=chance.choice([*names, "别的单位", None]),
                title=f"第{n}封：{chance.choice('路水电学医')}的事",
            )
            for n in range(n_letters)
        ]
        self.library: Library = made.add(*self.rows)
        self.desk = open_desk(self.library.home)
        self.subjects: list[tuple[Subject, str, frozenset[str]]] = [
            (Subject(role, role, role), "", frozenset()) for role in ROLES if role != "department"
        ]
        for code in CODES:
            place = of_region(self.desk, code)
            own = answerable(self.desk, place.id)
            who = Subject(code, code, "department", place.name, own.regions, own.library, own.departments)
            self.subjects.append((who, code, frozenset()))
        self._departments()

    def _departments(self) -> None:
        made: list[tuple[int, str, str, int | None]] = []
        for name, code, above in DEPARTMENTS:
            under = made[-1][0] if above is not None and made and made[-1][2] == code else None
            one = add_department(self.desk, code, name, under)
            made.append((one.id, name, code, under))
        for number, name, code, _ in made:
            below = {number}
            for other, _, _, under in made:
                if under in below:
                    below.add(other)
            own = answerable(self.desk, number)
            who = Subject(name, name, "department", name, own.regions, own.library, own.departments)
            self.subjects.append((who, code, frozenset(n for i, n, _, _ in made if i in below)))


def may_see(role: str, code: str, names: frozenset[str], row: dict[str, object]) -> bool:
    """The rule in other words: codes of regions begin alike, and nothing else is looked at."""
    if role in ("leader", "analyst"):
        return True
    if role != "department":
        return False
    place = str(row["place"] or "")
    if code[2:] == "0000":
        is_near = True
    elif code[4:] == "00":
        is_near = place[:4] == code[:4]
    else:
        is_near = place == code
    return is_near and (not names or row["department"] in names)


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    return Province(tmp_path_factory.mktemp("sight") / "province")


@pytest.fixture
def served(province: Province) -> Iterator[Province]:
    """The same as a server has it."""
    share(province.library)
    close_to_strangers()
    yield province
    unshare(province.library)


def test_each_pair_of_person_and_row_is_as_the_rule_says(province: Province) -> None:
    n_pairs, wrong = judged_pairs(province)
    assert wrong == []
    assert n_pairs >= 100_000


def judged_pairs(province: Province) -> tuple[int, list[tuple[str, str]]]:
    """Return how many pairs of person and letter were judged, and those on which the two disagree."""
    wrong = []
    for who, code, names in province.subjects:
        seen = province.library.limited_to(scope_of(who, province.library))
        shown = set(seen.read("letters", ["letter_id"])["letter_id"])
        expected = {str(row["id"]) for row in province.rows if may_see(who.role, code, names, row)}
        wrong += [(who.title, key) for key in sorted(shown ^ expected)]
    return len(province.rows) * len(province.subjects), wrong


def test_every_way_to_rows_shows_the_same(served: Province) -> None:
    chance = random.Random(3)
    build_search(served.library)
    some = [served.subjects[0], served.subjects[3], *chance.sample(served.subjects[6:], 25)]
    for who, code, names in some:
        expected = {str(row["id"]): row for row in served.rows if may_see(who.role, code, names, row)}
        foreign = next((str(row["id"]) for row in served.rows if row["id"] not in expected), None)
        with entered(who):
            library = shuju.open(served.library.home.uri)
            chosen = shuju.select("letters", served.library.home.uri)
            assert chosen.total == chosen.n_all == library.count("letters") == len(expected)
            assert set(chosen.frame(["letter_id"]).compute()["letter_id"]) == set(expected)
            assert set(library.load("letters", ["letter_id"]).compute()["letter_id"]) == set(expected)
            assert set(chosen.rows(N_LETTERS, ["letter_id"])["letter_id"]) == set(expected)
            assert sum(len(rows) for rows in chosen.stream(["letter_id"])) == len(expected)
            assert int(chosen.counts("topic").sum()) == int(chosen.series("month").sum()) == len(expected)
            titles = {str(row["title"]) for row in expected.values() if "路" in str(row["title"])}
            (found,) = find(library, "路", ["letters"], n=N_LETTERS)
            assert {hit.title for hit in found.hits} <= titles | {row["title"] for row in expected.values()}
            assert found.n <= len(expected)
            if foreign is not None:
                assert library.get("letters", foreign) is None
                assert library.revisions("letters", foreign) == []
            for own in list(expected)[:3]:
                near = similar_letters(library, library.get("letters", own))
                assert set(near["letter_id"]) <= set(expected)


def test_filters_offer_only_what_is_seen(served: Province) -> None:
    who, code, names = next(s for s in served.subjects if s[0].organisation == "祁阳市")
    expected = [row for row in served.rows if may_see(who.role, code, names, row)]
    with entered(who):
        chosen = shuju.select("letters", served.library.home.uri)
    assert set(chosen.facet("region").query("n_all > 0")["label"]) <= {"431181"}
    assert chosen.facet("region")["n_all"].sum() == len(expected)
    assert chosen.facet("department")["n_all"].sum() == len(expected)


def test_a_stranger_in_a_server_sees_nothing(served: Province) -> None:
    library = shuju.open(served.library.home.uri)
    assert all(library.count(table) == 0 for table in library.catalog.tables if library.stored(table).exists)
    assert shuju.select("letters", served.library.home.uri).total == 0


def test_what_is_kept_for_one_is_not_shown_to_another(served: Province) -> None:
    """Answers of cards are kept; two whose letters are the same may still see other issues."""
    card = cards().query("table == 'letters'").index
    assert len(card)
    subjects = [s for s in served.subjects if s[0].role == "department"]
    for first, second in zip(subjects[:6], subjects[6:12], strict=True):
        totals = []
        for who, _, _ in (first, second, first):
            with entered(who):
                totals.append(shuju.select("letters", served.library.home.uri).identity)
        assert totals[0] == totals[2]
        same = scope_of(first[0], served.library).of("letters") == scope_of(second[0], served.library).of(
            "letters"
        )
        assert (totals[0] == totals[1]) is same


ISSUES = {"whole": ("430104", "430104"), "mixed": ("430104", "431181"), "other": ("431181", "431181")}


def test_an_issue_is_seen_where_each_of_its_letters_is(tmp_path: Path) -> None:
    made = Letters(tmp_path / "p")
    places = {f"{name}{n}": place for name, two in ISSUES.items() for n, place in enumerate(two)}
    library = made.add(*(letter(0, id=key, place=place) for key, place in places.items()))
    replace_table(
        library,
        "hot_issues",
        pd.DataFrame([issue(0, name) | {"issue_id": name} for name in ISSUES]),
        made_by="t",
    )
    members = pd.DataFrame([(key, key[:-1], False, 1.0) for key in places], columns=["letter_id", "issue_id", "is_repeat", "similarity"])  # fmt: skip
    replace_table(library, "issue_letters", members, made_by="t")
    shown = {}
    for code in ("430104", "430100", "431181", "430000", "430211"):
        own = answerable(open_desk(library.home), of_region(open_desk(library.home), code).id)
        who = Subject(code, code, "department", code, own.regions, own.library, own.departments)
        seen = library.limited_to(scope_of(who, library))
        shown[code] = set(seen.read("hot_issues", ["issue_id"])["issue_id"])
        assert set(seen.read("issue_letters", ["issue_id"])["issue_id"]) == shown[code]
    assert shown == {
        "430104": {"whole"}, "430100": {"whole"}, "431181": {"other"}, "430000": set(ISSUES), "430211": set(),
    }  # fmt: skip


@pytest.mark.parametrize("table", sorted(catalog.read().tables))
def test_each_table_has_a_rule_for_each_role(table: str, province: Province) -> None:
    assert table in SIGHT, "a table without a rule is seen by nobody; say who may"
    by_role = SIGHT[table]
    assert set(by_role) <= set(READERS)
    for role in set(ROLES) - set(by_role):
        scope = scope_of(Subject("x", "x", role), province.library)
        assert scope.shows_nothing_of(table)


def test_nobody_sees_contacts_and_whoever_has_no_place_sees_no_letter(province: Province) -> None:
    for who, _, _ in province.subjects:
        assert scope_of(who, province.library).shows_nothing_of("letters_private")
    nowhere = Subject("x", "x", "department")
    assert all(
        scope_of(nowhere, province.library).shows_nothing_of(table)
        for table in ("letters", "hot_issues", "issue_letters", "issue_records", "warnings")
    )


def test_two_of_the_same_sight_share_what_is_kept(province: Province) -> None:
    leader, analyst = (scope_of(Subject("", "", role), province.library) for role in ("leader", "analyst"))
    assert leader == analyst
    assert hash(leader) == hash(analyst)
    assert leader != scope_of(Subject("", "", "operator"), province.library)
    assert leader != replace(leader, is_closed=False)


def test_facts_within_a_scope_are_the_rows_of_the_table(province: Province) -> None:
    for who, _, _ in province.subjects[::20]:
        seen = province.library.limited_to(scope_of(who, province.library))
        keys = letter_facts.selection(seen).all_keys()
        assert np.array_equal(
            np.sort(keys), np.sort(seen.read("letters", ["key_hash"])["key_hash"].to_numpy())
        )


def test_a_department_elsewhere_cannot_be_told_from_one_that_is_nowhere(served: Province) -> None:
    who, code, names = next(s for s in served.subjects if s[0].organisation == "祁阳市")
    here = {row["department"] for row in served.rows if may_see(who.role, code, names, row)}
    kinds = set(letter_facts.newest(served.library).labels("department"))
    with entered(who):
        chosen = shuju.select("letters", served.library.home.uri)
        offered = set(chosen.param.department.objects)
        assert offered < kinds
        assert len(offered) <= len(here) + 1
        (elsewhere, *_) = sorted(kinds - offered)
        told = [
            chosen.take({"department": name})[0].replace(name, "x") for name in (elsewhere, "从来没有的局")
        ]
    assert told[0] == told[1]


def figures(found: object) -> str:
    """Return an answer of a card as text that can be compared; which of equally frequent departments are listed does not matter."""
    if isinstance(found, pd.DataFrame):
        lines = sorted(found.to_csv(index=False).splitlines())
        return "\n".join(lines) + str(sorted(found.attrs.items(), key=str))
    if isinstance(found, dict):
        counts = {name: sorted(part["n_all"]) for name, part in found.items() if name == "department"}
        return str({name: figures(part) for name, part in found.items() if name not in counts} | counts)
    return str(found)


def test_every_card_under_a_scope_is_as_over_a_library_of_these_letters_alone(tmp_path: Path) -> None:
    """A recount: the same cards over a library that never held anything else."""
    whole = Province(tmp_path / "whole")
    for organisation in ("祁阳市", "长沙市"):
        who, code, names = next(s for s in whole.subjects if s[0].organisation == organisation)
        alone = Letters(tmp_path / code)
        alone.add(*(row for row in whole.rows if may_see(who.role, code, names, row)))
        share(whole.library)
        with entered(who):
            seen = shuju.select("letters", whole.library.home.uri)
        recount = letter_facts.selection(alone.library)
        n_compared, differ = 0, {}
        for card in all_cards():
            if card.table != "letters":
                continue
            settings = card.settings({})
            with entered(who):
                one, other = card.data(seen, **settings), card.data(recount, **settings)
            n_compared += 1
            if figures(one) != figures(other):
                differ[card.name] = figures(one), figures(other)
        unshare(whole.library)
        assert n_compared >= 5
        assert differ == {}
