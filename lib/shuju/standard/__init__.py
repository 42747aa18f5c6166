"""The data standard: regions and code lists, the same for every table of the library."""

from shuju.standard.codes import CodeList, code_list, code_lists, list_rows
from shuju.standard.pack import Pack, PackError, pack, use_province
from shuju.standard.regions import Region, current_code, library_of, province, region, regions, regions_within

__all__ = [
    "CodeList",
    "Pack",
    "PackError",
    "Region",
    "code_list",
    "code_lists",
    "current_code",
    "library_of",
    "list_rows",
    "pack",
    "province",
    "region",
    "regions",
    "regions_within",
    "use_province",
]
