"""A card that there is not, asked for by an address: what is read then is short."""

from __future__ import annotations

import pytest

from shuju.facts import FactsError
from shuju.facts.cards import find
from tests.signing import signed_in

ADDRESSES = ("subscribe", "annotate", "assign", "card/records.nope")


def test_forms_of_a_card_that_is_not_there_name_the_nearest(address: str) -> None:
    client = signed_in(address, "analyst")
    for where in ADDRESSES:
        asked = f"/{where}" + ("" if "/" in where else "?card=records.trnd")
        answer = client.get(asked, headers={"X-Part": "1"})
        assert answer.status_code in (400, 404), where
        assert "没有名为" in answer.text, where
        assert "最接近的：records.trend、" in answer.text or "/" in where
        assert len(answer.text) < 200, answer.text
    assert "没有写明是哪张图卡" in client.get("/subscribe", headers={"X-Part": "1"}).text
    client.close()


@pytest.mark.parametrize("name", ["nope", "x" * 3000, "图"])
def test_a_name_that_is_none_is_told_shortly(name: str) -> None:
    with pytest.raises(FactsError) as error:
        find(name)
    assert "最接近的：" in str(error.value)
    assert len(str(error.value)) < 200
