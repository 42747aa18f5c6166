"""The websockets of pages: a few sessions are begun at a time, and what they send first is written out once for all.

Without turns a process would make all sessions of a meeting before it sends the first document. Documents of one address differ in nothing
but the ids of their models, so the text of the first is sent to all, with the ids of each.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from bokeh.core.json_encoder import serialize_json
from bokeh.document import Document
from bokeh.document.events import DocumentChangedEvent
from bokeh.protocol.message import Message
from bokeh.server.connection import ServerConnection
from bokeh.server.urls import per_app_patterns
from bokeh.settings import settings
from panel.io.server import WSHandler

AT_ONCE = 2  # sessions that are begun and have not sent their document: while one travels, the next is made
PATIENCE_SECONDS = 0.5  # that others wait for a browser which does not ask for its document
KEPT = 64
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
        self._written: OrderedDict[Hashable, _Written] = OrderedDict()
        self._unchanged: WeakKeyDictionary[Document, Hashable] = WeakKeyDictionary()

    def add(self, doc: Document, key: Hashable) -> None:
        """Take a document that is complete; once it changes it is written out for itself."""
        if settings.simple_ids():  # others do not tell the order in which models were made
            self._unchanged[doc] = key
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

    def _text(self, key: Hashable, doc: Document) -> str:
        doc.remove_on_change(self._changed)
        ids, types = _own(doc)
        known = self._written.get(key)
        if known is None or known.types != types:
            self._written[key] = known = _Written(_text(doc), ids, types)
            if len(self._written) > KEPT:
                self._written.popitem(last=False)
            return known.text
        self._written.move_to_end(key)
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
        await super()._async_open(token)
        if self.handler is not None:
            self.handler._handlers["PULL-DOC-REQ"] = self._pull
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_sent.wait(), PATIENCE_SECONDS)

    async def _pull(self, request: Message, connection: ServerConnection) -> Message:
        return await connection.session.with_document_locked(first_documents.reply, request, connection)

    async def send_message(self, message: Message) -> None:
        """Send a message; after the document it is the next visitor's turn."""
        await super().send_message(message)
        if message.msgtype == "PULL-DOC-REPLY":
            self._is_sent.set()

    def on_close(self) -> None:
        """Let the next one in."""
        super().on_close()
        if hasattr(self, "_is_sent"):
            self._is_sent.set()


def use_turns() -> None:
    """Have every page that is served from now on begin its sessions in turn."""
    per_app_patterns[:] = [
        (path, PageSocket if handler is WSHandler else handler) for path, handler in per_app_patterns
    ]
