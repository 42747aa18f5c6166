"""Administrative regions by GB/T 2260: the province, its prefectures and its counties, as its pack has them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from shuju.standard.codes import list_rows


@dataclass(frozen=True)
class Region:
    """One region; ``level`` is ``province``, ``prefecture`` or ``county``.

    ``population_2020`` is the census count in people, known for the province and its
    prefectures; ``old_code`` is the code before the county's last renaming, if any. ``short_name_is``: what the short
    name is besides: a ``word`` (凤凰), first of all a word (``common``: 通道), a ``verb`` (会同), nothing.
    """

    code: str
    name: str
    short_name: str
    level: str
    parent_code: str | None
    population_2020: int | None
    old_code: str | None
    short_name_is: str | None = None


@cache
def regions(level: str | None = None) -> tuple[Region, ...]:
    """Return the regions in the order of their codes, all or those of one ``level``."""
    found = tuple(
        Region(
            code=row["code"],
            name=row["name"],
            short_name=row["short_name"],
            level=row["level"],
            parent_code=row["parent_code"] or None,
            population_2020=int(row["population_2020"]) if row["population_2020"] else None,
            old_code=row["old_code"] or None,
            short_name_is=row.get("short_name_is") or None,
        )
        for row in list_rows("regions")
    )
    return tuple(r for r in found if level is None or r.level == level)


def province() -> Region:
    """Return the province itself."""
    return regions("province")[0]


@cache
def _by_code() -> dict[str, Region]:
    return {r.code: r for r in regions()} | {r.old_code: r for r in regions() if r.old_code}


def region(code: str) -> Region:
    """Return the region of a code, old or new; a ``KeyError`` says that there is none."""
    found = _by_code().get(code)
    if found is None:
        raise KeyError(f"行政区划代码 {code!r} 不是{province().name}的省、市州或县市区")
    return found


@cache
def regions_within(code: str) -> tuple[str, ...]:
    """Return the codes of the regions that lie in a region, itself left out; none for a code that is unknown."""
    direct = [r.code for r in regions() if r.parent_code == code]
    return tuple(inner for child in direct for inner in (child, *regions_within(child)))


def current_code(code: str) -> str:
    """Return the code now in force for ``code``, that of a county before its renaming too."""
    return region(code).code


def library_of(code: str) -> str:
    """Return the library (the province's code or a prefecture's) that a region's records belong to."""
    found = region(code)
    return found.code if found.level != "county" else str(found.parent_code)
