"""What is found: words, phrases, what is left out, misspelt words, pinyin; within a scope; nothing hostile gets through."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import shuju
from shuju.fulltext import SearchError
from shuju.fulltext.asked import LONGEST, MOST_WORDS, read
from shuju.fulltext.build import build_search
from shuju.fulltext.excerpt import excerpt, marked
from shuju.fulltext.find import Found, find, row_set
from shuju.library import Library
from shuju.library.scope import Scope
from tests.fulltext.conftest import ASKED, issue, put_issues
from tests.letters.conftest import Letters


def numbers(found: Found) -> list[int]:
    return sorted(int(hit.key.removeprefix("l")) for hit in found.hits)


def search(library: Library, text: str) -> Found:
    (found,) = find(library, text, ["letters"])
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("物业", [1, 2, 3, 8]),  # 物业费 and 物业服务 hold it
        ("物业 收费", [1, 3, 8]),
        ("物业收费", [1, 3, 8]),
        ('"物业收费"', [1]),
        ("“物业收费”", [1]),
        ("物业 -停车", [1, 2, 8]),
        ('物业 -"物业服务"', [3, 8]),
        ("居住证怎么办理", [4]),  # 怎么 is not looked for
        ("物業收費", [1, 3, 8]),  # traditional
        ("地铁", [5, 6]),  # the text is traditional
        ("a7区", [10]),
        ("Ａ７区", [10]),
        ("农民工工资", [7]),
        ("没有公示 物业", [3]),
    ],
)
def test_words(asked: Letters, text: str, expected: list[int]) -> None:
    found = search(asked.library, text)
    assert numbers(found) == expected
    assert found.n == len(expected)
    assert not found.told


@pytest.mark.parametrize(
    ("text", "meant", "expected"),
    [
        ("居住正", "居住证", [4]),  # another character of the same sound
        ("拖欠工姿", "拖欠工资", [7]),
        ("物业服物", "物业服务", [1, 2]),
        ("jiedian gongdi", None, []),  # no word is spelt so
        ("wuye shoufei", "物业 收费", [1, 3, 8]),
        ("wuyeshoufei", "物业收费", [1, 3, 8]),
        ("ditie", "地铁", [5, 6]),
        ("夜间施加", "夜间施工", [5]),  # another character of another sound
    ],
)
def test_what_was_meant(asked: Letters, text: str, meant: str | None, expected: list[int]) -> None:
    found = search(asked.library, text)
    assert numbers(found) == expected
    assert found.told == (f"没有找到“{text}”，以下是“{meant}”的结果" if meant else "")


def test_some_of_the_words_where_no_row_has_all(asked: Letters) -> None:
    found = search(asked.library, "居住证 地铁")
    assert numbers(found) == [4, 5, 6]
    assert found.is_partial
    assert "其中至少 1 个词" in found.told


def test_a_phrase_that_nowhere_stands_is_looked_for_by_its_words(asked: Letters) -> None:
    found = search(asked.library, '"收费物业"')
    assert numbers(found) == [1, 3, 8]
    assert found.told == '没有原样含有 "收费物业" 的，以下含有其中各词'


def test_as_many_of_the_words_as_any_row_has(asked: Letters) -> None:
    found = search(asked.library, "居住证 办理 材料 地铁 玛雅")
    assert numbers(found) == [4]
    assert "其中至少 3 个词" in found.told


def test_what_sounds_the_same_and_finds_far_more_is_suggested(letters: Letters) -> None:
    from tests.letters.conftest import letter

    many = [letter(n, title="物业服务差", body="物业不管事。") for n in range(30)]
    odd = letter(99, title="无业服务窗口", body="为无业人员提供服务。")
    build_search(letters.add(*many, odd))
    found = search(letters.library, "无业服务")
    assert numbers(found) == [99]
    assert found.suggestion == "物业服务"


def test_titles_come_first(asked: Letters) -> None:
    assert next(hit.key for hit in search(asked.library, "物业收费").hits) == "l1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "请输入要找的词"),
        ("   ", "请输入要找的词"),
        ("*", "请输入要找的词"),
        ("，。！", "请输入要找的词"),
        ("\x00\x1b\ud800", "请输入要找的词"),
        ("-物业", "只写了要排除的词"),
        ("物" * 10_000, f"最多 {LONGEST} 字"),
        ("物业 " * 40, f"最多 {MOST_WORDS} 个"),
    ],
)
def test_what_cannot_be_asked_is_said(asked: Letters, text: str, message: str) -> None:
    with pytest.raises(SearchError, match=message):
        search(asked.library, text)


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ('"物业', 4), ("title:物业", 4), ("物业~2", 4), ("物业^3 OR (收费", 3), ("[a TO b]", 1), ("物业 AND NOT 收费", 3),
        ("+物业 -(", 4), ("物\x00业", 4), ("/物业/", 4), ("物业\n收费", 3), ("a" * LONGEST, 0), ("😀物业", 4),
        ("%_物业'", 4), ("物业 -*", 4), ("<script>", 1), ("物业*", 4), ("{{ 7*7 }} 物业", 4),
    ],
)  # fmt: skip
def test_signs_of_query_languages_are_ordinary_characters(asked: Letters, text: str, n: int) -> None:
    found = search(asked.library, text)
    assert (found.n, len(found.hits)) == (n, n)


def test_an_odd_quote_is_told() -> None:
    assert read('"物业 收费').notes == ("引号没有成对，已按普通词查找",)


def test_what_is_asked_can_be_typed_again() -> None:
    for text in ('物业 "居住证办理" -停车', "a7区 学校", "物业收费"):
        again = read(text)
        assert read(again.text) == again


def test_pages_of_hits_do_not_overlap(asked: Letters) -> None:
    first, second = (find(asked.library, "物业", ["letters"], 2, start)[0] for start in (0, 2))
    assert (first.n, second.n) == (4, 4)
    assert len({hit.key for hit in (*first.hits, *second.hits)}) == 4
    assert not find(asked.library, "物业", ["letters"], 2, 4)[0].hits


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (("library", "==", "430100"), [1, 2, 8]),
        (("library", "in", ("430200", "430300")), [3]),
        (("region_code", "==", "430104"), [1, 2, 8]),  # not in the index: read from the table
        (("library", "==", "431100"), []),
    ],
)
def test_scope(asked: Letters, condition: tuple[str, str, object], expected: list[int]) -> None:
    seen = asked.library.limited_to(Scope("部分", (("letters", (condition,)),)))
    assert numbers(search(seen, "物业")) == expected
    from shuju.letters.facts import selection

    if condition[0] == "library":
        assert selection(seen, q="物业").total == len(expected)


def test_nothing_outside_a_scope_is_offered_as_a_correction(asked: Letters) -> None:
    seen = asked.library.limited_to(Scope("株洲", (("letters", (("library", "==", "430200"),)),)))
    found = search(seen, "居住正")
    assert (found.n, found.told, found.suggestion) == (0, "", "")


def test_kinds_are_found_together(asked: Letters) -> None:
    put_issues(asked.library, issue(1, "小区物业收费"), issue(2, "学校门口拥堵", words="拥堵"))
    build_search(asked.library)
    counts = {found.kind.table: found.n for found in find(asked.library, "物业收费")}
    assert counts == {"letters": 3, "records": 0, "hot_issues": 1, "cascades": 0}


def test_search_for_analysts(asked: Letters, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHUJU_CATALOG", str(asked.folder / "catalog.yaml"))
    home = asked.library.home.uri
    found = shuju.search("物业", "letters", home)
    assert set(found["key"]) == {"l1", "l2", "l3", "l8"}
    assert list(found.columns) == ["kind", "key", "title", "excerpt", "at", "region_code", "topic_1"]
    assert found.attrs == {"n": {"letters": 4}, "told": ""}
    within = shuju.search("物业", "letters", home, region=["430211"])
    assert within["key"].tolist() == ["l3"]
    assert shuju.search("居住证", "letters", home, region=["430211"]).attrs["n"] == {"letters": 0}
    with pytest.raises(SearchError, match="letters"):
        shuju.search("物业", "letter", home)


def test_filter_counts_what_pandas_counts(asked: Letters) -> None:
    from shuju.letters.facts import selection

    texts = pd.Series([f"{title} {body}" for _, title, body, _ in ASKED])
    places = np.array([place for *_, place in ASKED])
    for text in ("物业", "学校", "没有的词"):
        holds = texts.str.contains(text, regex=False).to_numpy()
        chosen = selection(asked.library, q=text)
        assert chosen.total == holds.sum()
        for place in ("430104", "430211"):
            assert chosen.counts("region")[place] == (holds & (places == place)).sum()
    both = selection(asked.library, q=["物业", "停车"], region=["430211"])
    assert both.rows(columns=["letter_id"])["letter_id"].tolist() == ["l3"]
    assert "搜索：物业" in both.describe()
    again = selection(asked.library)
    assert again.take({"q": "物业,停车"}) == []
    assert again.total == 1
    assert "q=" in again.query


def test_a_filter_that_finds_too_much_asks_for_another_word(
    asked: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shuju.letters.facts import selection

    monkeypatch.setattr("shuju.fulltext.find.MOST_ROWS", 3)
    with pytest.raises(SearchError, match="找到 4 封，太多"):
        row_set("letters", asked.library, ["物业"])
    chosen = selection(asked.library)
    assert "请再加一个词" in chosen.take({"q": "物业"})[0]
    assert chosen.take({"q": "物业 收费"}) == []


@pytest.mark.parametrize("text", ["-物业", "*", "物" * 300])
def test_a_filter_that_cannot_be_asked_is_refused_and_said(asked: Letters, text: str) -> None:
    from shuju.letters.facts import selection

    chosen = selection(asked.library)
    (message,) = chosen.take({"q": text})
    assert "已去掉这一条件" in message
    assert (chosen.q, chosen.total) == ([], len(ASKED))


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        ("小区物业收费过高", "物业收费", [("小区", False), ("物业收费", True), ("过高", False)]),
        ("物業費", "物业", [("物業", True), ("費", False)]),
        ("没有", "物业", [("没有", False)]),
        ("", "物业", []),
        ("<b>物业</b>", "物业", [("<b>", False), ("物业", True), ("</b>", False)]),
    ],
)
def test_words_are_marked_in_the_text_as_it_is(
    text: str, question: str, expected: list[tuple[str, bool]]
) -> None:
    assert marked(text, read(question)) == expected


def test_excerpt_shows_where_the_words_stand() -> None:
    text = "开头" * 200 + "物业收费太高" + "结尾" * 200
    pieces = excerpt(text, read("物业收费"))
    assert ("物业收费", True) in pieces
    assert pieces[0] == ("…", False)
    assert pieces[-1] == ("…", False)
    assert sum(len(piece) for piece, _ in pieces) < 150
