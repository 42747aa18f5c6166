"""Small libraries that are searched: letters, web pages, and what is made of them."""

from __future__ import annotations

import pandas as pd
import pytest

from shuju.fulltext.build import build_search
from shuju.library import Library
from shuju.library.derived import replace_table
from tests.letters.conftest import Letters, letter, letters

__all__ = ["letters"]

HOSTILE = "<script>alert(1)</script> 物业乱收费"
# number, title, body, place
ASKED = (
    (1, "反映小区物业收费过高", "物业服务不到位，每平方米收两元八角。", "430104"),
    (2, "小区物业服务差", "电梯坏了三个月没有人修，物业费照收。", "430104"),
    (3, "举报停车乱收费", "小区门口停车收费没有公示，物业说不知道。", "430211"),
    (4, "咨询居住证办理", "请问居住证在哪里办理，需要什么材料？", "430104"),
    (5, "地铁施工噪音扰民", "地铁三号线夜间施工，噪音很大，睡不着。", "430104"),
    (6, "地鐵站出口太少", "希望增加地鐵站的出口。", "430121"),
    (7, "拖欠工资两个月", "工地拖欠农民工工资，请劳动监察介入。", "430211"),
    (8, HOSTILE, "正文里也有 <b>物业</b> 二字。", "430104"),
    (9, "无业人员如何参加社保", "本人无业，想参加社保。", "430104"),
    (10, "Ａ７区学校门口拥堵", "A7区学校门口每天拥堵，联系电话已脱敏。", "430104"),
)


def rows() -> list[dict[str, object]]:
    return [letter(n, title=title, body=body, place=place) for n, title, body, place in ASKED]


def issue(number: int, title: str, **changes: object) -> dict[str, object]:
    """Return a hot issue that is well formed, but for ``changes``."""
    return {
        "issue_id": f"i{number}", "title": title, "words": "物业 收费", "department": "住建局", "stage": "source",
        "heat": 50.0, "n_letters": 3, "n_writers": 3, "n_regions": 1, "region_code": "430104", "topic_1": "城乡建设",
        "first_at": pd.Timestamp("2024-07-01"), "last_at": pd.Timestamp("2024-07-20"),
    } | changes  # fmt: skip


def put_issues(library: Library, *issues: dict[str, object]) -> None:
    replace_table(library, "hot_issues", pd.DataFrame(list(issues)), made_by="test")


@pytest.fixture
def asked(letters: Letters) -> Letters:
    """Ten letters, indexed."""
    build_search(letters.add(*rows()))
    return letters
