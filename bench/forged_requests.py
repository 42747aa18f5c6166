"""Ids of others' rows, asked for over HTTP and websockets as each role: rows answered, answers that tell, refusals not on the trail.

    python -m bench.forged_requests HOME [requests]

HOME is a library with letters of several regions and hot issues (``shuju demo --no-serve``, ``shuju build``); it is served here, on a port
of its own, without limits of rate. Whoever sees no letter, or not those of other regions, asks for ids of others and for as many that nobody
has, by each address that takes an id, and changes the address of a page that is open by its websocket. An answer is wrong if it holds the
title of what was asked for, or differs from that to an id that nobody has. Each must be on the trail; strangers, who have no name,
are counted in the metrics alone. Fails if an answer is wrong or not noted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx
import numpy as np
from markupsafe import escape
from sqlalchemy import select
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from bench.sessions import ROUTE, TOKEN, message, say
from shuju.access import ROLES
from shuju.clock import now
from shuju.desk import trail
from shuju.desk.organisations import of_region
from shuju.desk.sessions import demo_account, demo_subject
from shuju.desk.store import open_desk
from shuju.desk.tables.tasks import tasks
from shuju.desk.tasks.commands import Order, assign
from shuju.desk.tasks.parts import organisations_seen, seen
from shuju.desk.terms_reading import terms_of
from shuju.library import Library
from tests.coroutines import leave
from tests.signing import signed_in

STRANGER = "stranger"
PURPOSE = "核实情况"
FIRST_TASK = 6_150_000
# What is in an answer and differs from one to the next: tokens, the time of the watermark.
OWN = re.compile(
    r"""nonce="[^"]*"|"nonce": *"[^"]*"|name="xsrf" content="[^"]*"|name="_xsrf" value="[^"]*"|"token": *"[^"]*"|\d{4}-\d\d-\d\d \d\d:\d\d"""
)


@dataclass(frozen=True)
class Way:
    """One address that takes an id: of letters, issues or tasks, by GET or with a form; the roles whose every answer is a refusal."""

    name: str
    of: str
    path: str
    form: dict[str, str] | None = None
    as_roles: frozenset[str] = frozenset(ROLES) - {"leader", "analyst"} | {STRANGER}


def ways() -> list[Way]:
    """Return every address that takes the id of a letter, a hot issue or a task."""
    from shuju.facts.cards import all_cards

    everybody = frozenset({*ROLES, STRANGER})
    found = [
        Way("page of a letter", "letters", "letter?id={}"),
        Way("correction of a letter", "letters", "letter", {"id": "{}", "topic": "交通运输"}),
        Way("contacts", "letters", "reveal", {"id": "{}", "purpose": PURPOSE}, everybody - {"department"}),
        Way("contacts", "letters", "reveal", {"id": "{}", "purpose": PURPOSE}, frozenset({"department"})),
        Way("answer to a letter", "letters", "answer?letter={}"),
        Way(
            "draft of an answer",
            "letters",
            "answer",
            {"letter": "{}", "do": "draft", "text": "核实", "command": "forged-{}"},
        ),
        Way("page of an issue", "hot_issues", "issue?id={}"),
        Way("page of a task", "tasks", "task?id={}"),
        Way(
            "action on a task",
            "tasks",
            "task",
            {"id": "{}", "do": "say", "text": "核实", "command": "forged-{}"},
        ),
        Way("several tasks", "tasks", "desk", {"chosen": "{}.1", "do": "sign", "batch": "forged"}),
        Way("file for a task", "tasks", "attach?task={}&name=a.png&command=forged-{}", {"file": "{}"}),
        Way("Word form of a task", "tasks", "task-form/{}/order.docx"),
        Way("answer of a task", "tasks", "fast-answer/{}.docx"),
    ]
    for card in all_cards():
        if card.table == "hot_issues" and "id" in card.options:
            kinds = ("", ".html", ".csv") if card.plot is None else ("", ".html", ".csv", ".png")
            found += [
                Way(f"card{kind or ' page'}", "hot_issues", f"card/{card.name}{kind}?id={{}}")
                for kind in kinds
            ]
    return found


@dataclass
class Told:
    """What the answers to one role by one way were."""

    n: int = 0
    rows: int = 0
    differ: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    asked: list[str] = field(default_factory=list)


def foreign_ids(library: Library) -> dict[str, dict[str, str]]:
    """Return, by table, the ids that the demo's department does not see, with their titles."""
    own = demo_subject(open_desk(library.home), "department")
    letters = library.read("letters", ["letter_id", "title", "region_code", "library"])
    letters = letters[letters["library"] != own.library]
    issues = library.read("hot_issues", ["issue_id", "title"])
    members = library.read("issue_letters", ["issue_id", "letter_id"])
    theirs = set(members.loc[members["letter_id"].isin(letters["letter_id"]), "issue_id"])
    issues = issues[issues["issue_id"].isin(theirs)]
    desk = open_desk(library.home)
    with desk.connect() as connection:
        is_theirs = ~seen(organisations_seen(desk, own)) & (tasks.c.id >= FIRST_TASK)
        theirs_not = select(tasks.c.id, tasks.c.title).where(is_theirs)
        others = {str(task.id): task.title for task in connection.execute(theirs_not)}
    return {
        "tasks": others,
        "letters": dict(zip(letters["letter_id"], letters["title"])),
        "hot_issues": dict(zip(issues["issue_id"], issues["title"])),
    }


def plant_tasks(library: Library, n: int = 2) -> None:
    """Assign tasks to whom the demo's department is not, under ids that are like no other number on a page."""
    desk = open_desk(library.home)
    place, by = of_region(desk, "430200"), demo_subject(desk, "leader")
    asked = {"by": by, "at": now(), "terms": terms_of(library.home)}
    for number in range(n + 1):
        order = Order(f"井盖松动第{number}处", "请核实。", place.name)
        made = assign(desk, order, command_id=f"forged-task-{number}", **asked)
        if number == 0:  # the next ones follow upon the highest id
            with desk.begin() as connection:
                row = connection.execute(select(tasks).where(tasks.c.id == made.id)).one()
                connection.execute(tasks.insert().values({**row._mapping, "id": FIRST_TASK}))


def invented(known: str, chance: np.random.Generator) -> str:
    """Return an id that looks like another, its digits and letters a to f changed."""
    return (
        "".join(
            str(chance.integers(1, 10))  # a number that begins with 0 is told without
            if c.isdecimal()
            else "abcdef"[chance.integers(6)]
            if c in "abcdef"
            else c
            for c in known
        )
        + "0"
    )


def ask(client: httpx.Client, way: Way, key: str) -> httpx.Response:
    """Send one request."""
    if way.form is None:
        return client.get("/" + way.path.replace("{}", quote(key, safe="")))
    path, form = way.path.replace("{}", quote(key, safe="")), way.form
    return client.post("/" + path, data={name: value.format(key) for name, value in form.items()})


def plain(text: str, key: str) -> str:
    """Return an answer without what is its own: the id, however it is escaped, and tokens."""
    for written in {
        key,
        quote(key, safe=""),
        quote(quote(key, safe=""), safe=""),
        json.dumps(key)[1:-1],
        str(escape(key)),
    }:
        text = re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", "·", text)
    return OWN.sub("", text)


def over_http(
    client: httpx.Client, way: Way, foreign: dict[str, str], n: int, chance: np.random.Generator
) -> Told:
    """Ask ``n`` times by one way, for others' ids and for ones that nobody has in turn; the client is of one role."""
    told, answers = Told(), set()
    keys = list(foreign)
    for number in range(n):
        real = keys[number // 2 % len(keys)]
        key = invented(real, chance) if number % 2 else real
        answer = ask(client, way, key)
        text = answer.text if "text" in answer.headers.get("Content-Type", "") else answer.content.hex()
        told.n += 1
        told.rows += foreign[real] in text
        told.statuses[answer.status_code] += 1
        told.asked.append(key)
        # A picture bears the minute of its watermark.
        minute = now().minute if "image" in answer.headers.get("Content-Type", "") else -1
        answers.add((minute, answer.status_code, plain(text, key)))
    told.differ = len(answers) - len({minute for minute, *_ in answers})
    return told


def wires(told: object) -> Iterator[str]:
    """Yield the ids of the wires of a document: what a page's buttons say goes to them."""
    if isinstance(told, dict):
        if isinstance(held := told.get("attributes"), dict) and held.get("class_name") == "Wire":
            yield told["id"]
        for part in told.values():
            yield from wires(part)
    elif isinstance(told, list):
        for part in told:
            yield from wires(part)


async def over_websocket(
    base: str, client: httpx.Client, foreign: dict[str, str], n: int, chance: np.random.Generator
) -> Told:
    """Open an issue's page as a department and have it go to ``n`` others by its websocket; what comes back must be of none."""
    told, keys = Told(), list(foreign)
    page = (
        await asyncio.to_thread(client.get, "/issue?id=" + quote(invented(keys[0], chance), safe=""))
    ).text
    cookies = "; ".join(f"{c.name}={c.value}" for c in client.cookies.jar)
    route = ROUTE.search(page)
    socket = await websocket_connect(
        HTTPRequest(f"ws{base.removeprefix('http')}/{route[1] if route else 'live/issue'}/ws", headers={"Cookie": cookies, "Origin": base}),
        subprotocols=["bokeh", TOKEN.search(page)[1]], max_message_size=64 << 20,
    )  # fmt: skip
    heard: list[str] = []

    async def listen(patience: float, quiet: float = 0.3) -> None:
        """Hear what comes until it is quiet; ``patience`` for the first."""
        left = patience
        while True:
            try:
                heard.append(str(await asyncio.wait_for(socket.read_message(), left)))
            except TimeoutError:
                return
            left = quiet

    await message(socket, "ACK")
    await say(socket, "PULL-DOC-REQ", {})
    await listen(10, 1)
    wire = next(one for text in heard for one in wires(json.loads(text)))
    ready = {"type": "event", "name": "document_ready", "values": {"type": "map", "entries": []}}
    await say(
        socket,
        "PATCH-DOC",
        {"events": [{"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": ready}]},
    )
    await listen(10, 2)
    for number in range(n):
        real = keys[number // 2 % len(keys)]
        key = invented(real, chance) if number % 2 else real
        sent = {
            "do": "address",
            "of": "",
            "value": f"id={quote(key, safe='')}",
            "slot": "",
            "number": number + 1,
        }
        entries = [
            ["model", {"id": wire}],
            ["data", {"type": "map", "entries": [list(pair) for pair in sent.items()]}],
        ]
        event = {"type": "event", "name": "data_event", "values": {"type": "map", "entries": entries}}
        await say(
            socket,
            "PATCH-DOC",
            {"events": [{"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": event}]},
        )
        await listen(3, 1)  # a question that a newer one overtakes is not answered, so not noted either
        told.n += 1
        told.asked.append(key)
    await listen(3)
    await leave(socket)
    said = "".join(heard)
    said += re.sub(r"\\+u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), said)
    told.rows = sum(title in said for title in foreign.values())
    told.statuses[101] = len(heard)
    return told


def not_noted(library: Library, role: str, way: Way | None, asked: list[str]) -> list[str]:
    """Return which of some ids are not on the trail as refused: by the id, or where the role may not at all by the address."""
    if role == STRANGER:
        return []
    rows, _ = trail.read(open_desk(library.home), who=demo_account(role), what="refused", n=1_000_000)
    ids = {row["subject"].removeprefix("task:").removeprefix("answer:") for row in rows}
    paths = Counter(row["subject"] for row in rows)
    path = "/" + (way.path.partition("?")[0] if way is not None else "")
    if "{}" in path:
        ids |= {key for key in asked if path.replace("{}", quote(key, safe="")) in paths}
    return [] if paths[path] >= len(asked) else sorted(set(asked) - ids)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("home", type=Path)
    asked.add_argument("requests", type=int, nargs="?", default=10_000)
    given = asked.parse_args()
    with served(given.home) as (base, library):
        plant_tasks(library)
        foreign, chance = foreign_ids(library), np.random.default_rng(1)
        todo = [(way, role) for way in ways() for role in sorted(way.as_roles)]
        n_each = max(2, (given.requests - 200) // len(todo))
        clients = {role: client_of(base, role) for role in (*ROLES, STRANGER)}
        print("| way | role | requests | statuses | rows | answers that differ | not noted |\n|" + "---|" * 7)
        failed = n = 0
        for way, role in todo:
            told = over_http(clients[role], way, foreign[way.of], n_each, chance)
            failed += line(f"{way.name} `{way.path}`", role, told, not_noted(library, role, way, told.asked))
            n += told.n
        client = clients["department"]
        told = asyncio.run(over_websocket(base, client, foreign["hot_issues"], 200, chance))
        failed += line(
            "websocket of an issue's page",
            "department",
            told,
            not_noted(library, "department", None, told.asked),
        )
        print(f"\n{n + told.n:,} requests; wrong or not noted: {failed}")
    return int(failed > 0)


def line(name: str, role: str, told: Told, missing: list[str]) -> int:
    """Print one line; return how many answers were wrong."""
    statuses = ", ".join(f"{status}: {n}" for status, n in sorted(told.statuses.items()))
    print(
        f"| {name} | {role} | {told.n:,} | {statuses} | {told.rows} | {told.differ} | {len(missing)} |",
        flush=True,
    )
    return told.rows + told.differ + len(missing)


def client_of(base: str, role: str) -> httpx.Client:
    """Return a client of somebody in a role, or of a stranger."""
    client = (
        httpx.Client(base_url=base, timeout=120, headers={"Origin": base})
        if role == STRANGER
        else signed_in(base, role)
    )
    client.headers["Accept"] = "text/html"
    client.timeout = httpx.Timeout(120)
    return client


class served:  # noqa: N801 - read as a verb: with served(home)
    """Serve a library in this process, on a port of its own, without limits of rate."""

    def __init__(self, home: Path):
        """Take the home."""
        self.home = home

    def __enter__(self) -> tuple[str, Library]:
        """Return where, and the library."""
        from shuju.library import open_library
        from shuju.serve import routes
        from shuju.serve.server import serve
        from tests.pages.conftest import free_port, wait_for

        for name in ("SIGN_INS", "EXPORTS", "CARDS", "SEARCHES", "REVEALS", "ATTACHES"):
            setattr(routes, name, "1000000/minute")
        os.environ["SHUJU_HOME"] = str(self.home)
        library, port = open_library(self.home), free_port()
        serve(self.home, port, threaded=True, follow_library=False)
        base = f"http://127.0.0.1:{port}"
        wait_for(base)
        return base, library

    def __exit__(self, *_: object) -> None:
        """End it."""
        import panel as pn

        pn.state.reset()


if __name__ == "__main__":
    sys.exit(main())
