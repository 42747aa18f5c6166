"""``count``, ``find_warnings`` and the letters behind a warning."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from shuju.letters.counting import count
from shuju.letters.warning import COMMON, EMERGING, SEASONAL, episodes, find_warnings
from shuju.letters.warning_letters import letters_of_warning, words_of_warning
from shuju.series.alarms import find_alarms

LETTERS = pd.DataFrame(
    {
        "letter_id": list("abcdefg"),
        "region_code": ["430102", "430102", "430103", None, "430102", "430103", "430103"],
        "topic_1": ["环境保护"] * 7,
        "written_at": pd.to_datetime(
            ["2024-01-01 00:00", "2024-01-07 23:59", "2024-01-08", "2024-01-09", "2024-01-15", "2024-01-21", None], format="ISO8601"
        ),
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("options", "times", "counts"),
    [
        (
            {"step": "week"},
            ["2024-01-01", "2024-01-08", "2024-01-15"],
            {"430102": [2, 0, 1], "430103": [0, 1, 1]},
        ),
        ({"step": "week", "last": "2024-01-20"}, ["2024-01-01", "2024-01-08"], {"430102": [2, 0]}),
        ({"step": "week", "first": "2024-01-02"}, ["2024-01-08", "2024-01-15"], {"430102": [0, 1]}),
        ({"step": "day", "first": "2024-01-07", "last": "2024-01-08"}, ["2024-01-07", "2024-01-08"], {"430102": [1, 0], "430103": [0, 1]}),
        ({"step": "day", "first": "2024-01-07", "last": "2024-01-06"}, [], {"430102": []}),
        ({"labels": {"region_code": ["430103", "430104"]}}, ["2024-01-01", "2024-01-08", "2024-01-15"], {"430104": [0, 0, 0]}),
    ],
)  # fmt: skip
def test_counts(options: dict, times: list[str], counts: dict[str, list[int]]) -> None:
    found = count(LETTERS, ["region_code", "topic_1"], **options)
    assert found["time"].dt.strftime("%F").to_numpy().tolist() == times
    for region, values in counts.items():
        assert found.sel(region_code=region).to_numpy().ravel().tolist() == values


def test_no_letters_need_a_span() -> None:
    with pytest.raises(ValueError, match="first"):
        count(LETTERS[:0], ["region_code"])
    assert count(LETTERS[:0], ["region_code"], "day", first="2024-01-01", last="2024-01-03").shape == (0, 3)


@pytest.mark.parametrize(
    ("alarm", "quiet", "runs"),
    [
        ([], 1, []),
        ([[0, 0, 0]], 1, []),
        ([[1, 0, 0]], 1, [(0, 0, 0)]),
        ([[1, 0, 1]], 1, [(0, 0, 0), (0, 2, 2)]),
        ([[1, 0, 1]], 2, [(0, 0, 2)]),
        ([[0, 1], [1, 0]], 5, [(0, 1, 1), (1, 0, 0)]),
    ],
)
def test_episodes(alarm: list[list[int]], quiet: int, runs: list[tuple[int, int, int]]) -> None:
    found = episodes(np.array(alarm, bool).reshape(-1, 3 if not alarm else len(alarm[0])), quiet)
    assert list(zip(*(x.tolist() for x in found))) == runs


def province(mean: np.ndarray, counties: int = 6, seed: int = 2) -> xr.DataArray:
    counts = np.random.default_rng(seed).poisson(np.broadcast_to(mean, (counties, len(mean)))).astype(float)
    time = np.datetime64("2021-01-04", "ns") + np.timedelta64(7, "D") * np.arange(len(mean))
    return xr.DataArray(
        counts[:, None],
        dims=("region_code", "topic_1", "time"),
        coords={
            "region_code": [f"4301{i:02}" for i in range(counties)],
            "topic_1": ["环境保护"],
            "time": time,
        },
    )


FLAT = np.full(200, 0.5)


def test_little_new_and_growing_is_emerging() -> None:
    counts = province(FLAT)
    counts[2, 0, 197:] = [4, 6, 9]
    found = find_warnings(
        find_alarms(counts, alpha=0.0003, since=counts["time"][150].to_numpy()), counts, across="region_code"
    )
    row = found.iloc[0]
    assert (row["region_code"], row["kind"], row["others"]) == ("430102", EMERGING, 0)
    assert (row["observed"], row["peak"], row["time"]) == (
        19,
        9,
        pd.Timestamp(counts["time"].to_numpy()[199]),
    )
    assert row["first_at"] == pd.Timestamp(counts["time"].to_numpy()[197])
    assert row["until"] - row["time"] == pd.Timedelta(days=7)
    assert row["excess"] == pytest.approx(19 - row["expected"])
    assert "收到 19 封" in row["evidence"]
    assert len(found) == 1


def test_many_counties_at_once_are_common() -> None:
    counts = province(FLAT)
    counts[:4, 0, 198:] += 8
    found = find_warnings(
        find_alarms(counts, alpha=0.0003, since=counts["time"][150].to_numpy()), counts, across="region_code"
    )
    assert found["kind"].tolist() == [COMMON] * 4
    assert found["others"].tolist() == [3] * 4


def test_many_letters_at_all_times_are_common() -> None:
    counts = province(FLAT * 60)
    counts[2, 0, 199] += 60
    found = find_warnings(
        find_alarms(counts, alpha=0.0003, since=counts["time"][150].to_numpy()), counts, across="region_code"
    )
    assert found["kind"].tolist() == [COMMON]


def test_a_rise_that_comes_every_year_is_seasonal() -> None:
    """EARS knows no season, so it takes each year's peak for an outbreak; the kinds do not."""
    week = np.arange(260)
    counts = province(1 + 11 * np.isin(week % 52, range(20, 26)))
    found = find_warnings(
        find_alarms(counts, "ears_c1", since=counts["time"][224].to_numpy(), min_sigma=1.0), counts, across="region_code"
    )  # fmt: skip
    at_peak = found[(found["alarmed_at"] >= counts["time"].to_numpy()[228]) & (found["expected"] < 8)]
    at_peak = at_peak[at_peak["alarmed_at"] <= counts["time"].to_numpy()[229]]
    assert len(at_peak) >= 4
    assert (at_peak["kind"] == SEASONAL).all()
    assert at_peak["evidence"].str.contains("往年同期").all()


def test_without_a_past_year_nothing_is_seasonal() -> None:
    counts = province(1 + 11 * np.isin(np.arange(40), range(30, 36)))
    found = find_warnings(find_alarms(counts, "ears_c1", min_sigma=1.0), counts)
    assert len(found)
    assert found["season_ratio"].isna().all()
    assert not (found["kind"] == SEASONAL).any()


def test_no_alarm_no_warning() -> None:
    counts = province(FLAT * 0)
    found = find_warnings(find_alarms(counts), counts, across="region_code")
    assert len(found) == 0
    assert {"region_code", "topic_1", "first_at", "kind", "evidence"} <= set(found.columns)


@pytest.mark.parametrize(
    ("across", "drop", "message"), [("county", False, "county"), (None, True, "time 须为日期")]
)
def test_impossible_calls_are_refused(across: str | None, drop: bool, message: str) -> None:
    counts = province(FLAT)
    if drop:
        counts = counts.assign_coords(time=np.arange(200))
    with pytest.raises(ValueError, match=message):
        find_warnings(find_alarms(counts, "ears_c1"), counts, across=across)


def test_letters_of_warning_a_warning() -> None:
    warning = {
        "region_code": "430103",
        "topic_1": "环境保护",
        "first_at": pd.Timestamp("2024-01-08"),
        "until": pd.Timestamp("2024-01-22"),
        "kind": EMERGING,
    }
    assert letters_of_warning(LETTERS, pd.Series(warning))["letter_id"].tolist() == ["c", "f"]


def test_words_that_grew() -> None:
    day = pd.Timestamp("2024-03-01")
    old = pd.DataFrame({"body": ["小区路灯不亮"] * 6, "written_at": day - pd.Timedelta(days=9)})
    new = pd.DataFrame({"body": ["搅拌站噪音扰民，路灯不亮"] * 5, "written_at": day})
    other = pd.DataFrame({"body": ["公交改线"] * 5, "written_at": day, "topic_1": "交通运输"})
    letters = pd.concat([old, new, other], ignore_index=True).assign(title="来信")
    letters["topic_1"] = letters["topic_1"].fillna("环境保护")
    warning = {"topic_1": "环境保护", "first_at": day, "until": day + pd.Timedelta(days=1)}
    words = set(words_of_warning(letters, warning)["term"])
    assert any("搅拌站" in word for word in words)
    assert not any("公交" in word or word == "小区" for word in words)
