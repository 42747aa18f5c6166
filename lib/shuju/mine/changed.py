"""What changed since somebody looked last (有何变化): at most seven sentences, ranked; for whoever asks, under their sight."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import Engine

from shuju.access.roles import DEPARTMENT
from shuju.access.subject import Subject
from shuju.desk.visits import Visit, dismissed
from shuju.library import Library
from shuju.mine.change import Change, ranked
from shuju.mine.issue_changes import document_changes, issue_changes, warning_changes
from shuju.mine.letter_changes import letter_changes, reply_changes, waiting
from shuju.mine.task_changes import task_changes

LEAST_DAYS, MOST_DAYS = 7, 28


def what_changed(
    library: Library,
    desk: Engine,
    by: Subject,
    visit: Visit | None,
    topics: Sequence[str] = (),
    *,
    at: dt.datetime,
) -> list[Change]:
    """Return what changed since ``visit`` (at least the last week), the weightiest first; ``topics`` are those of a deputy's field.

    ``library`` is limited to what the person sees. What does not move with time is made once for each version of the tables.
    """
    since = begin(visit, at)
    found = task_changes(desk, by, at=at)
    if not library.scope.shows_nothing_of("letters"):
        found += issue_changes(library, since) if not library.scope.shows_nothing_of("hot_issues") else []
        found += warning_changes(library, since) if not library.scope.shows_nothing_of("warnings") else []
        found += [*letter_changes(library), *reply_changes(library, visit.figures if visit else {})]
    # Documents are everybody's; who answers for a place is told of their own letters and tasks first.
    found += document_changes(library, since)[: 1 if by.role == DEPARTMENT else None]
    return ranked(_lately(found, since), dismissed(desk, by.account), topics)


def begin(visit: Visit | None, at: dt.datetime) -> dt.datetime:
    """Return since when changes are told: the last visit, at least ``LEAST_DAYS`` and at most ``MOST_DAYS`` ago."""
    last = at - dt.timedelta(days=LEAST_DAYS)
    return last if visit is None else max(min(visit.at, last), at - dt.timedelta(days=MOST_DAYS))


def figures_now(library: Library) -> dict[str, float]:
    """Return what is kept of a visit, to be held against the next one's."""
    if library.scope.shows_nothing_of("letters"):
        return {}
    found = waiting(library)
    return {} if found is None else {"waiting": float(found[0])}


def _lately(changes: Sequence[Change], since: dt.datetime) -> list[Change]:
    """Return what lies after ``since``: letters of a library that nobody fills any more are no news."""
    return [change for change in changes if change.at is None or change.at > since]
