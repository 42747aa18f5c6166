"""The review list (复核清单): letters whose topic the model is not sure of, as a workbook for people to answer.

What comes back filled in teaches the next model: ``shuju train topics --labelled 复核.xlsx``.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from shuju.facts import Crossfilter
from shuju.letters import facts as letter_facts
from shuju.library import Library
from shuju.standard import code_list
from shuju.text.labelled import REVIEWED
from shuju.text.review import review_order
from shuju.text.topics import classify

LOOKED_AT = 20_000
COLUMNS = ("来信编号", "留言主题", "留言详情", REVIEWED, "置信度", "次选", "一级标签")


def review_list(library: Library, limit: int) -> pd.DataFrame:
    """Return at most ``limit`` unsure letters, the most informative first, with an empty 一级标签 to fill in.

    Columns ``COLUMNS``. Looks at the newest ``LOOKED_AT`` letters that the model was not sure of.
    """
    crossfilter = Crossfilter(letter_facts.build(library), filters={"topic_by": (letter_facts.UNSURE,)})
    keys = crossfilter.facts.take("key", crossfilter.rows(LOOKED_AT))
    letters = library.take("letters", keys.tolist(), ("letter_id", "title", "body")).to_pandas()
    found = classify(letters["title"].tolist(), letters["body"].tolist())
    order = review_order(found)[:limit]
    rows = pd.concat([letters, found[["topic_1", "confidence", "topic_next"]]], axis=1).iloc[order]
    rows = rows.assign(label="", confidence=rows["confidence"].astype(float).round(2))
    named = dict(
        zip(
            ("letter_id", "title", "body", "topic_1", "confidence", "topic_next", "label"),
            COLUMNS,
            strict=True,
        )
    )
    return rows.rename(columns=named)[list(COLUMNS)].reset_index(drop=True)


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
