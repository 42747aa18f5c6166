"""What a card shows as rows of a file: columns under their Chinese names, codes by theirs, nothing that only a picture needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import xarray as xr

from shuju.catalog import Catalog, Column
from shuju.facts import FactsError
from shuju.facts.cards import Card
from shuju.facts.naming import label_name
from shuju.facts.schema import Codes
from shuju.facts.selection import Selection
from shuju.letters.facts import ANSWER_UNKNOWN
from shuju.library.schema import PROVENANCE
from shuju.pages.mine.still_text import lines_of
from shuju.serve import marks
from shuju.serve.files import csv_pieces
from shuju.serve.xlsx import xlsx_pieces
from shuju.spread.documents import GROUPS
from shuju.standard import code_list
from shuju.ui.templates import moment

# What columns of cards are called that are no columns of the library.
TITLES = {
    "item": "项目", "content": "内容",
    "start": "起", "end": "止（不含）", "n": "数量", "n_all": "全部", "ghost": "全部（按比例缩放）", "then": "所比时期", "group": "分组",
    "label": "代码", "name": "名称", "is_on": "已选", "is_unknown": "是否未知", "code": "代码", "value": "数值", "part": "部分",
    "told": "说明", "prefecture": "市州", "band": "分档", "place": "地区", "topic": "主题", "site": "网站", "share": "占比", "term": "词",
    "letters": "封数", "month": "月份", "day": "日期", "sure": "主题来源与把握", "answer": "答复情况", "population": "人口",
    "before": "所比时期数量", "keyness": "突出程度", "days": "答复用时（天）", "site_name": "网站", "property": "属性", "hours": "发布后小时数",
    "within_8": "8小时到达率", "within_24": "24小时到达率", "within_72": "72小时到达率", "within_ever": "至今到达率",
    "n_due": "应转网站", "n_arrived": "已到达", "n_lacking": "未到达", "n_documents": "文件数", "n_due_8h": "满8小时的应转网站",
    "n_due_24h": "满24小时的应转网站", "n_due_72h": "满72小时的应转网站", "clause": "应转条款", "why": "为何应转", "waited_hours": "已等（小时）",
    "stopped_at": "停在（网站标识码）", "stopped_name": "停在", "is_here": "已到达", "is_origin": "是否首发", "from": "取自哪一处", "to": "到",
    "source": "由", "target": "到", "parent": "取自网站", "n_below": "下面缺的应转网站", "n_passed": "越过它转载的网站", "first": "首封来信",
    "n_answered": "已答复", "n_unknown": "答复情况未知", "median_days": "答复用时中位数（天）", "newest": "最近来信", "is_repeat": "是否重复来信",
    "is_representative": "是否代表来信", "acknowledged": "已确认", "verdict": "判断", "muted": "静音", "is_muted": "已静音", "flag": "疑点类别",
}  # fmt: skip
# What several frames of a card are, where they are no dimensions.
PARTS = {
    "levels": "层级", "departments": "部门", "sites": "网站", "prefectures": "市州", "counties": "县市区", "flags": "疑点", "breaks": "断点",
    "linked": "修订与相关报道", "shown": "近 30 天", "last": "此前最近",
}  # fmt: skip
# Codes of a cell, apart by commas.
SEVERAL = {"flag": "spread_flags", "flags": "spread_flags", "evidence": "spread_evidence"}
# What only the picture needs: where a mark lies, its size and colour.
DRAWN = frozenset({"fill", "shade", "colour", "size", "x", "y", "row", "column", "rank"})
GAP, MOST_LINES = "　", 500
# Columns of labels: of a group of sites, of a dimension of the table (who groups a trend by it), of what became of a letter.
LABELLED = ("group", "source", "target", "answer", "kind")
PLACES = ("regions", "libraries")  # codes that others read too: they stay


def frame_of(card: Card, found: Any, options: Mapping[str, Any]) -> pd.DataFrame:
    """Return what a card shows as one frame; of several, each row tells which it is from; where there is none, what it says, line by line.

    Raises:
        FactsError: what the card shows is neither.
    """
    if isinstance(found, pd.DataFrame):
        return _bare(found)
    if isinstance(found, pd.Series):
        return _bare(found.to_frame())
    if isinstance(found, xr.DataArray):
        counted = found.to_series()
        return counted[counted > 0].rename("n").reset_index()
    values = found.items() if isinstance(found, Mapping) else ()
    parts = {name: _bare(value) for name, value in values if isinstance(value, pd.DataFrame)}
    if len(parts) == 1:
        return next(iter(parts.values()))
    if parts:
        return pd.concat([rows.assign(part=name) for name, rows in parts.items()], ignore_index=True)
    if card.html is None:
        raise FactsError("这张图卡没有可以下载的数据")
    lines = [line.partition(GAP) for line in lines_of(card.html(found, **options), most=MOST_LINES)]
    return pd.DataFrame(
        [(name, rest.replace(GAP, " ")) for name, _, rest in lines], columns=["item", "content"]
    )


def told_frame(card: Card, selection: Selection, frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the rows as a person reads them, codes but those of places by their names, and the title of each column."""
    catalog = selection.resources.catalog
    columns = {str(name): _column(catalog, card.table, str(name), frame[name]) for name in frame}
    coded = {
        name: frame[name].map(lambda code, names=column.codes: label_name(names, code), na_action="ignore")
        for name, column in columns.items()
        if column is not None and column.codes is not None and column.codes not in PLACES
    }
    for name, codes in SEVERAL.items():
        if name in frame:
            names = code_list(codes).names
            coded[name] = (
                frame[name]
                .astype(object)
                .map(
                    lambda told, names=names: "、".join(
                        names.get(one, one) for one in told.split(",") if one
                    ),
                    na_action="ignore",
                )
            )
    coded |= {
        name: frame[name].map(lambda label, names=names: names.get(label, label), na_action="ignore")
        for name in LABELLED
        if name in frame and (names := _names_of(selection, frame[name]))
    }
    if "part" in frame:
        parts = {name: selection.title_of(name) for name in selection.schema.names} | PARTS
        parts |= {name: column.name for name, column in catalog.tables[card.table].columns.items()}
        coded["part"] = frame["part"].map(lambda name: parts.get(name, name))
    titles = {
        name: TITLES.get(name, name if column is None else column.name) for name, column in columns.items()
    }
    return frame.assign(**coded), titles


def file_of(card: Card, selection: Selection, frame: pd.DataFrame, kind: str) -> bytes:
    """Return what a card shows as a file: CSV, or a workbook that tells on its second sheet of which filters it is."""
    text = marks.mark()
    frame, titles = told_frame(card, selection, frame)
    rows = marks.marked_rows([pa.Table.from_pandas(frame, preserve_index=False)], text)
    titles = marks.marked_titles(titles, text)
    if kind == ".csv":
        return b"".join(csv_pieces(rows, titles))
    told = [
        ("内容", f"数聚 {card.title}：{card.about}"),
        ("筛选", selection.describe()),
        ("数据截至", moment(selection.as_of)),
        *([("说明", "演示数据，不代表真实情况")] if selection.is_synthetic else []),
    ]
    return b"".join(xlsx_pieces(rows, titles, told, card.title))


def _bare(found: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with its index as a column where that has a name, or is days; without what only a picture needs."""
    if isinstance(found.index, pd.DatetimeIndex) and found.index.name is None:
        found = found.rename_axis("day")
    found = found.reset_index(drop=found.index.name is None)
    stored = PROVENANCE if "run_id" in found else ("key_hash", "content_hash")
    return found.drop(columns=[name for name in found if name in DRAWN or name in stored])


def _names_of(selection: Selection, labels: pd.Series) -> Mapping[str, str]:
    """Return the names of labels: groups of sites, or the dimension that has them all; nothing where they are no labels."""
    used = set(labels.dropna().astype(str))
    dimensions = (selection.names(one.name) for one in selection.schema.dimensions if isinstance(one, Codes))
    known: Iterable[Mapping[str, str]] = (
        GROUPS,
        code_list("answer_states").names | {ANSWER_UNKNOWN: ANSWER_UNKNOWN},
        *dimensions,
    )
    return next((names for names in known if used and used <= set(names)), {})


def _column(catalog: Catalog, table: str, name: str, values: pd.Series) -> Column | None:
    """Return the column of the library that a card means by a name: of its own table, else of the first whose codes the values are."""
    if name in TITLES:
        return None
    tables = [catalog.tables[table], *catalog.tables.values()] if table in catalog.tables else []
    found = [one.columns[name] for one in tables if name in one.columns]
    coded = {one.codes: one for one in reversed(found) if one.codes is not None}
    if not coded:
        return found[0] if found else None
    used = set(values.dropna())
    return next(
        (one for codes, one in reversed(coded.items()) if used <= set(code_list(codes).codes)), found[0]
    )
