"""Words: ``shuju.text.tokens.cut`` beside jieba with the same user dictionary, on the real letters.

    python -m bench.tokens FOLDER

FOLDER holds the letters of 问政湖南 (附件2, 附件3, 附件4).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path

import pandas as pd
import python_calamine

from shuju.text.tokens import cut
from shuju.text.user_dictionary import jieba_tokenizer, tokenizer


def column_values(path: Path, columns: list[str]) -> list[str]:
    if path.suffix == ".csv":
        frame = pd.read_csv(path)
    else:
        rows = python_calamine.load_workbook(path).get_sheet_by_index(0).to_python()
        frame = pd.DataFrame(rows[1:], columns=rows[0])
    return [str(text) for column in columns for text in frame[column].dropna()]


def letters(folder: Path) -> dict[str, list[str]]:
    return {
        "titles, 附件3": column_values(folder / "附件3.xlsx", ["留言主题"]),
        "letters, 附件2": column_values(folder / "附件2_labelled_dev.csv", ["留言详情"]),
        "letters, 附件3": column_values(folder / "附件3.xlsx", ["留言详情"]),
        "letters, 附件4": column_values(folder / "附件4.xlsx", ["留言详情"]),
        "replies, 附件4": column_values(folder / "附件4.xlsx", ["答复意见"]),
    }


def seconds_of(call: Callable[[], list[list[str]]]) -> tuple[float, list[list[str]]]:
    started = time.perf_counter()
    found = call()
    return time.perf_counter() - started, found


def main(folder: Path) -> None:
    reference = jieba_tokenizer()
    tokenizer()
    print(f"{'texts':16} {'number':>7} {'MB':>6} {'jieba s':>8} {'cut s':>7} {'times':>6} {'equal':>9}")
    for name, texts in letters(folder).items():
        megabytes = sum(len(text.encode()) for text in texts) / 1e6
        slow, expected = seconds_of(lambda texts=texts: [reference.lcut(text) for text in texts])
        fast, found = min((seconds_of(lambda texts=texts: cut(texts)) for _ in range(3)), key=lambda x: x[0])
        equal = sum(a == b for a, b in zip(found, expected, strict=True)) / len(texts)
        print(
            f"{name:16} {len(texts):7,} {megabytes:6.2f} {slow:8.2f} {fast:7.3f} {slow / fast:6.1f} {equal:9.4%}"
        )
        for a, b in zip(found, expected, strict=True):
            if a != b:
                first = next(i for i, (x, y) in enumerate(zip_longest(a, b)) if x != y)
                print("   differs:", a[first : first + 2], "jieba:", b[first : first + 2])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
