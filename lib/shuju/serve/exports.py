"""Downloads: all rows under the filters of an address, streamed; and briefings. A few at a time, the others wait."""

from __future__ import annotations

import asyncio
import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import pyarrow as pa
from tornado.iostream import StreamClosedError

from shuju import select
from shuju.access import NotAllowedError, require_sight
from shuju.catalog import did_you_mean
from shuju.clock import now
from shuju.desk import trail
from shuju.desk.store import open_desk
from shuju.engine.threads import kept_pool
from shuju.facts import FactsError
from shuju.facts.selection import Selection
from shuju.library import LibraryError
from shuju.serve import marks
from shuju.serve.errors import ReadableErrors
from shuju.serve.files import csv_pieces, write_parquet
from shuju.serve.refusals import note_refused
from shuju.serve.visitors import is_secure
from shuju.serve.xlsx import xlsx_pieces
from shuju.ui.exports import Briefing, Export, find
from shuju.ui.templates import moment

AT_ONCE = 2  # they read the library with all cores: more would only make each slower
WAITING = 8
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
KINDS = {"csv": "text/csv; charset=utf-8", "docx": WORD}
ASK = "ask"  # the name under which a page asks, in a cookie, whether the file begins to come
TOLD_SECONDS = 60
Done = TypeVar("Done")


class ExportHandler(ReadableErrors):
    """``/export/letters.csv?region=…``: a file; a wrong filter is refused with a message.

    Where the address holds ``ask``, the answer's cookie of that name tells the page that the file begins to come, or why none does.
    """

    under_way = 0

    def initialize(self, shell: Mapping[str, Any]) -> None:
        """Take the frame around pages."""
        self.shell = shell

    async def get(self, name: str, kind: str) -> None:
        """Answer with the file, or with 429 where too many wait already."""
        if ExportHandler.under_way >= AT_ONCE + WAITING:
            self.set_header("Retry-After", "30")
            self._refuse("同时导出的人太多，请半分钟后再试", 429)
            return
        ExportHandler.under_way += 1
        try:
            await self._answer(name, kind)
        except NotAllowedError as error:
            await note_refused(self.request, str(error))
            self._refuse(str(error), 403)
        except (LibraryError, FactsError, ValueError) as error:
            self._refuse(str(error))
        except StreamClosedError:
            return  # the reader left: nothing more to send
        finally:
            ExportHandler.under_way -= 1

    async def _answer(self, name: str, kind: str) -> None:
        export, query = find(name), {k: self.get_argument(k) for k in self.request.arguments if k != ASK}
        if isinstance(export, Briefing) != (kind == "docx"):
            raise FactsError(f"“{export.title}”没有 {kind} 格式")
        selection = await _in_thread(lambda: _selection(export, query))
        await self._note(selection, f"{name}.{kind}", {"filters": query, "state": "asked"})
        self.sent, self.n_bytes = hashlib.sha256(), 0
        state = "broken off"
        try:
            if isinstance(export, Briefing):
                await self._send_briefing(export, selection, query)
            else:
                await self._send_rows(export, selection, query, kind)
            state = "sent"
        finally:
            told = {"state": state, "bytes": self.n_bytes, "sha256": self.sent.hexdigest()}
            await self._note(selection, f"{name}.{kind}", told)

    async def _note(self, selection: Selection, what: str, told: Mapping[str, Any]) -> None:
        """Put a download on the trail: before anything is sent, and how it ended."""
        desk = open_desk(selection.resources.home)
        await _in_thread(lambda: trail.note(desk, "export", what, told, selection.total))

    async def _send_rows(
        self, export: Export, selection: Selection, query: dict[str, str], kind: str
    ) -> None:
        # Nothing is sent before the first piece is there: what is wrong with the filters shows then.
        pieces = await _in_thread(lambda: _begun(export.pieces(selection, query)))
        about = f"筛选：{selection.describe()}" if export.about is None else export.about(selection, query)
        text = marks.mark()
        pieces = marks.marked_rows(pieces, text)
        titles = marks.marked_titles(export.titles(selection), text)
        self._name(f"数聚-{export.title}-{marks.in_name()}.{kind}", kind)
        self._tell("begun", str(selection.total) if export.about is None else "")
        if kind == "csv":
            await self._stream(csv_pieces(pieces, titles))
        elif kind == "xlsx":
            explained = _explained(export, selection, about)
            await self._stream(xlsx_pieces(pieces, titles, explained, export.title))
        else:
            synthetic = "；演示数据" if selection.is_synthetic else ""
            header = f"数聚 {export.title}；{about}；数据截至 {moment(selection.as_of)}{synthetic}；{text}"
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"export.{kind}"
                await _in_thread(lambda: write_parquet(pieces, titles, header, path))
                await self._stream_file(path)

    async def _send_briefing(self, briefing: Briefing, selection: Selection, query: dict[str, str]) -> None:
        as_of = now()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "briefing.docx"
            await _in_thread(lambda: briefing.write(selection, query, path, as_of))
            text = marks.mark()
            await _in_thread(lambda: marks.mark_word(path, text))
            self._name(f"{briefing.title}-{marks.in_name()}.docx", "docx")
            self._tell("begun")
            await self._stream_file(path)

    async def _stream_file(self, path: Path) -> None:
        with path.open("rb") as file:
            await self._stream(iter(lambda: file.read(1 << 20), b""))

    async def _stream(self, pieces: Iterator[bytes]) -> None:
        while (piece := await _in_thread(lambda: next(pieces, None))) is not None:
            self.sent.update(piece)
            self.n_bytes += len(piece)
            self.write(piece)
            await self.flush()

    def _name(self, name: str, kind: str) -> None:
        self.set_header("Content-Type", KINDS.get(kind, "application/octet-stream"))
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name)}")

    def _tell(self, state: str, what: str = "") -> None:
        """Tell the page that asked; a download shows it nothing else."""
        token = self.get_argument(ASK, "")
        if re.fullmatch("[0-9a-f]{8,32}", token):
            secure = "; Secure" if is_secure(self.request) else ""
            told = f"shuju_download_{token}={state}.{quote(what, safe='')}"
            self.add_header("Set-Cookie", f"{told}; Path=/; Max-Age={TOLD_SECONDS}; SameSite=Strict{secure}")

    def _refuse(self, message: str, status: int = 400) -> None:
        self.set_status(status)
        self._tell("refused", message)
        self.clear_header("Content-Disposition")
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(message)


def _selection(export: Export | Briefing, query: dict[str, str]) -> Selection:
    selection = select(export.table)
    require_sight(selection.scope, export.table)
    names = selection.filter_names()
    for name in query:
        if name not in (*names, *export.asks):
            raise FactsError(did_you_mean("筛选项", name, names))
    refused = selection.take({name: value for name, value in query.items() if name in names})
    if refused:
        raise FactsError("；".join(refused))
    return selection


def _explained(export: Export, selection: Selection, about: str) -> list[tuple[str, str]]:
    """Return what a workbook says of itself: what it holds, of which filters, up to when, and what each column means."""
    what, _, told = about.partition("：")
    sources = selection.facet("source")["name"].tolist() if "source" in selection.schema.names else []
    lines = [
        ("内容", f"数聚 {export.title}"),
        (what, told),
        (
            "行数",
            f"与网页上符合条件的 {selection.total:,} {selection.unit}一致"
            if export.about is None
            else "见数据表",
        ),
        ("数据截至", f"{moment(selection.as_of)}（库中最新一条的时间）"),
        ("导出时间", moment(now())),
        ("导出标识", marks.mark()),
        ("来源", "统一信息资源库" + (f"：{'、'.join(sources)}" if sources else "")),
    ]
    lines += [("说明", "演示数据，不代表真实情况")] if selection.is_synthetic else []
    meanings = export.meanings(selection)
    columns = [(f"列：{title}", meanings.get(name, "")) for name, title in export.titles(selection).items()]
    return [*lines, ("", ""), *columns]


def _begun(pieces: Iterator[pa.Table]) -> Iterator[pa.Table]:
    first = next(pieces, None)
    return iter(()) if first is None else chain([first], pieces)


async def _in_thread(work: Callable[[], Done]) -> Done:
    loop: Any = asyncio.get_running_loop()
    return await loop.run_in_executor(kept_pool("exports", AT_ONCE), work)
