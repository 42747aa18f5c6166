"""Files of tasks: what is attached comes as it is, and goes only to who sees the task; the Word forms of a task."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tornado.web import RequestHandler

from shuju.access import NotAllowedError, present
from shuju.clock import now
from shuju.desk import trail
from shuju.desk.messages.calendar_feed import calendar_of, reader_of
from shuju.desk.messages.deliver import ways_of
from shuju.desk.store import open_desk
from shuju.desk.tasks.attachments import Attachment, attach, find_attachment, parts_of_file
from shuju.desk.tasks.commands import NoTaskError
from shuju.desk.tasks.journal import TaskError
from shuju.desk.terms_reading import terms_of
from shuju.library import open_library
from shuju.pages.answers.word_reply import write_reply
from shuju.pages.tasks.fast import write_answer
from shuju.pages.tasks.word_forms import FORMS, write_form
from shuju.serve import marks
from shuju.serve.errors import ReadableErrors
from shuju.serve.exports import WORD
from shuju.serve.live import Live

# What a form is about, as the trail has it.
ABOUT = {"order": "task", "feedback": "task", "answer": "fast", "reply": "answer"}


class AttachHandler(RequestHandler):
    """``/attach?task=…&name=…&command=…``: takes a file as the body of a request."""

    def initialize(self, live: Live) -> None:
        """Take what is served."""
        self.home = live.library.home

    async def post(self) -> None:
        """Keep the file; a file that cannot be kept is refused in words."""
        told = {name: self.get_query_argument(name, "") for name in ("task", "name", "command")}
        try:
            await asyncio.to_thread(self._attach, told)
        except NotAllowedError as error:
            self._refuse(403, str(error))
        except ValueError as error:
            self._refuse(400, str(error))
        else:
            self.finish("已上传")

    def _attach(self, told: Mapping[str, str]) -> None:
        desk, by, body = open_desk(self.home), present(), self.request.body
        if by is None:
            raise NotAllowedError("请先登录")
        task_id = int(told["task"]) if told["task"].isdecimal() and len(told["task"]) < 12 else 0
        trail.note(
            desk, "task", f"task:{task_id}", {"do": "attach", "name": told["name"][:200], "bytes": len(body)}
        )
        asked = {"by": by, "command_id": told["command"], "at": now(), "terms": terms_of(self.home)}
        try:
            attach(desk, task_id, told["name"], body, **asked)
        except (NoTaskError, NotAllowedError) as error:
            trail.note(desk, "refused", f"task:{task_id}", {"why": str(error), "do": "attach"}, 0)
            raise

    def _refuse(self, status: int, message: str) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(message)


class TaskFileHandler(ReadableErrors):
    """``/attachment/12``, ``/task-form/12/order.docx``, and Word forms of answers: to who sees the task; to others there is none."""

    def initialize(self, live: Live, shell: Mapping[str, Any], form: str = "") -> None:
        """Take what is served, the frame around pages, and which form it is where the address does not say."""
        self.home, self.shell, self.form = live.library.home, shell, form

    async def get(self, number: str, form: str = "") -> None:
        """Answer with the file."""
        form, desk, by = form or self.form, open_desk(self.home), present()
        name = f"{ABOUT.get(form, 'attachment')}:{number}"
        try:
            if by is None or len(number) > 11:
                raise NoTaskError("没有这个文件，或不在可见范围")
            await (
                self._send_form(form, int(number))
                if form
                else self._send(await asyncio.to_thread(find_attachment, desk, int(number), by))
            )
        except TaskError as error:
            await asyncio.to_thread(trail.note, desk, "refused", name, {"why": str(error)}, 0)
            self.send_error(404)

    async def _send(self, file: Attachment) -> None:
        desk = open_desk(self.home)
        told = {"do": "read-attachment", "name": file.name, "sha256": file.sha256}
        await asyncio.to_thread(trail.note, desk, "task", f"task:{file.task_id}", told, 1)
        way = "attachment" if file.kind == "application/octet-stream" else "inline"
        self.set_header("Content-Type", file.kind)
        self.set_header("Content-Disposition", f"{way}; filename*=UTF-8''{quote(file.name)}")
        self.set_header("Content-Length", str(file.size))
        parts = parts_of_file(desk, file.sha256)
        while (part := await asyncio.to_thread(next, parts, None)) is not None:
            self.write(part)
            await self.flush()

    async def _send_form(self, form: str, task_id: int) -> None:
        desk, by = open_desk(self.home), present()
        assert by is not None  # looked at before
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "form.docx"
            if form == "answer":
                library = open_library(self.home.uri)
                name = await asyncio.to_thread(write_answer, library, task_id, path)
            elif form == "reply":
                name = await asyncio.to_thread(write_reply, desk, task_id, by, path)
            else:
                name = await asyncio.to_thread(write_form, desk, form, task_id, by, path, now())
            await asyncio.to_thread(marks.mark_word, path, marks.mark())
            await asyncio.to_thread(
                trail.note, desk, "export", f"{ABOUT[form]}:{task_id}", {"form": FORMS.get(form, "答复函")}, 1
            )
            self.set_header("Content-Type", WORD)
            self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name)}.docx")
            self.write(path.read_bytes())


class DeadlinesHandler(RequestHandler):
    """``/deadlines/….ics``: somebody's terms as a calendar, to who knows its secret address."""

    def initialize(self, live: Live) -> None:
        """Take what is served."""
        self.home = live.library.home

    async def get(self, name: str) -> None:
        """Answer with the calendar; a name that opens none is answered with 404, and says how to mend it."""
        found = await asyncio.to_thread(self._calendar, name)
        if found is None:
            self.set_status(404)
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish("这个日历地址无效，或已经换过；请登录后重新复制")
            return
        self.set_header("Content-Type", "text/calendar; charset=utf-8")
        self.finish(found)

    def _calendar(self, name: str) -> str | None:
        desk, at = open_desk(self.home), now()
        by = reader_of(desk, name, at=at)
        if by is None:
            return None
        trail.note(desk, "task", "deadlines", {"do": "read"}, account=by.account)
        base = ways_of().base or f"{self.request.protocol}://{self.request.host}/"
        return calendar_of(desk, by, base, at=at)
