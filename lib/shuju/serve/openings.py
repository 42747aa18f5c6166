"""Pages that were opened since the last look: counted in the process, put on the desk by the thread that delivers messages."""

from __future__ import annotations

import threading
from collections import Counter

from sqlalchemy import Engine
from tornado.web import RequestHandler

from shuju.clock import now
from shuju.desk.openings import add_openings
from shuju.serve.pages import PageEntry

_counts: Counter[tuple[str, str]] = Counter()
_lock = threading.Lock()


def count_opening(handler: RequestHandler) -> None:
    """Count a page that was shown to somebody who is signed in; anything else is none."""
    entry, visitor = getattr(handler, "entry", None), getattr(handler.request, "visitor", None)
    if (
        isinstance(entry, PageEntry)
        and visitor is not None
        and handler.request.method == "GET"
        and handler.get_status() == 200
    ):
        with _lock:
            _counts[entry.route, visitor.subject.role] += 1


def keep_openings(desk: Engine) -> None:
    """Put what was counted on the desk; where that fails it is counted still."""
    with _lock:
        counts = dict(_counts)
        _counts.clear()
    if not counts:
        return
    try:
        add_openings(desk, counts, day=now().date())
    except Exception:
        with _lock:
            _counts.update(counts)
        raise
