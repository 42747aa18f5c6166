"""The table of all addresses: what answers each, and who may ask for it. The gate refuses what is not in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tornado.web import RequestHandler

from shuju.access.roles import ADMINISTRATOR, ANALYST, DEPARTMENT, LEADER, OPERATOR, READERS
from shuju.desk.tasks.attachments import MOST_BYTES
from shuju.pages.notes.notes import annotate_form, receive_annotation
from shuju.pages.subscriptions.form import receive_subscription, subscribe_form
from shuju.pages.tasks.assigning import assign_form, receive_order
from shuju.pages.tv.devices import devices_html, receive_device
from shuju.serve.api import MOST_BYTES as API_BYTES
from shuju.serve.api import OpenApiHandler, TaskEventsHandler, TaskHandler, TasksHandler
from shuju.serve.assets import AssetHandler, WorkerHandler
from shuju.serve.boards import BoardHandler
from shuju.serve.briefings import InboxFileHandler
from shuju.serve.cards import CardHandler
from shuju.serve.exports import ExportHandler
from shuju.serve.faulty_pages import FaultyPageHandler
from shuju.serve.forms import Form, FormHandler
from shuju.serve.gate import ANYONE, MOST_FORM_BYTES, SIGNED_IN, Rule, rule
from shuju.serve.health import HealthHandler
from shuju.serve.live import Live
from shuju.serve.live_pages import FOLDER, LivePageHandler, Sketches
from shuju.serve.metrics import MetricsHandler
from shuju.serve.oidc import Provider
from shuju.serve.other_ways_in import OtherSystemHandler, PasskeyHandler, PasskeySignInHandler
from shuju.serve.pages import PageEntry
from shuju.serve.plain import PlainHandler
from shuju.serve.rate import RatedHandler, RateHandler
from shuju.serve.reveal import RevealHandler
from shuju.serve.saved_views import ViewsHandler
from shuju.serve.screen import ScreenHandler, SlideHandler
from shuju.serve.screen_door import ScreenDoorHandler
from shuju.serve.sign_in import AccountHandler, SignInHandler, SignOutHandler
from shuju.serve.static_files import PREFIX
from shuju.serve.task_files import AttachHandler, DeadlinesHandler, TaskFileHandler
from shuju.serve.unsubscribe import UnsubscribeHandler
from shuju.serve.visitors import Visitors

# How often one visitor may; beyond it the answer is 429.
SIGN_INS, EXPORTS, CARDS, SEARCHES = "60/minute", "30/minute", "240/minute", "60/minute"
REVEALS, SCRAPES, ASSIGNS, ATTACHES = "20/minute", "60/minute", "120/minute", "30/minute"
FEEDS, CALLS, RATES, PINS, PAIRINGS = "60/minute", "600/minute", "20/minute", "240/minute", "20/minute"
TASKS = (LEADER, ANALYST, DEPARTMENT)
COSTLY = ("search", "whatif")  # pages that compute for whoever opens them
ASSIGN = Form("交办", "desk", assign_form, receive_order)
ANNOTATE = Form("注记", "", annotate_form, receive_annotation)
DEVICES = Form("大屏设备", "accounts", devices_html, receive_device, is_page=True)
SUBSCRIBE = Form("订阅", "subscriptions", subscribe_form, receive_subscription)


@dataclass(frozen=True)
class Route:
    """One address: its pattern, who may, and the handler with what it is given; none where Bokeh has one of its own."""

    pattern: str
    rule: Rule
    handler: type[RequestHandler] | None = None
    given: Mapping[str, Any] | None = None

    @property
    def handled(self) -> tuple[Any, ...]:
        """The route as Tornado takes it."""
        return (self.pattern, self.handler, dict(self.given or {}))


def all_routes(
    pages: Sequence[PageEntry],
    live: Live,
    visitors: Visitors,
    shell: Mapping[str, Any],
    provider: Provider | None = None,
) -> list[Route]:
    """Return every address of the server; ``provider`` is the other system by which people may sign in."""
    sketches, framed = Sketches(live, shell), {"shell": shell}
    own = {"visitors": visitors, "shell": shell}
    filed = {"live": live, "shell": shell}
    api: dict[str, Any] = {"is_api": True, "most_bytes": API_BYTES}
    found = [
        Route(r"/healthz", rule(ANYONE), HealthHandler),
        Route(r"/metrics", rule((OPERATOR,), limit=SCRAPES, is_scraped=True), MetricsHandler, {"live": live}),
        Route(r"/assets/([a-z.]+)", rule(ANYONE), AssetHandler),
        Route(r"/service-worker\.js", rule(ANYONE), WorkerHandler),
        Route(r"/favicon.ico", rule(ANYONE)),
        Route(r"/(favicon\.ico)", rule(ANYONE)),
        Route(r"/(robots\.txt)", rule(ANYONE)),
        Route(rf"{PREFIX}extensions/(.*)", rule(ANYONE)),
        Route(rf"{PREFIX}(.*)", rule(ANYONE)),
        Route(r"/sign-in", rule(ANYONE, ANYONE, SIGN_INS), SignInHandler, {**own, "provider": provider}),
        Route(r"/sign-in/oidc(/back)?", rule(ANYONE, limit=SIGN_INS), OtherSystemHandler, {**own, "provider": provider}),
        Route(r"/sign-in/passkey", rule((), ANYONE, SIGN_INS), PasskeySignInHandler, own),
        Route(r"/account/passkey", rule((), SIGNED_IN, SIGN_INS), PasskeyHandler, own),
        Route(r"/sign-out", rule((), SIGNED_IN), SignOutHandler, own),
        Route(r"/account", rule(SIGNED_IN, SIGNED_IN, SIGN_INS), AccountHandler, own),
        Route(r"/views", rule(READERS, READERS), ViewsHandler, {"live": live}),
        Route(r"/assign", rule((LEADER, ANALYST), (LEADER, ANALYST), ASSIGNS), FormHandler, {**filed, "form": ASSIGN}),
        Route(r"/subscribe", rule(READERS, READERS, ASSIGNS), FormHandler, {**filed, "form": SUBSCRIBE}),
        Route(r"/annotate", rule(READERS, READERS, ASSIGNS), FormHandler, {**filed, "form": ANNOTATE}),
        Route(r"/devices", rule((ADMINISTRATOR,), (ADMINISTRATOR,), ASSIGNS), FormHandler, {**filed, "form": DEVICES}),
        Route(r"/tv", rule(READERS, is_screen=True), ScreenHandler, framed),
        Route(r"/tv/part", rule(READERS, limit=CALLS, is_screen=True), SlideHandler, {"live": live}),
        Route(r"/screen", rule(ANYONE, ANYONE, PAIRINGS), ScreenDoorHandler, own),
        Route(r"/unsubscribe/([0-9a-f-]+)", rule(ANYONE, ANYONE, FEEDS, is_api=True, most_bytes=MOST_FORM_BYTES), UnsubscribeHandler, filed),
        Route(r"/inbox/(\d{1,9})\.docx", rule(READERS, limit=EXPORTS), InboxFileHandler, filed),
        Route(r"/mine/board", rule((), READERS, PINS), BoardHandler, {"live": live}),
        Route(r"/attach", rule((), TASKS, ATTACHES, most_bytes=MOST_BYTES), AttachHandler, {"live": live}),
        Route(r"/attachment/(\d+)", rule(TASKS, limit=CARDS), TaskFileHandler, {"live": live, "shell": shell}),
        Route(r"/task-form/(\d+)/(order|feedback)\.docx", rule(TASKS, limit=EXPORTS), TaskFileHandler, {"live": live, "shell": shell}),
        Route(r"/deadlines/([0-9a-z-]+)\.ics", rule(ANYONE, limit=FEEDS), DeadlinesHandler, {"live": live}),
        Route(r"/api/openapi\.json", rule(ANYONE, limit=FEEDS), OpenApiHandler),
        Route(r"/api/tasks", rule(ANYONE, ANYONE, CALLS, **api), TasksHandler, {"live": live}),
        Route(r"/api/tasks/(\d+)", rule(ANYONE, (), CALLS, **api), TaskHandler, {"live": live}),
        Route(r"/api/tasks/(\d+)/events", rule((), ANYONE, CALLS, **api), TaskEventsHandler, {"live": live}),
        Route(r"/fast-answer/(\d+)\.docx", rule((LEADER, ANALYST), limit=EXPORTS), TaskFileHandler, {**filed, "form": "answer"}),
        Route(r"/letter-answer/(\d+)\.docx", rule(TASKS, limit=EXPORTS), TaskFileHandler, {**filed, "form": "reply"}),
        Route(r"/rate", rule(ANYONE, limit=RATES), RateHandler, {**own, "live": live}),
        Route(r"/rate/given", rule((), ANYONE, RATES), RatedHandler, {**own, "live": live}),
        Route(r"/reveal", rule((), (DEPARTMENT,), REVEALS), RevealHandler, {"live": live, "shell": shell}),
        Route(r"/export/([a-z-]+)\.(csv|xlsx|parquet|docx)", rule(READERS, limit=EXPORTS), ExportHandler, framed),
        Route(
            r"/card/([a-z_]+\.[a-z_]+?)(\.png|\.svg|\.csv|\.xlsx|\.html|\.py)?", rule(READERS, limit=CARDS), CardHandler, framed
        ),
    ]  # fmt: skip
    # What Panel and Bokeh add of themselves, and no page of ours needs: nobody may.
    found.append(Route(r"/components/(.*)", rule(())))
    for page in pages:
        if page.fault:
            given = {"entry": page, "shell": shell}
            found.append(Route(rf"/{page.route}", rule(page.who), FaultyPageHandler, given))
        elif page.notebook is not None:
            found.append(Route(rf"/{FOLDER}/{page.route}/static/(.*)", rule(())))
            given = {"entry": page, "sketches": sketches}
            found.append(Route(rf"/{page.route}", rule(page.who), LivePageHandler, given))
            found.append(Route(rf"/{FOLDER}/{page.route}/ws", rule(page.who, is_socket=True)))
        else:
            given = {"entry": page, "pages": pages, "live": live, "shell": shell}
            limit = SEARCHES if page.route in COSTLY else ""
            found.append(Route(rf"/{page.route}", rule(page.who, page.writers, limit), PlainHandler, given))
    return found
