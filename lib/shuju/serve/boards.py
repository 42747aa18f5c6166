"""``/mine/board``: what a page asks to be done to one's board, answered in a few words; the page stays as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from tornado.web import RequestHandler

from shuju.access import NotAllowedError
from shuju.desk.boards import BoardConflictError
from shuju.library import open_library
from shuju.pages.mine.arranging import receive_change
from shuju.serve.live import Live
from shuju.serve.refusals import note_refused


class BoardHandler(RequestHandler):
    """Takes a form; answers with the newest version in ``X-Version``, with 409 where another tab was faster."""

    def initialize(self, live: Live) -> None:
        """Take what is served."""
        self.live = live

    async def post(self) -> None:
        """Do it."""
        form: Mapping[str, Any] = {n: self.get_body_argument(n) for n in self.request.body_arguments}
        library = open_library(self.live.library.home.uri)
        try:
            done = await asyncio.to_thread(receive_change, library, form)
        except BoardConflictError as error:
            self.set_header("X-Version", str(error.version))
            self._refuse(409, str(error))
            return
        except NotAllowedError as error:
            await note_refused(self.request, str(error))
            self._refuse(403, str(error))
            return
        except ValueError as error:
            self._refuse(400, str(error))
            return
        self.set_header("X-Board", str(done.board.id))
        self.set_header("X-Version", str(done.board.version))
        self.finish(done.html or done.told)

    def _refuse(self, status: int, message: str) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(message)
