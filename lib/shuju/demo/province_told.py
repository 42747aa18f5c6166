"""What the pack tells of the synthetic province (``demo:`` in its ``province.yaml``), and the usual where it tells nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from shuju.standard import pack, province, regions

MOST_OWN_PLATFORMS, HTML_COUNTIES = 3, 3


@dataclass(frozen=True)
class Told:
    """The names that the synthetic province bears.

    ``abbreviation`` begins document numbers and number plates (湘); ``domains``, ``area_codes``: by prefecture.
    ``own_platforms``: the prefectures with a platform of their own, which writes CSV; ``html_counties``: the counties
    whose portals come as folders of pages.
    """

    abbreviation: str
    domain: str
    media: Mapping[str, str]
    think_tank: str
    neighbours: tuple[str, ...]
    domains: Mapping[str, str]
    area_codes: Mapping[str, str]
    own_platforms: tuple[str, ...]
    html_counties: tuple[str, ...]


@cache
def told() -> Told:
    """Return what the pack in force tells."""
    own = pack()
    demo = own.told.get("demo") or {}
    here = province()
    abbreviation = str(own.told.get("abbreviation") or here.name[0])
    prefectures = [r.code for r in regions("prefecture")]
    counties = [r.code for r in regions("county")]
    domains = {str(code): name for code, name in (demo.get("domains") or {}).items()}
    area_codes = {str(code): number for code, number in (demo.get("area_codes") or {}).items()}
    return Told(
        abbreviation=abbreviation,
        domain=demo.get("domain") or f"p{here.code[:2]}",
        media=demo.get("media") or {f"{here.short_name}新闻网": "news", f"{here.short_name}观察": "guancha"},
        think_tank=demo.get("think_tank") or f"{here.short_name}智库",
        neighbours=tuple(demo.get("neighbours") or (abbreviation,)),
        domains={code: domains.get(code, f"s{code[2:4]}") for code in prefectures},
        area_codes={code: area_codes.get(code, "0999") for code in prefectures},
        own_platforms=tuple(demo.get("own_platforms") or prefectures[1 : 1 + MOST_OWN_PLATFORMS]),
        html_counties=tuple(demo.get("html_counties") or counties[:HTML_COUNTIES]),
    )
