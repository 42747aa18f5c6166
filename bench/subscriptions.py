"""Subscriptions of one card by many people of ten sights: how long a run takes, and whether each got what their own page shows.

    python -m bench.subscriptions [SUBSCRIPTIONS] [LETTERS]

People are spread evenly over the province and nine counties and prefectures; each subscribes to the headline of letters, daily, with mail.
A run puts all messages into inboxes and the outbox. Then each message is held against the page of the card that its recipient opens:
the same number, and of no other sight's. Fails where one differs, where one is missing, or where the run takes longer than a minute for 10,000.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from sqlalchemy import Engine, func, insert, select

from bench.letter_library import CATALOG
from shuju.access import Subject, entered
from shuju.clock import now
from shuju.desk.organisations import of_region
from shuju.desk.store import open_desk
from shuju.desk.subjects import subjects_named
from shuju.desk.subscriptions.plan import Plan, packed
from shuju.desk.subscriptions.record import fresh
from shuju.desk.subscriptions.run import run_alerts
from shuju.desk.tables.accounts import accounts, memberships
from shuju.desk.tables.messages import outbox
from shuju.desk.tables.subscriptions import alert_states, inbox, subscriptions
from shuju.facts.cards import find
from shuju.letters import facts as letter_facts
from shuju.library import Library, open_library
from shuju.library.ingest import ingest
from shuju.pages.subscriptions.shown import shown
from shuju.standard import code_list, regions
from shuju.ui.cards import answers
from shuju.ui.cards.address import asked
from shuju.ui.cards.answers import answer

PLACES = ("", "430100", "430200", "430300", "430102", "430104", "430111", "430121", "431181", "433100")
CARD = "letters.headline"
MOST_SECONDS = 60.0  # for 10,000


def main() -> int:
    n, n_letters = (
        int(sys.argv[k].replace("_", "")) if len(sys.argv) > k else d for k, d in ((1, 10_000), (2, 20_000))
    )
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        os.environ |= {"SHUJU_HOME": str(home), "SHUJU_KEYS": f"{folder}/keys.json"}
        library = library_of(home, n_letters)
        desk = open_desk(library.home)
        subscribe_all(desk, n)
        began, cpu = time.perf_counter(), time.process_time()
        ran = run_alerts(library.home, desk, shown, at=now())
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        wrong, across, pages = held_against_pages(desk)
        with desk.connect() as connection:
            n_out = connection.execute(select(func.count()).select_from(outbox)).scalar_one()
    print(
        "| subscriptions | sights | computed | run, s | CPU, s | messages | unlike the recipient's page | across sights |"
    )
    print("|---|---|---|---|---|---|---|---|")
    print(
        f"| {n:,} | {len(pages)} | {ran.n_computed} | {seconds:.1f} | {cpu:.1f} | {n_out:,} | {wrong} | {across} |"
    )
    is_slow = seconds > MOST_SECONDS * max(n, 10_000) / 10_000
    return int(wrong > 0 or across > 0 or n_out != n or is_slow or len(set(pages.values())) != len(PLACES))


def library_of(home: Path, n: int) -> Library:
    """Return a library of letters, of which each county has another number."""
    (home / "catalog").mkdir(parents=True)
    (home / "raw" / "letters").mkdir(parents=True)
    (home / "catalog" / "bench.yaml").write_text(CATALOG, encoding="utf-8")
    rng = np.random.default_rng(1)
    counties = [one.code for one in regions("county")]
    weight = rng.lognormal(0, 0.8, len(counties))
    places = rng.choice(counties, n, p=weight / weight.sum())
    topics = rng.choice(list(code_list("topics").codes), n)
    with (home / "raw" / "letters" / "letters.jsonl").open("w", encoding="utf-8") as file:
        for k, (place, topic) in enumerate(zip(places, topics)):
            row = {
                "id": f"b{k}", "title": f"第{k}封", "body": "请尽快办理。", "time": f"2024-{k % 12 + 1:02d}-{k % 28 + 1:02d} 10:00",
                "place": place, "topic": topic, "motive": "complaint", "department": "住建局", "channel": "hotline",
            }  # fmt: skip
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    library = open_library(home)
    ingest(library, "bench_letters")
    letter_facts.newest(library)
    return library


def subscribe_all(desk: Engine, n: int) -> None:
    """Make as many people as subscriptions, each in one of the places, and what they subscribe to."""
    at = now() - dt.timedelta(days=1)
    numbers = [of_region(desk, place).id if place else None for place in PLACES]
    plan = Plan("daily", minute=0, channels=("email",))
    with desk.begin() as connection:
        people = [
            {
                "id": k,
                "account": f"p{k}",
                "name": f"p{k}",
                "must_change": False,
                "n_failures": 0,
                "made_at": at,
            }
            for k in range(1, n + 1)
        ]
        connection.execute(insert(accounts), people)
        where = [numbers[k % len(PLACES)] for k in range(1, n + 1)]
        roles = ["department" if number else "leader" for number in where]
        held = [
            {"account_id": k, "role": role, "organisation_id": number, "since": at, "granted_by": "bench"}
            for k, (role, number) in enumerate(zip(roles, where), 1)
        ]
        connection.execute(insert(memberships), held)
        rows = [
            {
                "id": k, "account": f"p{k}", "role": role, "organisation_id": number, "card": CARD, "query": "", "title": "来信概况",
                "told": packed(plan), "state": "active", "made_at": at,
            }
            for k, (role, number) in enumerate(zip(roles, where), 1)
        ]  # fmt: skip
        connection.execute(insert(subscriptions), rows)
        states = [{"subscription_id": k, "seq": 0, **fresh(plan, at)} for k in range(1, n + 1)]
        connection.execute(insert(alert_states), states)


def held_against_pages(desk: Engine) -> tuple[int, int, dict[Subject, str]]:
    """Return how many messages differ from their recipient's page, how many tell another sight's figure, and the figure of each sight."""
    with desk.connect() as connection:
        rows = connection.execute(
            select(inbox.c.account, inbox.c.role, inbox.c.organisation_id, inbox.c.text)
        ).all()
    people = subjects_named(desk, {(row.account, row.role, row.organisation_id) for row in rows}, at=now())
    pages: dict[Subject, str] = {}
    told: Counter[tuple[Subject, str]] = Counter()
    for row in rows:
        by = people[row.account, row.role, row.organisation_id]
        view = Subject(
            "", "", by.role, by.organisation, by.regions, by.library, by.departments, by.organisation_id
        )
        if view not in pages:
            pages[view] = figure_of_page(by)
        told[view, re.search(r"来信：([\d,]+) 封", row.text)[1]] += 1  # type: ignore[index]
    wrong = sum(count for (view, figure), count in told.items() if figure != pages[view])
    others = {view: {figure for other, figure in pages.items() if other != view} for view in pages}
    across = sum(count for (view, figure), count in told.items() if figure in others[view])
    return wrong, across, pages


def figure_of_page(by: Subject) -> str:
    """Return the first figure in the HTML of the card that somebody opens, computed anew."""
    answers._answers.clear()
    with entered(by):
        card = find(CARD)
        selection, options = asked(card, {})
        assert card.html is not None
        html = card.html(answer(card, selection, options))
    return re.search(r"来信 <b>([\d,]+)</b> 封", html)[1]  # type: ignore[index]


if __name__ == "__main__":
    sys.exit(main())
