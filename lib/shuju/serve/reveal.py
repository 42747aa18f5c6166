"""``/reveal``: the contacts of one letter, for the department that answers it; asked for by a form, kept nowhere."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from shuju.access import NotAllowedError
from shuju.desk.vault import reveal
from shuju.keys import KeyFileError
from shuju.library import open_library
from shuju.serve.errors import ReadableErrors
from shuju.serve.frame import shown_to
from shuju.serve.live import Live
from shuju.ui.templates import render

log = logging.getLogger(__name__)


class RevealHandler(ReadableErrors):
    """Shows them once."""

    def initialize(self, live: Live, shell: Mapping[str, Any]) -> None:
        """Take what is served, and the frame around pages."""
        self.live, self.shell = live, shell

    async def post(self) -> None:
        """Answer with the contacts, or say why not."""
        letter_id, purpose = self.get_body_argument("id", ""), self.get_body_argument("purpose", "")
        library, told, found = open_library(self.live.library.home.uri), "", {}
        try:
            found = await asyncio.to_thread(reveal, library, letter_id, purpose)
        except NotAllowedError as error:
            self.set_status(403)
            told = str(error)
        except KeyFileError:
            log.exception("contacts cannot be decrypted")
            self.set_status(503)
            told = "联系方式已加密，而密钥缺失或不符；请与系统管理员联系"
        except ValueError as error:
            self.set_status(400)
            told = str(error)
        columns = library.catalog.table("letters_private").columns
        rows = [(columns[name].name, value) for name, value in found.items()]
        shown = {**shown_to(self.shell, self.request), "here": None, "heading": "来信人联系方式"}
        self.finish(
            render("revealed.html", rows=rows, told=told, letter_id=letter_id, purpose=purpose, **shown)
        )
