"""What cards show as rows of a file: figures counted anew from the raw letters, and nothing that only a programmer reads."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import shuju
import shuju.pages
from shuju.facts.cards import Card, all_cards, find
from shuju.letters import facts as letter_facts
from shuju.library import Library
from shuju.serve.card_rows import file_of, frame_of, told_frame
from shuju.standard import code_list, code_lists
from tests.letters.conftest import Letters
from tests.pages.conftest import raw_letters
from tests.pages.issue_library import issue_library
from tests.spread.spread_library import spread_library

WHAT_IF = (
    "answering",
    "alarming",
    "arriving",
    "gathering",
)  # they say what they have in sentences of their own


@pytest.fixture(scope="module")
def forty(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return Letters(tmp_path_factory.mktemp("forty")).add(*raw_letters())


def raw() -> pd.DataFrame:
    rows = pd.DataFrame(raw_letters())
    return rows.assign(day=pd.to_datetime(rows["time"]).dt.normalize(), answered=rows["replied"].notna())


def in_county(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["place"] == "430104"]


def of_trend(found: pd.DataFrame) -> None:
    for row in found.itertuples():
        for rows, n in ((in_county(raw()), row.n), (raw(), row.n_all)):
            assert n == ((rows["day"] >= row.start) & (rows["day"] < row.end)).sum()
    assert found["n"].sum() == len(in_county(raw()))


def of_topics_by_week(found: pd.DataFrame) -> None:
    for row in found.itertuples():
        own = in_county(raw())[lambda rows, topic=row.group: rows["topic"] == topic]
        assert row.n == ((own["day"] >= row.start) & (own["day"] < row.end)).sum()
    assert found["n"].sum() == len(in_county(raw()))


def of_facets(found: pd.DataFrame) -> None:
    answers = {True: "answered", False: "unanswered"}
    columns = {"topic": raw()["topic"], "motive": raw()["motive"], "answer": raw()["answered"].map(answers)}
    for part, values in columns.items():
        told = found[found["part"] == part].set_index("label")
        here = values[raw()["place"] == "430104"].value_counts()
        assert told["n"].to_dict() == here.reindex(told.index, fill_value=0).to_dict()
        assert told["n_all"].to_dict() == values.value_counts().reindex(told.index).to_dict()


def of_map(found: pd.DataFrame) -> None:
    told = found.set_index("code")["n"]
    # The map leaves its own filter aside, as each part of the facets does.
    assert told[told > 0].to_dict() == {"430104": 30, "431181": 10} == raw()["place"].value_counts().to_dict()


def of_list(found: pd.DataFrame) -> None:
    newest = in_county(raw()).sort_values("time", ascending=False).head(20)
    assert set(found["letter_id"]) <= set(in_county(raw())["id"])
    assert found["written_at"].tolist() == pd.to_datetime(newest["time"]).tolist()
    days = (found["replied_at"] - found["written_at"]).dt.total_seconds() / 86_400
    pd.testing.assert_series_equal(found["days"], days, check_names=False)


CARDS: dict[str, tuple[dict[str, Any], Callable[[pd.DataFrame], None]]] = {
    "letters.trend": ({}, of_trend),
    "letters.trend ": ({"unit": "week", "by": "topic"}, of_topics_by_week),
    "letters.facets": ({}, of_facets),
    "letters.map": ({"measure": "n"}, of_map),
    "letters.list": ({}, of_list),
}


@pytest.mark.parametrize(("name", "case"), CARDS.items(), ids=CARDS)
def test_figures_are_those_of_the_raw_letters(
    forty: Library, name: str, case: tuple[dict[str, Any], Callable[[pd.DataFrame], None]]
) -> None:
    given, check = case
    card = find(name.strip())
    options = card.settings(given)
    selection = letter_facts.selection(forty, region="430104")
    check(frame_of(card, card.data(selection, **options), options))


def rows_of(card: Card, home: Path, key: str) -> tuple[pd.DataFrame, dict[str, str]]:
    selection = shuju.select(card.table, home)
    options = card.settings({"id": key} if "id" in card.options else {})
    return told_frame(card, selection, frame_of(card, card.data(selection, **options), options))


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    issues = Path(issue_library(tmp_path_factory.mktemp("issues")).home.uri)
    spread = Path(spread_library(tmp_path_factory.mktemp("spread")).home.uri)
    return {"letters": issues, "hot_issues": issues, "cascades": spread, "records": spread}


# Codes of lists that are words of English; those of places are numbers, and stay.
ENGLISH = {
    code
    for name in code_lists()
    for code in code_list(name).codes
    if re.fullmatch("[a-z][a-z_0-9]{3,}", code)
}
NAMED = sorted(card.name for card in all_cards() if card.table and card.name.split(".")[0] not in WHAT_IF)


@pytest.mark.parametrize("name", NAMED)
def test_columns_have_chinese_titles_and_codes_names(homes: dict[str, Path], name: str) -> None:
    card = find(name)
    frame, titles = rows_of(card, homes[card.table], {"hot_issues": "A", "cascades": "a"}.get(card.table, ""))
    assert [title for title in titles.values() if title.isascii()] == []
    assert len(set(titles.values())) == len(titles)
    assert "part" not in frame or [part for part in frame["part"] if part.isascii()] == []
    assert [
        column for column in frame if column != "label" and ENGLISH & set(frame[column].astype(str))
    ] == []


def test_a_card_of_sentences_is_lines(homes: dict[str, Path]) -> None:
    card = find("letters.headline")
    frame, titles = rows_of(card, homes["letters"], "")
    assert list(titles.values()) == ["项目", "内容"]
    assert frame.set_index("item")["content"]["来信总量"].startswith("7 封")
    data = file_of(card, shuju.select("letters", homes["letters"]), frame, ".csv").decode("utf-8-sig")
    head, first, *_ = csv.reader(io.StringIO(data))
    assert head == ["项目", "内容"]
    assert re.match(r"7 封，", first[1])
