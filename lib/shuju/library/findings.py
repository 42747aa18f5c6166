"""What is found in the values of a field and told of their file (发现): words that mean nothing, errors of spreadsheets, spoilt texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuju.catalog import Column
from shuju.library.spoilt import spoilt
from shuju.text import personal

_WIDE = r"[\x{ff01}-\x{ff5e}]"
_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
EXAMPLE = 20  # characters of a spoilt text that are shown


@dataclass(frozen=True)
class Finding:
    """What was found in one field: ``kind`` null_word, error_word, spoilt or wide; ``at``: positions in the batch.

    ``example``: what happened to the first spoilt text, and how it begins.
    """

    field: str
    kind: str
    at: np.ndarray
    example: str = ""


@dataclass
class Words:
    """Which rows held a word that means nothing, in any of the raw fields that a field is made of."""

    nulls: list[np.ndarray] = field(default_factory=list)
    errors: list[np.ndarray] = field(default_factory=list)


def found_in(raw: pa.Array, words: Words, name: str, column: Column, is_private: bool) -> Iterator[Finding]:
    """Yield what is found in a field: words where nothing else filled it, and texts that were spoilt before they came."""
    is_empty = np.asarray(raw.is_null())
    for kind, hits in (("null_word", words.nulls), ("error_word", words.errors)):
        if hits and (at := np.flatnonzero(np.logical_or.reduce(hits) & is_empty)).size:
            yield Finding(name, kind, at)
    if column.type in ("string", "text") and not is_private and (found := spoilt(raw)):
        at, said = found[0]
        begins = personal.without_identity_numbers(" ".join(raw[at].as_py().split()))[:EXAMPLE]
        yield Finding(name, "spoilt", np.array([at for at, _ in found]), f"{said}，如 {begins!r}")


def half_width(raw: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Return numbers of things with full-width signs (Ａ１) as half-width ones, which are the same, and the positions of those."""
    wide = np.flatnonzero(np.asarray(pc.fill_null(pc.match_substring_regex(raw, _WIDE), False)))
    if not len(wide):
        return raw, wide
    values = raw.to_pylist()
    for at in wide.tolist():
        values[at] = values[at].translate(_HALF)
    return pa.array(values, pa.string()), wide


@dataclass
class Found:
    """What was found in a file so far: by field and kind the number of rows, and the first example."""

    rows: dict[tuple[str, str], int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, finding: Finding, n: int) -> None:
        """Add ``n`` rows of a finding."""
        if n:
            at = (finding.field, finding.kind)
            self.rows[at] = self.rows.get(at, 0) + n
            if finding.example:
                self.examples.setdefault(finding.field, finding.example)

    def null_words(self, name: str) -> int:
        """Return how many rows of a field held a word such as NULL."""
        return self.rows.get((name, "null_word"), 0)

    def told(self, titles: Mapping[str, str]) -> Sequence[str]:
        """Return one Chinese sentence for each field with errors of a spreadsheet or spoilt texts."""
        said = []
        for (name, kind), n in self.rows.items():
            called = f"{titles.get(name, name)}（{name}）"
            if kind == "error_word":
                said.append(f"{called}：{n:,} 行是 #N/A、#REF! 之类的表格错误值，已留空：请在原表中改正公式")
            elif kind == "spoilt":
                said.append(f"{called}：{n:,} 行文字已成乱码（{self.examples[name]}）：请从原系统重新导出")
            elif kind == "wide":
                said.append(f"{called}：{n:,} 行写有全角字符，已按半角记（Ａ1 与 A1 是同一个）")
        return said
