"""The pages that a site's sitemap lists, over HTTP; read as the ``html`` reader reads files.

Options of the catalog: ``url`` (of sitemap.xml), ``only`` (a regular expression on page addresses),
``pause_seconds`` (default 1), ``limit`` (at most so many pages a run). Raw fields: those of ``html``,
and ``page_url``, ``lastmod``.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from shuju.library.batch import RawBatch
from shuju.library.errors import SourceError
from shuju.library.readers import html_pages
from shuju.library.readers.files import Unit, fingerprint
from shuju.library.readers.web import Fetcher
from shuju.library.readers.web_feeds import fetcher_of

MAX_SITEMAPS = 1_000
MAX_UNPACKED_BYTES = 50 << 20  # the protocol allows as much


@dataclass(frozen=True)
class Listed:
    """One page of a sitemap: where its content was put, and when the site says it changed."""

    path: Path
    lastmod: str | None


def units(files: str | None, location: Path, options: Mapping[str, Any]) -> Iterator[Unit]:
    """Fetch the sitemap and each page in it that changed, and yield the pages."""
    if not options.get("url"):
        raise SourceError("目录中没有写明 options.url：请给出 sitemap.xml 的网址")
    fetcher = fetcher_of(location, options)
    wanted = re.compile(options.get("only", ""))
    listed = [(url, lastmod) for url, lastmod in pages(fetcher, options["url"]) if wanted.search(url)]
    for url, lastmod in listed[: options.get("limit")]:
        path = fetcher.fetch(url, ".html")
        yield Unit(url, Listed(path, lastmod), fingerprint(path), path.stat().st_size)


def pages(fetcher: Fetcher, url: str) -> Iterator[tuple[str, str | None]]:
    """Yield (address, last modification) of all pages, following indexes of sitemaps.

    Raises:
        SourceError: a document that is no sitemap, or one that grows too large when it is unpacked.
    """
    import lxml.etree

    waiting, seen = [url], set()
    while waiting and len(seen) < MAX_SITEMAPS:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        data = fetcher.fetch(here, ".xml").read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = _unpacked(data, here)
        try:
            root = lxml.etree.fromstring(data, lxml.etree.XMLParser(resolve_entities=False, no_network=True))
        except lxml.etree.XMLSyntaxError as error:
            raise SourceError(f"{here}：不是网站地图：{error.msg}") from None
        waiting += [(entry.text or "").strip() for entry in root.iterfind("{*}sitemap/{*}loc")]
        for entry in root.iterfind("{*}url"):
            location = entry.findtext("{*}loc")
            if location:
                yield location.strip(), (entry.findtext("{*}lastmod") or "").strip() or None


def _unpacked(data: bytes, url: str) -> bytes:
    """Return what gzip packed; no more than the limit is unpacked."""
    try:
        unpacked = zlib.decompressobj(wbits=31).decompress(data, MAX_UNPACKED_BYTES + 1)
    except zlib.error:
        raise SourceError(f"{url}：压缩文件已损坏") from None
    if len(unpacked) > MAX_UNPACKED_BYTES:
        raise SourceError(f"{url}：解压后过大（超过 {MAX_UNPACKED_BYTES:,} 字节）")
    return unpacked


def read(unit: Unit, options: Mapping[str, Any]) -> Iterator[RawBatch]:
    """Read one page as one row."""
    page = Unit(unit.name, unit.at.path, unit.fingerprint, unit.n_bytes)
    for batch in html_pages.read(page, options):
        rows = batch.rows
        if rows.num_rows:
            rows = rows.append_column("page_url", pa.array([unit.name], pa.string()))
            rows = rows.append_column("lastmod", pa.array([unit.at.lastmod], pa.string()))
        yield replace(batch, rows=rows)
