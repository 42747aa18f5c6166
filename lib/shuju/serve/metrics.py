"""Metrics (监控指标) for operators, as Prometheus reads them: counts and times by route, never by person, address or content.

Labels come from tables of the code alone (routes, methods, statuses, tables), so no visitor can add one.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from tornado.httputil import HTTPServerRequest
from tornado.web import RequestHandler

from shuju.clock import now
from shuju.desk.sessions import list_sessions
from shuju.desk.store import open_desk

if TYPE_CHECKING:
    from shuju.serve.live import Live

log = logging.getLogger(__name__)
TOKEN, TOGETHER = "SHUJU_METRICS_TOKEN", "PROMETHEUS_MULTIPROC_DIR"
LEAST_TOKEN = 20
METHODS = ("GET", "HEAD", "POST")
SECONDS = (0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)

_registry = CollectorRegistry()
_requests = Counter(
    "shuju_requests", "Requests that were answered.", ["route", "method", "status"], registry=_registry
)
_seconds = Histogram(
    "shuju_request_seconds", "How long answers took.", ["route"], buckets=SECONDS, registry=_registry
)
_refusals = Counter(
    "shuju_refusals", "Requests that the gate refused.", ["route", "status"], registry=_registry
)
_errors = Counter("shuju_errors", "Answers that failed (5xx).", ["route"], registry=_registry)
_sockets = Gauge(
    "shuju_websockets", "Open pages.", registry=_registry, multiprocess_mode="livesum"
)  # fmt: skip


def count_request(handler: RequestHandler) -> None:
    """Count an answer that was sent."""
    request, status = handler.request, handler.get_status()
    route = route_of(request)
    method = request.method if request.method in METHODS else "other"
    _requests.labels(route, method, str(status)).inc()
    _seconds.labels(route).observe(request.request_time())
    if getattr(request, "is_refused", False):
        _refusals.labels(route, str(status)).inc()
    if status >= 500:
        _errors.labels(route).inc()


def count_socket(change: int) -> None:
    """Count a websocket that was opened (1) or closed (-1)."""
    _sockets.inc(change)


def route_of(request: HTTPServerRequest) -> str:
    """Return the short name of the route that a request asked for: of a table of the code, whatever was sent."""
    return route_name(getattr(request, "route", None))


def route_name(pattern: str | None) -> str:
    r"""Return the short name of a route.

    >>> route_name(r"/export/([a-z-]+)\\.(csv|xlsx)"), route_name("/"), route_name(None)
    ('export', 'home', 'none')
    """
    if pattern is None:
        return "none"
    return pattern.partition("(")[0].strip("/") or ("home" if pattern == "/" else "files")


class MetricsHandler(RequestHandler):
    """``/metrics``: for 网站运维, or for a scraper that knows the token."""

    def initialize(self, live: Live) -> None:
        """Take what is served."""
        self.live = live

    async def get(self) -> None:
        """Answer with all metrics as text."""
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(await asyncio.to_thread(_text, self.live))


def is_scraper(request: HTTPServerRequest) -> bool:
    """Whether a request bears the token that is in the file ``SHUJU_METRICS_TOKEN``; nobody does where that is not safe."""
    kind, _, sent = request.headers.get("Authorization", "").partition(" ")
    place = os.environ.get(TOKEN)
    if kind != "Bearer" or not place:
        return False
    try:
        path = Path(place).expanduser()
        wanted, is_open = path.read_text(encoding="ascii").strip(), path.stat().st_mode & 0o077
    except (OSError, ValueError):
        log.error("the file of the metrics' token cannot be read")
        return False
    if is_open or len(wanted) < LEAST_TOKEN:
        log.error("the file of the metrics' token is readable to others, or the token is shorter than 20")
        return False
    return hmac.compare_digest(wanted.encode(), sent.strip().encode())


def _text(live: Live) -> bytes:
    told = CollectorRegistry()
    if os.environ.get(TOGETHER):  # the counts of all processes
        multiprocess.MultiProcessCollector(told)
        ProcessCollector(registry=told)
        counted = generate_latest(told)
    else:
        ProcessCollector(registry=told)
        PlatformCollector(registry=told)
        counted = generate_latest(_registry) + generate_latest(told)
    state = CollectorRegistry()
    state.register(_State(live))
    return counted + generate_latest(state)


class _State:
    """What library, desk and disk are like at the moment; from logs and one question to the desk."""

    def __init__(self, live: Live):
        self._live = live

    def collect(self) -> Iterator[Metric]:
        home = self._live.library.home
        sessions = list_sessions(open_desk(home), at=now())
        yield GaugeMetricFamily("shuju_sessions", "Sessions that last.", value=len(sessions))
        rows = GaugeMetricFamily("shuju_table_rows", "Rows, revisions among them.", labels=["table"])
        size = GaugeMetricFamily("shuju_table_bytes", "Bytes of present data files.", labels=["table"])
        moved = GaugeMetricFamily(
            "shuju_table_changed_seconds", "Time of the newest commit.", labels=["table"]
        )
        for name in self._live.library.catalog.tables:
            stored = self._live.library.stored(name)
            if stored.exists:
                files = stored.files()
                rows.add_metric([name], sum(file.n_rows for file in files))
                size.add_metric([name], sum(file.n_bytes for file in files))
                moved.add_metric([name], stored.history(1)[0]["timestamp"] / 1000)
        yield from (rows, size, moved)
        if home.built.exists():
            age = time.time() - home.built.stat().st_mtime
            yield GaugeMetricFamily("shuju_build_age_seconds", "Since a build ended.", value=age)
        disk = shutil.disk_usage(home.root if home.is_local else home.cache)
        yield GaugeMetricFamily("shuju_disk_free_bytes", "Free on the library's disk.", value=disk.free)
        yield GaugeMetricFamily("shuju_disk_bytes", "Size of the library's disk.", value=disk.total)
