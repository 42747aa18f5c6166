"""Counts over time against pandas: by day, week and month, in groups that add up, beside earlier times."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from shuju.charts.trend import MOST_MARKS, trend_data, trend_layers
from shuju.facts import FactsError
from shuju.facts.periods import GROUPS, REST_NAME, compare, daily
from shuju.facts.selection import Selection
from shuju.letters import facts as letter_facts
from tests.letters.conftest import Letters, letter

RULES = {"day": "D", "week": "W-SUN", "month": "M"}
TOPICS = (
    "城乡建设", "环境保护", "交通运输", "教育文体", "劳动和社会保障", "商贸旅游", "卫生计生", "农村农业", "政法", "国土资源",
)  # fmt: skip


@pytest.fixture
def rows() -> pd.DataFrame:
    """600 letters of two and a half years, of ten topics, the first of which is the most frequent."""
    chance = np.random.default_rng(7)
    days = pd.Timestamp("2022-01-03") + pd.to_timedelta(np.sort(chance.integers(0, 900, 600)), unit="D")
    topic = np.array(TOPICS)[np.minimum(chance.geometric(0.3, 600) - 1, 9)]
    return pd.DataFrame({"day": days, "topic": topic})


@pytest.fixture
def selection(letters: Letters, rows: pd.DataFrame) -> Selection:
    letters.add(
        *(
            letter(k, topic=row.topic, time=f"{row.day:%Y-%m-%d} 09:00")
            for k, row in enumerate(rows.itertuples())
        )
    )
    return letter_facts.selection(letters.library)


def counted(rows: pd.DataFrame, unit: str) -> pd.Series:
    return rows.groupby(rows["day"].dt.to_period(RULES[unit]).dt.start_time).size()


@pytest.mark.parametrize("unit", RULES)
@pytest.mark.parametrize(
    "filters", [{}, {"topic": ["环境保护", "政法"]}, {"day": ("2022-05-04", "2023-08-09")}]
)
def test_groups_are_those_of_pandas_and_add_up(
    selection: Selection, rows: pd.DataFrame, unit: str, filters: dict[str, object]
) -> None:
    selection.choose(**filters)
    first, last = filters.get("day", ("2000-01-01", "2100-01-01"))
    kept = rows[rows["day"].between(first, last) & rows["topic"].isin(filters.get("topic", TOPICS))]
    whole, found = counted(kept, unit), selection.series(unit, by="topic")
    assert (found.sum(axis=1) == selection.series(unit)).all()
    assert (found.sum(axis=1)[lambda n: n > 0] == whole).all()
    assert len(found.columns) <= GROUPS + 1
    for topic in set(found.columns) - {REST_NAME}:
        ours, theirs = found[topic][lambda n: n > 0], counted(kept[kept["topic"] == topic], unit)
        assert ours.to_dict() == theirs.to_dict()


def test_more_labels_than_rows_of_a_picture_are_put_together(
    selection: Selection, rows: pd.DataFrame
) -> None:
    found = selection.series("month", by="topic")
    often = rows["topic"].value_counts()
    assert len(often) > GROUPS
    assert list(found.columns)[-1] == REST_NAME
    assert found[REST_NAME].sum() == often.iloc[GROUPS:].sum()


@pytest.mark.parametrize(
    ("day", "against", "span", "then"),
    [
        (("2023-03-01", "2023-03-31"), "year", ("2023-03-01", "2023-03-31"), ("2022-03-01", "2022-03-31")),
        (("2023-03-01", "2023-03-31"), "before", ("2023-03-01", "2023-03-31"), ("2023-01-29", "2023-02-28")),
        (("2024-02-29", "2024-02-29"), "year", ("2024-02-29", "2024-02-29"), ("2023-02-28", "2023-02-28")),
        (("2022-02-01", "2022-02-28"), "year", ("2022-02-01", "2022-02-28"), None),
        (("2022-02-01", "2023-01-03"), "before", ("2022-02-01", "2023-01-03"), None),
    ],
)
def test_days_are_held_against_earlier_ones(
    selection: Selection,
    rows: pd.DataFrame,
    day: tuple[str, str],
    against: str,
    span: tuple[str, str],
    then: object,
) -> None:
    selection.choose(day=day)
    found = compare(selection, daily(selection)["n"], against)
    assert tuple(map(str, found.span)) == span
    assert found.now == rows["day"].between(*span).sum()
    if then is None:
        assert found.then is None
        assert "数据自 2022-01-0" in found.told
    else:
        assert tuple(map(str, found.span_then)) == then
        assert found.then == rows["day"].between(*then).sum()
        assert f"{found.then:,}" in found.told


def test_without_days_chosen_the_newest_are_compared(selection: Selection) -> None:
    last = selection.span[1]
    counts = daily(selection)["n"]
    assert compare(selection, counts, "year").span == (last - dt.timedelta(days=364), last)
    assert compare(selection, counts, "before").span == (last - dt.timedelta(days=29), last)


@pytest.mark.parametrize(("unit", "days"), [("day", None), ("week", 364), ("month", None)])
def test_each_period_has_its_counterpart(
    selection: Selection, rows: pd.DataFrame, unit: str, days: int | None
) -> None:
    found = selection.series(unit, against="year").iloc[:-1]  # the last period may not be over
    whole = counted(rows, unit)
    back = [
        start - (pd.DateOffset(years=1) if days is None else pd.Timedelta(days=days)) for start in found.index
    ]
    since = pd.Timestamp(selection.span[0])
    for (_, row), start in zip(found.iterrows(), back, strict=True):
        assert np.isnan(row["then"]) if start < since else row["then"] == whole.get(start, 0)


def test_a_trend_in_groups_adds_up_and_is_drawn_in_rows(selection: Selection) -> None:
    whole, found = (
        trend_data(selection, unit="month"),
        trend_data(selection, unit="month", by="topic", against="year"),
    )
    assert found.groupby("start")["n"].sum().tolist() == whole["n"].tolist()
    bars = trend_layers(found)["bars"]
    names = [group["name"] for group in found.attrs["groups"]]
    for k, name in enumerate(names):
        row = found["group"].to_numpy() == name
        low, high = bars["bottom"][row].min(), bars["top"][row].max()
        assert len(names) - 1 - k == low <= high < low + 1


def test_more_bars_than_a_picture_bears_become_longer_periods(selection: Selection) -> None:
    found = trend_data(selection, unit="day", by="topic")
    assert len(found) <= MOST_MARKS
    assert (found.attrs["wanted"], found.attrs["unit"]) == ("day", "week")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"unit": "year"}, "时间单位"),
        ({"by": "day"}, "分组"),
        ({"by": "topik"}, "topik"),
        ({"against": "x"}, "对比"),
    ],
)
def test_what_cannot_be_counted_is_refused(selection: Selection, asked: dict[str, str], told: str) -> None:
    with pytest.raises(FactsError, match=told):
        selection.series(**asked)


@pytest.mark.parametrize(
    "asked", [{"against": "year"}, {"by": "topic", "against": "before"}, {"by": "topic"}, {}]
)
def test_no_rows_have_the_columns_that_rows_have(selection: Selection, asked: dict[str, str]) -> None:
    nothing = selection.copy(day=("1990-01-01", "1990-01-31")).series("week", **asked)
    some = selection.series("week", **asked)
    assert len(nothing) == 0
    assert isinstance(nothing, type(some))
    if isinstance(some, pd.DataFrame):
        assert nothing.columns.equals(some.columns)
