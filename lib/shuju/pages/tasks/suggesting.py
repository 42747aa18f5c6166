"""To whom something is probably to be assigned (派单建议): only organisations that there are.

An organisation is one of the tree, or an office that letters went to. Where none is known for a matter, none is invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl

from sqlalchemy import Engine

from shuju.clock import now
from shuju.desk.memberships import organisations_with_people
from shuju.desk.organisations import Organisation, all_organisations, full_name, of_region
from shuju.desk.store import open_desk
from shuju.letters import routing
from shuju.letters.bureaus import bureau_called
from shuju.letters.offices import has_office, offices_within
from shuju.library import Library
from shuju.pages.tasks.figure import Figure
from shuju.standard import province, region, regions
from shuju.ui.templates import percent

LEAST_CHANCE = 0.02  # what is less likely is not worth reading
ASKED = 20  # suggestions of which those that there are remain


@dataclass(frozen=True)
class Suggestion:
    """An organisation that may be the right one: the share of such letters that it had, and how that was found.

    ``department`` is its name as letters have it, empty for a government; ``has_people`` tells whether anybody there would receive it.
    """

    organisation: str
    share: float | None
    why: str
    region_code: str
    department: str = ""
    has_people: bool = False


def suggested(library: Library, figure: Figure, n: int = 3) -> list[Suggestion]:
    """Return up to ``n`` departments, the likeliest first, and then the government of the region.

    That to which a letter went comes first; others by what its text says, or by where letters of the topic and region went. Without a
    region these are the offices with most of the topic's letters, wherever they are.
    """
    desk = open_desk(library.home)
    code = figure.region_code or province().code
    government = of_region(desk, code)
    tree = all_organisations(desk)
    found = {one.organisation: one for one in _own(figure, code)}
    if not library.scope.shows_nothing_of("letters") and library.version_of("letters") >= 0:
        for one in _learned(library, figure, code, tree):
            found.setdefault(one.organisation, one)
    first = list(found.values())[:n]
    return _with_people(desk, [*first, Suggestion(full_name(government), None, "属地政府", code)], tree)


def _own(figure: Figure, code: str) -> Iterator[Suggestion]:
    """Yield the department that a letter names itself, or whose site it is; one whose name begins with a region is of that region."""
    name = "".join(figure.department.split())
    if not name:
        return
    why = "网站主办单位" if figure.kind == "site" else "来信原承办部门"
    own = max((r for r in regions() if name.startswith(r.name)), key=lambda r: len(r.name), default=None)
    if own is not None:
        yield Suggestion(name, None, why, own.code, name)
    elif code != province().code:  # of which region's it is, is not known otherwise
        yield Suggestion(_named(code, name), None, why, code, name)


def _learned(library: Library, figure: Figure, code: str, tree: list[Organisation]) -> Iterator[Suggestion]:
    """Yield what the library's own letters taught: by the text of a letter, by topic and region of anything else."""
    taught = routing.newest(library)
    row = library.get("letters", dict(parse_qsl(figure.query))["letter"]) if figure.kind == "letter" else None
    level = region(code).level
    if row is not None:
        likely = taught.by_text([row["title"]], [row["body"]], ASKED)[0]
        why, right = "按来信内容", taught.card.get("text_3")
    else:
        likely = taught.by_rule(figure.topic, code, ASKED) if figure.topic and level != "province" else ()
        why, right = "按同主题、同地区来信的去向", taught.card.get("rule_3")
    sure = f"；前三位中有承办部门的占 {percent(right)}" if right is not None else ""
    for one in likely:
        known = _in_tree(tree, code, one.department)
        if one.chance < LEAST_CHANCE or (known is None and not has_office(taught.rule, code, one.department)):
            continue
        name = full_name(known) if known is not None else _named(code, one.department)
        yield Suggestion(name, one.chance, why + sure, code, one.department)
    if figure.topic and level != "county":
        where = "全省" if code == province().code else region(code).name
        for office in offices_within(taught.rule, figure.topic, code, ASKED):
            if office.share >= LEAST_CHANCE and office.region_code != province().code:
                name = _named(office.region_code, office.department)
                yield Suggestion(
                    name, office.share, f"{where}同主题来信中由其承办的占比", office.region_code, office.department
                )  # fmt: skip


def _in_tree(tree: list[Organisation], code: str, kind: str) -> Organisation | None:
    """Return the department of a region that is of a kind, by its name or as a bureau under another name."""
    own = [o for o in tree if o.region_code == code and o.department is not None]
    bureau = bureau_called(kind)
    alike = (o for o in own if kind == o.department or full_name(o).endswith(kind))
    same = (o for o in own if bureau is not None and bureau_called(o.department) == bureau)
    return next(alike, None) or next(same, None)


def _named(code: str, department: str) -> str:
    """Return the full name of a department, as ``full_name`` gives it."""
    return full_name(Organisation(0, None, department, code, department))


def _with_people(desk: Engine, found: list[Suggestion], tree: list[Organisation]) -> list[Suggestion]:
    """Return suggestions that tell whether anybody there has an account."""
    having = organisations_with_people(desk, at=now())
    # Where no organisation has any, people sign in without accounts (演示登录), and nothing is to be told of it.
    names = {full_name(o) for o in tree if o.id in having} if having else {one.organisation for one in found}
    return [
        Suggestion(
            one.organisation, one.share, one.why, one.region_code, one.department, one.organisation in names
        )
        for one in found
    ]
