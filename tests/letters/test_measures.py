"""Measures: unknown is not unanswered, and every figure is that of the rows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shuju.letters import facts as letter_facts
from shuju.letters.measures import MEASURES, measured
from shuju.letters.reply_counts import days_told, median_reply_days, reply_counts
from shuju.library import Library, open_library
from shuju.library.ingest import ingest
from shuju.series.survival import kaplan_meier, quantile_time
from tests.conftest import write_lines
from tests.letters.conftest import LETTERS_CATALOG, Letters, letter
from tests.letters.test_facts import counts
from tests.working_days import worked_days

# One source with two kinds of files: the second gives no reply, no time of one and no status.
SILENT = (
    LETTERS_CATALOG.replace('"*.json*"', "told-*.jsonl")
    + """\
      - table: letters
        reader: json
        files: silent-*.jsonl
        fields: {letter_id: id, title: title, body: body, written_at: time, region_code: place, channel: {const: hotline}}
"""
)


def library_of(folder: Path, catalog: str, **files: list[dict[str, object]]) -> Library:
    (folder / "letters").mkdir(parents=True)
    (folder / "catalog.yaml").write_text(catalog, encoding="utf-8")
    for name, rows in files.items():
        write_lines(folder / "letters" / f"{name.replace('_', '-')}.jsonl", rows)
    library = open_library(folder / "home", folder / "catalog.yaml")
    ingest(library, "test_letters")
    return library


REPLIED = {"reply": "已办", "replied": "2024-07-12 16:38"}


@pytest.fixture
def mixed(tmp_path: Path) -> Library:
    """Two letters answered, one not, three of which nothing is known."""
    told = [letter(1, **REPLIED), letter(2, reply="已办"), letter(3)]
    return library_of(tmp_path, SILENT, told_a=told, silent_a=[letter(n) for n in (4, 5, 6)])


def test_what_a_source_does_not_carry_is_unknown(mixed: Library) -> None:
    shown = measured(letter_facts.selection(mixed))
    names = ("n", "n_answered", "n_unanswered", "n_unknown", "share_unanswered", "median_days")
    assert [shown[name] for name in names] == [6, 2, 1, 3, pytest.approx(1 / 3), pytest.approx(10, abs=0.06)]


def test_unknown_is_a_label_that_can_be_filtered(mixed: Library) -> None:
    chosen = letter_facts.selection(mixed, answer="答复情况未知")
    assert chosen.total == 3
    assert measured(chosen)["share_unanswered"] is None
    assert sorted(chosen.rows(9, ["letter_id"])["letter_id"]) == ["l4", "l5", "l6"]


@pytest.mark.parametrize(
    ("said", "states"),
    [
        ("lacks: [reply, replied_at]", {"answered": 1, "unanswered": 0}),
        ("carries: [status]", {"answered": 1, "unanswered": 1}),
        ("", {"answered": 1, "unanswered": 1}),
    ],
)
def test_a_source_corrects_what_its_mapping_says(tmp_path: Path, said: str, states: dict[str, int]) -> None:
    catalog = LETTERS_CATALOG + (f"        {said}\n" if said else "")
    library = library_of(tmp_path, catalog, a=[letter(1, **REPLIED), letter(2)])
    found = letter_facts.selection(library).counts("answer")
    assert {name: int(found[name]) for name in states} == states


def test_the_facts_follow_when_the_catalog_says_otherwise(tmp_path: Path) -> None:
    library = library_of(tmp_path, LETTERS_CATALOG, a=[letter(1)])
    assert counts(letter_facts.build(library), "answer") == {"unanswered": 1}
    place = tmp_path / "catalog.yaml"
    place.write_text(LETTERS_CATALOG + "        lacks: [reply, replied_at]\n", encoding="utf-8")
    again = letter_facts.build(open_library(tmp_path / "home", place))
    assert counts(again, "answer") == {letter_facts.ANSWER_UNKNOWN: 1}


def answered_frame(n: int = 60) -> list[dict[str, object]]:
    """Letters of two months, two in three answered after 1 to 40 days."""
    rng = np.random.default_rng(5)
    written = [dt.datetime(2024, 5, 1, 8) + dt.timedelta(days=int(d)) for d in rng.integers(0, 60, n)]
    replied = [t + dt.timedelta(days=float(d)) for t, d in zip(written, rng.uniform(1, 40, n), strict=True)]
    return [
        letter(
            k, time=f"{t:%Y-%m-%d %H:%M}", motive=("inquiry", "complaint")[k % 2],
            **({"reply": "已办", "replied": f"{r:%Y-%m-%d %H:%M}"} if k % 3 else {}),
        )
        for k, (t, r) in enumerate(zip(written, replied, strict=True))
    ]  # fmt: skip


def test_measures_are_those_of_the_rows(letters: Letters) -> None:
    chosen = letter_facts.selection(letters.add(*answered_frame()))
    rows = chosen.frame(["written_at", "replied_at", "motive"]).compute()
    check(chosen, rows)


def check(chosen: object, rows: pd.DataFrame) -> None:
    """Hold every measure of replies against plain pandas over the same rows; all of them tell of replies."""
    replies, shown = reply_counts(chosen), measured(chosen)  # type: ignore[arg-type]
    days = (rows["replied_at"] - rows["written_at"]) / pd.Timedelta(days=1)
    end = pd.Timestamp(replies.until)
    term = np.where(rows["motive"] == "inquiry", 5, 15)
    until = rows["replied_at"].fillna(end).to_numpy("datetime64[D]")
    written = rows["written_at"].to_numpy("datetime64[D]")
    late = worked_days(written, np.maximum(until, written)) > term
    is_answered = rows["replied_at"].notna()
    waits = (end - rows["written_at"].dt.normalize()) / pd.Timedelta(days=1)
    curve = kaplan_meier(days.clip(lower=0).fillna(waits), is_answered)
    assert shown["n"] == len(rows)
    assert shown["n_unanswered"] == (~is_answered).sum()
    assert shown["median_days"] == pytest.approx(days.clip(lower=0).median(), abs=0.06)
    assert shown["median_days_all"] == pytest.approx(quantile_time(curve), abs=0.06)
    assert shown["n_overdue"] == (late & ~is_answered).sum()
    assert shown["share_in_term"] == pytest.approx((is_answered & ~late).sum() / (is_answered | late).sum())


@pytest.mark.parametrize(
    ("days", "median"),
    [
        ([], None),
        ([np.nan], None),
        ([3.02], 3.0),
        ([30.72], 30.7),
        ([2.0, 10.0], 6.0),
        ([1, 2, 400], 2.0),
        ([59.97], 60.0),
        ([72.4], 72.0),
        ([400], 366.0),
    ],
)
def test_median_of_some_replies(days: list[float], median: float | None) -> None:
    assert median_reply_days(days) == (None if median is None else pytest.approx(median))


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (None, "—"),
        (np.nan, "—"),
        (0.0, "0.0 天"),
        (30.72, "30.7 天"),
        (59.93, "59.9 天"),
        (59.97, "60 天"),
        (72.4, "72 天"),
        (365.4, "365 天"),
        (366.0, "365 天以上"),
        (800.0, "365 天以上"),
    ],
)
def test_days_are_told_the_same_everywhere(days: float | None, told: str) -> None:
    assert days_told(days) == told
    if days is not None and not np.isnan(days):
        assert days_told(median_reply_days([days])) == told, "one letter's days and their median"


def test_every_measure_has_a_title_and_says_what_it_counts() -> None:
    for name, measure in MEASURES.items():
        assert measure.name == name
        assert measure.title
        assert measure.definition.endswith("。")


def test_real_letters_without_reply_columns_are_unknown(real_data: Path, tmp_path: Path) -> None:
    library = open_library(tmp_path / "home")
    ingest(library, "tipdm_letters", real_data / "letters_tipdm2020c")
    shown = measured(letter_facts.selection(library))
    assert [shown[name] for name in ("n", "n_answered", "n_unanswered", "n_unknown")] == [7142, 2816, 0, 4326]
    assert shown["median_days"] == shown["median_days_all"] == pytest.approx(11.2, abs=0.1)
