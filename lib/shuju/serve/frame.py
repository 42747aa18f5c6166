"""The frame around every page as one visitor sees it: the pages of their role, who they are, what their forms must hold."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape
from tornado.httputil import HTTPServerRequest

from shuju.access.roles import ASSIGN, READERS
from shuju.access.subject import Subject
from shuju.clock import now
from shuju.desk.sessions import Session, demo_account
from shuju.library import open_library
from shuju.serve.gate import xsrf_of
from shuju.serve.pages import PageEntry

# What stands in a page that is made once for all of a role, until it is sent to one of them.
NAME, XSRF, NONCE, MARK, KEY = (
    f"the-{what}-of-this-visitor" for what in ("name", "xsrf", "nonce", "mark", "key")
)
# What a page is made with that nobody gets.
FOR_NOBODY: Mapping[str, Any] = {"nav": [], "token": "", "xsrf": "", "nonce": "", "visitor": None}
MARK_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="360" height="220"><text x="10" y="120" transform="rotate(-24 180 110)" '
    'font-family="sans-serif" font-size="15" fill="gray" fill-opacity="0.13">{text}</text></svg>'
)


@dataclass(frozen=True)
class Shown:
    """What the frame tells of a visitor; ``mark`` is the watermark as an address of an image, ``may_read`` whether they search and save.

    ``key`` is under what a browser keeps their last figures for when the line is cut; it opens nothing.
    """

    name: Any
    title: str
    is_demo: bool
    mark: Any
    may_read: bool
    may_assign: bool
    key: str


def pages_of(pages: Sequence[PageEntry], role: str) -> list[tuple[str, str]]:
    """Return route and title of the pages that a role finds in the menu."""
    return [(page.route, page.title) for page in pages if page.is_listed and role in page.who]


def shown_to(shell: Mapping[str, Any], request: HTTPServerRequest) -> dict[str, Any]:
    """Return what the frame shows to whoever sends a request; strangers see no pages."""
    visitor: Session | None = getattr(request, "visitor", None)
    told = {"xsrf": xsrf_of(request), "nonce": getattr(request, "nonce", "")}
    if visitor is None:
        return {**shell, **told, "nav": [], "visitor": None}
    subject = visitor.subject
    key = hashlib.sha256(f"figures {subject.account} {subject.role}".encode()).hexdigest()[:16]
    shown = _shown(subject, subject.name, watermark(subject), key, is_demo=visitor.account_id is None)
    return {**shell, **told, "nav": shell["navs"].get(subject.role, []), "visitor": shown}


def shown_to_all(shell: Mapping[str, Any], subject: Subject, *, is_demo: bool) -> dict[str, Any]:
    """Return the same for a page that all of one role and organisation get, with places for what is a visitor's own."""
    shown = _shown(subject, NAME, MARK, KEY, is_demo=is_demo)
    nav = shell["navs"].get(subject.role, [])
    return {**shell, "xsrf": XSRF, "nonce": NONCE, "nav": nav, "visitor": shown}


def _shown(subject: Subject, name: str, mark: Any, key: str, *, is_demo: bool) -> Shown:
    return Shown(name, subject.title, is_demo, mark, subject.role in READERS, subject.may(ASSIGN), key)


def personal(html: str, request: HTTPServerRequest) -> str:
    """Return such a page with what is its visitor's own."""
    shown = shown_to({"navs": {}}, request)
    own = shown["visitor"]
    for place, value in (
        (NAME, own.name if own else ""), (MARK, own.mark if own else ""),
        (KEY, own.key if own else ""), (XSRF, shown["xsrf"]), (NONCE, shown["nonce"]),
    ):  # fmt: skip
        html = html.replace(place, str(escape(value)))
    return html


def watermark(subject: Subject) -> Markup:
    """Return who looks, and when, as the address of an image that covers a page."""
    text = f"{subject.name}　{subject.account}　{now():%Y-%m-%d %H:%M}"
    return Markup("data:image/svg+xml," + quote(MARK_SVG.format(text=escape(text)), safe="=:/ ' "))


def view_of(subject: Subject) -> tuple[Any, ...]:
    """Return what tells the pages of one person from those of another: all but who they are."""
    is_demo = subject.account == demo_account(subject.role)
    return replace(subject, account="", name=""), is_demo, open_library().scope
