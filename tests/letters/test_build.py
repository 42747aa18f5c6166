"""What shuju build makes of letters: the warnings' table, told once, kept, extended."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

from shuju.letters import facts as letter_facts
from shuju.letters.build import build_letters
from shuju.letters.issue_table import horizon, known_since
from shuju.letters.warning_table import GRID_DAYS, _on_grid, daily_counts
from tests.letters.conftest import Letters, letter

FIRST = dt.date(2022, 1, 1)
N_DAYS = 760
BURST, OLD_BURST = range(740, 745), range(600, 605)
PLACE, TOPIC = "430104", "交通运输"


def calm(n_days: int = N_DAYS) -> list[dict[str, object]]:
    """One letter every third day in each of three counties."""
    return [
        letter(3 * day + at, time=f"{FIRST + dt.timedelta(days=day)} 10:00", place=place, topic=TOPIC, motive="help")
        for day in range(0, n_days, 3)
        for at, place in enumerate(("430104", "430121", "430211"))
    ]  # fmt: skip


BODIES = (
    "梅溪隧道昨夜塌方，车辆绕行两小时，请尽快抢修。",
    "每天上班要走隧道，现在封了，公交也不通，老人看病怎么办？",
    "隧道塌方以后没有人指挥交通，路口堵了一公里，学生迟到。",
    "请公布隧道抢修的时间表，三天没有消息，绕行的路太远。",
    "隧道里还有车被困吗？附近商户的货进不来，损失很大。",
    "请在隧道口设指示牌，外地司机不知道绕行，半夜还在掉头。",
)


def burst(
    days: range = BURST, place: str = PLACE, bodies: tuple[str, ...] = BODIES
) -> list[dict[str, object]]:
    """Six letters a day about one thing, each in other words."""
    return [
        letter(
            10_000 * (1 + int(place) % 7) + 10 * day + at,
            time=f"{FIRST + dt.timedelta(days=day)} 15:00",
            place=place,
            title="隧道塌方车辆绕行",
            body=bodies[at % len(bodies)],
        )
        for day in days
        for at in range(6)
    ]


def told(letters: Letters) -> pd.DataFrame:
    return letters.library.read("warnings")


def test_without_letters_there_are_no_warnings(letters: Letters) -> None:
    built = build_letters(letters.library)
    assert (built.n_letters, built.n_warnings) == (0, 0)
    assert not build_letters(letters.library).is_new


def test_one_letter_is_no_warning(letters: Letters) -> None:
    letters.add(letter(1))
    built = build_letters(letters.library)
    assert (built.n_letters, built.n_warnings) == (1, 0)


def test_calm_counts_are_no_warning(letters: Letters) -> None:
    letters.add(*calm())
    assert build_letters(letters.library).n_warnings == 0


def test_a_burst_is_told_with_place_time_reason_words_and_letters(letters: Letters) -> None:
    letters.add(*calm(), *burst())
    build_letters(letters.library)
    (row,) = told(letters).to_dict("records")
    assert (row["region_code"], row["topic_1"], row["kind"]) == (PLACE, TOPIC, "emerging")
    begins = FIRST + dt.timedelta(days=BURST[0])
    assert abs((row["alarmed_day"].date() - begins).days) <= 1
    assert row["first_day"] <= row["alarmed_day"] <= row["day"]
    assert row["n_observed"] >= 30 > row["n_upper"] > row["n_expected"]
    assert row["p"] < 1e-4
    assert row["n_voices"] == len(BODIES)  # nearly equal letters are one voice, whoever signed
    assert "隧道" in row["matter"]
    assert "2024年1月11日" in row["reason"]
    assert "收到" in row["reason"]
    assert "隧道" in row["words"]
    assert row["warning_id"] == f"{row['issue_id']}-{row['alarmed_day']:%Y%m%d}"
    assert row["matter"] == "主要是一件事：隧道塌方车辆绕行（30 封中 30 封）"
    behind = row["letters"].split(",")
    assert 0 < len(behind) <= 5
    assert {letters.library.get("letters", key)["title"] for key in behind} == {"隧道塌方车辆绕行"}


def test_one_text_sent_by_many_names_is_no_warning(letters: Letters) -> None:
    letters.add(*calm(), *burst(bodies=BODIES[:1]))
    assert build_letters(letters.library).n_warnings == 0


def test_topics_that_only_the_text_tells_are_counted_too(letters: Letters) -> None:
    untold = [row | {"topic": None} for row in burst()]
    build_letters(letters.add(*calm(), *untold))
    counts = daily_counts(letter_facts.build(letters.library))
    assert int(counts.sum()) == len(calm()) + len(untold)
    assert (told(letters)["words"].str.contains("隧道")).any()


def test_nothing_is_done_where_nothing_moved(letters: Letters) -> None:
    letters.add(*calm(), *burst())
    steps: list[str] = []
    first = build_letters(letters.library, steps.append)
    assert first.is_new
    assert steps == [
        "生成来信事实表",
        "学习来信用词",
        "提取来信关键词",
        "学习来信去向",
        "归集热点诉求",
        "判断预警",
    ]
    steps.clear()
    again = build_letters(letters.library, steps.append)
    assert steps == ["生成来信事实表"]
    assert not again.is_new
    assert again.n_warnings == first.n_warnings
    assert len(letters.library.versions("warnings")) == 2  # made, and filled once


def test_new_letters_keep_the_ids_and_add_theirs(letters: Letters) -> None:
    letters.add(*calm(), *burst())
    build_letters(letters.library)
    before = set(told(letters)["warning_id"])
    elsewhere = tuple(body.replace("隧道", "炎帝隧道").replace("梅溪", "") for body in BODIES)
    letters.add(*burst(range(752, 757), "430211", elsewhere))
    build_letters(letters.library)
    after = told(letters)
    assert before < set(after["warning_id"])
    assert set(after["region_code"]) == {"430104", "430211"}


def test_what_is_older_than_a_year_stays_as_it_was_told(letters: Letters) -> None:
    letters.add(*calm(), *burst(OLD_BURST))
    build_letters(letters.library)
    (old,) = told(letters).to_dict("records")
    later = FIRST + dt.timedelta(days=OLD_BURST[0] + 365 + 2 * GRID_DAYS)
    letters.add(letter(90_001, time=f"{later} 10:00"))
    letters.add(
        letter(90_002, time=f"{FIRST + dt.timedelta(days=OLD_BURST[2])} 11:00")
    )  # too late to change it
    build_letters(letters.library)
    kept = told(letters).set_index("warning_id").loc[old["warning_id"]]
    assert kept["n_observed"] == old["n_observed"]


DAYS = np.array(["NaT", "2024-01-01", "2024-03-01", "2024-12-31"], "datetime64[s]")


@pytest.mark.parametrize(
    ("days", "is_known"),
    [
        (DAYS, True),
        (np.append(DAYS, np.datetime64("2025-01-02")), True),
        (np.append(DAYS, np.datetime64("2020-01-01")), False),
        (DAYS[[0, 2, 3]], False),
    ],
    ids=["the same", "newer letters", "an older letter came", "an older letter went"],
)
def test_members_are_known_while_older_letters_stay(days: np.ndarray, is_known: bool) -> None:
    since = known_since(horizon(DAYS), days)
    assert since == (pd.Timestamp("2024-07-04") if is_known else None)


@pytest.mark.parametrize("what", ["method", "state gone"])
def test_another_method_or_no_state_judges_all_anew(letters: Letters, what: str) -> None:
    letters.add(*calm(), *burst(OLD_BURST))
    build_letters(letters.library)
    before = told(letters)["warning_id"].tolist()
    assert before
    place = letters.library.home.cache / "warnings" / "state.json"
    if what == "method":
        place.write_text(json.dumps(json.loads(place.read_text()) | {"method": -1}))
    else:
        place.unlink()
    assert build_letters(letters.library).is_new
    assert told(letters)["warning_id"].tolist() == before


@pytest.mark.parametrize("day", ["1969-12-31", "1970-01-01", "2024-02-29", "2025-12-31"])
def test_the_grid_is_the_same_for_days_near_each_other(day: str) -> None:
    at = np.datetime64(day)
    assert np.timedelta64(0) <= at - _on_grid(at) < np.timedelta64(GRID_DAYS, "D")
    assert _on_grid(_on_grid(at)) == _on_grid(at)
