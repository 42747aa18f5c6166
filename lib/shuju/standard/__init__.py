"""The data standard: regions and code lists, the same for every table of the library."""

from shuju.standard.codes import CodeList, code_list, code_lists
from shuju.standard.regions import Region, current_code, library_of, region, regions, regions_within

__all__ = [
    "CodeList",
    "Region",
    "code_list",
    "code_lists",
    "current_code",
    "library_of",
    "region",
    "regions",
    "regions_within",
]
