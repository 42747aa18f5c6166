"""Fifty people at work on the desk at once, over HTTP: how long answers take, and whether anything is lost.

    nice python -m bench.desk_load HOME [--people 50] [--minutes 10]

HOME is a library with an empty desk (``shuju demo --no-serve``). Half of the people lead, half handle for one city; they open lists, tasks and
supervision and do to a task what its page offers, thinking two to six seconds between. They share forty tasks, so that two often act on
one. Each command that was answered with success must stand in the journal once, no other may, each task must be what its events make of
it, and who was slower must be told who was faster, to the second.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx
import numpy as np
from sqlalchemy import Engine, select

from shuju.access.subject import Subject
from shuju.clock import now
from shuju.desk.accounts import add_account, find_account
from shuju.desk.memberships import grant
from shuju.desk.organisations import of_region
from shuju.desk.sessions import begin
from shuju.desk.store import open_desk
from shuju.desk.tables.tasks import task_events, tasks
from shuju.desk.tasks.commands import Order, assign
from shuju.desk.tasks.record import events_of, folded, task_of
from shuju.desk.terms_reading import shipped_terms
from shuju.library import open_library
from shuju.serve.visitors import PLAIN
from tests.pages.conftest import free_port, wait_for

CITY, TASKS = "430100", 40
LEADER = Subject("bench", "出题人", "leader")
TOLD = re.compile(r"（[a-z0-9]+）已于 \d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")
FORMS = re.compile(r'<form[^>]*method="post" action="task">(.*?)</form>', re.DOTALL)
FIELD = re.compile(r'name="(id|seq|command|do)" value="([^"]*)"')
# What is given with an action; a form that wants anything else is not sent.
GIVEN = {"text": "压力试验", "solved": "yes", "score": "4"}
ACTIONS = (
    "sign",
    "feed_back",
    "say",
    "submit",
    "approve",
    "return",
    "urge",
    "supervise",
    "reopen",
    "rate",
    "object",
    "reject_objection",
)


@dataclass
class Seen:
    """What all people saw: seconds by kind of request, commands that succeeded, conflicts and other refusals."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)


async def ask(
    client: httpx.AsyncClient, seen: Seen, kind: str, method: str, address: str, **how: object
) -> httpx.Response:
    begun = time.perf_counter()
    answer = await client.request(method, address, **how)
    seen.seconds.setdefault(kind, []).append(time.perf_counter() - begun)
    return answer


async def work(client: httpx.AsyncClient, seen: Seen, chance: random.Random, until: float) -> None:
    await asyncio.sleep(chance.uniform(0, 5))
    page = (await ask(client, seen, "account", "GET", "/account")).text
    client.headers["X-Xsrf"] = re.search(r'name="xsrf" content="([^"]*)"', page)[1]
    while time.monotonic() < until:
        way = chance.choices(("list", "task", "supervision"), (3, 6, 1))[0]
        if way == "list":
            await ask(client, seen, "list", "GET", f"/desk?view={chance.choice(('mine', 'all'))}")
        elif way == "supervision":
            await ask(client, seen, "supervision", "GET", "/supervision")
        else:
            page = (await ask(client, seen, "task", "GET", f"/task?id={chance.randint(1, TASKS)}")).text
            offered = [dict(FIELD.findall(form)) for form in FORMS.findall(page)]
            offered = [form for form in offered if form.get("do") in ACTIONS]
            await asyncio.sleep(chance.uniform(1, 3))
            if offered:
                await act(client, seen, chance.choice(offered))
        await asyncio.sleep(chance.uniform(2, 6))


async def act(client: httpx.AsyncClient, seen: Seen, form: dict[str, str]) -> None:
    answer = await ask(client, seen, "command", "POST", "/task", data={**form, **GIVEN})
    if answer.status_code == 303:
        seen.done.append(form["command"])
    elif TOLD.search(answer.text):
        seen.conflicts.append(form["command"])
    else:
        seen.refusals[f"{answer.status_code} {form['do']} {answer.text[:60]}"] += 1


async def all_at_work(base: str, cookies: list[str], minutes: float) -> Seen:
    seen, until = Seen(), time.monotonic() + 60 * minutes
    name = f"{PLAIN}-{base.rpartition(':')[2]}"
    headers = {"Origin": base}
    clients = [
        httpx.AsyncClient(base_url=base, headers=headers, cookies={name: secret}, timeout=60)
        for secret in cookies
    ]
    await asyncio.gather(*(work(client, seen, random.Random(k), until) for k, client in enumerate(clients)))
    for client in clients:
        await client.aclose()
    return seen


def people_of(desk: Engine, n: int) -> list[str]:
    """Make the accounts and return the cookies of their sessions; forty tasks are there for them."""
    place, at = of_region(desk, CITY), now()
    cookies = []
    for k in range(n):
        name, role = f"p{k:03d}", ("leader", "department")[k % 2]
        add_account(desk, name, name, None, at=at)
        grant(desk, name, role, place.id if role == "department" else None, at=at, by="bench")
        cookies.append(begin(desk, find_account(desk, name), "", "127.0.0.1", at=at))
    for k in range(TASKS):
        order = Order(f"压力试验 {k}", "请办理。", str(place.id))
        assign(desk, order, by=LEADER, command_id=f"bench-{k:04d}", at=at, terms=shipped_terms())
    return cookies


def check(desk: Engine, seen: Seen) -> int:
    """Hold what was answered against the tables; return how many events there are beside the assignments."""
    with desk.connect() as connection:
        kept = connection.execute(select(task_events.c.command_id)).scalars().all()
        rows = connection.execute(select(tasks)).all()
        for row in rows:
            assert folded(events_of(connection, row.id)) == task_of(row), (
                f"task {row.id} is not what its events make of it"
            )
    counted = Counter(one for one in kept if not one.startswith("bench-"))
    assert set(counted.values()) <= {1}, "a command is in the journal twice"
    assert set(seen.done) == set(counted), "the journal and what was answered differ"
    assert not set(seen.conflicts) & set(counted), "a command that was refused is in the journal"
    return len(counted)


def main(home: str, n: int, minutes: float) -> None:
    desk, port = open_desk(open_library(home).home), free_port()
    cookies, base = people_of(desk, n), f"http://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-c",
        "from shuju.cli import main; main()",
        "serve",
        "--home",
        home,
        "--port",
        str(port),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(30):
            try:
                wait_for(base)
                break
            except TimeoutError:
                time.sleep(1)
        seen = asyncio.run(all_at_work(base, cookies, minutes))
    finally:
        server.terminate()
        server.wait()
    n_events = check(desk, seen)
    everything = np.concatenate([np.array(times) for times in seen.seconds.values()])
    for kind, times in [*seen.seconds.items(), ("all", everything)]:
        told = np.quantile(times, (0.5, 0.95, 0.99)) * 1000
        print(f"{kind:12} {len(times):7,}  median {told[0]:6.0f}  p95 {told[1]:6.0f}  p99 {told[2]:6.0f} ms")
    print(f"{n} people, {minutes:g} minutes: {n_events:,} commands in the journal, each once and answered")
    print(f"{len(seen.conflicts):,} conflicts told to the second")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"the server took {(used.ru_utime + used.ru_stime) / len(everything) * 1000:.0f} ms of CPU a request, its start included"
    )
    print("other refusals:", dict(seen.refusals) or "none")


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("home")
    asked.add_argument("--people", type=int, default=50)
    asked.add_argument("--minutes", type=float, default=10)
    told = asked.parse_args()
    main(told.home, told.people, told.minutes)
