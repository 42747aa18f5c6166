"""The Word briefing: opened again, its numbers those of the library, hostile text text, nothing a sentence too."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn

from shuju.charts import printing
from shuju.facts import FactsError
from shuju.letters.facts import selection
from shuju.letters.measures import measured
from shuju.library import Library, open_library
from shuju.library.derived import replace_table
from shuju.library.ingest import ingest
from shuju.pages.letters.briefing import is_one_bar, write_briefing
from shuju.ui.word import clean
from tests.letters.conftest import Letters, letter

AS_OF = dt.datetime(2024, 8, 31, 9, 30)
HOSTILE = '<w:p>"&\x00\x0b</w:p> =cmd() \ud83d'
SECTIONS = ["一、总体情况", "二、热点诉求", "三、预警", "四、主题与地区", "五、答复情况", "六、代表来信"]


def write(library: Library, path: Path, **chosen: object) -> WordDocument:
    write_briefing(selection(library, **chosen), path / "briefing.docx", AS_OF)
    return Document(str(path / "briefing.docx"))


def text_of(document: WordDocument) -> str:
    return "\n".join(p.text for p in document.paragraphs)


def headings(document: WordDocument) -> list[str]:
    return [p.text for p in document.paragraphs if p.style.name == "Heading 1"]


def table(document: WordDocument, first_head: str) -> list[list[str]]:
    found = [t for t in document.tables if t.cell(0, 0).text == first_head]
    return [[cell.text for cell in row.cells] for row in found[0].rows]


def test_sections_masthead_and_numbers(forty: Library, tmp_path: Path) -> None:
    document = write(forty, tmp_path)
    text = text_of(document)
    assert headings(document) == SECTIONS
    for part in (
        "社情民意专报",
        "〔2024〕第",
        "2024年8月31日",
        "筛选条件：全部",
        "系统：测试来信",
        "数据截至：2024-07-28 16:38（库中最新一封来信）；所选最新一封：2024-07-28 16:38；制作：2024-08-31 09:30",
        "共收到来信40封，涉及2个县市区；已答复20封，尚未答复20封，占答复情况已知的50.0%",
        "来信最多的主题为交通运输，30封，占75.0%",
        "从渠道看，12345热线40封（100.0%）",
        "从承办部门看，交通运输局30封（75.0%）、教育局10封（25.0%）",
        "以下对答复情况已知的全部40封来信计算",
        "指标口径",
        "尚未答复：来源给出答复情况、而至今没有答复的来信",
    ):
        assert part in text
    assert "演示数据" not in text
    assert [row[:3] for row in table(document, "一级主题")[1:]] == [
        ["交通运输", "30", "30"],
        ["教育文体", "10", "0"],
    ]
    assert [row[1:] for row in table(document, "档次")[1:]] == [
        ["30", "1 个", "岳麓区"],
        ["10", "1 个", "祁阳市"],
    ]


FILTERED = {
    # what is chosen                               letters  of 40     words of the filters
    "region": ({"region": ("431181",)}, 10, "25.0%", "筛选条件：地区：祁阳市"),
    "topic": ({"topic": ("交通运输",)}, 30, "75.0%", "筛选条件：主题：交通运输"),
    "answered not": ({"answer": ("unanswered",)}, 20, "50.0%", "筛选条件：答复情况：未答复"),
    "days": (
        {"day": (dt.date(2024, 6, 1), dt.date(2024, 6, 5))},
        5,
        "12.5%",
        "筛选条件：来信日期：2024-06-01 至 2024-06-05",
    ),
}


@pytest.mark.parametrize(("chosen", "n", "share", "words"), FILTERED.values(), ids=FILTERED)
def test_filters_are_printed_and_kept(
    forty: Library, tmp_path: Path, chosen: dict, n: int, share: str, words: str
) -> None:
    document = write(forty, tmp_path, **chosen)
    assert f"共收到来信{n}封，占全部40封的{share}" in text_of(document)
    assert words in text_of(document)
    assert sum(int(row[1]) for row in table(document, "一级主题")[1:]) == n


CHANGES = {
    # 10 letters on 1 to 10 June, 30 from 1 July on: first and last day, what is said of the change
    "more": (dt.date(2024, 7, 1), dt.date(2024, 7, 30), "环比由 10 增至 30，同比无可比数据"),
    "before the library begins": (
        dt.date(2024, 6, 1),
        dt.date(2024, 6, 10),
        "环比无可比数据，同比无可比数据",
    ),
    "few before": (dt.date(2024, 6, 6), dt.date(2024, 6, 10), "环比持平（5），同比无可比数据"),
}


@pytest.mark.parametrize(("first", "last", "said"), CHANGES.values(), ids=CHANGES)
def test_changes_say_what_they_rest_on(
    forty: Library, tmp_path: Path, first: dt.date, last: dt.date, said: str
) -> None:
    assert said in text_of(write(forty, tmp_path, day=(first, last)))


def test_replies_count_those_that_wait(forty: Library, tmp_path: Path) -> None:
    # The last letter that the library knows of came on 28 July: letters wait until then.
    text = text_of(write(forty, tmp_path))
    shown = measured(selection(forty))
    assert "未答复的等待时间计至2024-07-28" in text
    assert f"逾期未答复{shown['n_overdue']}封，其中超过三个月0封" in text
    assert "（100.0%）与给其他人的答复" not in text
    assert f"已答复的，用时中位数{shown['median_days']:.1f}天" in text


def test_pictures_are_real_and_numbered(forty: Library, tmp_path: Path) -> None:
    document = write(forty, tmp_path)
    pictures = [r.target_part.blob for r in document.part.rels.values() if "image" in r.reltype]
    assert len(pictures) == 4
    assert all(p.startswith(b"\x89PNG") and len(p) > 5_000 for p in pictures)
    captions = [p.text.partition("　")[0] for p in document.paragraphs if p.style.name == "Caption"]
    assert [c for c in captions if c.startswith("图")] == ["图1", "图2", "图3", "图4"]


def test_type_is_official(forty: Library, tmp_path: Path) -> None:
    document = write(forty, tmp_path)
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    fonts = {
        name: document.styles[name].element.rPr.rFonts.get(qn("w:eastAsia"))
        for name in ("Normal", "Heading 1")
    }
    assert fonts == {"Normal": "仿宋_GB2312", "Heading 1": "黑体"}
    assert "PAGE" in section.footer.paragraphs[0]._p.xml


def test_nothing_passes(forty: Library, tmp_path: Path) -> None:
    document = write(forty, tmp_path, day=(dt.date(2031, 1, 1), dt.date(2031, 1, 2)))
    assert headings(document) == SECTIONS
    assert text_of(document).count("所选条件下没有来信。") == 4
    assert document.tables == []


def test_library_without_letters(letters: Letters, tmp_path: Path) -> None:
    document = write(letters.library, tmp_path)
    assert headings(document) == SECTIONS
    assert "数据截至：—（库中最新一封来信）" in text_of(document)


def test_hostile_and_personal_text(letters: Letters, tmp_path: Path) -> None:
    body = "请打13812345678找我。" + "很长的话" * 100
    library = letters.add(
        letter(1, title='<w:p>"&</w:p> =cmd()', body=body, department="</w:t><script>局"), letter(2)
    )
    text = text_of(write(library, tmp_path))
    assert '<w:p>"&</w:p> =cmd()' in text
    assert "</w:t><script>局" in text
    assert "13812345678" not in text
    assert "……”" in text


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [(HOSTILE, '<w:p>"&</w:p> =cmd()'), ("一\n二\t三", "一 二 三"), ("", ""), (7, "7"), ("\ufffe", "")],
)
def test_clean_leaves_what_xml_can_hold(raw: object, cleaned: str) -> None:
    assert clean(raw) == cleaned


def test_issues_and_warnings_where_they_are(forty: Library, tmp_path: Path) -> None:
    empty = text_of(write(forty, tmp_path))
    assert "热点诉求尚未更新" in empty
    assert "预警尚未更新" in empty
    at = pd.Timestamp("2024-07-10")
    issue = {"stage": "transmission", "n_letters": 9, "n_writers": 8, "n_regions": 1, "n_unanswered": 3}
    issue |= {"first_at": at, "last_at": at, "department": "岳麓区交通运输局", "region_code": "430104"}
    issue |= {"source_at": at, "transmission_at": at, "conversion_at": pd.NaT}
    replace_table(
        forty,
        "hot_issues",
        pd.DataFrame(
            [
                issue | {"issue_id": "i1", "title": "道路破损", "heat": 61.25, "representatives": "l3,l4"},
                issue | {"issue_id": "i2", "title": "学区划分", "heat": 80.0, "representatives": "l100"},
            ]
        ),
        made_by="test",
    )
    members = pd.DataFrame({"letter_id": ["l3", "l4", "l100"], "issue_id": ["i1", "i1", "i2"]})
    replace_table(forty, "issue_letters", members, made_by="test")
    day = dt.date(2024, 7, 12)
    told = {"kind": "emerging", "first_day": day, "day": day, "n_observed": 9, "n_expected": 2.0, "p": 1e-4}
    replace_table(
        forty,
        "warnings",
        pd.DataFrame(
            [
                told
                | {"warning_id": "w1", "region_code": "430104", "topic_1": "交通运输", "words": "积水、坑洼"},
                told
                | {"warning_id": "w2", "region_code": "431181", "topic_1": "教育文体", "reason": "多 7 件。"},
            ]
        ),
        made_by="test",
    )
    document = write(forty, tmp_path)
    rows = table(document, "诉求")
    assert [row[0] for row in rows[1:]] == ["学区划分", "道路破损"]  # the hottest first
    assert rows[2][1:] == ["传导", "岳麓区", "岳麓区交通运输局", "9", "8", "1", "3", "61.2"]
    text = text_of(document)
    assert "预警2条" in text
    assert "岳麓区·交通运输（风险性苗头性）。来信9封，预期2.0封。增多的词：积水、坑洼。" in text
    assert "祁阳市·教育文体（风险性苗头性）。多 7 件。" in text
    quoted = re.findall(r"来信编号 (\w+)", text)
    assert quoted[:2] == ["l100", "l3"]  # one of each issue
    document = write(forty, tmp_path, region=("430104",))
    assert [row[0] for row in table(document, "诉求")[1:]] == ["道路破损"]
    assert "预警1条" in text_of(document)


def test_same_library_same_bytes(forty: Library, tmp_path: Path) -> None:
    written = []
    for _ in range(2):
        write(forty, tmp_path)
        written.append((tmp_path / "briefing.docx").read_bytes())
    assert written[0] == written[1]


def test_wrong_label_is_refused(forty: Library, tmp_path: Path) -> None:
    with pytest.raises(FactsError, match="没有这样的局"):
        write(forty, tmp_path, department=("没有这样的局",))


def test_machine_without_a_chinese_font_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "FONTS", ("No Such Font",))
    printing.chinese_font.cache_clear()
    try:
        with pytest.raises(printing.NoChineseFontError, match="fonts-noto-cjk"):
            printing.chinese_font()
    finally:
        printing.chinese_font.cache_clear()


def test_real_briefing_tells_the_figures_of_the_page(real_data: Path, tmp_path: Path) -> None:
    library = open_library(tmp_path / "home")
    ingest(library, "tipdm_letters", real_data / "letters_tipdm2020c")
    shown = measured(selection(library))
    document = write(library, tmp_path)
    text = text_of(document)
    for told in (
        f"共收到来信{shown['n']:,}封（含更早或日期不明的7封），涉及{shown['n_counties']}个县市区",
        f"已答复{shown['n_answered']:,}封，尚未答复{shown['n_unanswered']:,}封",
        f"另{shown['n_unknown']:,}封来源不含答复信息，答复情况未知",
        f"已答复的，用时中位数{shown['median_days']:.1f}天；计入未答复的，中位数{shown['median_days_all']:.1f}天",
        f"已答复或已到期的{shown['n_due']:,}封中，按期答复{100 * shown['share_in_term']:.1f}%",
        f"逾期未答复{shown['n_overdue']:,}封，其中超过三个月{shown['n_veto']:,}封",
    ):
        assert told in text
    assert "抽取" not in text
    assert "来源未提供承办部门。" in text
    # Whatever is counted by label is what the rows of the selection hold, counted by pandas.
    rows = selection(library).frame(["letter_id"]).compute()
    chosen = selection(library)
    codes = {name: chosen.labels_at(name, np.arange(chosen.total)) for name in ("topic", "motive", "region")}
    assert len(rows) == chosen.total == len(codes["topic"])
    motives = pd.Series(codes["motive"]).value_counts()
    for label, n in motives.items():
        name = chosen.names("motive")[label]
        assert f"{name}{n:,}封（{100 * n / len(rows):.1f}%）" in text
    topics = {
        chosen.names("topic")[label]: f"{n:,}"
        for label, n in pd.Series(codes["topic"]).value_counts().items()
    }
    assert {row[0]: row[1] for row in table(document, "一级主题")[1:]} == topics
    counties = pd.Series(
        [label for label in codes["region"] if label and not label.endswith("00")]
    ).value_counts()
    bands = table(document, "档次")[1:]
    assert sum(int(row[2].split()[0]) for row in bands) == sum(counties.index != "未知")
    assert "未知7,142封" not in text


@pytest.mark.parametrize(
    ("n", "is_one"),
    [([40], True), ([0, 40, 0], True), ([95, 5], True), ([30, 10], False), ([5, 4, 3], False)],
)
def test_a_chart_of_one_giant_bar_is_a_sentence(n: list[int], is_one: bool) -> None:
    assert is_one_bar(pd.Series(n)) == is_one


def test_who_issues_a_briefing_numbers_it(forty: Library, tmp_path: Path) -> None:
    assert not re.search(r"第\d+期", text_of(write(forty, tmp_path)))
