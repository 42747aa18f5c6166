"""The catalog: ``data_catalog.yaml`` read into strict, typed entries.

A table says what the library holds, a source says where raw data comes from and how its
fields become the table's. Whatever is wrong is reported with its file, line and column.
"""

from shuju.catalog.entries import Catalog, Column, FieldMapping, Input, Source, Table, did_you_mean
from shuju.catalog.options import ReaderName, TransformName
from shuju.catalog.reading import default_path, read, source_names
from shuju.catalog.yaml_text import CatalogError

__all__ = [
    "Catalog",
    "CatalogError",
    "Column",
    "FieldMapping",
    "Input",
    "ReaderName",
    "Source",
    "Table",
    "TransformName",
    "default_path",
    "did_you_mean",
    "read",
    "source_names",
]
