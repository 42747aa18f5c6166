"""数聚 (shuju): an analytical workbench over a province's government-website library."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shuju.kernels import keep_by_sources

if TYPE_CHECKING:
    import dask.dataframe as dd
    import pandas as pd

    from shuju.facts.selection import Selection
    from shuju.facts.subset import RowSet
    from shuju.library import Library

__version__ = "0.1.0"
__all__ = ["cards", "extension", "grid", "load", "open", "search", "select", "whatif"]

# What can be selected, and the module whose ``selection(library, …)`` does it.
TABLES = {
    "records": "shuju.records.facts",
    "letters": "shuju.letters.facts",
    "hot_issues": "shuju.letters.issue_selection",
    "warnings": "shuju.letters.warning_selection",
    "cascades": "shuju.spread.documents",
}

keep_by_sources(Path(__file__).parent)


def open(home: str | Path | None = None) -> Library:  # noqa: A001 - shuju.open reads as it should
    """Open the library at ``home`` (else ``SHUJU_HOME``, else ``~/.shuju``)."""
    from shuju.library import open_library

    return open_library(home)


def load(table: str, **options: Any) -> dd.DataFrame:
    """Return a table of the default library as a lazy dataframe; see ``Library.load``."""
    return open().load(table, **options)


def select(
    table: str, home: str | Path | None = None, *, row_set: RowSet | None = None, **filters: Any
) -> Selection:
    """Return a selection of a table's rows: ``select("letters", topic=["环境保护"])``; see ``Selection``.

    Raises:
        FactsError: a table, a dimension or a label that does not exist; the message suggests the nearest.
    """
    from shuju.catalog import did_you_mean
    from shuju.facts import FactsError

    if not isinstance(table, str) or table not in TABLES:
        raise FactsError(did_you_mean("可选的表", table, TABLES))
    return import_module(TABLES[table]).selection(open(home), row_set, **filters)


def search(
    query: str, kind: str | None = None, home: str | Path | None = None, n: int = 20, **filters: Any
) -> pd.DataFrame:
    """Return what is found, the best ``n`` of each kind: ``search("物业收费", "letters", topic=["环境保护"])``.

    ``kind`` is letters, records, hot_issues or cascades (documents that were carried); ``filters`` are those of
    ``select`` and need one. Columns: ``kind, key, title, excerpt, at, region_code, topic_1``; ``attrs`` hold how many
    there are of each kind (``n``) and what was looked for instead where nothing was found (``told``).

    Raises:
        FactsError: nothing to look for, no such kind or filter, or no index.
    """
    from shuju.facts import FactsError
    from shuju.fulltext.table import search_table

    if not isinstance(query, str):
        raise FactsError(f'要找的词应写成文字，如 "物业收费"，不能是 {query!r}')
    if filters and kind is None:
        raise FactsError('按条件检索时须写明种类，如 shuju.search("物业收费", "letters", region=["430104"])')
    keys = select(kind, home, **filters).all_keys() if filters and kind is not None else None
    return search_table(open(home), query, kind, n, keys)


def cards() -> pd.DataFrame:
    """Return every view that ``Selection.card`` can show."""
    from shuju.facts import cards as table

    return table.cards()


def grid(*rows: Any, **options: Any) -> Any:
    """Arrange the cards of a notebook's page; see ``shuju.ui.grid.grid``."""
    from shuju.ui.grid import grid as arrange

    return arrange(*rows, **options)


def __getattr__(name: str) -> Any:
    """Load ``shuju.whatif`` when it is first asked for."""
    if name == "whatif":
        return import_module("shuju.whatif")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def extension() -> None:
    """Make cards work in a notebook: load what the browser needs, from this machine. Nothing on a served page."""
    from shuju.ui.notebook import extension as load_extension

    load_extension()
