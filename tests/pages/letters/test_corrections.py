"""A topic corrected on the page of a letter: kept on the desk, shown, counted after the next build, taught."""

from __future__ import annotations

from pathlib import Path

import pytest

from shuju.desk.corrections import corrected, corrections
from shuju.desk.marks import history
from shuju.desk.store import open_desk
from shuju.facts import Crossfilter
from shuju.letters import facts as letter_facts
from shuju.letters.build import build_letters
from shuju.letters.letter_list import letter_list_data
from shuju.letters.review import review_list, write_review_list
from shuju.pages.detail.letter import correct_topic, letter_html
from shuju.text.labelled import read_labelled
from tests.letters.conftest import Letters, letter

VAGUE = {"title": "你好", "body": "谢谢领导", "topic": None}


def topics(library) -> dict[str, int]:
    facts = letter_facts.build(library)
    counts = Crossfilter(facts).histograms().by["topic"]
    return {label: int(n) for label, n in zip(facts.labels("topic"), counts, strict=True) if n}


def build(library) -> None:
    told = corrections(open_desk(library.home))
    build_letters(library, topics=dict(zip(told["letter_id"], told["topic_1"], strict=True)))


def test_a_correction_is_shown_kept_counted_and_taught(letters: Letters, tmp_path: Path) -> None:
    library = letters.add(letter(1, **VAGUE), letter(2))
    assert topics(library) == {"未分类": 1, "交通运输": 1}
    assert "未分类（存疑待核；可能是" in letter_html(library, "l1")

    assert correct_topic(library, {"id": "l1", "topic": "民政"}) == "letter?id=l1"
    shown = letter_html(library, "l1")
    assert "民政（人工更正）" in shown
    assert '<option value="民政" selected>' in shown
    assert topics(library) == {"未分类": 1, "交通运输": 1}, "counts follow with the next build"

    build(library)
    assert topics(library) == {"民政": 1, "交通运输": 1}
    rows = letter_list_data(letter_facts.selection(library))
    assert dict(zip(rows["letter_id"], rows["sure"], strict=True)) == {"l1": "人工更正", "l2": "来源分类"}
    version = letter_facts.build(library).version
    build(library)
    assert letter_facts.build(library).version == version, "nothing changed, nothing is written"

    listed = review_list(library, 10, {"l1": "民政"})
    assert listed[["来信编号", "一级标签"]].to_numpy().tolist() == [["l1", "民政"]]
    write_review_list(listed, tmp_path / "复核.xlsx")
    assert read_labelled(tmp_path / "复核.xlsx")["topic_1"].tolist() == ["民政"]


def test_a_correction_goes_over_what_a_source_says_and_can_be_taken_back(letters: Letters) -> None:
    library = letters.add(letter(2))
    correct_topic(library, {"id": "l2", "topic": "城乡建设"})
    build(library)
    assert topics(library) == {"城乡建设": 1}
    correct_topic(library, {"id": "l2", "topic": ""})
    assert corrected(open_desk(library.home), "l2") is None
    build(library)
    assert topics(library) == {"交通运输": 1}
    assert [change["after"] for change in history(open_desk(library.home), "l2")] == ["城乡建设", None]


@pytest.mark.parametrize(
    "form", [{}, {"id": "", "topic": "民政"}, {"id": "gone", "topic": "民政"}, {"id": "l1", "topic": "天文"}]
)
def test_what_makes_no_sense_is_refused(letters: Letters, form: dict[str, str]) -> None:
    library = letters.add(letter(1))
    with pytest.raises(ValueError, match=r"没有来信|不能取值"):
        correct_topic(library, form)
    assert corrections(open_desk(library.home)).empty


def test_lists_say_how_sure_the_model_was(letters: Letters) -> None:
    bus = {"title": "公交车班次太少", "body": "公交车等了一个小时，请公交公司增加班次。", "topic": None}
    library = letters.add(letter(1, **VAGUE), letter(2, **bus))
    rows = letter_list_data(letter_facts.selection(library)).set_index("letter_id")
    assert rows.loc["l1", "sure"].startswith("存疑，把握 ")
    assert rows.loc["l1", "topic"] == "未分类"
    assert rows.loc["l2", "sure"] in ("把握 90%–95%", "把握 95% 以上")
