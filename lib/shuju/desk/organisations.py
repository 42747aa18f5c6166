"""The organisation tree (组织机构): 省 → 市州 → 县市区 from the standard's regions; departments are added below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from sqlalchemy import Engine, insert, select

from shuju.desk.tables.accounts import organisations
from shuju.standard import library_of, region, regions, regions_within

MOST_NAMED = 5
c = organisations.c


@dataclass(frozen=True)
class Organisation:
    """A government of a region, or a department of one: ``department`` is its name as letters have it."""

    id: int
    parent_id: int | None
    name: str
    region_code: str
    department: str | None


@dataclass(frozen=True)
class Answerable:
    """What an organisation and those below it answer for: regions, the prefecture's library if all are of one, departments."""

    regions: tuple[str, ...]
    library: str
    departments: tuple[str, ...]


def plant_regions(desk: Engine) -> None:
    """Put the regions of the standard into the tree that are not in it."""
    with desk.begin() as connection:
        known = {
            row.region_code: row.id
            for row in connection.execute(select(organisations).where(c.department.is_(None)))
        }
        by_level = sorted(regions(), key=lambda r: ("province", "prefecture", "county").index(r.level))
        for place in by_level:
            if place.code not in known:
                row = {
                    "parent_id": known.get(place.parent_code or ""),
                    "name": place.name,
                    "region_code": place.code,
                }
                made = connection.execute(insert(organisations).values(**row)).inserted_primary_key
                known[place.code] = made[0]


def add_department(desk: Engine, region_code: str, name: str, under: int | None = None) -> Organisation:
    """Add a department of a region, ``under`` another department or the region itself; ``name`` is as letters have it.

    Raises:
        ValueError: no such region, no name, or the department is there.
    """
    name = " ".join(name.split())
    if not name:
        raise ValueError("请给出部门名称")
    place = of_region(desk, region_code)
    if any(o.department == name and o.region_code == place.region_code for o in all_organisations(desk)):
        raise ValueError(f"{place.name}已有部门“{name}”")
    row = {
        "parent_id": under or place.id,
        "name": name,
        "region_code": place.region_code,
        "department": name,
    }
    with desk.begin() as connection:
        made = connection.execute(insert(organisations).values(**row)).inserted_primary_key
    return Organisation(made[0], row["parent_id"], name, place.region_code, name)


def of_region(desk: Engine, code: str) -> Organisation:
    """Return the government of a region.

    Raises:
        ValueError: no such region.
    """
    plant_regions(desk)
    try:
        code = region(code).code
    except KeyError:
        raise ValueError(f"没有行政区划 {code!r}") from None
    with desk.connect() as connection:
        row = connection.execute(
            select(organisations).where(c.region_code == code, c.department.is_(None))
        ).one()
    return Organisation(*row)


def all_organisations(desk: Engine) -> list[Organisation]:
    """Return the whole tree, in the order in which it grew."""
    with desk.connect() as connection:
        return [Organisation(*row) for row in connection.execute(select(organisations).order_by(c.id))]


def answerable(desk: Engine, organisation_id: int) -> Answerable:
    """Return what an organisation answers for, with all below it. O(organisations).

    Raises:
        ValueError: there is none of this number.
    """
    every = all_organisations(desk)
    top = next((o for o in every if o.id == organisation_id), None)
    if top is None:
        raise ValueError("没有这个机构")
    codes = (top.region_code, *regions_within(top.region_code))
    library = library_of(top.region_code)
    is_prefecture = region(top.region_code).level == "prefecture"
    if top.department is None:
        return Answerable(codes, library if is_prefecture else "", ())
    below = {top.id}
    for other in every:  # parents come before their children
        if other.parent_id in below:
            below.add(other.id)
    names = sorted({o.department for o in every if o.id in below and o.department})
    return Answerable(codes, library if is_prefecture else "", tuple(names))


def below(desk: Engine, organisation_id: int) -> frozenset[int]:
    """Return the numbers of an organisation and of all below it. O(organisations)."""
    found = {organisation_id}
    for other in all_organisations(desk):  # parents come before their children
        if other.parent_id in found:
            found.add(other.id)
    return frozenset(found)


def full_name(organisation: Organisation) -> str:
    """Return what an organisation is called where its region is not told beside it: 长沙市住建局."""
    if organisation.department is None:
        return organisation.name if organisation.name.endswith("人民政府") else f"{organisation.name}人民政府"
    place = region(organisation.region_code).name
    return organisation.name if organisation.name.startswith(place[:2]) else place + organisation.name


def find_organisation(desk: Engine, told: str) -> Organisation:
    """Return an organisation by its number, its full name, or the name of its region.

    Raises:
        ValueError: there is none of this name, or several; the message names those that are meant perhaps.
    """
    told = "".join(told.split())
    every = all_organisations(desk)
    found = [o for o in every if told in (str(o.id), full_name(o))]
    found = found or [o for o in every if o.name == told]
    if len(found) == 1:
        return found[0]
    if found:
        names = "、".join(full_name(o) for o in found[:MOST_NAMED])
        raise ValueError(f"有 {len(found)} 个单位叫“{told}”，请写全称：{names}")
    near = near_names(told, [full_name(o) for o in every])
    meant = f"；相近的有：{'、'.join(near)}" if near else ""
    raise ValueError(f"没有单位“{told}”{meant}。新单位由管理员在“账号”页增加")


def near_names(told: str, names: Sequence[str], n: int = MOST_NAMED) -> list[str]:
    """Return the names that a name is perhaps meant for, the nearest first: those that it is part of, then those spelt alike."""
    within = sorted((name for name in names if told and told in name), key=len)
    return list(dict.fromkeys([*within, *get_close_matches(told, names, n, 0.5)]))[:n]
