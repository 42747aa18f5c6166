"""A long audit trail: how long verifying it takes, in how much memory, and whether every single-row change is found.

    nice python bench/audit.py --rows 10000000 --changes 2000

The rows are made in bulk with the trail's own hash. The changes are made all at once, far from each other: an edit of each column, a
row taken out, two swapped, the hash of another row.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path


def rows_of(n: int, key: bytes) -> Iterator[tuple[object, ...]]:
    from shuju.desk.trail import GENESIS, _mac

    what = ("read-letter", "export", "reveal", "search", "refused", "sign-in")
    mac = GENESIS
    for number in range(1, n + 1):
        row = (
            number, f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d} 09:{number % 60:02d}:00.{number % 1_000_000:06d}",
            f"person{number % 300}", "analyst", f"10.0.{number % 250}.{number % 240}", what[number % 6], f"letter-{number}",
            '{"way": "hot_issues.letters"}', None if number % 5 == 0 else number % 50,
        )  # fmt: skip
        mac = _mac(key, mac, row)
        yield (*row, mac)


def change(connection: sqlite3.Connection, kind: int, at: int) -> set[int]:
    """Change the row ``at``; return the rows at which it may be told."""
    columns = ("at", "who", "role", "address", "what", "subject", "told", "mac")
    if kind < len(columns):
        name = columns[kind]
        connection.execute(f"UPDATE trail SET {name} = {name} || ' ' WHERE number = ?", (at,))
    elif kind == 8:
        connection.execute("UPDATE trail SET n_rows = coalesce(n_rows, 0) + 1 WHERE number = ?", (at,))
    elif kind == 9:
        connection.execute("DELETE FROM trail WHERE number = ?", (at,))
    elif kind == 10:
        for one, other in ((at, -1), (at + 1, at), (-1, at + 1)):
            connection.execute("UPDATE trail SET number = ? WHERE number = ?", (other, one))
    else:
        connection.execute(
            "UPDATE trail SET mac = (SELECT mac FROM trail WHERE number = ?) WHERE number = ?", (at + 3, at)
        )
    return {at, at + 1}


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=10_000_000)
    asked.add_argument("--changes", type=int, default=2_000)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SHUJU_KEYS"], os.environ["SHUJU_HOME"] = f"{folder}/keys.json", f"{folder}/home"
        from shuju.desk import anchors, trail
        from shuju.desk.store import open_desk
        from shuju.keys import TRAIL, first_key
        from shuju.library.home import find_home

        desk = open_desk(find_home())
        begun = time.perf_counter()
        connection = sqlite3.connect(str(desk.url.database))
        for name in ("ix_trail_who", "ix_trail_subject"):  # they cost time here, and verifying uses neither
            connection.execute(f"DROP INDEX IF EXISTS {name}")
        connection.execute("PRAGMA synchronous = OFF")
        connection.executemany(
            "INSERT INTO trail VALUES (?,?,?,?,?,?,?,?,?,?)", rows_of(given.rows, first_key(TRAIL))
        )
        connection.commit()
        (mac,) = connection.execute("SELECT mac FROM trail WHERE number = ?", (given.rows,)).fetchone()
        place = anchors.anchor_place(desk)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"{given.rows} {mac}\n", encoding="ascii")
        size = Path(str(desk.url.database)).stat().st_size
        print(
            f"{given.rows:,} rows made in {time.perf_counter() - begun:.0f} s, {size / 2**30:.2f} GiB",
            flush=True,
        )

        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begun, used = time.perf_counter(), time.process_time()
        verdict = trail.verify(desk)
        wall, cpu = time.perf_counter() - begun, time.process_time() - used
        assert verdict == trail.Verdict(given.rows), verdict
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(
            f"verified in {wall:.1f} s ({cpu:.1f} s of CPU, {given.rows / wall:,.0f} rows a second); "
            f"{memory / 1024:.0f} MiB at most, {(memory - before) / 1024:.0f} of them for it",
            flush=True,
        )

        chance = random.Random(1)
        step = (given.rows - 20) // given.changes
        places = [2 + k * step + chance.randrange(max(1, step - 10)) for k in range(given.changes)]
        told = {at: change(connection, k % 12, at) for k, at in enumerate(places)}
        connection.commit()
        begun = time.perf_counter()
        found = {int(fault.split(" ")[1]) for fault in trail.faults(desk)}
        n = sum(bool(expected & found) for expected in told.values())
        other = found - set().union(*told.values(), *({at + 2} for at in places))
        print(
            f"{n:,} of {given.changes:,} single-row changes found, {len(other)} sound rows accused; {time.perf_counter() - begun:.1f} s"
        )
        connection.close()


if __name__ == "__main__":
    main()
