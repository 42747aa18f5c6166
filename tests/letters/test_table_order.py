"""Lists sorted by a column: all rows that are chosen, stable, whatever the page; against pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shuju.facts import FactsError, ordering
from shuju.facts.selection import Selection
from shuju.letters import facts as letter_facts
from shuju.letters.letter_list import COLUMNS, letter_list_data
from tests.letters.conftest import Letters, letter

PLACES = ("430104", "430103", "431181", "430111", None)
TOPICS = ("政法", "环境保护", "城乡建设", "交通运输")
DEPARTMENTS = ("岳麓区教育局", "长沙县公安局", "祁阳市住建局", "安化县民政局")
# Free labels stand in the order of their pinyin: 安, 教… as the kinds of departments are called.
ORDERS = [f"{sign}{name}" for _, name in COLUMNS.values() if name for sign in ("", "-")]


@pytest.fixture
def selection(letters: Letters) -> Selection:
    chance = np.random.default_rng(3)
    letters.add(
        *(
            letter(
                k,
                place=PLACES[chance.integers(5)],
                topic=TOPICS[chance.integers(4)],
                department=DEPARTMENTS[chance.integers(4)],
                time=f"2024-0{chance.integers(1, 8)}-{chance.integers(1, 28):02d} {chance.integers(24):02d}:00",
            )
            for k in range(300)
        )
    )
    return letter_facts.selection(letters.library)


def expected(selection: Selection, order: str) -> np.ndarray:
    """Return the positions of all rows that pass as pandas sorts them: by label, unknown last, then the newest first."""
    at, name = selection.places(selection.n_all), order.removeprefix("-")
    shown = selection.shown
    rank = {
        code: k
        for k, code in enumerate(
            ordering.label_order(shown, name, selection.names(name), descending=order.startswith("-"))
        )
    }
    rows = pd.DataFrame({"at": at, "label": [rank[code] for code in shown.take(name, at).astype(int)]})
    return rows.sort_values("label", kind="stable")["at"].to_numpy()


@pytest.mark.parametrize("order", [order for order in ORDERS if order.removeprefix("-") != "day"])
@pytest.mark.parametrize("together", [1, 40, 50_000])
@pytest.mark.parametrize(
    "filters", [{}, {"topic": ["政法", "环境保护"], "day": ("2024-02-01", "2024-05-31")}]
)
def test_every_page_is_a_piece_of_the_whole_order(
    selection: Selection,
    monkeypatch: pytest.MonkeyPatch,
    order: str,
    together: int,
    filters: dict[str, object],
) -> None:
    monkeypatch.setattr(ordering, "TOGETHER", together)
    selection.choose(**filters)
    whole = expected(selection, order)
    pages = [selection.places(7, first=first, order=order) for first in range(0, selection.total + 7, 7)]
    times = selection.shown.times
    assert np.concatenate(pages).size == whole.size == selection.total
    # Letters of the same second may stand either way round.
    labels = selection.labels_at(order.removeprefix("-"), np.concatenate(pages))
    assert labels == selection.labels_at(order.removeprefix("-"), whole)
    assert (times(np.concatenate(pages)) == times(whole)).all()
    assert len(set(np.concatenate(pages).tolist())) == selection.total


@pytest.mark.parametrize(("order", "is_rising"), [("day", True), ("-day", False), ("", False)])
def test_time_is_an_order_too(selection: Selection, order: str, is_rising: bool) -> None:
    times = pd.Series(selection.shown.times(selection.places(300, order=order)))
    assert times.is_monotonic_increasing if is_rising else times.is_monotonic_decreasing


def test_unknown_comes_last_either_way(selection: Selection) -> None:
    for order in ("region", "-region"):
        labels = selection.labels_at("region", selection.places(300, order=order))
        unknown = selection.labels("region")[0]
        n = labels.count(unknown)
        assert n
        assert labels[-n:] == [unknown] * n


def test_free_labels_are_in_the_order_of_pinyin(selection: Selection) -> None:
    labels = list(dict.fromkeys(selection.labels_at("department", selection.places(300, order="department"))))
    assert labels == sorted(labels, key=lambda label: label.encode("gb18030"))


def test_the_list_tells_the_page_that_it_shows(selection: Selection) -> None:
    found = letter_list_data(selection, page=999_999, order="-topic", size=50)
    assert (found.attrs["page"], found.attrs["total"], len(found)) == (6, 300, 50)
    assert found["topic"].iloc[-1] == selection.labels_at("topic", selection.places(300, order="-topic"))[-1]


def test_an_order_that_does_not_exist_is_refused(selection: Selection) -> None:
    with pytest.raises(FactsError, match="nonsense"):
        selection.places(20, order="nonsense")
