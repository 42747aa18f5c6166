"""Scripts and style sheets compressed and cached by the browser; pages and JSON compressed as they are sent."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import brotli
from bokeh.embed.bundle import extension_dirs
from bokeh.settings import settings
from panel.io.resources import DIST_DIR
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import HTTPError, OutputTransform, StaticFileHandler

PREFIX = "/static/"
# Brotli's highest levels take twenty times as long for 8 % less; with 9 nothing need be kept on a disk.
BROTLI_LEVEL, GZIP_LEVEL, GZIP_LEVEL_OF_PAGES = 9, 9, 6
# A document of 650 kB becomes 226 kB in 2 ms; higher levels take longer than they save.
LEVEL_OF_MESSAGES = 1
LEAST_BYTES, MOST_BYTES = 1024, 16 << 20
FILES_IN_MEMORY = 256
YEAR_SECONDS = 365 * 24 * 3600
TEXT = {
    "application/javascript",
    "application/json",
    "application/manifest+json",
    "application/xhtml+xml",
    "application/xml",
    "image/svg+xml",
    "text/css",
    "text/html",
    "text/javascript",
    "text/plain",
}
# What every page asks for; compressed before the first visitor comes.
FIRST = (
    "js/bokeh.min.js",
    "js/bokeh-widgets.min.js",
    "js/bokeh-tables.min.js",
    "extensions/panel/panel.min.js",
)


@dataclass(frozen=True)
class Packed:
    """A file's content as it is sent in one encoding; ``digest`` tells contents and encodings apart."""

    content: bytes
    digest: str


class StaticFiles(StaticFileHandler):
    """Bokeh's scripts and those of its extensions, brotli or gzip as the browser takes them.

    An address with a version (``?v=``) may be kept for a year; any other is asked for again, and answered
    with 304 while the file is the same. A file is compressed when it is first asked for (0.1 s for a
    megabyte, in a thread) and kept in memory.
    """

    _packed: Packed | None = None

    async def get(self, path: str, include_body: bool = True) -> None:
        """Answer with the file, compressed if it is text and the browser can read that."""
        self.path = self.parse_url_path(path)
        found = self.validate_absolute_path(self.root, self.get_absolute_path(self.root, self.path))
        encoding = accepted(self.request.headers.get("Accept-Encoding", ""))
        if found is None or encoding is None or "Range" in self.request.headers or not _is_packable(found):
            await super().get(path, include_body)
            return
        self.absolute_path = found
        self._packed = await asyncio.to_thread(packed, found, Path(found).stat().st_mtime_ns, encoding)
        self.modified = self.get_modified_time()
        self.set_headers()
        self.clear_header("Accept-Ranges")
        self.set_header("Content-Encoding", encoding)
        if self.should_return_304():
            self.set_status(304)
        else:
            self.set_header("Content-Length", len(self._packed.content))
            if include_body:
                self.write(self._packed.content)

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:
        """Return the file behind an address: ``extensions/NAME/…`` of an extension, else under ``root``.

        Raises:
            HTTPError: 404 for an extension that is not there, 403 for a path that leads out of its folder.
        """
        folder, within = _folder_of(root, path)
        return super().get_absolute_path(folder, within)

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """Return the path if it is a file inside its folder, links followed; raises 403 or 404 if not."""
        folder, _ = _folder_of(root, self.path)
        return super().validate_absolute_path(folder, absolute_path)

    def compute_etag(self) -> str | None:
        """Return a tag of the content and its encoding."""
        return super().compute_etag() if self._packed is None else f'"{self._packed.digest}"'

    def set_extra_headers(self, path: str) -> None:  # noqa: ARG002 - Tornado's signature
        """Tell the browser how long it may keep the file."""
        self.set_header("Vary", "Accept-Encoding")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.clear_header("Expires")
        is_versioned = bool(self.get_argument("v", ""))
        kept = f"public, max-age={YEAR_SECONDS}, immutable" if is_versioned else "public, no-cache"
        self.set_header("Cache-Control", kept)


class CompressedAnswers(OutputTransform):
    """Gzips pages and JSON; leaves downloads and whatever is sent in pieces alone: that would hold the loop."""

    def __init__(self, request: HTTPServerRequest):
        """Look whether the browser reads gzip."""
        self._is_wanted = accepted(request.headers.get("Accept-Encoding", ""), ("gzip",)) is not None

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Compress a whole answer of text."""
        kind = headers.get("Content-Type", "").partition(";")[0]
        is_page = kind in TEXT and "Content-Encoding" not in headers and "Content-Disposition" not in headers
        if not (finishing and is_page and len(chunk) >= LEAST_BYTES):
            return status_code, headers, chunk
        headers["Vary"] = ", ".join(filter(None, (headers.get("Vary"), "Accept-Encoding")))
        if self._is_wanted:
            chunk = gzip.compress(chunk, GZIP_LEVEL_OF_PAGES, mtime=0)
            headers["Content-Encoding"] = "gzip"
            headers["Content-Length"] = str(len(chunk))
        return status_code, headers, chunk


def server_settings() -> dict[str, Any]:
    """Return what ``pn.serve`` hands on to Bokeh and Tornado, which asks its static handler before any page."""
    return {
        "static_path": str(settings.bokehjs_path()),
        "static_url_prefix": PREFIX,
        "static_handler_class": StaticFiles,
        "transforms": [CompressedAnswers],
        "websocket_compression_level": LEVEL_OF_MESSAGES,
    }


def compress_first(names: Iterable[str] = FIRST) -> threading.Thread:
    """Start a thread that compresses what every page needs."""

    def compress() -> None:
        for name in names:
            path = StaticFiles.get_absolute_path(str(settings.bokehjs_path()), name)
            for encoding in ("br", "gzip"):
                packed(path, Path(path).stat().st_mtime_ns, encoding)

    thread = threading.Thread(target=compress, name="shuju-static", daemon=True)
    thread.start()
    return thread


def accepted(header: str, offered: Sequence[str] = ("br", "gzip")) -> str | None:
    """Return the first of the encodings ``offered`` that an ``Accept-Encoding`` takes, None if it takes none.

    >>> accepted("gzip, deflate, br"), accepted("br;q=0, gzip"), accepted("identity")
    ('br', 'gzip', None)
    """
    names = set()
    for item in header.lower().split(","):
        name, *options = (part.strip() for part in item.split(";"))
        if not any(option.replace(" ", "") in ("q=0", "q=0.0", "q=0.00", "q=0.000") for option in options):
            names.add(name)
    return next((encoding for encoding in offered if encoding in names), None)


@lru_cache(FILES_IN_MEMORY)
def packed(path: str, modified: int, encoding: str) -> Packed:  # noqa: ARG001 - part of the cache's key
    """Return a file compressed; ``modified`` (nanoseconds) makes a changed file a new one."""
    content = Path(path).read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:32]
    if encoding == "br":
        return Packed(brotli.compress(content, quality=BROTLI_LEVEL), f"{digest}-br")
    return Packed(gzip.compress(content, GZIP_LEVEL, mtime=0), f"{digest}-gzip")


def _is_packable(path: str) -> bool:
    return mimetypes.guess_type(path)[0] in TEXT and LEAST_BYTES <= Path(path).stat().st_size <= MOST_BYTES


def _folder_of(root: str, path: str) -> tuple[str, str]:
    """Return the folder that an address stands for, and the path within it."""
    if path == "favicon.ico":
        return str(DIST_DIR / "images"), path
    if not path.startswith("extensions/"):
        return root, path
    name, _, within = path.removeprefix("extensions/").partition("/")
    if name not in extension_dirs:
        raise HTTPError(404)
    return str(extension_dirs[name]), within
