"""数聚 (shuju): an analytical workbench over a province's government-website library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from shuju.kernels import keep_by_sources

if TYPE_CHECKING:
    import dask.dataframe as dd

    from shuju.library import Library

__version__ = "0.1.0"
__all__ = ["load", "open"]

keep_by_sources(Path(__file__).parent)


def open(home: str | Path | None = None) -> Library:  # noqa: A001 - shuju.open reads as it should
    """Open the library at ``home`` (else ``SHUJU_HOME``, else ``~/.shuju``)."""
    from shuju.library import open_library

    return open_library(home)


def load(table: str, **options: Any) -> dd.DataFrame:
    """Return a table of the default library as a lazy dataframe; see ``Library.load``."""
    return open().load(table, **options)
