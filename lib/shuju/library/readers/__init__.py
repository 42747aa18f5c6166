"""Readers: one file each, streaming raw rows as batches of strings, memory bounded whatever the size.

A reader is a module with two functions: ``units(entry, location)`` lists what there is to read
(files, queries, feeds), each with a fingerprint that changes when its content does, and
``read(unit, options)`` streams one of them.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

MODULES = {
    "csv": "csv_files",
    "docx": "docx_files",
    "json": "json_files",
    "xlsx": "xlsx_files",
    "parquet": "parquet_files",
    "html": "html_pages",
    "pdf": "pdf_files",
    "sql": "sql_queries",
    "feed": "web_feeds",
    "sitemap": "web_sitemaps",
}


def reader(name: str) -> ModuleType:
    """Return the module of the reader ``name`` of the catalog."""
    return import_module(f"{__name__}.{MODULES[name]}")
