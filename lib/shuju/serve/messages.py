"""A thread of each server process that takes in what came for the leader, reminds, looks at subscriptions, delivers, keeps what was opened.

Messages are delivered on a lease, so none goes twice.
"""

from __future__ import annotations

import logging
import threading

from shuju.clock import now
from shuju.desk.fast_arrivals import take_in_new
from shuju.desk.messages.deliver import deliver, ways_of
from shuju.desk.messages.reminders import remind
from shuju.desk.store import open_desk
from shuju.desk.subscriptions.run import run_alerts
from shuju.desk.tasks.recount import recount
from shuju.desk.terms_reading import terms_of
from shuju.library import open_library
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
    pause, taken_in = threading.Event(), ()
    while not pause.wait(LOOK_SECONDS):
        try:
            desk, terms = open_desk(home), terms_of(home)
            keep_openings(desk)
            recount(desk, terms, at=now())
            taken_in = take_in_new(open_library(home.uri), desk, terms, at=now(), seen=taken_in)
            remind(desk, terms, at=now())
            run_alerts(home, desk, told_of, at=now())
            deliver(desk, ways_of(), clock=now, calendar=terms.calendar)
        except Exception:  # the desk may be away for a while
            log.exception("messages could not be delivered")
