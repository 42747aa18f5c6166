"""The grammar's notation, its errors, and expansion as a pure function of seeds."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuju.demo import chance, expand, grammar, world


@pytest.fixture
def compiled(tmp_path, monkeypatch):
    def make(rules: str) -> grammar.Grammar:
        for name in ("common", "pages", "topics", "letters"):
            (tmp_path / f"{name}.txt").write_text(rules if name == "common" else "", encoding="utf-8")
        monkeypatch.setattr(grammar, "VOCABULARY", tmp_path)
        grammar.scenarios.cache_clear()
        try:
            return grammar.build(
                (), {("镇", grammar.REGION): [["甲镇"], ["乙镇"]]}, ["前天", "昨天", "今天", "明天"], 2
            )
        finally:
            grammar.scenarios.cache_clear()

    return make


def say(compiled: grammar.Grammar, seeds, matter=0, region=0, matter_region=0) -> list[str]:
    seeds = np.asarray(seeds, np.uint64)
    context = np.zeros((len(seeds), grammar.CONTEXT_COLUMNS), np.int32)
    context[:, grammar.REGION], context[:, grammar.MATTER_REGION] = region, matter_region
    return expand.texts(compiled, "甲", seeds, matter, context).to_pylist()


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("甲 = 好", {"好"}),
        ("甲 = 好 坏", {"好", "坏"}),
        ("甲 = {a|b|}c", {"ac", "bc", "c"}),
        ("甲 = {a{b|c}|d}", {"ab", "ac", "d"}),
        ("甲 = {x{1-2}}", {"x1", "x2"}),
        ("甲 = {9-11}", {"9", "10", "11"}),
        ("甲 = {乙}{乙}\n乙 = 一", {"一一"}),
        ("甲 = 行¶首␣尾∅", {"行\n首 尾"}),
        ("甲 = ∅", {""}),
        ("甲 = {日-1..1}", {"昨天", "今天", "明天"}),
        ("甲 = {日-9..-9} {日9..9}", {"前天", "明天"}),
        ("甲 = {镇}", {"甲镇"}),
        ("# 说明\n\n甲 = 好", {"好"}),
    ],
)
def test_notation(compiled, rules, expected):
    assert set(say(compiled(rules), range(200))) == expected


def test_a_theme_is_the_same_all_through_a_matter_and_its_words_are_not(compiled):
    rules = "甲 = {~乙}{@乙}{~乙.1}\n乙 = {吵|闹}{1-900} {臭|熏}{1-900}"
    said = [set(say(compiled(rules), range(60), matter=matter)) for matter in range(8)]
    words = {"吵": "声", "闹": "声", "臭": "味", "熏": "味"}
    for texts in said:
        kinds = {"".join(words[c] for c in text if c in words) for text in texts}
        numbers = {tuple("".join(c if c.isdigit() else " " for c in text).split()[::2]) for text in texts}
        assert kinds in ({"声声味"}, {"味味声"})
        assert len(numbers) == 1, "the figures of a matter do not change"
        assert len(texts) > 1, "its words do"
    assert len(set(map(frozenset, said))) == len(said)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("甲 = {没有}", "没有规则"),
        ("甲 = {乙", "括号不配对"),
        ("甲 = 乙}", "括号不配对"),
        ("甲 = {}", "没有规则"),
        ("甲 = {乙|@乙}", "要写成"),
    ],
)
def test_errors_name_the_rule(compiled, rules, message):
    with pytest.raises(grammar.GrammarError, match=message):
        compiled(rules)


def test_a_rule_that_expands_into_itself_is_an_error(compiled):
    with pytest.raises(RecursionError):
        say(compiled("甲 = {甲}"), [1])


def test_matter_is_the_same_for_all_seeds_and_stays_in_its_region(compiled):
    rules = compiled("甲 = {@乙}{镇}\n乙 = {1-999999}{镇}")
    found = say(rules, range(50), matter=7, region=1, matter_region=0)
    assert len(set(found)) == 1
    assert found[0].endswith("甲镇乙镇")
    assert found != say(rules, range(50), matter=8, region=1, matter_region=0)


def test_numbered_references_differ(compiled):
    for text in say(compiled("甲 = {乙.0}{乙.1}{乙.2}{乙.3}\n乙 = a b c d"), range(300)):
        assert sorted(text) == list("abcd")


@given(st.lists(st.integers(0, 2**64 - 1), max_size=20), st.integers(0, 2**64 - 1))
def test_a_text_depends_on_its_own_seed_only(seeds, matter):
    found = world.build(1, 2000, date(2025, 12, 31))
    together = texts(found, seeds, matter)
    assert together == [texts(found, [seed], matter)[0] for seed in seeds]


def texts(found, seeds, matter):
    context = np.zeros((len(seeds), grammar.CONTEXT_COLUMNS), np.int32)
    return expand.texts(found.grammar, "新闻", np.array(seeds, np.uint64), matter, context).to_pylist()


@given(
    st.integers(0, 10_000),
    st.lists(st.floats(0, 100), min_size=1, max_size=40).filter(lambda w: sum(w) > 1e-6),
)
def test_apportion_sums_exactly_and_is_off_by_less_than_one(total, weights):
    counts = chance.apportion(total, weights)
    assert counts.sum() == total
    assert np.all(np.abs(counts - total * np.array(weights) / sum(weights)) < 1 + 1e-6)


def test_draws_are_even():
    keys = chance.seeds_of(1, np.arange(100_000))
    assert abs(chance.uniform(keys, "a").mean() - 0.5) < 0.005
    assert abs(chance.normal(keys, "b").std() - 1) < 0.02
    share = np.bincount(chance.choose(keys, "c", [1, 2, 1]), minlength=3) / len(keys)
    assert np.abs(share - [0.25, 0.5, 0.25]).max() < 0.01


@pytest.mark.parametrize(
    "names", [("platform/430100-2024h1", "platform/430200-2024h1"), ("a", "b"), ("", "a")]
)
def test_long_names_that_begin_alike_give_different_seeds(names):
    assert len({int(chance.seeds_of(1, name)) for name in names}) == 2
