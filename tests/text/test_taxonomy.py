"""Second- and third-level topics, and the order of review."""

from __future__ import annotations

import pandas as pd
import pytest

from shuju.standard import code_list
from shuju.text.review import review_order
from shuju.text.taxonomy import evidence, lower_levels, taxonomy

LEVELS = [
    ("城乡建设", "物业公司乱收物业费", ("住房保障与房地产", "物业服务")),
    ("环境保护", "搅拌站噪音扰民，噪声很大", ("环境污染", "噪音污染")),
    ("交通运输", "出租车拒载不打表", ("出租车管理", "行业监管")),
    ("劳动和社会保障", "新农合报销", ("城镇居民社会保险", "新农村合作医疗")),
    ("政法", "户口如何落户", ("户籍证件", "户籍管理")),
    ("城乡建设", "你好", (None, None)),
    (None, "噪音扰民", (None, None)),
]


@pytest.mark.parametrize(("first", "body", "expected"), LEVELS)
def test_words_tell_the_lower_levels(
    first: str | None, body: str, expected: tuple[str | None, str | None]
) -> None:
    second, third = lower_levels(evidence([None], [body]), [first])
    assert (second[0], third[0]) == expected


def test_first_levels_are_those_of_the_standard_and_names_are_unique() -> None:
    known = taxonomy()
    assert set(known.firsts) == set(code_list("topics").codes)
    assert len(set(known.names)) == len(known.names) == 517


def test_a_word_counts_once_and_twice_in_the_title() -> None:
    body, title = evidence([None, "噪音"], ["噪音噪音噪音", "噪音"])
    assert body.sum() == 1
    assert title.sum() == 2


def unsure(*rows: tuple[str | None, str | None, float, float, bool]) -> pd.DataFrame:
    return pd.DataFrame(
        rows, columns=["topic_likely", "topic_next", "confidence", "confidence_next", "is_unsure"]
    )


ORDERS = [
    (unsure(("甲", "乙", 0.5, 0.4, True), ("甲", "乙", 0.5, 0.48, True)), [1, 0]),
    (unsure(("甲", "乙", 0.9, 0.1, False), ("甲", "乙", 0.5, 0.48, True)), [1]),
    (
        unsure(("甲", "乙", 0.5, 0.49, True), ("甲", "乙", 0.5, 0.48, True), ("丙", "乙", 0.5, 0.2, True)),
        [0, 2, 1],
    ),
    (unsure((None, None, 0.0, 0.0, True)), []),
    (unsure(), []),
]


@pytest.mark.parametrize(("found", "order"), ORDERS)
def test_the_most_informative_letter_comes_first_and_confusions_take_turns(
    found: pd.DataFrame, order: list[int]
) -> None:
    assert review_order(found).tolist() == order
