"""``/rate?to=…``: who wrote a letter rates the answer, by the link in the message to them; nobody signs in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from shuju.clock import now
from shuju.desk import trail
from shuju.desk.answers.ratings import LONGEST_WORDS, SCORES, RatingError, rate_answer, rateable
from shuju.desk.store import open_desk
from shuju.serve.errors import ReadableErrors
from shuju.serve.frame import shown_to
from shuju.serve.live import Live
from shuju.serve.strangers import form_token_of
from shuju.serve.visitors import Visitors
from shuju.ui.templates import render

SENDER = "来信人"  # who asks, as the trail has it: nobody knows their account


class RateHandler(ReadableErrors):
    """Shows the answer and asks for a rating; a link that does not fit is refused in words and noted."""

    def initialize(self, live: Live, visitors: Visitors, shell: Mapping[str, Any]) -> None:
        """Take what is served, who is signed in, and the frame around pages."""
        self.home, self.visitors, self.shell = live.library.home, visitors, shell

    async def get(self) -> None:
        """Answer with the form."""
        token = self.get_query_argument("to", "")
        try:
            found = await asyncio.to_thread(rateable, open_desk(self.home), token, at=now())
        except RatingError as error:
            await self.refuse(token, str(error))
            return
        visitor = await asyncio.to_thread(self.visitors.of, self.request)
        self.show(found=found, token=token, xsrf=visitor.xsrf if visitor else form_token_of(self))

    async def refuse(self, token: str, why: str) -> None:
        """Tell why a link cannot be used; the trail has it, without what would open anything."""
        told = {"why": why, "link": token.partition("-")[0][:12]}
        await asyncio.to_thread(trail.note, open_desk(self.home), "refused", "rate", told, 0, account=SENDER)
        self.set_status(400)
        self.show(refusal=why)

    def show(self, **values: Any) -> None:
        """Answer with the page; where no form is shown there is no token either."""
        shown = {
            **shown_to(self.shell, self.request),
            "here": None,
            "heading": "评价答复",
            "visitor": None,
            "nav": [],
        }
        told = {
            "found": None,
            "refusal": "",
            "is_given": False,
            "scores": SCORES,
            "longest": LONGEST_WORDS,
            **values,
        }
        self.set_header("Cache-Control", "no-store")
        self.finish(render("rate.html", **{**shown, **told}))


class RatedHandler(RateHandler):
    """``/rate/given``: takes the rating, once."""

    async def post(self) -> None:
        """Keep it, or say why not."""
        token, score, words = (self.get_body_argument(name, "") for name in ("to", "score", "text"))
        self.shell = {**self.shell, "up": "../"}
        try:
            found = await asyncio.to_thread(rate_answer, open_desk(self.home), token, score, words, at=now())
        except RatingError as error:
            await self.refuse(token, str(error))
            return
        told = {"do": "rate", "score": score}
        await asyncio.to_thread(
            trail.note, open_desk(self.home), "answer", found.document_number, told, 1, account=SENDER
        )
        self.show(is_given=True, found=found)
