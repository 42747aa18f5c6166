"""The rule of who ought to carry what: the one that comes with the package, and what a user may write."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shuju.spread.due import DueRule, RuleError, due_pairs, read_rule
from tests.spread.province import SITES, START, documents

OF_SITE = SITES.set_index("site_id")[["kind", "level", "department"]]


def due(frame: pd.DataFrame, rule: DueRule | None = None, sites: pd.DataFrame = SITES) -> dict[str, str]:
    """Return the due sites and the names of their clauses."""
    rule = rule or read_rule()
    _, site, clause = due_pairs(frame.join(OF_SITE, on="site_id"), sites, rule)
    return {sites["site_id"][s]: rule.clauses[c].name for s, c in zip(site, clause)}


@pytest.mark.parametrize(
    ("site", "genre", "expected"),
    [
        ("P", "policy", {"A", "A1", "A2", "B", "B1", "B2", "AJ"}),
        ("P", "notice", {"A", "A1", "A2", "B", "B1", "B2"}),
        ("P", "news", {"A", "B"}),
        ("P", "interpretation", set()),
        ("P", None, set()),
        ("PJ", "notice", {"AJ"}),
        ("PJ", "policy", {"AJ", "P", "A", "B"}),
        ("A", "policy", {"A1", "A2", "AJ"}),  # of another prefecture nobody
        ("B", "policy", {"B1", "B2"}),  # no department answers for education there
        ("A1", "policy", set()),
        ("M", "policy", set()),
        ("X", "policy", set()),
        ("unknown", "policy", set()),
    ],
)
def test_default_rule(site: str, genre: str | None, expected: set[str]) -> None:
    assert set(due(documents(("d", site), genre=genre))) == expected


def test_first_clause_that_fits_counts() -> None:
    found = due(documents(("d", "P")))
    assert (found["A"], found["AJ"]) == ("省政府文件公告", "省政府政策的主管部门")


def test_sites_opened_later_are_not_due() -> None:
    sites = SITES.assign(
        opened_on=[START + pd.Timedelta(days=1) if s == "A1" else None for s in SITES["site_id"]]
    )
    assert "A1" not in due(documents(("d", "P")), sites=sites)
    assert "A1" in due(documents(("d", "P"), published_at=None), sites=sites)


def rule_of(**clause: object) -> DueRule:
    return DueRule.model_validate({"title": "", "clauses": [{"name": "n", "why": "w", **clause}]})


@pytest.mark.parametrize(
    ("clause", "site", "expected"),
    [
        ({}, "P", set(SITES["site_id"]) - {"P", "X"}),  # outside is outside the province's area
        ({}, "X", set(SITES["site_id"]) - {"X"}),
        ({}, "A", {"A1", "A2", "AJ"}),
        ({}, "A1", set()),
        ({"sites": {"levels": ["county"]}}, "P", {"A1", "A2", "B1", "B2"}),
        ({"sites": {"departments": ["jyt"]}}, "P", {"PJ", "AJ"}),
        ({"sites": {"same_department": True}}, "P", set()),
        ({"sites": {"same_department": True}}, "PJ", {"AJ"}),
        ({"sites": {"same_subject": True}}, "P", {"PJ", "AJ"}),
        ({"documents": {"topics": ["环境保护"]}}, "P", set()),
        (
            {"documents": {"levels": ["province"], "topics": ["教育文体"]}, "sites": {"kinds": ["media"]}},
            "P",
            {"M"},
        ),
    ],
)
def test_clauses(clause: dict, site: str, expected: set[str]) -> None:
    assert set(due(documents(("d", site)), rule_of(**clause))) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title: [", "YAML"),
        ("title: x", "clauses"),
        ("title: x\nclauses: [{name: n, why: w, sites: {kinds: [portal]}}]", "site_kinds 中没有：portal"),
        ("title: x\nclauses: [{name: n, why: w, documents: {genres: [x]}}]", "genres 中没有：x"),
        ("title: x\nclauses: [{name: n, why: w, colour: red}]", "colour"),
        ("", "DueRule"),
    ],
)
def test_faulty_rules_say_where(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "rule.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match=message):
        read_rule(path)


def test_pairs_are_in_order_and_the_same_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = documents(*((f"d{k}", site) for k, site in enumerate(["P", "A", "PJ", "B"] * 3))).join(
        OF_SITE, on="site_id"
    )
    whole = due_pairs(frame, SITES, read_rule())
    monkeypatch.setattr("shuju.spread.due.CHUNK_DOCUMENTS", 5)
    for one, other in zip(whole, due_pairs(frame, SITES, read_rule())):
        assert np.array_equal(one, other)
    assert np.array_equal(np.lexsort((whole[1], whole[0])), np.arange(len(whole[0])))


def test_nothing_is_due_where_there_is_nothing() -> None:
    assert [len(c) for c in due_pairs(documents().join(OF_SITE, on="site_id"), SITES, read_rule())] == [
        0,
        0,
        0,
    ]
