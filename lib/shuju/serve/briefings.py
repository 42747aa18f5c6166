"""The briefing of letters (社情民意专报) as a download: the filters of the page's address decide what it says."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from urllib.parse import quote

from tornado.web import HTTPError, RequestHandler

from shuju.facts import FactsError
from shuju.views.letter_filters import LetterFilters
from shuju.views.live import Snapshot, live

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def send_word(handler: RequestHandler, content: bytes, name: str) -> None:
    """Answer with a Word document under its name."""
    handler.set_header("Content-Type", WORD)
    handler.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name)}")
    handler.set_header("Cache-Control", "no-store")
    handler.set_header("X-Content-Type-Options", "nosniff")
    handler.finish(content)


class BriefingHandler(RequestHandler):
    """``/export/letters-briefing.docx?region=…``: the briefing on the letters under the filters of the address."""

    async def get(self) -> None:
        """Answer with the document; a wrong filter is refused with a message."""
        try:
            filters = LetterFilters.from_query({k: self.get_argument(k) for k in self.request.arguments})
            content, name = await asyncio.to_thread(self._write, live().letters, filters)
        except (FactsError, ValueError) as error:
            raise HTTPError(400, reason="bad filter", log_message=str(error)) from None
        send_word(self, content, name)

    @staticmethod
    def _write(snapshot: Snapshot, filters: LetterFilters) -> tuple[bytes, str]:
        from shuju.views.letter_briefing import TITLE, write_briefing

        as_of = snapshot.facts.as_of
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "briefing.docx"
            write_briefing(snapshot.library, snapshot.facts, filters, path, as_of)
            return path.read_bytes(), f"{TITLE}-{as_of:%Y%m%d-%H%M}.docx"
