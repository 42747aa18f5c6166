"""Forty letters, as the page of letters and its briefing show them."""

from __future__ import annotations

import pytest

from shuju.library import Library
from tests.letters.conftest import Letters, letter, letters

__all__ = ["letters"]

HOSTILE = '<img src=x onerror="alert(1)"> & "引号"'
REPLY = "您好，您反映的小区门口道路破损问题收悉，经现场核查属实，已安排养护单位于本月底前修复，感谢您的来信。"


def raw_letters() -> list[dict[str, object]]:
    """Return 30 letters about roads in 岳麓区 of July, 20 answered; 10 about schools in 祁阳市 of June, one hostile."""
    roads = [
        letter(i, reply=f"{REPLY}{'路' * i}", replied=f"2024-08-{i % 28 + 1:02d} 10:00")
        if i < 20
        else letter(i)
        for i in range(30)
    ]
    schools = [
        letter(
            100 + i,
            title=HOSTILE if i == 9 else f"第{i}封：孩子上学",
            body="孩子上学没有学位。",
            place="431181",
        )
        | {"topic": "教育文体", "department": "祁阳市教育局", "motive": "inquiry"}
        | {"time": f"2024-06-{i + 1:02d} 08:00"}
        for i in range(10)
    ]
    return [*roads, *schools]


@pytest.fixture
def forty(letters: Letters) -> Library:
    return letters.add(*raw_letters())
