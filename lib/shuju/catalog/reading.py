"""Catalog files read, put together and proved."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from shuju.catalog.entries import Catalog, Source, Table
from shuju.catalog.proofs import known_entries, model_fault, source_faults
from shuju.catalog.yaml_text import CatalogError, Document, parse
from shuju.standard import PackError, pack, use_province


def default_path() -> Path:
    """Return the shipped catalog: beside the package when installed, else at the root of the checkout."""
    packaged = Path(__file__).parents[1] / "data_catalog.yaml"
    return packaged if packaged.exists() else Path(__file__).parents[3] / "data_catalog.yaml"


def read(*more: Path) -> Catalog:
    """Return the shipped catalog together with those of ``SHUJU_CATALOG`` and ``more``.

    Later files add tables and sources; to name one that is already there is an error. The last that names a province
    puts it in force.
    ``SHUJU_CATALOG`` holds paths apart by ``os.pathsep``.

    Raises:
        CatalogError: one line a fault, each with its file, line and column.
    """
    extra = [Path(p) for p in os.environ.get("SHUJU_CATALOG", "").split(os.pathsep) if p]
    documents = [parse(path) for path in (default_path(), *extra, *more)]
    _choose_province(documents)
    faults: list[str] = []
    tables: dict[str, Table] = {}
    sources: dict[str, Source] = {}
    document_of: dict[tuple[str, str], Document] = {}
    for document in documents:
        faults += document.doubled
        try:
            part = Catalog.model_validate(document.data)
        except ValidationError as error:
            # A list all of whose entries are at fault is also told to be empty: that says nothing more.
            told = (e for e in error.errors() if e["type"] != "too_short" or not e["input"])
            found = (model_fault(e, known_entries(e["loc"])) for e in told)
            faults += [f"{document.place(where)}：{said}" for where, said in found]
            continue
        for kind, entries, all_entries in (
            ("tables", part.tables, tables),
            ("sources", part.sources, sources),
        ):
            for name, entry in entries.items():
                if name in all_entries:
                    first = document_of[kind, name].place((kind, name))
                    faults.append(f"{document.place((kind, name))}：{name!r} 已在 {first} 写过")
                all_entries[name] = entry
                document_of[kind, name] = document
    if not faults:
        faults = [
            f"{document_of['sources', name].place(where)}：{message}"
            for name, source in sources.items()
            for where, message in source_faults(
                name, source, tables, document_of["sources", name].path.parent
            )
        ]
    if faults:
        raise CatalogError("\n".join(faults))
    return Catalog(version=1, province=pack().code, tables=tables, sources=sources)


def _choose_province(documents: list[Document]) -> None:
    """Put the province in force that the last of the catalogs names: code lists and regions are its."""
    for document in reversed(documents):
        named = document.data.get("province") if isinstance(document.data, dict) else None
        if named is not None:
            try:
                use_province(str(named), document.path.parent)
            except PackError as error:
                raise CatalogError(f"{document.place(('province',))}：{error}") from None
            return


def source_names(path: Path) -> list[str]:
    """Return the names of the sources that a catalog file describes."""
    data = parse(path).data
    sources = data.get("sources") if isinstance(data, dict) else None
    return list(sources) if isinstance(sources, dict) else []
