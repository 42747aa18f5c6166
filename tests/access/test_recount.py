"""Every card under a scope: its numbers are those over a library that never held anything else, and a count of the raw rows by pandas."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import shuju
from shuju.access import Subject, entered
from shuju.facts.cards import all_cards
from shuju.library import Library, open_library, share, unshare
from shuju.library.derived import replace_table
from shuju.library.ingest import ingest
from tests.conftest import write_lines
from tests.letters.conftest import LETTERS_CATALOG, letter
from tests.pages.issue_library import AS_OF, fill, raw_letters

DERIVED = ("hot_issues", "issue_letters", "issue_records", "warnings")
WHO = {
    "a county": Subject("a", "a", "department", "岳麓区", ("430104",)),
    "another county": Subject("b", "b", "department", "石峰区", ("430211",)),
    "a county without letters": Subject("c", "c", "department", "双峰县", ("431321",)),
    "a prefecture": Subject("d", "d", "department", "长沙市", ("430100", "430104"), "430100"),
    "another prefecture": Subject("e", "e", "department", "永州市", ("431100", "431181"), "431100"),
    "the province": Subject("f", "f", "department", "湖南省", ("430000",)),
    "a department": Subject("g", "g", "department", "岳麓区住建局", ("430104",), "", ("岳麓区住建局",)),
    "the leader": Subject("h", "h", "leader"),
}  # fmt: skip
SEE_NO_LETTER = {"a county without letters"}  # "数据截至" is the time of the newest letter of all


def is_near(who: Subject, code: object) -> bool:
    """The rule for places in other words."""
    near = str(code or "")
    if who.role == "leader" or "430000" in who.regions:
        return True
    return near in who.regions or (who.library != "" and near[:4] == who.library[:4])


def may_see(who: Subject, row: dict[str, object]) -> bool:
    return is_near(who, row["place"]) and (not who.departments or row["department"] in who.departments)


def all_rows() -> list[dict[str, object]]:
    """The letters of the library of issues, and in each place one of its last moment: data reach to there for everybody."""
    last = [
        letter(n, id=f"last{n}", place=code, time=AS_OF)
        for n, code in enumerate(("430211", "431181", "430100"))
    ]
    return [*raw_letters(), *last]


def made(folder: Path, rows: list[dict[str, object]]) -> Library:
    kept = folder / "home" / "catalog"
    (kept / "letters").mkdir(parents=True)
    (kept / "catalog.yaml").write_text(LETTERS_CATALOG, encoding="utf-8")
    write_lines(kept / "letters" / "a.jsonl", rows)
    library = open_library(folder / "home")
    ingest(library, "test_letters")
    return library


def alone(folder: Path, who: Subject, whole: Library) -> Library:
    """Return a library that holds only what somebody may see, taken out of the raw rows and the tables by hand."""
    rows = [row for row in all_rows() if may_see(who, row)]
    library, mine = made(folder, rows), {str(row["id"]) for row in rows}
    tables = {name: whole.read(name) for name in DERIVED}
    members = tables["issue_letters"]
    issues = {issue for issue, of_it in members.groupby("issue_id")["letter_id"] if set(of_it) <= mine}
    for name, table in tables.items():
        if name == "warnings":
            is_own = (
                table["region_code"].map(lambda code: is_near(who, code) and not who.departments).astype(bool)
            )
        else:
            is_own = table["issue_id"].isin(issues)
        columns = [c for c in library.catalog.tables[name].columns if c in table]
        replace_table(library, name, table.loc[is_own, columns].reset_index(drop=True), made_by="test")
    return library


def plain(found: object, name: str = "") -> object:
    """Return an answer as what can be compared; which of equally frequent departments are listed does not matter."""
    if isinstance(found, pd.DataFrame):
        if name == "department":
            return sorted(found["n_all"])
        return sorted(found.to_csv(index=False).splitlines()), sorted(map(str, found.attrs.items()))
    if isinstance(found, dict):
        return {key: plain(part, key) for key, part in found.items()}
    return str(found)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Library:
    library = made(tmp_path_factory.mktemp("recount"), all_rows())
    fill(library)
    return library


@pytest.mark.parametrize("told", [told for told in WHO if told not in SEE_NO_LETTER])
def test_every_card_counts_what_is_seen_and_nothing_else(told: str, whole: Library, tmp_path: Path) -> None:
    who, differ, n_compared = WHO[told], {}, 0
    recount = alone(tmp_path / "alone", who, whole)
    share(whole)
    try:
        for card in all_cards():
            if card.table not in ("letters", "hot_issues"):
                continue
            ids = ("", "A", "B/ü?") if "id" in card.options else ("",)
            for key in ids:
                settings = card.settings({"id": key} if key else {})
                with entered(who):
                    one = card.data(shuju.select(card.table, whole.home.uri), **settings)
                other = card.data(shuju.select(card.table, recount.home.uri), **settings)
                n_compared += 1
                if plain(one) != plain(other):
                    differ[card.name, key] = str(plain(one))[:600], str(plain(other))[:600]
    finally:
        unshare(whole)
    assert differ == {}
    assert n_compared >= 30


@pytest.mark.parametrize("told", WHO)
def test_letters_are_counted_as_pandas_counts_the_raw_rows(told: str, whole: Library) -> None:
    who = WHO[told]
    rows = pd.DataFrame([row for row in all_rows() if may_see(who, row)], columns=list(raw_letters()[0]))
    share(whole)
    try:
        with entered(who):
            chosen = shuju.select("letters", whole.home.uri)
            facets = {name: chosen.facet(name) for name in ("region", "department")}
            by_month = chosen.series("month")
            total = chosen.total
            listed = set(chosen.rows(100, ["letter_id"])["letter_id"])
    finally:
        unshare(whole)
    assert total == len(rows)
    assert listed == set(rows["id"])
    regions = facets["region"].query("n_all > 0").set_index("label")["n_all"].to_dict()
    assert regions == rows["place"].value_counts().to_dict()
    counted = facets["department"].query("n_all > 0")["n_all"]
    assert sorted(counted) == sorted(rows["department"].value_counts())
    assert int(by_month.sum()) == len(rows)
