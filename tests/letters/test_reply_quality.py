"""Replies judged before they go: to the point, every demand, who and what and when and where to turn, the term, personal data."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from shuju.letters.demands import demands_of, sentences_that_ask
from shuju.letters.reply_quality import judge, letter_vectors, relevances, reply_vectors

AT = dt.datetime(2024, 7, 31, 10, 0)
TITLE = "丽发新城小区旁搅拌站噪声扰民"
BODY = "丽发新城小区附近新建了搅拌站，日夜施工，粉尘和噪声很大。请问搅拌站有没有环评手续？希望有关部门尽快让搅拌站搬离小区。谢谢！"
GOOD = (
    "您好！来信收悉。7月29日，我局会同雨花区环保局到丽发新城现场核查，搅拌站未办理环评手续，粉尘、噪声扰民情况属实。"
    "已责令搅拌站停产，8月15日前搬离小区周边。如有疑问，请拨打我局环境科电话 0731-85012345。"
)
OTHER = "您好！关于公交线路调整的建议收悉。经与公交公司研究，将于下月增开两班车次，方便学生出行，感谢您对公交工作的支持。"


def test_a_good_reply_has_nothing_to_be_warned_of() -> None:
    told = judge(TITLE, BODY, GOOD, at=AT, due=AT + dt.timedelta(days=2))
    assert told.warnings == ()
    assert [demand.is_taken_up for demand in told.demands] == [True, True]
    assert all(told.parts.values())
    assert told.completeness == 1
    assert told.days_left == 2


@pytest.mark.parametrize(
    ("reply", "days", "words"),
    [
        ("", 1, "只有 0 字"),
        ("网友：您好！留言已收悉。", 1, "只有 9 字"),
        ("网友您好，您反映的搅拌站噪声扰民问题，我们已于7月30日转交雨花区环保局和街道办事处办理，感谢您的来信。", 1, "只说已收到"),
        (OTHER, 1, "与来信共有的说法很少"),
        (GOOD.replace("请拨打我局环境科电话 0731-85012345", "请留意"), 1, "向谁联系"),
        (GOOD, -3, "已过答复期限 3 天"),
        (GOOD + "联系来信人 13873100001。", 1, "答复中有个人信息：手机号"),
    ],
)  # fmt: skip
def test_what_is_warned_of(reply: str, days: int, words: str) -> None:
    told = judge(TITLE, BODY, reply, at=AT, due=AT + dt.timedelta(days=days))
    assert words in "".join(told.warnings)


def test_a_demand_that_is_not_answered_is_named() -> None:
    body = BODY + "另外，幼儿园什么时候开学招生，需要什么材料？"
    told = judge(TITLE, body, GOOD, at=AT)
    assert told.warnings == ("这一问似未答到：“另外，幼儿园什么时候开学招生，需要什么材料？”",)
    assert told.completeness == pytest.approx((2 / 3 + 1) / 2)
    assert told.days_left is None


def test_an_offices_telephone_is_no_persons() -> None:
    assert judge(TITLE, BODY, GOOD, at=AT).personal == ()
    assert judge(TITLE, BODY, GOOD + "电话13873100001", at=AT).personal == ("mobile_phone",)


@pytest.mark.parametrize(
    ("body", "asks"),
    [
        ("", []),
        ("谢谢领导！望回复。", []),
        ("难道没有人管吗？天理何在？", []),
        ("请问搅拌站有没有环评手续？请问搅拌站有没有环评手续？", ["请问搅拌站有没有环评手续？"]),
        ("1、搅拌站什么时候搬走？2、粉尘和噪声如何处理？", ["搅拌站什么时候搬走？", "粉尘和噪声如何处理？"]),
        (
            "希望有关部门尽快让搅拌站搬离小区。希望您身体健康工作顺利。",
            ["希望有关部门尽快让搅拌站搬离小区。"],
        ),
    ],
)
def test_what_a_letter_asks_for(body: str, asks: list[str]) -> None:
    assert sentences_that_ask(TITLE, body) == asks


def test_a_long_sentence_is_cut_to_what_asks() -> None:
    body = "我们住在这里很久了，" * 9 + "请问搅拌站什么时候能够搬走，" + "大家都睡不着觉，" * 9
    (text,) = sentences_that_ask(TITLE, body)
    assert len(text) <= 60
    assert "搅拌站什么时候" in text


def test_without_a_demand_the_title_is_one() -> None:
    (demand,) = demands_of(TITLE, "搅拌站太吵。", GOOD)
    assert (demand.text, demand.is_taken_up) == (TITLE, True)


def test_relevance_is_of_the_pair_and_between_nothing_and_one() -> None:
    own, other, none, same = relevances([TITLE] * 4, [BODY] * 4, [GOOD, OTHER, "", BODY])
    assert 0 == none <= other < own < same <= 1
    asked, told = letter_vectors([TITLE], [BODY]), reply_vectors([GOOD])
    for kind in (*asked, *told):
        assert np.sqrt(kind.multiply(kind).sum()) == pytest.approx(1)
