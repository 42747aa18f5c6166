"""Words of letters: kept beside the facts, counted over any selection, and a filter."""

from __future__ import annotations

import numpy as np
import pytest

from shuju.letters import facts as letter_facts
from shuju.letters.key_words import key_words_data
from shuju.letters.letter_words import LETTER_WORDS, WORDS, newest
from shuju.library.derived import bring_up
from shuju.ui.link import Link
from tests.letters.conftest import Letters, letter

NOISE = {"title": "工地噪音扰民", "body": "工地施工噪音很大，影响学生休息。", "topic": "环境保护"}
BUS = {"title": "公交车班次太少", "body": "公交车等了一个小时，线路不合理。", "topic": "交通运输"}


@pytest.fixture
def library(letters: Letters):
    rows = [letter(n, **NOISE) for n in range(6)] + [letter(n, **BUS) for n in range(6, 12)]
    return letters.add(*rows)


def terms(selection) -> dict[str, int]:
    found = key_words_data(selection)
    return dict(zip(found["term"], found["letters"].tolist(), strict=True))


SELECTIONS = {
    "all: the most frequent": ({}, {"噪音": 6, "公交车": 6}, set()),
    "one topic: what it says more": ({"topic": "环境保护"}, {"噪音": 6, "施工": 6}, {"公交车"}),
    "a word chosen": ({"word": "公交车"}, {"公交车": 6}, {"噪音"}),
    "nothing chosen by a word nobody says": ({"word": "龦鿖"}, {}, {"噪音", "公交车"}),
}


@pytest.mark.parametrize(("filters", "there", "away"), SELECTIONS.values(), ids=list(SELECTIONS))
def test_words_of_a_selection(library, filters, there, away) -> None:
    found = terms(letter_facts.selection(library, **filters))
    assert there.items() <= found.items()
    assert not away & set(found)


@pytest.mark.parametrize(
    ("words", "n"),
    [([], 12), (["公交车"], 6), (["公交车", "线路"], 6), (["公交车", "噪音"], 0), (["没有的词"], 0)],
)
def test_a_word_is_a_filter_of_counts_rows_and_address(library, words: list[str], n: int) -> None:
    chosen = letter_facts.selection(library, word=words)
    assert chosen.total == len(chosen.rows(50)) == len(chosen.positions) == n
    assert chosen.codes_of("topic").sum() == n
    assert chosen.n_all == 12
    assert len(chosen.frame(("letter_id",)).compute()) == n
    again = letter_facts.selection(library)
    again.query = chosen.query
    assert again.total == n
    chosen.choose(word=None)
    assert chosen.total == 12


def test_a_click_chooses_a_word_and_the_next_takes_it_back(library) -> None:
    chosen = letter_facts.selection(library)
    link = Link.of(chosen)
    for word, held in (
        ("公交车", ["公交车"]),
        ("线路", ["公交车", "线路"]),
        ("公交车", ["线路"]),
        (" ", ["线路"]),
    ):
        link.act("word", "word", word)
        assert chosen.word == held


def test_the_count_on_the_card_is_what_the_filter_gives(library) -> None:
    for word, n in terms(letter_facts.selection(library)).items():
        assert letter_facts.selection(library, word=word).total == n


def test_only_new_and_revised_letters_are_cut(letters: Letters, library) -> None:
    before = newest(library)
    letters.add(
        letter(3, **BUS | {"reply": "已调整"}), letter(20, title="小学补课", body="小学周末补课收费。")
    )
    after = newest(letters.library)
    assert len(after.keys) == 13
    assert set(before.words) <= set(after.words)
    assert letter_facts.selection(letters.library, word="补课").total == 1
    assert letter_facts.selection(letters.library, word="噪音").total == 5
    facts = letter_facts.build(letters.library)
    assert not bring_up(LETTER_WORDS, letters.library, facts).is_new


def test_no_letter_has_more_than_its_share(letters: Letters) -> None:
    body = "学校、医院、公园、地铁、公交车、幼儿园、派出所、污水、油烟、噪音、物业、电梯、房产证、社保、医保、工资、低保、水库、种子、林地"
    found = newest(letters.add(letter(1, title="求助", body=body)))
    assert found.ids.shape == (1, WORDS)
    assert (found.ids >= 0).all()
    assert len(np.unique(found.ids)) == WORDS
