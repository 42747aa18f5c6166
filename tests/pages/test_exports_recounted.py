"""Every column of every download under the filters of a page is counted anew from the raw rows; none is left that nobody counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import shuju.pages  # noqa: F401 - fills the table of downloads
from shuju.facts.selection import Selection
from shuju.letters import facts as letter_facts
from shuju.letters.build import build_letters
from shuju.letters.issue_selection import selection as select_issues
from shuju.library import Library
from shuju.records import facts as record_facts
from shuju.spread.documents import selection as select_documents
from shuju.ui.exports import Briefing, Export, all_exports, find
from tests.letters.conftest import Letters, letter
from tests.pages import recount_exports as recount
from tests.pages.conftest import raw_letters
from tests.spread.spread_library import spread_library

# One matter at one place, told by six writers; the fifth lives in another county.
TUNNEL = (
    ("梅溪隧道塌方无人抢修", "昨夜塌方，车辆绕行两小时，请尽快抢修。"),
    ("梅溪隧道塌方，车辆绕行两小时", "每天上班要走隧道，现在封了，公交也不通，老人看病怎么办？"),
    ("梅溪隧道塌方多日", "塌方以后没有人指挥交通，路口堵了一公里，学生迟到。"),
    ("反映梅溪隧道塌方后交通混乱", "请公布隧道抢修的时间表，三天没有消息，绕行的路太远。"),
    ("岳麓区梅溪隧道塌方影响商户", "隧道里还有车被困吗？附近商户的货进不来，损失很大。"),
    ("梅溪隧道塌方请设指示牌", "请在隧道口设指示牌，外地司机不知道绕行，半夜还在掉头。"),
)
WRITERS, PLACES = ("w1", "w2", "w3", "w1", "w4", "w5"), {4: "430111"}


def tunnel_letters() -> Iterator[dict[str, Any]]:
    for k, (title, body) in enumerate(TUNNEL):
        told = {} if k % 2 else {"replied": f"2024-07-{9 + 4 * k:02d} 09:00", "reply": "已安排抢修。"}
        yield letter(
            0, id=f"t{k}", title=title, body=f"梅溪隧道塌方，{body}", writer=WRITERS[k],
            place=PLACES.get(k, "430104"), time=f"2024-07-{3 + 4 * k:02d} 09:00", **told,
        )  # fmt: skip


RAW = [*tunnel_letters(), *raw_letters()]
# It came again with its reply, long after its term.
AGAIN = letter(29) | {"reply": "已办。", "replied": "2024-12-20 10:00"}


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Library:
    held = Letters(tmp_path_factory.mktemp("letters"))
    held.add(*RAW)
    held.add(AGAIN)
    build_letters(held.library)
    return held.library


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return spread_library(tmp_path_factory.mktemp("documents"))


@dataclass(frozen=True)
class Case:
    """A download under filters: of which library, and which of the recounted rows it has to hold."""

    name: str
    library: str
    select: Callable[..., Selection]
    rows: Callable[[Library], pd.DataFrame]
    filters: dict[str, Any]
    query: dict[str, str]
    keep: Callable[[pd.DataFrame], pd.Series] = lambda rows: pd.Series(True, rows.index)


def of_letters(keep: Callable[[pd.DataFrame], pd.Series], **filters: Any) -> Case:
    def rows(held: Library) -> pd.DataFrame:
        return recount.letters([*RAW, AGAIN], held)

    return Case("letters", "letters", letter_facts.selection, rows, filters, {}, keep)


def of_records(keep: Callable[[pd.DataFrame], pd.Series], **filters: Any) -> Case:
    return Case(
        "records", "documents", record_facts.selection, lambda _: recount.records(), filters, {}, keep
    )


def of_issues(keep: Callable[[pd.DataFrame], pd.Series], **filters: Any) -> Case:
    def rows(held: Library) -> pd.DataFrame:
        return recount.issues([*RAW, AGAIN], held)

    return Case("issues", "letters", select_issues, rows, filters, {}, keep)


def of_spread(keep: Callable[[pd.DataFrame], pd.Series], **filters: Any) -> Case:
    def rows(held: Library) -> pd.DataFrame:
        shape = recount.stored(held, "cascades").set_index("origin_id")["shape"]
        found = recount.spread()
        return found.assign(shape=found["origin_id"].map(shape).map({"ripple": "涟漪", "funnel": "漏斗"}))

    return Case("spread", "documents", select_documents, rows, filters, {}, keep)


def of_document(name: str, document: str) -> Case:
    rows = {"spread-copies": recount.spread_copies, "spread-missing": recount.spread_missing}[name]
    return Case(name, "documents", select_documents, lambda _: rows(document), {}, {"id": document})


def everything(rows: pd.DataFrame) -> pd.Series:
    return pd.Series(True, rows.index)


CASES = {
    "letters": of_letters(everything),
    "letters of a county": of_letters(lambda rows: rows["region_code"] == "430111", region="430111"),
    "letters of a prefecture": of_letters(lambda rows: rows["library_code"] == "430100", region="430100"),
    "letters of a topic": of_letters(lambda rows: rows["topic"] == "教育文体", topic="教育文体"),
    "letters not answered": of_letters(lambda rows: rows["replied_at"].isna(), answer="unanswered"),
    "letters answered late": of_letters(lambda rows: rows["term"] == "逾期答复", term="late"),
    "letters of three days": of_letters(
        lambda rows: rows["written_at"].between("2024-07-01", "2024-07-03 23:59"),
        day=("2024-07-01", "2024-07-03"),
    ),
    "records": of_records(everything),
    "records of portals of counties": of_records(lambda rows: rows["kind"] == "县市区门户", kind="county_portal"),
    "records of a kind and day": of_records(
        lambda rows: (rows["genre"] == "政策文件") & (rows["published_at"].dt.month == 7),
        genre="policy", day=("2024-07-01", "2024-07-31"),
    ),
    "issues": of_issues(everything),
    "issues of a topic": of_issues(lambda rows: rows["topic_1"] == "教育文体", topic="教育文体"),
    "issues that reached a county": of_issues(lambda rows: rows["regions"].str.contains("雨花区"), region="430111"),
    "documents": of_spread(everything),
    "documents of a kind": of_spread(lambda rows: rows["genre"] == "政策文件", genre="policy"),
    **{
        f"{name} of {document}": of_document(name, document)
        for name in ("spread-copies", "spread-missing")
        for document in ("a", "b")
    },
}  # fmt: skip
# Word files, and the tests that recount them.
BRIEFINGS = {"letters-briefing", "spread-briefing", "my-briefing"}
CLOCK = "ingested_at"  # when the library took the row in, which no raw row tells


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_column_is_that_of_the_raw_rows(case: Case, request: pytest.FixtureRequest) -> None:
    library = request.getfixturevalue(case.library)
    chosen, export = case.select(library, **case.filters), find(case.name)
    assert isinstance(export, Export)
    found = pa.concat_tables(export.pieces(chosen, case.query)).to_pandas()
    rows = case.rows(library)
    rows = rows[case.keep(rows)]
    assert list(found) == list(export.titles(chosen))
    assert set(found) - {CLOCK} == set(rows)
    assert len(found) == len(rows)
    assert case.name in ("spread-copies", "spread-missing") or len(rows) == chosen.total
    key = next(iter(name for name in found if name.endswith("_id") and found[name].is_unique), None)
    assert key is not None
    found, rows = found.set_index(key).sort_index(), rows.set_index(key).sort_index()
    assert list(found.index) == list(rows.index)
    for name in rows:
        assert told(found[name]) == told(rows[name]), name


def told(values: pd.Series) -> list[Any]:
    """Return the values of a column, numbers to nine digits, nothing as None."""
    plain = values.astype(object).where(values.notna(), None)
    return [
        float(f"{one:.9g}") if isinstance(one, int | float | np.number) and not isinstance(one, bool) else one
        for one in plain
    ]


def test_cases_would_see_what_they_are_for(letters: Library) -> None:
    rows = recount.letters([*RAW, AGAIN], letters)
    assert rows["revision"].max() == 2
    assert set(rows["term"]) == {"按期答复", "逾期答复", "无从判断"}
    assert rows["issue_id"].notna().sum() > 40
    (tunnel,) = recount.issues([*RAW, AGAIN], letters)[lambda of: of["n_letters"] == 6].to_dict("records")
    assert (tunnel["n_writers"], tunnel["n_regions"], tunnel["n_unanswered"]) == (5, 2, 3)


def test_no_download_is_left_out() -> None:
    known = {export.name: isinstance(export, Briefing) for export in all_exports()}
    assert {name for name, is_word in known.items() if is_word} == BRIEFINGS
    assert {name for name, is_word in known.items() if not is_word} == {case.name for case in CASES.values()}
