"""The table of addresses, written down anew; and that no rule of it can be dropped or widened unseen (mutation)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from shuju.access import ROLES
from shuju.access.subject import enter
from shuju.clock import now
from shuju.desk import sessions
from shuju.desk.store import open_desk
from shuju.library.home import find_home
from shuju.serve.gate import ANYONE, SIGNED_IN, Gate, Rule
from shuju.serve.pages import find_pages
from shuju.serve.routes import all_routes
from shuju.serve.visitors import Visitors

HOST, STRANGER = "127.0.0.1:5006", "stranger"
LETTERS, RECORDS, NOBODY, ALL = (
    "leader analyst department",
    "leader analyst department operator",
    "",
    " ".join(ROLES),
)
# Pattern: who reads, who writes, how often.
WANTED = {
    "/healthz": ("*", NOBODY, ""), "/assets/([a-z.]+)": ("*", NOBODY, ""), "/favicon.ico": ("*", NOBODY, ""),
    r"/(favicon\.ico)": ("*", NOBODY, ""), r"/(robots\.txt)": ("*", NOBODY, ""), "/static/extensions/(.*)": ("*", NOBODY, ""),
    "/static/(.*)": ("*", NOBODY, ""), "/sign-in": ("*", "*", "60 per 1 minute"), "/sign-out": (NOBODY, ALL, ""),
    "/account": (ALL, ALL, "60 per 1 minute"), "/views": (RECORDS, RECORDS, ""), "/reveal": (NOBODY, "department", "20 per 1 minute"),
    r"/export/([a-z-]+)\.(csv|xlsx|parquet|docx)": (RECORDS, NOBODY, "30 per 1 minute"),
    r"/card/([a-z_]+\.[a-z_]+?)(\.png|\.svg|\.csv|\.xlsx|\.html|\.py)?": (RECORDS, NOBODY, "240 per 1 minute"),
    "/components/(.*)": (NOBODY, NOBODY, ""), "/": (RECORDS, RECORDS, ""), "/record": (RECORDS, NOBODY, ""),
    "/search": (RECORDS, NOBODY, "60 per 1 minute"), "/letter": (LETTERS, "analyst department", ""),
    "/usage": ("operator", NOBODY, ""),
    "/library": ("leader analyst operator", NOBODY, ""), "/accounts": ("administrator security", "administrator security", ""),
    "/audit": ("auditor", NOBODY, ""), "/metrics": ("operator", NOBODY, "60 per 1 minute"),
    "/sign-in/oidc(/back)?": ("*", NOBODY, "60 per 1 minute"), "/sign-in/passkey": (NOBODY, "*", "60 per 1 minute"),
    "/account/passkey": (NOBODY, ALL, "60 per 1 minute"), "/assign": ("leader analyst", "leader analyst", "120 per 1 minute"),
    r"/service-worker\.js": ("*", NOBODY, ""),
    "/annotate": (RECORDS, RECORDS, "120 per 1 minute"), "/devices": ("administrator", "administrator", "120 per 1 minute"),
    "/tv": (RECORDS, NOBODY, ""), "/tv/part": (RECORDS, NOBODY, "600 per 1 minute"), "/playlists": (RECORDS, RECORDS, ""),
    "/screen": ("*", "*", "20 per 1 minute"),
    "/subscribe": (RECORDS, RECORDS, "120 per 1 minute"), "/unsubscribe/([0-9a-f-]+)": ("*", "*", "60 per 1 minute"),
    "/subscriptions": (f"{RECORDS} administrator",) * 2 + ("",), "/inbox": (RECORDS, RECORDS, ""),
    r"/inbox/(\d{1,9})\.docx": (RECORDS, NOBODY, "30 per 1 minute"),
    "/whatif": (RECORDS, RECORDS, "60 per 1 minute"), "/desk": (LETTERS, LETTERS, ""), "/task": (LETTERS, LETTERS, ""),
    "/supervision": (LETTERS, NOBODY, ""),
    "/overview": (RECORDS, NOBODY, ""), "/mine/board": (NOBODY, RECORDS, "240 per 1 minute"),
    "/mine/new": (RECORDS, RECORDS, ""), "/mine/boards": (RECORDS, RECORDS, ""),
    r"/deadlines/([0-9a-z-]+)\.ics": ("*", NOBODY, "60 per 1 minute"),
    r"/api/openapi\.json": ("*", NOBODY, "60 per 1 minute"),
    r"/api/tasks": ("*", "*", "600 per 1 minute"), r"/api/tasks/(\d+)": ("*", NOBODY, "600 per 1 minute"),
    r"/api/tasks/(\d+)/events": (NOBODY, "*", "600 per 1 minute"),
    "/fast": ("leader analyst", "leader analyst", ""), r"/fast-answer/(\d+)\.docx": ("leader analyst", NOBODY, "30 per 1 minute"),
    "/answer": (LETTERS, "department", ""), r"/letter-answer/(\d+)\.docx": (LETTERS, NOBODY, "30 per 1 minute"),
    "/rate": ("*", NOBODY, "20 per 1 minute"), "/rate/given": (NOBODY, "*", "20 per 1 minute"),
    "/attach": (NOBODY, LETTERS, "30 per 1 minute"), r"/attachment/(\d+)": (LETTERS, NOBODY, "240 per 1 minute"),
    r"/task-form/(\d+)/(order|feedback)\.docx": (LETTERS, NOBODY, "30 per 1 minute"),
} | {
    pattern: (who, NOBODY, "")
    for page, who in (("issues", LETTERS), ("whatif_letters", LETTERS), ("whatif_spread", RECORDS), ("whatif_warnings", LETTERS),
                      ("whatif_issues", LETTERS),
                      ("letters", LETTERS), ("spread", RECORDS), ("issue", LETTERS), ("panorama", RECORDS),
                      ("document", RECORDS), ("own_page", "leader analyst"))
    for pattern, who in ((f"/{page}", who), (f"/live/{page}/ws", who), (f"/live/{page}/static/(.*)", NOBODY))
}  # fmt: skip


class Asked:
    """Requests to a gate without a network: real rules, real sessions, real requests."""

    def __init__(self, home: Path):
        self.desk = open_desk(find_home(home))
        self.visitors = Visitors(self.desk)
        self.cookies = {role: sessions.begin_demo(self.desk, role, "127.0.0.1", at=now()) for role in ROLES}
        found = all_routes(find_pages(), None, self.visitors, {"navs": {}})  # type: ignore[arg-type] # nobody is answered
        self.rules: dict[str, Rule] = {route.pattern: route.rule for route in found}

    def status(
        self, rules: Mapping[str, Rule], pattern: str, who: str, method: str, origin: str = f"http://{HOST}"
    ) -> int:
        """Return what a request is refused with, 200 if it is not."""
        headers = HTTPHeaders({"Host": HOST, "Origin": origin})
        if who != STRANGER:
            headers["Cookie"] = f"shuju-5006={self.cookies[who]}"
        request = HTTPServerRequest(start_line=RequestStartLine(method, pattern, "HTTP/1.1"), headers=headers)
        request.remote_ip, request.protocol = "127.0.0.1", "http"
        refusal = Gate(self.visitors, rules, [HOST], {}).receive(request, pattern)
        return 200 if refusal is None else refusal.status

    def differences(self, rules: Mapping[str, Rule], pattern: str) -> list[str]:
        """Return where a rule answers otherwise than is wanted."""
        read, write, limit = WANTED[pattern]
        found = []
        for method, may in (("GET", read), ("HEAD", read), ("POST", write), ("PUT", write)):
            for who in (STRANGER, *ROLES):
                is_open = self.status(rules, pattern, who, method) == 200
                if is_open != (may == "*" or who in may.split()):
                    found.append(f"{method} {who}")
        if (
            pattern.endswith("/ws")
            and self.status(rules, pattern, "analyst", "GET", "http://elsewhere") == 200
        ):
            found.append("a websocket from another's page")
        # Another system shows a token instead.
        is_elsewhere = self.status(rules, pattern, "department", "POST", "http://elsewhere") == 200
        if write and is_elsewhere != pattern.startswith(("/api/", "/unsubscribe/")):
            found.append("a form from another's page")
        if str(rules[pattern].limit or "") != limit:
            found.append("how often")
        return found


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    yield Asked(tmp_path_factory.mktemp("rules"))
    enter(None)


def test_every_address_is_as_it_is_written_here(asked: Asked) -> None:
    assert set(asked.rules) == set(WANTED)
    assert {p: found for p in WANTED if (found := asked.differences(asked.rules, p))} == {}


def mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Yield a rule with one thing of it dropped or widened."""
    for name in ("read", "write"):
        who: frozenset[str] = getattr(rule, name)
        others = {"nobody": frozenset[str](), "all who are signed in": SIGNED_IN, "anyone": ANYONE}
        if rule.is_api:  # whoever bears a token, or nobody: roles do not count
            del others["all who are signed in"]
            who = ANYONE if who else frozenset()
        others |= (
            {}
            if rule.is_api
            else {f"without {role}": who - {role} for role in who}
            | {f"and {role}": who | {role} for role in ROLES if who != ANYONE}
        )
        for told, other in others.items():
            is_alike = rule.is_api and ANYONE not in (who, other)  # the gate lets another system in or not
            if other != who and not is_alike:
                yield f"{name}: {told}", replace(rule, **{name: other})
    if rule.limit is not None:
        yield "no limit", replace(rule, limit=None)
    if rule.is_api and rule.write:
        yield "no interface", replace(rule, is_api=False)
    if rule.is_socket:
        yield "no websocket", replace(rule, is_socket=False)


@pytest.mark.parametrize("pattern", WANTED)
def test_no_rule_can_be_dropped_or_widened_unseen(asked: Asked, pattern: str) -> None:
    rule = asked.rules[pattern]
    survivors = [
        told
        for told, other in mutants(rule)
        if not asked.differences(asked.rules | {pattern: other}, pattern)
    ]
    assert survivors == []
    without = {p: r for p, r in asked.rules.items() if p != pattern}
    assert {asked.status(without, pattern, who, "GET") for who in (STRANGER, *ROLES)} == {403}
