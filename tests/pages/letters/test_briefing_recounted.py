"""Every number that a briefing tells is counted anew from the rows: no digit is left that nobody has counted."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pandas as pd
import pytest
from docx import Document
from docx.document import Document as WordDocument

from shuju.facts.naming import label_name
from shuju.letters.facts import selection
from shuju.letters.measures import MEASURES
from shuju.library import Library, open_library
from shuju.library.ingest import ingest
from shuju.pages.letters.briefing import write_briefing
from shuju.text.personal import mask
from tests.pages.issue_library import issue_library
from tests.pages.left_over import left_over
from tests.pages.letters import recount

AS_OF = dt.datetime(2024, 8, 31, 9, 30)
# What stands in every briefing: its date, the number that an office fills in, figures and tables, rules of counting.
FURNITURE = (
    r"〔2024〕第", r"2024年8月31日", r"制作：2024-08-31 09:30", r"(?m)^[图表]\d", r"(?m)^\d+．", r"不少于30封的",
)  # fmt: skip


def written(library: Library, folder: Path, filters: recount.Filters) -> WordDocument:
    write_briefing(selection(library, **filters), folder / "briefing.docx", AS_OF)
    return Document(str(folder / "briefing.docx"))


def tables(document: WordDocument) -> dict[str, list[list[str]]]:
    """Return the rows of each table under its first head."""
    return {
        table.cell(0, 0).text: [[cell.text for cell in row.cells] for row in table.rows[1:]]
        for table in document.tables
    }


def scope_sentences(
    library: Library, rows: pd.DataFrame, chosen: pd.DataFrame, filters: recount.Filters, told: str
) -> list[str]:
    newest, own = rows["written_at"].max(), chosen["written_at"].max()
    first, last = filters.get("day") or rows.attrs["span"]
    return [
        f"筛选条件：{told}",
        f"数据截至：{newest:%Y-%m-%d %H:%M}（库中最新一封来信）；所选最新一封：{own:%Y-%m-%d %H:%M}；",
        f"，{first} 至 {last}；灰：",
        *(f"系统：{source.title}" for source in library.catalog.sources.values()),
        *(f"{measure.title}：{measure.definition}" for measure in MEASURES.values()),
    ]


def quoted_sentences(library: Library, chosen: pd.DataFrame, text: str) -> list[str]:
    """Return what is quoted, having looked each up by its id: title and beginning of the letter, its time and place."""
    letters = library.read("letters").set_index("letter_id")
    found = re.findall(r"来信编号 (\S+?)；", text)
    assert found
    assert len(set(found)) == len(found)
    told = []
    for letter_id in found:
        assert letter_id in set(chosen["letter_id"])
        row = letters.loc[letter_id]
        title, body = mask([row["title"], row["body"] or ""])
        body = " ".join(body.split())
        (quoted,) = re.findall(rf"{re.escape(title)}。(?:“(.*)”|（没有正文）)", text)[:1]
        assert body.startswith(quoted.removesuffix("……"))
        replied = "" if pd.isna(row["replied_at"]) else f"{row['replied_at']:%Y-%m-%d}答复"
        told += [title, f"“{quoted}”", f"来信编号 {letter_id}；"]
        told += [f"{row['written_at']:%Y-%m-%d %H:%M}来信，{replied}"]
        told += [] if pd.isna(row["department"]) else [str(row["department"])]
    return told


def issue_sentences(library: Library, chosen: pd.DataFrame, rows: list[list[str]]) -> list[str]:
    """Return what is told of issues, having counted the letters of each."""
    if not library.stored("hot_issues").refresh().exists:
        return []
    issues, members = library.read("hot_issues"), library.read("issue_letters")
    touched = issues[
        issues["issue_id"].isin(members[members["letter_id"].isin(chosen["letter_id"])]["issue_id"])
    ]
    hottest = touched.sort_values("heat", ascending=False).head(10)
    n = members["issue_id"].value_counts()
    assert [row[4] for row in rows] == [f"{n[issue]:,}" for issue in hottest["issue_id"]]
    for row, issue in zip(rows, hottest.itertuples(), strict=True):
        unanswered = "未知" if pd.isna(issue.n_unanswered) else f"{issue.n_unanswered:,.0f}"
        assert row[5:] == [f"{issue.n_writers:,}", f"{issue.n_regions:,}", unanswered, f"{issue.heat:.1f}"]
        assert row[2] == label_name("regions", issue.region_code)
    return [
        f"所选来信涉及热点诉求{len(touched):,}件，按热度指数列前{len(hottest)}件。",
        *hottest["title"],
    ]


def warning_sentences(library: Library, filters: recount.Filters, rows: pd.DataFrame, text: str) -> list[str]:
    """Return what is told of warnings: their number, and what their table says of each."""
    if not library.stored("warnings").refresh().exists:
        return []
    found = library.read("warnings")
    first, last = filters.get("day") or rows.attrs["span"]
    found = found[(found["first_day"].dt.date <= last) & (found["day"].dt.date >= first)]
    if "topic" in filters:
        found = found[found["topic_1"].isin(filters["topic"])]
    if "region" in filters:
        found = found[found["region_code"].isin(filters["region"])]
    if found.empty:
        return []
    shown = found.head(10)
    told = [f"所选地区、主题与日期内预警{len(found):,}条，以下列最近{len(shown)}条（"]
    kinds = re.findall(r"[一-鿿]+(\d+)条", text.partition(told[0])[2].partition("）")[0])
    assert sum(map(int, kinds)) == len(shown)
    told.append(f"{told[0]}{text.partition(told[0])[2].partition('）')[0]}")
    for row in found.itertuples():
        told += [str(row.reason), f"来信{row.n_observed:,}封，预期{row.n_expected:.1f}封。"]
        told += [f"来信人至少{row.n_voices:.0f}人" if not pd.isna(row.n_voices) else ""]
        told += [str(part) for part in (row.matter, row.words) if not pd.isna(part)]
    return [part for part in told if part]


def check(library: Library, folder: Path, filters: recount.Filters) -> None:
    """Assert that a briefing tells nothing that was not counted, and all that was."""
    document, rows = written(library, folder, filters), recount.all_rows(library)
    chosen, found = recount.filtered(rows, filters), tables(document)
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    told = selection(library, **filters).describe()
    counted = [
        *scope_sentences(library, rows, chosen, filters, told),
        *recount.whole_sentences(rows, filters),
        *issue_sentences(library, chosen, found.get("诉求", [])),
        *warning_sentences(library, filters, rows, text),
        *recount.topic_sentences(rows, filters),
        *recount.place_sentences(chosen),
        *recount.reply_sentences(rows, filters),
        *quoted_sentences(library, chosen, text),
        *recount.text_sentences(library, chosen),
    ]
    assert left_over(text, counted, FURNITURE) == []
    assert {f"[{'|'.join(row)}]" for row in found["一级主题"]} <= set(recount.topic_sentences(rows, filters))
    assert len(found["一级主题"]) == chosen["topic"].nunique()
    if "档次" in found:
        assert recount.bands_are_right(chosen, found["档次"])
    assert {f"[{'|'.join(row)}]" for row in found.get("承办部门", [])} <= set(
        recount.department_rows(rows, filters)
    )


FILTERED = {
    "all": {},
    "one county": {"region": ("431181",)},
    "one topic": {"topic": ("交通运输",)},
    "unanswered": {"answer": ("unanswered",)},
    "days": {"day": (dt.date(2024, 6, 1), dt.date(2024, 6, 5))},
    "days of a topic": {"topic": ("交通运输",), "day": (dt.date(2024, 7, 1), dt.date(2024, 7, 20))},
}


@pytest.mark.parametrize("filters", FILTERED.values(), ids=FILTERED)
def test_forty_letters(forty: Library, tmp_path: Path, filters: recount.Filters) -> None:
    check(forty, tmp_path, filters)


def test_issues_and_warnings(tmp_path: Path) -> None:
    check(issue_library(tmp_path / "issues"), tmp_path, {})


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Library:
    from tests.conftest import REAL

    if not REAL.exists():
        pytest.skip("the real data set is not present beside the checkout")
    library = open_library(tmp_path_factory.mktemp("real"))
    ingest(library, "tipdm_letters", REAL / "letters_tipdm2020c")
    return library


OF_REAL = {
    "all": {},
    "inquiries": {"motive": ("inquiry",)},
    "one county": {"region": ("430104",)},
    "a spring": {"day": (dt.date(2019, 3, 1), dt.date(2019, 5, 31))},
    "schools of a year": {"topic": ("教育文体",), "day": (dt.date(2018, 1, 1), dt.date(2018, 12, 31))},
}


@pytest.mark.parametrize("filters", OF_REAL.values(), ids=OF_REAL)
def test_real_letters(real: Library, tmp_path: Path, filters: recount.Filters) -> None:
    check(real, tmp_path, filters)
