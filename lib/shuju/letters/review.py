"""The review list (复核清单): letters whose topic the model is not sure of, as a workbook for people to answer.

What comes back filled in teaches the next model: ``shuju train topics --labelled 复核.xlsx``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa

from shuju.facts import Crossfilter
from shuju.letters import facts as letter_facts
from shuju.library import Library
from shuju.library.hashing import hash_columns
from shuju.standard import code_list
from shuju.text.labelled import REVIEWED
from shuju.text.review import review_order
from shuju.text.topics import classify

LOOKED_AT = 20_000
READ = ("letter_id", "title", "body")
COLUMNS = ("来信编号", "留言主题", "留言详情", REVIEWED, "置信度", "次选", "一级标签")


def review_list(library: Library, limit: int, corrected: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return letters to review: those that people corrected, their topic filled in, then at most ``limit`` unsure ones.

    Columns ``COLUMNS``. ``corrected`` are topics by letter id. The unsure ones come the most informative first, with
    an empty 一级标签; the newest ``LOOKED_AT`` letters that the model was not sure of are looked at.
    """
    corrected = corrected or {}
    crossfilter = Crossfilter(letter_facts.build(library), filters={"topic_by": (letter_facts.UNSURE,)})
    keys = crossfilter.facts.take("key", crossfilter.rows(LOOKED_AT))
    unsure = library.take("letters", keys.tolist(), READ).to_pandas()
    unsure = unsure[~unsure["letter_id"].isin(list(corrected))]
    found = classify(unsure["title"].tolist(), unsure["body"].tolist())
    ids = pa.table({"letter_id": pa.array(list(corrected), pa.string())})
    told = library.take("letters", hash_columns(ids).tolist(), READ).to_pandas()
    told = told.assign(label=told["letter_id"].map(corrected))
    rows = pd.concat(
        [
            _with_model(told, classify(told["title"].tolist(), told["body"].tolist())),
            _with_model(unsure.assign(label=""), found).iloc[review_order(found)[:limit]],
        ]
    )
    named = dict(
        zip(
            ("letter_id", "title", "body", "topic_likely", "confidence", "topic_next", "label"),
            COLUMNS,
            strict=True,
        )
    )
    return rows.rename(columns=named)[list(COLUMNS)].reset_index(drop=True)


def _with_model(letters: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    told = found[["topic_likely", "confidence", "topic_next"]].assign(
        confidence=found["confidence"].astype(float).round(2)
    )
    return pd.concat([letters.reset_index(drop=True), told], axis=1)


def write_review_list(rows: pd.DataFrame, path: Path) -> None:
    """Write the list as a workbook whose last column offers the topics of the standard."""
    import xlsxwriter

    topics = list(code_list("topics").codes)
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("复核清单")
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
        for line, row in enumerate(rows.fillna("").itertuples(index=False), start=1):
            sheet.write_row(line, 0, row, wrap)
        for column, width in enumerate((18, 36, 80, 16, 8, 16, 18)):
            sheet.set_column(column, column, width)
        last = len(COLUMNS) - 1
        sheet.data_validation(1, last, max(len(rows), 1), last, {"validate": "list", "source": topics})
        sheet.freeze_panes(1, 0)
