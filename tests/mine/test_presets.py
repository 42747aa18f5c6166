"""Presets: every card is there, in every role full at first sight, narrowed to a deputy's field and to an organisation."""

from __future__ import annotations

import pytest

from shuju.access import Subject
from shuju.desk.board_content import checked
from shuju.facts.address import parse
from shuju.facts.cards import find
from shuju.mine.fields import FIELDS
from shuju.mine.presets import PRESETS, preset, title_of
from shuju.standard import code_list, regions_within
from shuju.ui.cards.still import can_stand

PREFECTURE = Subject("a", "a", "department", "长沙市", ("430100", *regions_within("430100")), "430100")
PEOPLE = {
    "leader": Subject("a", "a", "leader"),
    "analyst": Subject("a", "a", "analyst"),
    "operator": Subject("a", "a", "operator"),
    "government": PREFECTURE,
    "department": Subject(
        "a", "a", "department", "长沙市住建局", PREFECTURE.regions, "430100", ("长沙市住建局",)
    ),
}


def test_there_is_a_preset_for_each() -> None:
    assert set(PRESETS) == set(PEOPLE)


@pytest.mark.parametrize("kind", PEOPLE)
def test_a_preset_is_full_of_cards_that_there_are(kind: str) -> None:
    content = preset(PEOPLE[kind])
    assert checked(content) == content
    assert len(content.items) >= 5
    for item in content.items:
        card = find(item.card.partition("?")[0])
        assert can_stand(card)
        assert set(parse(item.card.partition("?")[2])) <= {*card.options, "topic", "day", "region", "answer"}


def test_a_deputy_sees_their_field() -> None:
    content = preset(PEOPLE["leader"], "environment")
    topics = {
        parse(item.card.partition("?")[2])["topic"]
        for item in content.items
        if not item.card.startswith("records.")
    }
    assert topics == {"环境保护"}
    assert title_of(PEOPLE["leader"], "environment") == "分管副省长：生态环境"


def test_an_organisation_sees_its_place() -> None:
    own = [item.card for item in preset(PREFECTURE).items if item.card.startswith("records.")]
    assert own
    assert all("region=430100" in card for card in own)
    assert not any(
        item.card.startswith(("letters", "hot_issues")) for item in preset(PEOPLE["operator"]).items
    )


def test_fields_divide_the_topics() -> None:
    topics = [topic for field in FIELDS.values() for topic in field.topics]
    assert sorted(topics) == sorted(code_list("topics").codes)
