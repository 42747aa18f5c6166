"""The desk under kills and under load.

    nice python -m bench.desk kills --kills 1000              # SQLite
    nice python -m bench.desk kills --kills 1000 --postgresql
    nice python -m bench.desk load --tasks 100000

Kills: a child assigns, signs in, feeds back and closes tasks, says on a pipe what was answered, and is killed at a moment of chance.
Another child asks the last command again, under the same id. Afterwards what was answered is held against the tables: no task, event or
message may be lost or doubled, and each task must be what its events make of it.

Load: lists and the page of supervision over many tasks, as the store answers them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import select as waits
import signal
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from sqlalchemy import Engine, insert, select

from shuju.access.subject import Subject
from shuju.desk.organisations import all_organisations, of_region
from shuju.desk.store import open_desk
from shuju.desk.tables.messages import outbox
from shuju.desk.tables.tasks import evidence, task_events, tasks
from shuju.desk.tasks.commands import Order, act, assign
from shuju.desk.tasks.listing import Wanted, list_tasks, organisations_with_tasks, tally
from shuju.desk.tasks.near import tasks_about
from shuju.desk.tasks.record import Task, events_of, folded, task_of
from shuju.desk.tasks.supervision import ages, standings
from shuju.desk.tasks.transitions import find
from shuju.desk.terms_reading import shipped_terms
from shuju.library.home import find_home

LEADER = Subject("leader", "李", "leader")
WAY = (
    ("handler", "sign", {}),
    ("leader", "urge", {}),
    ("handler", "submit", {"text": "已办"}),
    ("leader", "approve", {"solved": "yes"}),
)
AT = dt.datetime(2024, 7, 29, 10)


def ask(desk: Engine, handler: Subject, name: str, step: int, task_id: int) -> Task:
    """Do one command of a task: its assignment, or one of ``WAY``; its id tells the run, the task and the step."""
    told = {"command_id": f"{name}-{step}", "at": AT, "terms": shipped_terms()}
    if step == 0:
        return assign(desk, Order("压力试验", "请办理。", "长沙市人民政府"), by=LEADER, **told)
    who, action, given = WAY[step - 1]
    return act(desk, task_id, action, given, by=handler if who == "handler" else LEADER, seq=step, **told)


def work(desk: Engine, handler: Subject, run: int, say: int, n: int) -> None:
    """Do the first ``n`` commands of a run, and say of each that it was answered."""
    desk.dispose(close=False)  # connections of the parent are its own
    task_id = 0
    for number in range(n):
        which, step = divmod(number, len(WAY) + 1)
        name = f"run{run:05d}-{which:05d}"
        task = ask(desk, handler, name, step, task_id)
        task_id = task.id
        os.write(say, f"{name}-{step} {task.id} {task.seq}\n".encode())


def forked(desk: Engine, handler: Subject, run: int, n: int, moment: float | None = None) -> list[str]:
    """Fork a child for a run, kill it some time after its first answer if told, and return what it said."""
    hear, say = os.pipe()
    child = os.fork()
    if not child:
        os.close(hear)
        try:
            work(desk, handler, run, say, n)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(say)
    if moment is not None:
        if not waits.select([hear], [], [], 60)[0]:
            raise SystemExit("a child said nothing for a minute")
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
    said = b""
    while piece := os.read(hear, 1 << 16):
        said += piece
    os.close(hear)
    os.waitpid(child, 0)
    return said.decode().splitlines()


def kill_writes(n_kills: int, place: str) -> None:
    """Kill so many children, ask again what may not have been answered, and compare."""
    desk = open_desk(find_home(place))
    handler = Subject("zhang", "张", "department", organisation_id=of_region(desk, "430100").id)
    shipped_terms()
    desk.dispose()
    chance, answers, again = random.Random(7), [], 0
    begun = time.perf_counter()
    for run in range(n_kills):
        said = forked(desk, handler, run, 10_000, chance.random() * 0.08)
        # Whoever was cut off asks again from the beginning: done already, or done now, but once. One command more than was answered.
        repeated = forked(desk, handler, run, len(said) + 1)
        if repeated[: len(said)] != said:
            raise SystemExit(f"run {run}: the same commands were answered otherwise")
        again += len(repeated)
        answers += repeated
        if run % 100 == 99:
            print(
                f"{run + 1:,} kills, {len(answers):,} answers, {time.perf_counter() - begun:,.0f} s",
                flush=True,
            )
    compare(desk, answers)
    print(
        f"{n_kills:,} kills: {len(answers):,} commands answered, {again:,} asked again; nothing lost, nothing doubled"
    )


def compare(desk: Engine, answers: list[str]) -> None:
    """Hold what was answered against the tables."""
    told = {name: (int(task), int(seq)) for name, task, seq in (line.split() for line in answers)}
    with desk.connect() as connection:
        e = task_events.c
        rows = connection.execute(select(e.command_id, e.task_id, e.seq, e.action, e.before, e.after)).all()
        kept = {row.command_id: (row.task_id, row.seq) for row in rows}
        messages = Counter(
            tuple(row) for row in connection.execute(select(outbox.c.task_id, outbox.c.seq)).all()
        )
        every = {row.id: task_of(row) for row in connection.execute(select(tasks))}
        faults = [f"command {name} is lost" for name in told if kept.get(name) != told[name]]
        faults += [f"event {row.command_id} was made up" for row in rows if row.command_id not in told]
        faults += [] if len(kept) == len(rows) else ["a command is there twice"]
        for row in rows:
            wanted = 1 if row.action == "assign" else len(find(row.before, row.action).tells)
            if messages[row.task_id, row.seq] != wanted:
                faults.append(
                    f"event {row.command_id} has {messages[row.task_id, row.seq]} messages, not {wanted}"
                )
        for number, task in every.items():
            if folded(events_of(connection, number)) != task:
                faults.append(f"task {number} is not what its events say")
        if len(every) != sum(row.action == "assign" for row in rows):
            faults.append("tasks without a beginning")
    if faults:
        raise SystemExit("\n".join(faults[:20]))


def fill(desk: Engine, n: int) -> dt.datetime:
    """Put so many tasks in all states into a desk at once; return the present of it."""
    of_region(desk, "430100")
    places, chance, now = all_organisations(desk), np.random.default_rng(1), dt.datetime(2026, 11, 27, 10)
    states = (
        "to_sign",
        "working",
        "in_review",
        "done",
        "archived",
        "archived",
        "archived",
        "archived",
        "archived",
        "archived",
    )
    rows = []
    for number in range(n):
        start = now - dt.timedelta(minutes=float(chance.integers(0, 60 * 24 * 700)))
        state, place = states[chance.integers(len(states))], places[chance.integers(len(places))]
        over = state in ("done", "archived")
        due = start + dt.timedelta(days=1 if state == "to_sign" else 21)
        is_running = state in ("to_sign", "working")
        far = dt.datetime(9999, 1, 1)
        rows.append({
            "seq": 1, "state": state, "kind": "letter", "channel": "", "urgency": "normal", "title": f"第{number}件：路灯不亮",
            "text": "请办理。", "topic": "城乡建设", "region_code": place.region_code, "organisation_id": place.id,
            "organisation": place.name, "handler": "", "assigner": f"leader{number % 20}", "assigner_name": "李", "made_at": start,
            "assigned_at": start, "sign_due": start + dt.timedelta(days=1), "reply_due": due, "result_due": due,
            "next_due": due if is_running else far, "next_yellow": due - dt.timedelta(days=1) if is_running else far,
            "rule": "来信", "calendar": "x", "is_due_set": False, "pauses": "[]",
            "signed_at": None if state == "to_sign" else start + dt.timedelta(hours=float(chance.exponential(16))),
            "closed_at": start + dt.timedelta(days=12) if over else None, "is_solved": bool(chance.random() < 0.8) if over else None,
            "score": int(chance.integers(1, 6)) if state == "archived" else None, "level": 0, "n_returned": 0, "n_delayed": 0,
            "n_urged": 0, "is_synthetic": True,
        })  # fmt: skip
    proof = {
        "card": "",
        "table_name": "letters",
        "address": "letter?id=x",
        "sentence": "来信“路灯不亮”，未答复。" * 3,
        "value": "{}",
        "n_rows": 1,
    }
    proof |= {"library_version": "letters@12", "scope": "省领导", "at": now}
    with desk.begin() as connection:
        for first in range(0, n, 5_000):
            connection.execute(insert(tasks), rows[first : first + 5_000])
        numbers = connection.execute(select(tasks.c.id).order_by(tasks.c.id)).scalars().all()
        for first in range(0, n, 5_000):
            proofs = [
                {**proof, "task_id": k, "filters": f"letter=l{k}"} for k in numbers[first : first + 5_000]
            ]
            connection.execute(insert(evidence), proofs)
        connection.exec_driver_sql("ANALYZE")
    return now


def load(n: int, place: str) -> None:
    """Time lists and supervision over ``n`` tasks, a hundred times each."""
    desk = open_desk(find_home(place))
    now = fill(desk, n)
    handler = Subject("zhang", "张", "department", organisation_id=of_region(desk, "430100").id)
    leader = Subject("leader3", "李", "leader")
    span = {"since": now - dt.timedelta(days=90), "until": now, "at": now}
    year = {**span, "since": now - dt.timedelta(days=365)}
    asked = {
        "list: to be done by an organisation": lambda: list_tasks(desk, handler, Wanted("mine"), at=now),
        "list: watched by a leader": lambda: list_tasks(desk, leader, Wanted("watched"), at=now),
        "list: all tasks": lambda: list_tasks(desk, leader, Wanted("all"), at=now),
        "list: all, red": lambda: list_tasks(desk, leader, Wanted("all", light="red"), at=now),
        "list: an organisation and those below it": lambda: list_tasks(desk, handler, Wanted("all"), at=now),
        "list: all, a word in the title": lambda: list_tasks(
            desk, leader, Wanted("all", words="99件"), at=now
        ),
        "list: the delayed tasks of 90 days": lambda: list_tasks(
            desk,
            leader,
            Wanted("all", figure="delayed", since=span["since"].isoformat(), until=now.isoformat()),
            at=now,
        ),
        "organisations that have a task": lambda: organisations_with_tasks(desk, leader),
        "open tasks about the same 200 letters": lambda: tasks_about(
            desk, leader, [f"letter=l{k}" for k in range(200)]
        ),
        "lights of all": lambda: tally(desk, leader, "all", at=now),
        "supervision: 90 days": lambda: standings(desk, leader, **span),
        "supervision: a year": lambda: standings(desk, leader, **year),
        "supervision: ages": lambda: ages(desk, leader, at=now),
    }
    print(f"{n:,} tasks, {desk.dialect.name}; milliseconds")
    print("| what | median | p95 |\n|---|---|---|")
    for name, ask in asked.items():
        seconds = []
        for _ in range(100):
            begun = time.perf_counter()
            ask()
            seconds.append(time.perf_counter() - begun)
        print(
            f"| {name} | {1000 * np.median(seconds):.1f} | {1000 * np.quantile(seconds, 0.95):.1f} |",
            flush=True,
        )


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("what", choices=("kills", "load"))
    asked.add_argument("--kills", type=int, default=1_000)
    asked.add_argument("--tasks", type=int, default=100_000)
    asked.add_argument("--postgresql", action="store_true")
    told = asked.parse_args()
    run = (
        (lambda place: kill_writes(told.kills, place))
        if told.what == "kills"
        else (lambda place: load(told.tasks, place))
    )
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SHUJU_KEYS"] = str(Path(folder) / "keys.json")
        if not told.postgresql:
            run(folder)
            return
        from tests import postgresql

        with postgresql.server() as server:
            os.environ["SHUJU_DESK"] = postgresql.new_database(server, "desk_bench")
            run(folder)


if __name__ == "__main__":
    main()
