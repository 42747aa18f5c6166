"""The HTTP interface for another system of assignments (交办系统): make tasks, act on them, read them, poll what became of them.

It is described by ``/api/openapi.json``. Who asks says so by a token (``Authorization: Bearer …``); each writing bears an
``Idempotency-Key``, so that what is sent twice is done once.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from pydantic import ValidationError
from sqlalchemy import Engine, select
from tornado.web import RequestHandler

from shuju.access import NotAllowedError, Subject
from shuju.access.subject import enter
from shuju.clock import now
from shuju.desk import trail
from shuju.desk.api_tokens import bearer
from shuju.desk.store import open_desk
from shuju.desk.tables.tasks import task_events, tasks
from shuju.desk.tasks.commands import NoTaskError, act, assign, get
from shuju.desk.tasks.evidence import Evidence
from shuju.desk.tasks.journal import StaleTaskError
from shuju.desk.tasks.parts import organisations_seen, seen
from shuju.desk.tasks.record import event_of
from shuju.desk.terms_reading import terms_of
from shuju.library import open_library
from shuju.library.home import Home
from shuju.pages.tasks.figures import evidence_for, figure_of
from shuju.serve.api_schema import KEY, LARGEST, NewEvent, NewTask, described, event_written, written
from shuju.serve.live import Live

MOST_EVENTS = 200
MOST_BYTES = 64 << 10
FAULTS = {"missing": "缺少这一项", "extra_forbidden": "没有这一项", "string_too_short": "不能为空"}


class WrittenError(ValueError):
    """A request is not as the interface describes it."""


class ApiHandler(RequestHandler):
    """What every address of the interface has: who asks, errors as JSON."""

    def initialize(self, live: Live) -> None:
        """Take what is served."""
        self.home: Home = live.library.home

    async def answer(self, make: Callable[[Engine, Subject], Any], status: int = 200) -> None:
        """Answer with what ``make`` gives, in a thread, on behalf of whoever the token names."""
        desk = open_desk(self.home)
        secret = self.request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        by = await asyncio.to_thread(bearer, desk, secret, at=now()) if secret else None
        if by is None:
            self.set_header("WWW-Authenticate", "Bearer")
            self.refuse(401, "请用有效的令牌（Authorization: Bearer …）")
            return
        enter(by)
        try:
            found = await asyncio.to_thread(make, desk, by)
        except NoTaskError as error:
            await asyncio.to_thread(
                trail.note, desk, "refused", self.request.path[:300], {"why": str(error)}, 0
            )
            self.refuse(404, str(error))
        except StaleTaskError as error:
            self.refuse(409, str(error))
        except NotAllowedError as error:
            self.refuse(403, str(error))
        except ValidationError as error:
            told = "；".join(
                f"{'.'.join(map(str, one['loc'])) or '内容'}：{FAULTS.get(one['type'], one['msg'])}"
                for one in error.errors()[:5]
            )
            self.refuse(400, told)
        except WrittenError as error:
            self.refuse(400, str(error))
        except ValueError as error:  # it is as described, and does not go with how things stand
            self.refuse(409, str(error))
        else:
            self.set_status(status)
            self.send(found)

    def command_id(self) -> str:
        """Return the ``Idempotency-Key``; raises ``ValueError`` where there is none."""
        key = self.request.headers.get("Idempotency-Key", "")
        if not re.fullmatch(KEY, key):
            raise WrittenError("请给出 Idempotency-Key（8 至 70 个字符，字母、数字、点、横线、下划线）")
        return key

    def refuse(self, status: int, message: str) -> None:
        """Answer with an error."""
        self.set_status(status)
        self.send({"error": message})

    def send(self, told: Any) -> None:
        """Answer with JSON."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(told, ensure_ascii=False))

    def write_error(self, status_code: int, **_: Any) -> None:
        """Tell of an error that was not foreseen."""
        self.send({"error": self._reason if status_code < 500 else "服务器出错"})


class TasksHandler(ApiHandler):
    """``POST /api/tasks`` assigns; ``GET /api/tasks`` tells what became of all tasks that are seen, from some event on."""

    async def post(self) -> None:
        """Assign a task."""
        body = self.request.body

        def make(desk: Engine, by: Subject) -> dict[str, Any]:
            told = NewTask.model_validate_json(body)
            order = told.order(*self._about(told.about, by))
            trail.note(desk, "task", order.organisation, {"do": "assign", "title": order.title, "by": "api"})
            done = assign(
                desk, order, by=by, command_id=self.command_id(), at=now(), terms=terms_of(self.home)
            )
            return written(done)

        await self.answer(make, 201)

    def _about(self, about: str, by: Subject) -> tuple[Evidence | None, bool]:
        """Return what a task rests on, as who asks sees it, and whether that is made up (演示数据).

        Raises:
            FactsError: there is no such thing.
        """
        if not about:
            return None, False
        library = open_library(self.home.uri)
        figure = figure_of(library, dict(parse_qsl(about)))
        return evidence_for(library, figure, by.title), figure.is_synthetic

    async def get(self) -> None:
        """Poll."""
        after, limit = (
            self.get_query_argument(name, default) for name, default in (("after", "0"), ("limit", "50"))
        )

        def make(desk: Engine, by: Subject) -> dict[str, Any]:
            for name, text in (("after", after), ("limit", limit)):
                if not (text.isascii() and text.isdecimal() and len(text) < 11 and int(text) <= LARGEST):
                    raise WrittenError(f"{name} 应为不小于 0 的整数")
            return polled(desk, by, int(after), min(max(int(limit), 1), MOST_EVENTS))

        await self.answer(make)


class TaskHandler(ApiHandler):
    """``GET /api/tasks/12`` tells of one task with all its events."""

    async def get(self, number: str) -> None:
        """Answer with the task."""

        def make(desk: Engine, by: Subject) -> dict[str, Any]:
            task, events = get(desk, _number(number), by)
            trail.note(desk, "task", f"task:{task.id}", {"do": "read", "by": "api"})
            return written(task) | {"events": [event_written(event) for event in events]}

        await self.answer(make)


class TaskEventsHandler(ApiHandler):
    """``POST /api/tasks/12/events`` does something to a task."""

    async def post(self, number: str) -> None:
        """Do it, and answer with the task as it is then."""
        body = self.request.body

        def make(desk: Engine, by: Subject) -> dict[str, Any]:
            told = NewEvent.model_validate_json(body)
            given = {
                name: str(value)
                for name, value in told.model_dump(exclude={"do", "seq"}).items()
                if value is not None
            }
            trail.note(desk, "task", f"task:{number}"[:300], {"do": told.do, "by": "api"})
            asked = {"by": by, "command_id": self.command_id(), "at": now(), "terms": terms_of(self.home)}
            return written(act(desk, _number(number), told.do, given, seq=told.seq, **asked))

        await self.answer(make)


class OpenApiHandler(RequestHandler):
    """``/api/openapi.json``: what there is, to anyone."""

    def get(self) -> None:
        """Answer."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(described(), ensure_ascii=False))


def polled(desk: Engine, by: Subject, after: int, limit: int) -> dict[str, Any]:
    """Return events of the tasks that somebody sees, in their order, from the one behind ``after`` on; ``next`` is what to ask with then."""
    e = task_events.c
    wanted = (
        select(task_events)
        .join(tasks, tasks.c.id == e.task_id)
        .where(e.id > after, seen(organisations_seen(desk, by)))
    ).order_by(e.id)
    with desk.connect() as connection:
        rows = connection.execute(wanted.limit(limit)).all()
    events = [{"event": row.id, "task": row.task_id, **event_written(event_of(row))} for row in rows]
    return {"events": events, "next": rows[-1].id if rows else after}


def _number(text: str) -> int:
    return int(text) if len(text) < 11 else 0
