"""A thread of each server process that reminds, looks at subscriptions, delivers (on a lease, so none twice), and keeps what was opened."""

from __future__ import annotations

import logging
import threading

from shuju.clock import now
from shuju.desk.messages.deliver import deliver, ways_of
from shuju.desk.messages.reminders import remind
from shuju.desk.store import open_desk
from shuju.desk.subscriptions.run import run_alerts
from shuju.desk.tasks.recount import recount
from shuju.desk.terms_reading import terms_of
from shuju.library.home import Home
from shuju.serve.briefings import told_of
from shuju.serve.openings import keep_openings

log = logging.getLogger(__name__)
LOOK_SECONDS = 20.0


def keep_telling(home: Home) -> threading.Thread:
    """Begin to remind and deliver, until the process ends; what fails is logged and tried again."""
    thread = threading.Thread(target=_tell, args=(home,), name="shuju-messages", daemon=True)
    thread.start()
    return thread


def _tell(home: Home) -> None:
    pause = threading.Event()
    while not pause.wait(LOOK_SECONDS):
        try:
            desk, terms = open_desk(home), terms_of(home)
            keep_openings(desk)
            recount(desk, terms, at=now())
            remind(desk, terms, at=now())
            run_alerts(home, desk, told_of, at=now())
            deliver(desk, ways_of(), clock=now)
        except Exception:  # the desk may be away for a while
            log.exception("messages could not be delivered")
