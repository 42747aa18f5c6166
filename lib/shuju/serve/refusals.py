"""What somebody reads who is refused: where to sign in, or why not; a refusal of somebody who is signed in is noted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tornado.httputil import HTTPServerRequest
from tornado.web import RequestHandler

from shuju.desk import trail
from shuju.serve.frame import shown_to
from shuju.ui.templates import render

if TYPE_CHECKING:
    from shuju.serve.gate import Gate, Refusal


async def answer_refusal(handler: RequestHandler, gate: Gate, refusal: Refusal) -> None:
    """Answer a request that is refused."""
    request = handler.request
    visitor = getattr(request, "visitor", None)
    if visitor is not None and refusal.status in (403, 429) and not refusal.goes_to:
        await note_refused(request, refusal.message)
    up = "../" * request.path.strip("/").count("/")
    is_page = request.method == "GET" and "text/html" in request.headers.get("Accept", "text/html")
    is_page = is_page and request.headers.get("Upgrade", "") == ""
    if is_page and refusal.is_stranger and not request.path.startswith(("/export", "/card")):
        handler.redirect(sign_in_address(request, up), status=303)
        return
    if is_page and refusal.goes_to:
        handler.redirect(up + refusal.goes_to, status=303)
        return
    handler.set_status(refusal.status)
    if refusal.status == 429:
        handler.set_header("Retry-After", "60")
    if is_page and visitor is not None:
        shown: dict[str, Any] = {
            **shown_to(gate.shell, request),
            "here": None,
            "up": up,
            "heading": "不能查看",
        }
        handler.finish(render("refused.html", message=refusal.message, **shown))
        return
    handler.set_header("Content-Type", "text/plain; charset=utf-8")
    handler.finish(refusal.message)


async def note_refused(request: HTTPServerRequest, why: str) -> None:
    """Put on the trail that somebody who is signed in was refused an address."""
    told = {"method": request.method, "path": request.path[:300], "why": why}
    own: Any = request
    await asyncio.to_thread(trail.note, own.desk, "refused", request.path, told)


def sign_in_address(request: HTTPServerRequest, up: str) -> str:
    """Return where a stranger signs in, to come back to what they asked for."""
    wanted = (request.uri or "/").lstrip("/")
    return f"{up}sign-in" + (f"?next={quote(wanted, safe='')}" if wanted else "")
