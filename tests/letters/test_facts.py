"""The fact table of letters against the library that it is built from."""

from __future__ import annotations

import pyarrow as pa
import pytest

from shuju.facts import Crossfilter, Facts
from shuju.facts.raster import points
from shuju.letters import facts as letter_facts
from shuju.letters.departments import department_kinds
from shuju.letters.region_bands import bands_data
from tests.letters.conftest import Letters, letter


def counts(facts: Facts, name: str) -> dict[str, int]:
    by = Crossfilter(facts).histograms().by[name]
    return {label: int(n) for label, n in zip(facts.labels(name), by, strict=True) if n}


def test_what_a_source_gives_is_taken(letters: Letters) -> None:
    facts = letter_facts.build(letters.add(letter(1), letter(2, place="430121", topic="环境保护")))
    assert counts(facts, "region") == {"430104": 1, "430121": 1}
    assert counts(facts, "topic") == {"交通运输": 1, "环境保护": 1}
    assert counts(facts, "topic_by") == {"given": 2}
    assert counts(facts, "motive") == {"complaint": 2}
    assert counts(facts, "department") == {"交通运输局": 2}


def test_what_no_source_gives_the_text_tells(letters: Letters) -> None:
    school = letter(
        1,
        title="孩子上学学位不够",
        body="我家孩子今年上小学，学区划分不合理，片区内的学校都满了，教育局一直没有答复，请问怎么办？",
        topic=None,
        motive=None,
    )
    facts = letter_facts.build(letters.add(school))
    assert counts(facts, "topic") == {"教育文体": 1}
    assert set(counts(facts, "topic_by")) <= {"model", "unsure"}
    assert set(counts(facts, "motive")) <= {"inquiry", "help", "complaint"}


def test_where_no_source_says_the_text_tells_the_county(letters: Letters) -> None:
    facts = letter_facts.build(
        letters.add(
            letter(1, place=None, title="浏阳市永安镇道路破损", body="浏阳市永安镇的道路破损严重。"),
            letter(2, place=None, title="道路破损", body="门口的路坏了。"),
            letter(3),
        )
    )
    assert counts(facts, "region") == {"430181": 1, "未知": 1, "430104": 1}


def test_a_letter_of_which_no_county_is_known_lies_nowhere_on_the_map(letters: Letters) -> None:
    library = letters.add(
        letter(1), letter(2, place=None), letter(3, place="430100"), letter(4, place="430000")
    )
    facts = letter_facts.build(library)
    found = points(facts, columns=["region"])
    county = facts.labels("region").index("430104")
    assert (found["x"].notna() == (found["region"] == county)).all()
    assert found["x"].notna().sum() == found["y"].notna().sum() == 1
    assert bands_data(letter_facts.selection(library), "dots").attrs["nowhere"] == 3


@pytest.mark.parametrize(
    ("replied", "band"),
    [
        (None, "无答复时间"),
        ("2024-07-02 17:00", "1以下"),
        ("2024-07-05 17:00", "3至5"),
        ("2024-07-17 16:38", "15至30"),
        ("2025-01-01 00:00", "90及以上"),
        ("2024-07-01 00:00", "1以下"),
    ],
)
def test_days_until_the_reply(letters: Letters, replied: str | None, band: str) -> None:
    reply = None if replied is None else "已办理"
    facts = letter_facts.build(letters.add(letter(1, reply=reply, replied=replied)))
    assert counts(facts, "reply_days") == {band: 1}


def test_new_letters_and_revisions_follow(letters: Letters) -> None:
    first = letter_facts.build(letters.add(letter(1), letter(2)))
    assert letter_facts.build(letters.library).version == first.version
    letters.add(letter(2, topic="环境保护", reply="已修好", replied="2024-07-30 10:00"), letter(3))
    assert counts(letter_facts.build(letters.library), "topic") == {"交通运输": 2, "环境保护": 1}


def test_without_letters_there_is_an_empty_table(letters: Letters) -> None:
    assert letter_facts.build(letters.library).n == 0


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("岳麓区住建局", "住建局"),
        ("长沙市岳麓区教育局", "教育局"),
        ("湘西州发改局", "发改局"),
        ("湖南省教育厅", "教育厅"),
        ("浏阳市人民政府办公室", "办公室"),
        ("市场监督管理局", "市场监督管理局"),
        ("长沙市", None),
        ("", None),
        (None, None),
    ],
)
def test_departments_of_one_kind(name: str | None, kind: str | None) -> None:
    assert department_kinds(pa.chunked_array([[name]], pa.string())).to_pylist() == [kind]
