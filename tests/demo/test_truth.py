"""What truth says is in the raw files: cascades, issues, bursts, seasons, personal data."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

import pytest

from shuju.demo.cascades import COPY_KINDS, EDITS


def grams(text: str) -> set[str]:
    return {text[i : i + 5] for i in range(len(text) - 4)}


def shared(part: str, whole: str) -> float:
    """The share of ``part``'s 5-grams that ``whole`` has."""
    return len(grams(part) & grams(whole)) / max(1, len(grams(part)))


def test_cascades_make_up_their_share_and_have_all_kinds(province):
    rows = province.table("cascades")
    origins = {r["origin_id"] for r in rows}
    records = {r["record_id"] for r in rows} | origins
    assert 0.08 < len(records) / 20_000 < 0.13
    assert len(origins) >= 40
    assert {r["kind"] for r in rows} == set(COPY_KINDS)
    assert {e for r in rows for e in r["edits"]} >= set(EDITS) - {"antedated"}
    assert records <= set(province.pages)


def test_parents_carry_the_document_before_their_children(province):
    rows = province.table("cascades")
    by_origin = defaultdict(dict)
    for r in rows:
        by_origin[r["origin_id"]][r["record_id"]] = r
    for origin, members in by_origin.items():
        for r in members.values():
            parent = members.get(r["parent_id"])
            assert parent is not None or r["parent_id"] == origin
            early = "antedated" in r["edits"]
            assert (r["lag_hours"] < 0) == early
            if parent and not early:
                assert r["lag_hours"] > parent["lag_hours"]
                inherited = set(parent["edits"]) - {"header", "footer", "antedated"}
                assert inherited <= set(r["edits"])
    depth = Counter(sum(1 for _ in ancestors(r, by_origin[r["origin_id"]])) for r in rows)
    assert max(depth) >= 3


def ancestors(row, members):
    while row is not None:
        yield row
        row = members.get(row["parent_id"])


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("verbatim", 0.99, 1.0),
        ("edited", 0.25, 1.0),
        ("excerpt", 0.1, 0.8),
        ("forwarded", 0.1, 1.0),
        ("round_up", 0.05, 0.8),
    ],
)
def test_copies_hold_what_their_kind_says(province, kind, low, high):
    held = []
    for r in province.table("cascades"):
        origin, copy = province.pages[r["origin_id"]]["body"], province.pages[r["record_id"]]["body"]
        if r["kind"] == kind and origin and copy:
            held.append(shared(origin, copy))
    assert len(held) >= 20
    assert low <= min(held)
    assert max(held) <= high


def test_edits_are_those_named(province):
    for r in province.table("cascades"):
        origin, copy = province.pages[r["origin_id"]], province.pages[r["record_id"]]
        if not (origin["body"] and copy["body"]) or r["kind"] == "round_up":
            continue
        edits = set(r["edits"]) - {"antedated"}
        if not edits:
            assert copy["body"] == origin["body"]
        if "title" not in edits and "cover" not in edits:
            assert copy["title"] == origin["title"]
        if "cover" in edits:
            assert "转发" in copy["title"]


def test_lookalikes_are_not_copies(province):
    rows = province.table("hard_negatives")
    assert {r["kind"] for r in rows} == {"revision", "interpretation", "same_subject", "annual"}
    copies = {(r["origin_id"], r["record_id"]) for r in province.table("cascades")}
    for r in rows:
        assert (r["origin_id"], r["record_id"]) not in copies
        origin, other = province.pages[r["origin_id"]]["body"], province.pages[r["record_id"]]["body"]
        if origin and other:
            assert other != origin
            limit = {"same_subject": 0.15, "interpretation": 0.5}.get(r["kind"], 0.97)
            assert shared(origin, other) < limit, r


def test_issues_are_told_by_many_in_many_words(province):
    issues = {r["issue_id"]: r for r in province.table("issues")}
    members = defaultdict(list)
    for r in province.table("issue_members"):
        members[r["issue_id"]].append(r)
    assert set(members) == set(issues)
    for key, issue in issues.items():
        letters = sorted(members[key], key=lambda r: r["written_at"])
        assert len(letters) == issue["letters"]
        assert letters[0]["region_code"] == issue["origin_county"]
        assert letters[0]["written_at"] == issue["source_at"]
        others = [r["written_at"] for r in letters if r["region_code"] != issue["origin_county"]]
        assert issue["transmission_at"] == (min(others) if others else None)
        assert (issue["stage"] == "转化") == (issue["conversion_at"] is not None)
        bodies = [province.letters[r["letter_id"]]["body"] for r in letters]
        assert len(set(bodies)) == len(bodies)
        assert sum(shared(bodies[0], b) for b in bodies[1:]) / max(1, len(bodies) - 1) < 0.6
    assert {i["stage"] for i in issues.values()} >= {"传导", "转化"}


def test_bursts_lie_within_the_five_years(province):
    for r in province.table("bursts"):
        assert r["excess"] >= 8
        assert r["expected"] > 0
        assert timedelta(3) <= r["last_day"] - r["first_day"] <= timedelta(12)


def test_seasons_average_to_one(province):
    total: Counter[str] = Counter()
    for r in province.table("seasonal"):
        total[r["topic_1"]] += r["factor"]
    assert len(total) == 15
    assert all(abs(value - 12) < 1e-9 for value in total.values())


def test_repeats_are_by_the_same_words_to_a_good_part(province):
    rows = province.table("repeats")
    assert len(rows) == 30
    for r in rows:
        again, first = province.letters[r["letter_id"]], province.letters[r["repeat_of"]]
        assert shared(first["body"], again["body"]) > 0.2


def test_personal_data_stands_in_the_letters_named(province):
    rows = province.table("personal")
    assert len({r["kind"] for r in rows}) == 9
    for r in rows:
        assert r["text"] in province.letters[r["row_key"]]["body"], r
