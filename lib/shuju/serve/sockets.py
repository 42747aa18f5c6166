"""The websockets of pages: a few sessions are begun at a time, and what they send first is written out once for all.

Without turns a process would make all sessions of a meeting before it sends the first document. Documents of one address differ in nothing
but the ids of their models, so the text of the first is sent to all, with the ids of each.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from collections.abc import Collection, Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar
from weakref import WeakKeyDictionary, WeakSet

from bokeh.core.json_encoder import serialize_json
from bokeh.document import Document
from bokeh.document.events import DocumentChangedEvent
from bokeh.protocol.message import Message
from bokeh.server.connection import ServerConnection
from bokeh.server.urls import per_app_patterns
from bokeh.settings import settings
from bokeh.util.token import get_session_id, get_token_payload
from panel.io.server import WSHandler
from sqlalchemy import Engine
from tornado.ioloop import PeriodicCallback

from shuju.access.subject import Entrusted, Subject
from shuju.clock import now
from shuju.desk.sessions import Session, ended_among, seen
from shuju.desk.tasks.entrusted import entrusted_to
from shuju.kept import Kept
from shuju.serve.metrics import count_socket

log = logging.getLogger(__name__)

AT_ONCE = 2  # sessions that are begun and have not sent their document: while one travels, the next is made
PATIENCE_SECONDS = 0.5  # that others wait for a browser which does not ask for its document
KEPT = 64
SWEEP_SECONDS = 4.0
_ID = re.compile(r'"(__ref:)?(p\d+)"')  # Panel names a component's root in a tag


@dataclass(frozen=True)
class _Written:
    """A document as it was sent: its text, the ids and types of its models in the order of their making."""

    text: str
    ids: tuple[str, ...]
    types: tuple[type, ...]


class FirstDocuments:
    """The first state of documents, written out once for each key (page, address, what there is to be seen)."""

    def __init__(self) -> None:
        """Begin with none."""
        self._written: Kept[_Written] = Kept(KEPT)
        self._unchanged: WeakKeyDictionary[Document, tuple[Hashable, Hashable]] = WeakKeyDictionary()

    def add(self, doc: Document, question: Hashable, state: Hashable) -> None:
        """Take a document that is complete, of what is asked and how things stand; once it changes it is written out for itself."""
        if settings.simple_ids():  # others do not tell the order in which models were made
            self._unchanged[doc] = question, state
            doc.on_change(self._changed)

    def reply(self, request: Message, connection: ServerConnection) -> Message:
        """Return the answer to a browser that asks for its document."""
        doc = connection.session.document
        key = self._unchanged.pop(doc, None)
        reply = connection.protocol.create("PULL-DOC-REPLY", request.header["msgid"], Document())
        reply._content_json = _text(doc) if key is None else self._text(key, doc)
        return reply

    def _changed(self, event: DocumentChangedEvent) -> None:
        self._unchanged.pop(event.document, None)

    def _text(self, key: tuple[Hashable, Hashable], doc: Document) -> str:
        doc.remove_on_change(self._changed)
        ids, types = _own(doc)
        known = self._written.get(*key)
        if known is None or known.types != types:
            known = _Written(_text(doc), ids, types)
            self._written.put(*key, known)
            return known.text
        doc.models.flush_synced()  # as when a document is written out: the browser has its models now
        own = dict(zip(known.ids, ids, strict=True))
        return _ID.sub(lambda found: f'"{found[1] or ""}{own.get(found[2], found[2])}"', known.text)


def _text(doc: Document) -> str:
    """Return a document as a browser reads it, arrays in the text: by themselves they are two messages each, and a map has hundreds."""
    return serialize_json({"doc": doc.to_json(deferred=False)})


def _own(doc: Document) -> tuple[tuple[str, ...], tuple[type, ...]]:
    """Return the ids of a document's models in the order in which they were made, and their types.

    Models of copied figures have the ids of the figure that was drawn, the same in all documents.
    """
    every = {*doc.models, *doc.config.references()}
    models = sorted(every, key=lambda model: int(model.id[1:]))
    return tuple(model.id for model in models), tuple(type(model) for model in models)


first_documents = FirstDocuments()


class PageSocket(WSHandler):
    """Begins a session when it is its turn."""

    n_waiting = 0  # visitors whose sessions have not been begun

    open_sockets: ClassVar[WeakSet[PageSocket]] = WeakSet()
    visitor: Session | None = None
    is_used = False

    def open(self) -> None:
        """Begin a session if the token is one that this very visitor was given; whoever has another's gets nothing."""
        self.visitor = getattr(self.request, "visitor", None)
        if self.visitor is None or not _is_own_token(self._token, self.visitor):
            log.warning("a websocket came with a token that is not its visitor's, and is closed")
            self.close(4403, "refused")
            return
        PageSocket.open_sockets.add(self)
        count_socket(1)
        settings_ = self.application.settings
        if "watching" not in settings_:
            settings_["watching"] = watch_sessions(settings_["gate"].visitors.desk)
        super().open()

    async def _async_open(self, token: str) -> None:
        turns = self.application.settings.setdefault("turns", asyncio.Semaphore(AT_ONCE))
        self._is_sent = asyncio.Event()
        PageSocket.n_waiting += 1
        try:
            await turns.acquire()
        finally:
            PageSocket.n_waiting -= 1
        try:
            await self._begin(token)
        finally:
            turns.release()

    async def _begin(self, token: str) -> None:
        """Begin the session, and wait until its document is sent."""
        if self.ws_connection is None:  # the visitor left while waiting
            return
        session = self.application_context._sessions.get(get_session_id(token))
        if session is not None and not _may_join(session.document, self.visitor):  # type: ignore[arg-type]
            self.close(4403, "refused")
            return
        await super()._async_open(token)
        if self.handler is not None:
            self.handler._handlers["PULL-DOC-REQ"] = self._pull
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_sent.wait(), PATIENCE_SECONDS)

    async def _pull(self, request: Message, connection: ServerConnection) -> Message:
        return await connection.session.with_document_locked(first_documents.reply, request, connection)

    async def on_message(self, fragment: str | bytes) -> None:
        """Take what a browser says, unless its session has ended meanwhile."""
        self.is_used = True
        await super().on_message(fragment)

    async def send_message(self, message: Message) -> None:
        """Send a message; after the document it is the next visitor's turn."""
        await super().send_message(message)
        if message.msgtype == "PULL-DOC-REPLY":
            self._is_sent.set()

    def on_close(self) -> None:
        """Let the next one in."""
        if self in PageSocket.open_sockets:
            PageSocket.open_sockets.discard(self)
            count_socket(-1)
        super().on_close()
        if hasattr(self, "_is_sent"):
            self._is_sent.set()


def use_turns() -> None:
    """Have every page that is served from now on begin its sessions in turn.

    Of Bokeh's four addresses a page the websocket alone is left: ``/autoload.js`` and ``/`` would give a token to whoever asks.
    """
    per_app_patterns[:] = [("/ws", PageSocket)]


def _is_own_token(token: str | None, visitor: Session) -> bool:
    try:
        told = get_token_payload(token or "").get("visitor", "")
    except (ValueError, KeyError, TypeError, AttributeError):  # whatever somebody may send instead
        return False
    return isinstance(told, str) and hmac.compare_digest(told.encode(), visitor.handle.encode())


_OWNER, _SUBJECT = "shuju_visitor", "shuju_subject"


def own(doc: Document, handle: str, subject: Subject) -> None:
    """Say whose a document is, and as who they saw it: nobody else's websocket is joined to it."""
    setattr(doc, _OWNER, handle)
    setattr(doc, _SUBJECT, subject)


def owner_of(doc: Document) -> str:
    """Return the handle of the session that a document belongs to."""
    return getattr(doc, _OWNER, "")


def _may_join(doc: Document, visitor: Session) -> bool:
    """Whether a document is a visitor's own, and holds nothing that they were given and have no more."""
    made_for: Subject = getattr(doc, _SUBJECT, visitor.subject)
    return owner_of(doc) == visitor.handle and not made_for.entrusted.exceeds(visitor.subject.entrusted)


def watch_sessions(desk: Engine) -> PeriodicCallback:
    """Close, within ``SWEEP_SECONDS``, the websockets of sessions that ended; note which are in use. Call it on the server's loop.

    Also those of who was given something (交办依据) that is theirs no more: the browser loads the page anew, as they see it now.
    """

    async def sweep() -> None:
        sockets = list(PageSocket.open_sockets)
        handles = {socket.visitor.handle for socket in sockets if socket.visitor is not None}
        if not handles:
            return
        used = {s.visitor.handle for s in sockets if s.is_used and s.visitor is not None}
        for socket in sockets:
            socket.is_used = False
        try:
            ended = await asyncio.to_thread(_noted, desk, handles, used)
            given = {s.visitor.subject for s in sockets if s.visitor is not None}
            poorer = await asyncio.to_thread(withdrawn_from, desk, given)
        except Exception:  # a desk in trouble: nobody can be told from those who ended
            log.exception("which sessions ended could not be looked up; all websockets are closed")
            ended, poorer = handles, set()
        for socket in sockets:
            if socket.visitor is not None and socket.visitor.handle in ended:
                socket.close(4401, "session ended")
            elif socket.visitor is not None and socket.visitor.subject in poorer:
                socket.close(4409, "sight changed")

    watching = PeriodicCallback(sweep, SWEEP_SECONDS * 1000)
    watching.start()
    return watching


def withdrawn_from(desk: Engine, subjects: Collection[Subject]) -> set[Subject]:
    """Return those of some persons who were given something that their organisation does not have any more. O(such persons)."""
    return {
        one
        for one in subjects
        if one.organisation_id is not None
        and one.entrusted != Entrusted()
        and one.entrusted.exceeds(entrusted_to(desk, one.organisation_id))
    }


def _noted(desk: Engine, handles: set[str], used: set[str]) -> set[str]:
    ended = ended_among(desk, handles, at=now())
    if used - ended:
        seen(desk, used - ended, at=now())
    return ended
