"""What templates write: numbers and dates as people read them, and nothing of a record as HTML."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from shuju.facts.cards import find
from shuju.ui import templates


@pytest.mark.parametrize(
    ("n", "told"),
    [
        (0, ("0", "")),
        (9_999, ("9,999", "")),
        (12_345, ("1.23", "万")),
        (100_000, ("10", "万")),
        (1_234_567, ("123.5", "万")),
        (20_700_000, ("2,070", "万")),
        (321_000_000, ("3.21", "亿")),
        (-20_000, ("-2", "万")),
    ],
)
def test_headline_numbers(n: float, told: tuple[str, str]) -> None:
    assert templates.short_count(n) == told


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (0, "0%"),
        (0.0004, "不到 0.1%"),
        (0.1234, "12.3%"),
        (0.9996, "100%"),
        (1, "100%"),
        (None, "—"),
        (np.nan, "—"),
    ],
)
def test_shares(share: float | None, told: str) -> None:
    assert templates.percent(share) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (dt.datetime(2024, 7, 29, 16, 38), "2024-07-29 16:38"),
        (pd.NaT, "—"),
        (None, "—"),
        ("2024-07-29T16:38:59", "2024-07-29 16:38"),
    ],
)
def test_moments(value: object, told: str) -> None:
    assert templates.moment(value) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(5, "刚刚"), (61, "1 分钟前"), (7200, "2 小时前"), (86400 * 3, "3 天前"), (86400 * 400, "1 年前")],
)
def test_how_long_ago(seconds: int, told: str) -> None:
    now = dt.datetime(2024, 7, 29, 16, 38)
    assert templates.ago(now - dt.timedelta(seconds=seconds), now) == told


@pytest.mark.parametrize(("days", "told"), [(0, ""), (6.9, ""), (8, "8 天"), (70, "2 个月"), (800, "2 年")])
def test_old_data_say_how_old_they_are(monkeypatch: pytest.MonkeyPatch, days: float, told: str) -> None:
    today = dt.datetime(2024, 7, 29, 16, 38)
    monkeypatch.setattr(templates, "now", lambda: today)
    assert templates.old(today - dt.timedelta(days=days)) == told


HOSTILE = "<script>alert(1)</script>\"'&"


def test_a_hostile_title_stays_text() -> None:
    rows = pd.DataFrame(
        {
            "letter_id": [HOSTILE], "title": [HOSTILE], "place": ["长沙"], "topic": [HOSTILE], "department": [HOSTILE],
            "written_at": [pd.Timestamp("2024-07-29")], "replied_at": [pd.NaT], "sure": [HOSTILE], "answer": [HOSTILE],
            "channel": [HOSTILE], "motive": [HOSTILE], "days": [float("nan")],
        }
    )  # fmt: skip
    rows.attrs = {"page": 1, "total": 1}
    card = find("letters.list")
    html = card.html(rows, **card.settings({"columns": [*card.options["columns"].choices]}))
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert 'href="letter?id=%3Cscript%3E' in html


def test_the_style_sheet_has_the_colours_of_the_theme() -> None:
    css = templates.style()
    assert templates.theme.PRIMARY in css
    assert "{{" not in css
