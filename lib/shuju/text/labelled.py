"""Labelled letters (已标注的来信) for training, from a CSV, XLSX or Parquet file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

NAMES = {
    "title": ("title", "留言主题", "来信标题"),
    "body": ("body", "留言详情", "来信内容"),
    "topic_1": ("topic_1", "一级标签", "一级主题", "一级分类"),
    "weight": ("weight", "权重"),
}
REVIEWED = "模型判定"  # a review list has this column; what nobody answered yet teaches nothing
WEIGHTS = (0.0, 100.0)  # above the first, up to the second


def read_labelled(path: Path) -> pd.DataFrame:
    """Return the labelled letters of a file: ``title`` and ``body`` (text or missing), ``topic_1``, ``weight``.

    Columns may have the names of the standard or those of ``NAMES``; title and weight (1) may be missing.
    Raises ``ValueError``, which says in Chinese what is wrong: no such file, another format, a column that
    is missing, a letter without label or without text, a weight that is none.
    """
    frame = _read(path)
    columns = {}
    for name, known in NAMES.items():
        there = [column for column in known if column in frame.columns]
        if there:
            columns[name] = frame[there[0]]
        elif name in ("body", "topic_1"):
            raise ValueError(
                f"{path.name} 缺少列“{known[1]}”（或 {name}）；现有列：{'、'.join(map(str, frame.columns))}"
            )
    found = pd.DataFrame(columns, columns=list(NAMES)).reset_index(drop=True)
    if not len(found):
        raise ValueError(f"{path.name} 中没有来信")
    if REVIEWED in frame.columns:
        found = found[found["topic_1"].map(_is_text)].reset_index(drop=True)
        if not len(found):
            raise ValueError(f"{path.name} 是复核清单，但还没有填写任何一级标签")
    weight = pd.to_numeric(found["weight"], errors="coerce").where(found["weight"].notna(), 1.0)
    found["weight"] = weight.astype(float)
    has_text = found["title"].map(_is_text) | found["body"].map(_is_text)
    for is_bad, what in (
        (~found["topic_1"].map(_is_text), "没有一级标签"),
        (~has_text, "既无标题也无正文"),
        (
            ~((weight > WEIGHTS[0]) & (weight <= WEIGHTS[1])),
            f"权重应大于 {WEIGHTS[0]:g}、不超过 {WEIGHTS[1]:g}",
        ),
    ):
        if is_bad.any():
            lines = "、".join(str(n + 2) for n in is_bad.to_numpy().nonzero()[0][:5])
            raise ValueError(f"{path.name} 有 {int(is_bad.sum())} 封来信{what}（第 {lines} 行…）")
    found["topic_1"] = found["topic_1"].str.strip()
    return found


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise ValueError(f"没有文件 {path}")
    try:
        match path.suffix.lower():
            case ".csv":
                return _read_csv(path)
            case ".xlsx" | ".xls":
                return pd.read_excel(path, engine="calamine")
            case ".parquet":
                return pd.read_parquet(path)
    except Exception as error:  # every parser has errors of its own
        raise ValueError(f"{path.name} 无法读取：{error}") from error
    raise ValueError(f"{path.name} 的格式不受支持；可用 CSV、XLSX、Parquet")


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, encoding="utf-8-sig")
    except UnicodeDecodeError:
        return pd.read_csv(path, encoding="gb18030")
