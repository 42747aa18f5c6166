"""Scheduled briefings (定时专报): a board written as Word for whose it is, marked, noted as an export, kept at the desk; and taken from the inbox."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

from shuju.access import present
from shuju.clock import now
from shuju.desk import trail
from shuju.desk.store import open_desk, writing
from shuju.desk.subscriptions.inboxes import file_of
from shuju.desk.subscriptions.record import BRIEFING
from shuju.desk.subscriptions.shown import Shown
from shuju.desk.tasks.attachments import keep_content, parts_of_file
from shuju.library import open_library
from shuju.pages.mine.exports import TITLE, write_briefing
from shuju.pages.subscriptions.shown import shown
from shuju.serve import marks
from shuju.serve.errors import ReadableErrors
from shuju.serve.exports import WORD
from shuju.serve.live import Live


def told_of(card: str, query: str) -> Shown:
    """Return what a subscription tells whoever asks: what its card shows, or their board as a file.

    Raises:
        FactsError: no such card, filter or option.
        NotAllowedError: they see nothing of the card's table, or not the board.
        TrailError: it could not be noted; nothing is sent then.
    """
    return shown(card, query) if card != BRIEFING else _briefing(query)


def _briefing(query: str) -> Shown:
    library, at, text = open_library(), now(), marks.mark()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "briefing.docx"
        done = write_briefing(library, dict(parse_qsl(query)), path, at, is_sent=True)
        marks.mark_word(path, text)
        content = path.read_bytes()
    desk, digest = open_desk(library.home), hashlib.sha256(content).hexdigest()
    noted = {"filters": query, "state": "scheduled", "bytes": len(content), "sha256": digest}
    trail.note(desk, "export", f"{BRIEFING}.docx", noted, done.n_cards)
    with writing(desk) as connection:
        keep_content(connection, content)
    lines = (f"{done.board}：{done.n_cards:,} 张图卡，见 Word 文件", *(done.changes or ("没有异常变化",)))
    return Shown(
        BRIEFING, TITLE, "", {}, lines, (), (), "见文件中各图卡之下", done.as_of, done.is_synthetic, None, digest, f"{TITLE}-{at:%Y%m%d-%H%M}.docx"
    )  # fmt: skip


class InboxFileHandler(ReadableErrors):
    """``/inbox/12.docx``: the file of a message to whom it was sent; to others there is none."""

    def initialize(self, live: Live, shell: Mapping[str, Any]) -> None:
        """Take what is served, and the frame around pages."""
        self.desk, self.shell = open_desk(live.library.home), shell

    async def get(self, number: str) -> None:
        """Answer with the file; it is noted before anything is sent."""
        by, name = present(), f"inbox:{number}.docx"
        found = await asyncio.to_thread(file_of, self.desk, by, int(number)) if by is not None else None
        if found is None:
            why = {"why": "没有这个文件，或不是您的"}
            await asyncio.to_thread(trail.note, self.desk, "refused", name, why, 0)
            self.send_error(404)
            return
        title, digest = found
        await asyncio.to_thread(trail.note, self.desk, "export", name, {"sha256": digest}, 1)
        content = await asyncio.to_thread(lambda: b"".join(parts_of_file(self.desk, digest)))
        self.set_header("Content-Type", WORD)
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(title)}")
        self.finish(content)
