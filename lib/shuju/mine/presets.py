"""What the page of a new account shows (预设), by role, organisation and field: nothing is chosen by hand, and it is full at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from shuju.access.roles import ANALYST, DEPARTMENT, LEADER, OPERATOR
from shuju.access.subject import Subject
from shuju.desk.board_content import Content, Item
from shuju.mine.fields import FIELDS, topics_of
from shuju.standard import province, region

TODAY, LETTERS, SPREAD, SITES = "要情", "群众来信", "文件传播", "网站"


@dataclass(frozen=True)
class Place:
    """Where a card of a preset stands: its name, options and filters, under which heading, how large."""

    card: str
    section: str
    columns: int
    rows: int
    options: tuple[tuple[str, str], ...] = ()
    title: str = ""


_NOW = (
    Place("letters.headline", TODAY, 12, 2),
    Place("hot_issues.warned", TODAY, 4, 3),
    Place("hot_issues.alive", TODAY, 4, 3),
    Place("cascades.newest", TODAY, 4, 3),
)
_LETTERS = (
    Place("letters.trend", LETTERS, 8, 3),
    Place("letters.words", LETTERS, 4, 3, (("day", "last-30"),), "近 30 天的关键词"),
    Place("letters.map", LETTERS, 6, 4, (("day", "last-365"),), "近一年来信地图"),
    Place("letters.facets", LETTERS, 6, 4, (("day", "last-30"),), "近 30 天来信的构成"),
)
_SPREAD = (
    Place("cascades.headline", SPREAD, 12, 2),
    Place("cascades.places", SPREAD, 6, 4),
    Place("cascades.properties", SPREAD, 6, 4),
)
_OWN = (
    Place("letters.headline", TODAY, 12, 2),
    Place("hot_issues.alive", TODAY, 6, 3),
    Place("letters.list", TODAY, 6, 3, (("answer", "unanswered"),), "还没有答复的来信"),
)
# Of a government; a department counts no others' letters, so it is shown no warnings.
_GOVERNMENT = (
    Place("letters.headline", TODAY, 12, 2),
    Place("hot_issues.warned", TODAY, 6, 3),
    Place("hot_issues.alive", TODAY, 6, 3),
    Place("letters.list", TODAY, 12, 3, (("answer", "unanswered"),), "还没有答复的来信"),
)
_OWN_SITES = (Place("records.headline", SITES, 12, 2), Place("records.trend", SITES, 12, 3))
PRESETS: dict[str, tuple[Place, ...]] = {
    LEADER: (*_NOW, *_LETTERS, *_SPREAD, *_OWN_SITES),
    ANALYST: (
        *_NOW,
        *_LETTERS,
        Place("letters.list", LETTERS, 12, 4),
        *_SPREAD,
        Place("cascades.trend", SPREAD, 12, 3),
        *_OWN_SITES,
    ),
    "government": (*_GOVERNMENT, *_LETTERS, *_OWN_SITES),
    "department": (*_OWN, *_LETTERS[:2], Place("cascades.newest", SPREAD, 12, 3)),
    OPERATOR: (
        Place("records.headline", SITES, 12, 2),
        Place("records.raster", SITES, 7, 4),
        Place("records.map", SITES, 5, 4),
        Place("records.trend", SITES, 12, 3),
        Place("records.list", SITES, 12, 3),
        Place("cascades.headline", SPREAD, 12, 2),
        Place("cascades.departments", SPREAD, 12, 4),
    ),
}


def kind_of(by: Subject) -> str:
    """Return which preset is a person's: that of the role, and of who answers for places the government's or the department's."""
    if by.role != DEPARTMENT:
        return by.role
    return "department" if by.departments else "government"


def preset(by: Subject, field: str = "") -> Content:
    """Return what a person's page shows before they change it; ``field`` narrows it to the topics of a deputy."""
    return Content(
        tuple(
            _item(number, place, by, topics_of(field)) for number, place in enumerate(PRESETS[kind_of(by)], 1)
        )
    )


def title_of(by: Subject, field: str = "") -> str:
    """Return what such a page is called."""
    if by.role == LEADER and field in FIELDS:
        return f"分管副省长：{FIELDS[field].title}"
    return f"{by.organisation}的首页" if by.organisation else "我的首页"


def _item(number: int, place: Place, by: Subject, topics: Sequence[str]) -> Item:
    told = dict(place.options)
    table = place.card.partition(".")[0]
    if topics and table != "records":
        told["topic"] = ",".join(topics)
    if table == "records" and (own := own_region(by)):
        told["region"] = own
    query = urlencode(told, safe=",_")
    return Item(
        number,
        f"{place.card}?{query}" if query else place.card,
        place.title,
        "",
        place.section,
        place.columns,
        place.rows,
    )


def own_region(by: Subject) -> str:
    """Return the region that a person answers for, empty for the province or for nobody's."""
    if not by.regions or province().code in by.regions:
        return ""
    levels = ("prefecture", "county")
    return min(by.regions, key=lambda code: (levels.index(region(code).level), code))
