"""What a letter's writer wants, by rules."""

from __future__ import annotations

import pandas as pd
import pytest

from shuju.standard import code_list
from shuju.text.motive import RULES, motives

CASES = [
    ("投诉小区夜宵摊噪音扰民", "希望有关部门处理", "complaint"),
    ("举报某公司非法经营", None, "complaint"),
    ("请问社保卡如何办理？", "", "inquiry"),
    ("咨询公积金提取", "不知道需要哪些材料", "inquiry"),
    ("建议增设公交线路", "出行不便", "advice"),
    ("求助：请帮帮我们", "孩子生病了", "help"),
    ("恳请解决农村饮水问题", "", "help"),
    ("感谢信", "感谢县医院的医生", "thanks"),
    ("为社区工作人员点赞", "", "thanks"),
    (None, "请问什么时候公布名单？是否可以网上查询？谢谢", "inquiry"),
    (None, "夜宵摊扰民，油烟污染，城管不作为", "complaint"),
    (None, "我们村的路坏了", "help"),
    (None, "感谢领导关心。投诉物业违规乱收费", "complaint"),
]


@pytest.mark.parametrize(("title", "body", "motive"), CASES)
def test_motive(title: str | None, body: str | None, motive: str) -> None:
    assert motives([title], [body]).tolist() == [motive]


@pytest.mark.parametrize(("title", "body"), [(None, None), ("", " "), ("\u3000", "\n")])
def test_no_text_has_no_motive(title: str | None, body: str | None) -> None:
    assert motives([title], [body]).isna().all()


def test_all_at_once_and_none_at_all() -> None:
    together = motives([c[0] for c in CASES], [c[1] for c in CASES])
    assert together.tolist() == [c[2] for c in CASES]
    assert motives([], []).equals(pd.Series(pd.array([], "str")))


def test_motives_are_those_of_the_standard() -> None:
    assert set(RULES) == set(code_list("motives").codes)
