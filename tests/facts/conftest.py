import datetime as dt

import numpy as np
import pandas as pd
import pytest

from shuju.facts import Bins, Codes, Days, FactSchema, passes

EPOCH = dt.date(2020, 1, 1)


@pytest.fixture(scope="session")
def schema():
    return FactSchema(
        "test",
        (
            Days("day", EPOCH),
            Codes("genre", ("要闻", "公告"), null="无"),
            Codes("site"),
            Bins("size", (10, 100)),
        ),
        time="day",
        x="x",
        y="y",
        locators=("row",),
    )


@pytest.fixture(scope="session")
def frame():
    """A function (rows, seed, first) → a frame with nulls, early dates and undeclared labels."""

    def make(rows: int, seed: int = 0, first: int = 0) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        times = np.datetime64("2019-12-25", "s") + rng.integers(0, 40 * 86_400, rows)
        choice = lambda values: rng.choice(np.array(values, object), rows)  # noqa: E731
        return pd.DataFrame(
            {
                "day": np.where(rng.random(rows) < 0.1, np.datetime64("NaT", "s"), times),
                "genre": pd.array(choice(["要闻", "公告", "政策", "", None, "无"]), "string"),
                "site": pd.array(choice([f"s{k}" for k in range(300)]), "string"),
                "size": rng.choice([1.0, 9.99, 10, 50, 100, 1e9, -np.inf, np.inf, np.nan], rows),
                "x": np.where(rng.random(rows) < 0.2, np.nan, rng.random(rows)),
                "y": rng.random(rows),
                "row": np.arange(first, first + rows),
            }
        )

    return make


@pytest.fixture(scope="session")
def labelled():
    """A function frame → the label of every dimension of every row, by plain pandas."""

    def label(frame: pd.DataFrame) -> pd.DataFrame:
        day = frame["day"].dt.normalize().clip(lower=pd.Timestamp(EPOCH) - pd.Timedelta(days=1))
        return pd.DataFrame(
            {
                "day": day.dt.strftime("%Y-%m-%d").astype(object).where(day.notna(), "未知"),
                "genre": frame["genre"].astype(object).where(frame["genre"].notna(), "无").replace("", "无"),
                "site": frame["site"].astype(object).where(frame["site"].notna(), "未知"),
                "size": pd.cut(
                    frame["size"],
                    [-np.inf, 10, 100, np.inf],
                    right=False,
                    labels=["10以下", "10至100", "100及以上"],
                )
                .astype(object)
                .mask(frame["size"] == np.inf, "100及以上")
                .where(frame["size"].notna(), "未知"),
                "row": frame["row"],
            }
        )

    return label


@pytest.fixture
def threads(monkeypatch):
    """Share even a small table among two threads."""
    monkeypatch.setattr(passes, "ALONE_ROWS", 1)
    monkeypatch.setattr(passes, "WORKERS", 2)
