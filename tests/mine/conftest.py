"""Letters of eighty weeks, two a week, and what is planted in the last."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from shuju.letters.build import build_letters
from shuju.library import Library
from tests.letters.conftest import Letters, letter

LAST = dt.date(2024, 7, 28)
WEEKS, A_WEEK, PLANTED = 80, 2, 14
AT = dt.datetime(2024, 7, 29, 9)
COUNTY, TOPIC = "430104", "环境保护"


def usual(n: int) -> dict[str, object]:
    day = LAST - dt.timedelta(days=7 * (n // A_WEEK) + 3 * (n % A_WEEK))
    places, topics = ("430104", "430211", "431181"), ("交通运输", "环境保护", "教育文体")
    return letter(
        n, time=f"{day} 09:00", place=places[n % 3], topic=topics[n // 2 % 3], department="岳麓区交通运输局",
        body=f"第{n}件事，各不相同：{'甲乙丙丁戊己庚辛壬癸'[n % 10] * (n % 7 + 1)}。",
    )  # fmt: skip


def planted(n: int) -> dict[str, object]:
    day = LAST - dt.timedelta(days=n % 6)
    return letter(
        10_000 + n, time=f"{day} 10:00", place=COUNTY, topic=TOPIC, writer=f"p{n}", title=f"{n}号反映{'天地玄黄宇宙洪荒日月盈昃'[n % 12]}",
        body=f"{'天地玄黄宇宙洪荒日月盈昃辰宿'[n]}" * 5 + f"事由编号{n * 7919}",
    )  # fmt: skip


def library_of(folder: Path, n_planted: int) -> Library:
    made = Letters(folder)
    library = made.add(*[usual(n) for n in range(WEEKS * A_WEEK)], *[planted(n) for n in range(n_planted)])
    build_letters(library)
    return library


@pytest.fixture(scope="module")
def risen(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return library_of(tmp_path_factory.mktemp("risen"), PLANTED)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return library_of(tmp_path_factory.mktemp("quiet"), 0)
