"""Sight (可见范围): a person in a role → one condition a table, which the library ANDs to every question.

What each role sees is one table, ``SIGHT``. A table of the catalog that it does not name is seen by nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shuju.access.roles import ANALYST, DEPARTMENT, LEADER, OPERATOR, READERS
from shuju.access.subject import Subject
from shuju.kept import Kept
from shuju.library import Library
from shuju.library.scope import EVERYTHING, NO_ROW, Condition, Scope
from shuju.standard import province

Conditions = tuple[Condition, ...]
Rule = Callable[[Subject, Library], Conditions]


def all_rows(subject: Subject, library: Library) -> Conditions:  # noqa: ARG001 - rules share one signature
    """Every row."""
    return ()


def own_letters(subject: Subject, library: Library) -> Conditions:  # noqa: ARG001
    """The letters of the organisation's regions, and of its departments and those below them."""
    if not subject.regions:  # nobody has said of which organisation
        return NO_ROW
    if province().code in subject.regions:
        places: Conditions = ()
    elif subject.library:
        places = (("library", "==", subject.library),)
    else:
        places = (("region_code", "in", subject.regions),)
    return (*places, ("department", "in", subject.departments)) if subject.departments else places


def own_places(subject: Subject, library: Library) -> Conditions:  # noqa: ARG001
    """What is counted of the organisation's regions; of a department nothing, for it counts others' letters too."""
    if subject.departments or not subject.regions:
        return NO_ROW
    return () if province().code in subject.regions else (("region_code", "in", subject.regions),)


def own_issues(subject: Subject, library: Library) -> Conditions:
    """The issues each of whose letters is seen: of any other the figures would tell of letters that are not."""
    if not own_letters(subject, library):
        return ()
    whole = library.limited_to(EVERYTHING)
    members = whole.read("issue_letters", ["letter_id", "issue_id"])
    own = whole.read("letters", ["letter_id"], list(own_letters(subject, library)))["letter_id"]
    is_own = members["letter_id"].isin(own)
    foreign = set(members["issue_id"][~is_own])
    return (("issue_id", "in", tuple(sorted(set(members["issue_id"][is_own]) - foreign))),)


_PUBLISHED = dict.fromkeys(READERS, all_rows)  # what stands on the web
_LETTERS = {LEADER: all_rows, ANALYST: all_rows, DEPARTMENT: own_letters}
_ISSUES = {LEADER: all_rows, ANALYST: all_rows, DEPARTMENT: own_issues}
_PLACES = {LEADER: all_rows, ANALYST: all_rows, DEPARTMENT: own_places}
_ANALYSED = {LEADER: all_rows, ANALYST: all_rows}
_RUN = {LEADER: all_rows, ANALYST: all_rows, OPERATOR: all_rows}
SIGHT: Mapping[str, Mapping[str, Rule]] = {
    "sites": _PUBLISHED,
    "records": _PUBLISHED,
    "cascades": _PUBLISHED,
    "reprints": _PUBLISHED,
    "policy_items": _PUBLISHED,
    "letters": _LETTERS,
    "letters_private": {},
    "hot_issues": _ISSUES,
    "issue_letters": _ISSUES,
    "issue_records": _ISSUES,
    "warnings": _PLACES,
    "suggestions": _ANALYSED,
    "studies": _ANALYSED,
    "enterprises": _ANALYSED,
    "cases": _ANALYSED,
    "visits": _ANALYSED,
    "ledger": _RUN,
    "quarantine": {OPERATOR: all_rows},
}
# What the rules look at beside the person: where one moved, the scope is made anew.
LOOKED_AT = ("letters", "issue_letters", "hot_issues")


def scope_of(subject: Subject, library: Library) -> Scope:
    """Return the scope of a person over the tables as they are now; closed: what it does not name is not seen."""
    conditions = tuple(
        (table, by_role[subject.role](subject, library) if subject.role in by_role else NO_ROW)
        for table, by_role in SIGHT.items()
    )
    return Scope(subject.title, conditions, is_closed=True)


_scopes: Kept[Scope] = Kept(256)


def sight_of(subject: Subject) -> Callable[[Library], Scope]:
    """Return what tells the scope of a person; made once for each role, organisation and version of the tables."""

    def scope(library: Library) -> Scope:
        versions = tuple(library.version_of(table) for table in LOOKED_AT)
        who = (
            library.home.uri, subject.role, subject.organisation, subject.regions, subject.library, subject.departments,
        )  # fmt: skip
        made = _scopes.get(who, versions)
        if made is None:
            made = scope_of(subject, library)
            _scopes.put(who, versions, made)
        return made

    return scope
