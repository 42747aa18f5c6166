"""Sessions begin in turn, and a page's first document is written once for all visitors."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from bokeh.core.json_encoder import serialize_json
from bokeh.document import Document
from bokeh.protocol import Protocol
from panel.io.state import set_curdoc
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from bench.sessions import TOKEN, opened
from bench.signing import cookie_of
from shuju.serve.pages import find_pages
from shuju.serve.sessions import fill
from shuju.serve.sockets import PATIENCE_SECONDS, FirstDocuments
from tests.coroutines import finished, leave

PAGES = ("panorama", "letters", "issues", "spread")


def document(route: str, query: dict[str, str] | None = None) -> Document:
    doc = Document()
    entry = next(page for page in find_pages(None) if page.route == route)
    with set_curdoc(doc):
        fill(doc, entry, query or {})
    return doc


def replied(documents: FirstDocuments, doc: Document) -> dict[str, object]:
    connection = SimpleNamespace(session=SimpleNamespace(document=doc), protocol=Protocol())
    reply = documents.reply(SimpleNamespace(header={"msgid": "1"}), connection)
    assert reply.header["num_buffers"] == 0
    return json.loads(reply.content_json)["doc"]


def plain(value: object) -> object:
    """Return JSON with the members of sets in order, and without the numbers that Panel gives to its objects."""
    if isinstance(value, str):
        return re.sub(r"^Wire\d+$", "Wire", value)
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, dict) and value.get("type") == "set":
        return sorted(map(json.dumps, value.get("entries", [])))
    return {key: plain(part) for key, part in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("route", PAGES)
def test_each_visitor_gets_a_document_of_their_own(route: str, home_of_filled: Path) -> None:
    document(route)  # the first draws the figures of which the others get copies
    documents, told, texts = FirstDocuments(), [], set()
    for _ in range(3):
        doc = document(route)
        documents.add(doc, route, 1)
        told.append(replied(documents, doc))
        texts.add(documents._written.get(route, 1).text)
        assert not doc.models._new_models  # what a change refers to is not sent again
        assert plain(told[-1]) == plain(json.loads(serialize_json(doc.to_json(deferred=False))))
    assert len(texts) == 1
    assert len({root["id"] for own in told for root in own["roots"]}) == sum(
        len(own["roots"]) for own in told
    )


def test_what_was_changed_or_asked_for_again_is_written_anew(home_of_filled: Path) -> None:
    documents = FirstDocuments()
    for number in range(3):
        doc = document("letters")
        documents.add(doc, "letters", 1)
        if number:
            doc.title = f"第{number}次"
        assert replied(documents, doc)["title"] == doc.title
        doc.title = "后来"
        assert replied(documents, doc)["title"] == "后来"


def test_documents_of_other_models_are_not_mistaken(home_of_filled: Path) -> None:
    documents = FirstDocuments()
    for route in ("letters", "issues", "letters"):
        doc = document(route)
        documents.add(doc, "the same key", 1)
        assert [root["id"] for root in replied(documents, doc)["roots"]] == [root.id for root in doc.roots]


def test_a_meeting_gets_its_documents_and_waits_for_nobody_who_is_silent(address: str) -> None:
    async def silent() -> WebSocketClientConnection:
        cookie = {"Cookie": await asyncio.to_thread(cookie_of, address)}
        page = await AsyncHTTPClient().fetch(HTTPRequest(f"{address}/letters", headers=cookie))
        request = HTTPRequest(
            f"ws{address.removeprefix('http')}/live/letters/ws", headers={**cookie, "Origin": address}
        )
        return await websocket_connect(
            request, subprotocols=["bokeh", TOKEN.search(page.body.decode())[1]], max_message_size=64 << 20
        )

    async def meet() -> list[int]:
        quiet = [await silent() for _ in range(3)]
        loop = asyncio.get_running_loop()
        began = loop.time()
        found = await asyncio.gather(*(opened(f"{address}/letters") for _ in range(6)))
        assert loop.time() - began < 20 * PATIENCE_SECONDS
        await leave(*quiet, *(socket for socket, _ in found))
        return [n for _, n in found]

    sizes = finished(meet())
    assert len(sizes) == 6
    assert min(sizes) > 100_000
