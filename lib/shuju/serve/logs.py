"""The server's log: what went wrong and where, and nothing that a visitor sent (运行日志不含个人信息).

Our own messages name routes and pages; of other packages' messages, and of the texts of errors, nobody knows what they quote, so of those
the log has the place in the code. A line is a line: what is not printable is escaped.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
import traceback
from collections.abc import Callable
from typing import Any

from tornado.web import RequestHandler

from shuju.serve.metrics import count_request, route_of
from shuju.serve.openings import count_opening

OWN = "shuju"
PLAIN, JSON = "plain", "json"
requests = logging.getLogger("shuju.requests")


def set_up(kind: str, *, is_scrubbed: Callable[[], bool]) -> None:
    """Have the process write one log to its standard error, as text or as JSON lines.

    ``is_scrubbed`` says, at each line, whether texts that may quote visitors are left out: always but in a demo, whose data are made up.
    """
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):  # packages that write by themselves
            logger.handlers.clear()
            logger.propagate = True
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(kind, is_scrubbed))
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.WARNING)
    requests.setLevel(logging.INFO if kind == JSON else logging.WARNING)
    logging.captureWarnings(True)


def log_request(handler: RequestHandler) -> None:
    """Count an answer, and note it: route and status, not the address that was asked for, nor who asked."""
    count_request(handler)
    count_opening(handler)
    request = handler.request
    told = {
        "route": route_of(request),
        "method": request.method if request.method in ("GET", "HEAD", "POST") else "other",
        "status": handler.get_status(),
        "milliseconds": round(request.request_time() * 1000, 1),
    }
    requests.info("answered", extra={"told": told})


class _Lines(logging.Formatter):
    def __init__(self, kind: str, is_scrubbed: Callable[[], bool]):
        super().__init__()
        self._kind, self._is_scrubbed = kind, is_scrubbed

    def format(self, record: logging.LogRecord) -> str:
        is_scrubbed = self._is_scrubbed()
        is_own = record.name.split(".")[0] == OWN
        told: dict[str, Any] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage() if is_own or not is_scrubbed else "",
            "place": f"{record.module}:{record.funcName}:{record.lineno}",
            **getattr(record, "told", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            told["error"] = _error(record.exc_info[1], is_scrubbed=is_scrubbed)
        if self._kind == JSON:
            return json.dumps(told, ensure_ascii=True)
        head = f"{told['at']} {told['level'].upper()} {told['logger']} {told['message'] or told['place']}"
        return "\n".join([_printable(head), *(f"  {_printable(line)}" for line in told.get("error", ()))])


def _error(error: BaseException, *, is_scrubbed: bool) -> list[str]:
    """Return what failed and where, the cause first; the texts of errors may quote what a visitor sent."""
    if not is_scrubbed:
        return "".join(traceback.format_exception(error)).splitlines()
    lines = []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        lines += [*_error(cause, is_scrubbed=True), "then:"]
    frames = traceback.extract_tb(error.__traceback__)
    lines += [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    why = f": {error.strerror}" if isinstance(error, OSError) and error.errno else ""
    return [*lines, f"{type(error).__module__}.{type(error).__qualname__}{why}"]


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
