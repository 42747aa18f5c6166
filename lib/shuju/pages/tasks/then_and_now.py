"""The records behind a task's figure as they stood when it was assigned, and as they stand now (当时与现在).

The library keeps every version of its tables, so what was counted then can be read again; where a version is gone, that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote

import pandas as pd

from shuju import select
from shuju.access import NotAllowedError, require_sight
from shuju.desk.tasks.evidence import Evidence
from shuju.facts.cards import find
from shuju.facts.fact_selection import FactSelection
from shuju.facts.schema import FactsError
from shuju.letters.as_they_stood import letters_at
from shuju.library import Library, LibraryError
from shuju.ui.templates import cut, day

SHOWN = 20
MOST = 20_000  # rows that are read again
GONE = "那时的版本已不再保存，只有当时记下的数"
# Of each table: its key, its time, where a row is read.
TABLES: Mapping[str, tuple[str, str, str]] = {
    "letters": ("letter_id", "written_at", "letter"),
    "records": ("record_id", "published_at", "record"),
    "reprints": ("record_id", "published_at", "record"),
    "warnings": ("warning_id", "day", ""),
}


@dataclass(frozen=True)
class Row:
    """One record: what it is called, its day, what is to be said of it, where it is read; ``is_other``: the other side lacks it."""

    key: str
    title: str
    day: str
    note: str
    address: str
    is_other: bool = False


@dataclass(frozen=True)
class Side:
    """The records of one time, the newest ``SHOWN`` of ``n``; ``why`` tells in Chinese why there are none to see."""

    n: int
    rows: tuple[Row, ...]
    why: str = ""


def then_and_now(library: Library, proof: Evidence) -> tuple[Side, Side]:
    """Return the records behind a figure then and now, as the visitor may see them. O(rows behind it)."""
    if proof.n_rows > MOST:
        why = f"记录有 {proof.n_rows:,} 条，太多，不在这里逐条列出；请到原页面查看或下载"
        return Side(proof.n_rows, (), why), Side(0, (), why)
    try:
        table, read = _reader(library, proof)
        if not library.scope.keys_of(table):  # else some rows are seen, if only one by one
            require_sight(library.scope, table)
    except (FactsError, NotAllowedError) as error:
        return Side(0, (), str(error)), Side(0, (), str(error))
    sides = _read(table, read, proof, GONE), _read(table, read, None, "现在读不到这些记录")
    then, today = (None if isinstance(side, Side) else set(side["key"]) for side in sides)
    return _side(table, sides[0], today), _side(table, sides[1], then)


Read = Callable[[int | Any | None], pd.DataFrame]


def _read(table: str, read: Read, proof: Evidence | None, why: str) -> pd.DataFrame | Side:
    try:
        found = read(None if proof is None else _version(proof, table))
    except (LibraryError, OSError) as error:
        return Side(0, (), f"{why}（{error}）")
    key, time, _ = TABLES[table]
    return found.rename(columns={key: "key"}).sort_values(
        [time, "key"], ascending=[False, True], ignore_index=True
    )


def _version(proof: Evidence, table: str) -> int | Any:
    """Return the version of a table that a figure was of; where none was noted, the time at which it was noted."""
    told = dict(one.rsplit("@", 1) for one in proof.library_version.split() if "@" in one)
    return int(told[table]) if told.get(table, "").isdecimal() else proof.at


def _side(table: str, found: pd.DataFrame | Side, others: set[str] | None) -> Side:
    if isinstance(found, Side):
        return found
    time, page = TABLES[table][1:]
    rows = [
        Row(
            row["key"], cut(row["title"], 60), day(row[time]), row["note"],
            f"{page}?id={quote(str(row['key']), safe='')}" if page else "", others is not None and row["key"] not in others,
        )
        for row in found.head(SHOWN).to_dict("records")
    ]  # fmt: skip
    return Side(len(found), tuple(rows))


def _reader(library: Library, proof: Evidence) -> tuple[str, Read]:
    """Return which table holds the records behind a figure, and what reads them at a version.

    Raises:
        FactsError: they are no records of a table that keeps its versions.
    """
    asked = dict(parse_qsl(proof.filters))

    def of(table: str, columns: list[str], where: Mapping[str, Any], note: Callable[[Any], str]) -> Read:
        def read(version: Any) -> pd.DataFrame:
            frame = library.load(table, columns, where, version).compute()
            return frame.assign(note=[note(row) for row in frame.to_dict("records")])

        return read

    letters = ["letter_id", "title", "written_at", "replied_at"]
    if "card" in asked:
        card = find(asked.pop("card"))
        selection = select(card.table, library.home.uri)
        if card.table not in TABLES or not isinstance(selection, FactSelection):
            raise FactsError("这张图卡的数由系统推算，没有逐条的旧记录可看；请看原页面")
        selection.take({name: value for name, value in asked.items() if name in selection.filter_names()})
        columns = letters if card.table == "letters" else ["record_id", "title", "published_at"]
        note = _answered if card.table == "letters" else _nothing
        return card.table, lambda version: _noted(selection.frame(columns, version).compute(), note)
    if "letter" in asked:
        return "letters", lambda version: _noted(
            letters_at(library, [asked["letter"]], letters, version), _answered
        )
    if "issue" in asked:
        return "letters", lambda version: _noted(
            _of_issue(library, asked["issue"], letters, proof, version), _answered
        )
    if "warning" in asked:
        columns = ["warning_id", "matter", "day", "n_observed", "n_expected", "n_upper"]
        read = of("warnings", columns, {"warning_id": asked["warning"]}, _warned)
        return "warnings", lambda version: read(version).rename(columns={"matter": "title"})
    if "document" in asked:
        where = {"origin_id": asked["document"]} | ({"site_id": asked["site"]} if "site" in asked else {})
        return "reprints", of("reprints", ["record_id", "title", "published_at"], where, _nothing)
    if "site" in asked:
        return "records", of(
            "records", ["record_id", "title", "published_at"], {"site_id": asked["site"]}, _nothing
        )
    raise FactsError("这件任务的依据没有逐条的记录")


def _of_issue(
    library: Library, issue_id: str, columns: list[str], proof: Evidence, version: Any
) -> pd.DataFrame:
    """Return the letters of an issue: who belonged to it then is told by the version of its members at that time."""
    of_members = None if version is None else _version(proof, "issue_letters")
    members = library.load("issue_letters", ["letter_id"], {"issue_id": issue_id}, of_members).compute()[
        "letter_id"
    ]
    return letters_at(library, members.tolist(), columns, version)


def _noted(frame: pd.DataFrame, note: Callable[[Any], str]) -> pd.DataFrame:
    return frame.assign(note=[note(row) for row in frame.to_dict("records")])


def _answered(row: Mapping[str, Any]) -> str:
    return "未答复" if pd.isna(row["replied_at"]) else f"{day(row['replied_at'])} 答复"


def _warned(row: Mapping[str, Any]) -> str:
    return f"实际 {row['n_observed']:.0f} 封，平常 {row['n_expected']:.0f} 封，上限 {row['n_upper']:.0f} 封"


def _nothing(row: Mapping[str, Any]) -> str:  # noqa: ARG001
    return ""
