"""The person on whose behalf something is read or done: said once for each request and session, carried into threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from shuju.access.roles import ROLES
from shuju.library.scope import Scope


class NotAllowedError(Exception):
    """Somebody wants to do what their role may not; the message is Chinese."""


@dataclass(frozen=True)
class Entrusted:
    """What an organisation was given to act on (交办): the keys of letters, hot issues and suggestions that its open tasks rest on."""

    letters: tuple[str, ...] = ()
    issues: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()

    def exceeds(self, other: Entrusted) -> bool:
        """Whether there is something among it that is not among what another holds. O(both)."""
        return any(
            not set(getattr(self, name)) <= set(getattr(other, name))
            for name in ("letters", "issues", "suggestions")
        )


@dataclass(frozen=True)
class Subject:
    """A person in one role: ``account`` is the name that they sign in with, ``name`` what they are called.

    ``regions`` are the codes of the regions that the person's organisation answers for, the province's own among them if it is all
    of them; ``library`` is the prefecture's where they are all of one; ``departments`` the names of its departments, empty for all;
    ``organisation_id`` is its number on the desk, None for who belongs to none; ``entrusted`` is what its open tasks rest on.
    """

    account: str
    name: str
    role: str
    organisation: str = ""
    regions: tuple[str, ...] = ()
    library: str = ""
    departments: tuple[str, ...] = ()
    organisation_id: int | None = None
    entrusted: Entrusted = Entrusted()

    def may(self, right: str) -> bool:
        """Whether the role may do something beside reading."""
        return right in ROLES[self.role].rights

    @property
    def title(self) -> str:
        """The role in Chinese, with the organisation if there is one."""
        title = ROLES[self.role].title
        return f"{title}（{self.organisation}）" if self.organisation else title


_present: ContextVar[Subject | None] = ContextVar("subject", default=None)


def present() -> Subject | None:
    """Return the person who asks, None in a script and a notebook."""
    return _present.get()


def enter(subject: Subject | None) -> None:
    """Say who asks from now on in this context; the library shows what this person may see.

    A server calls it for each request: what the request begins (threads, callbacks, sessions) keeps it.
    """
    from shuju.access.sight import sight_of
    from shuju.library import seen

    _present.set(subject)
    seen.set(None if subject is None else sight_of(subject))


@contextmanager
def entered(subject: Subject | None) -> Iterator[None]:
    """Say who asks within a block."""
    from shuju.library import seen

    before = _present.get(), seen.get()
    enter(subject)
    try:
        yield
    finally:
        _present.set(before[0])
        seen.set(before[1])


def require(right: str) -> None:
    """Check that the person who asks may do something; a script and a notebook on the server's own machine may.

    Raises:
        NotAllowedError: the role may not, or a server does not know who asks.
    """
    from shuju.library import is_closed_to_strangers

    subject = present()
    if subject is None and is_closed_to_strangers():
        raise NotAllowedError("不知道是谁在操作，请重新登录")
    if subject is not None and not subject.may(right):
        raise NotAllowedError(f"{ROLES[subject.role].title}不能进行这项操作")


def require_sight(scope: Scope, table: str) -> None:
    """Check that a scope shows something of a table: a card of nothing but zeros would tell a falsehood.

    Raises:
        NotAllowedError: it shows none of its rows.
    """
    if scope.shows_nothing_of(table):
        raise NotAllowedError("当前角色不能查看这类数据")


def who() -> str:
    """Return the account of the person who asks, empty where there is none."""
    subject = present()
    return "" if subject is None else subject.account
