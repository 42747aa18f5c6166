"""Sight (可见范围): a person in a role → one condition a table, which the library ANDs to every question.

What each role sees is one table, ``SIGHT``. A table of the catalog that it does not name is seen by nobody. Beside it a department
sees, one by one, what its open tasks rest on (``entrusted``): it must read a letter to answer it, but its figures are of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from shuju.access.roles import ANALYST, DEPARTMENT, LEADER, OPERATOR, READERS
from shuju.access.subject import Entrusted, Subject
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
    return _with_entrusted(_by_rule(subject, library), subject, library)


_by_rules: Kept[Scope] = Kept(256)
_scopes: Kept[Scope] = Kept(256)


def sight_of(subject: Subject) -> Callable[[Library], Scope]:
    """Return what tells the scope of a person; made once for each role, organisation and version of the tables.

    What is entrusted comes and goes with tasks: what is made of the tables by rule is kept apart from it.
    """

    def scope(library: Library) -> Scope:
        versions = tuple(library.version_of(table) for table in LOOKED_AT)
        who = (
            library.home.uri, subject.role, subject.organisation, subject.regions, subject.library, subject.departments,
        )  # fmt: skip
        state = versions, subject.entrusted
        made = _scopes.get(who, state)
        if made is None:
            ruled = _by_rules.get(who, versions)
            if ruled is None:
                ruled = _by_rule(subject, library)
                _by_rules.put(who, versions, ruled)
            made = _with_entrusted(ruled, subject, library)
            _scopes.put(who, state, made)
        return made

    return scope


def _by_rule(subject: Subject, library: Library) -> Scope:
    conditions = tuple(
        (table, by_role[subject.role](subject, library) if subject.role in by_role else NO_ROW)
        for table, by_role in SIGHT.items()
    )
    return Scope(subject.title, conditions, is_closed=True)


def _with_entrusted(scope: Scope, subject: Subject, library: Library) -> Scope:
    """Return a scope with what a department's open tasks rest on; of an issue all its letters.

    O(what they rest on), and a look at the table of issues' letters where an issue is among it.
    """
    given = subject.entrusted
    if subject.role != DEPARTMENT or given == Entrusted():
        return scope
    letters = set(given.letters)
    if given.issues and library.version_of("issue_letters") >= 0:
        whole, of_them = library.limited_to(EVERYTHING), [("issue_id", "in", given.issues)]
        letters |= set(whole.read("issue_letters", ["letter_id"], of_them)["letter_id"])
    conditions = tuple(
        (table, _also(old, given.issues) if SIGHT[table] is _ISSUES and given.issues else old)
        for table, old in scope.conditions
    )
    by_key = (("letters", tuple(sorted(letters))), ("suggestions", given.suggestions))
    return replace(scope, conditions=conditions, by_key=tuple(one for one in by_key if one[1]))


def _also(conditions: Conditions, issues: tuple[str, ...]) -> Conditions:
    """Return the conditions on issues with some more of them; where all or none are seen, there is no list to add to."""
    found = tuple(
        (column, operator, tuple(sorted({*value, *issues})))
        if column == "issue_id"
        else (column, operator, value)
        for column, operator, value in conditions
    )
    return (("issue_id", "in", issues),) if found == NO_ROW else found
