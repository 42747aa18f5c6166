"""Kills while contacts are revealed and desk tables are written: what was answered is on the trail and at the desk, every time.

    nice python -m bench.audit_kills --kills 1000

A process with everything imported forks a child for each kill; the child reveals contacts and corrects topics, and says on a pipe what it
was answered; it is killed at a moment of chance. Afterwards what each child said is compared with the trail and the desk.
A child that ends by itself, or says nothing for a minute, is told with where it stood; fails if there was one, or if an answer is lost.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

N_LETTERS = 40
MOST_SECONDS = 50
PHONE = "13873100001"
MAKE = """
import sys
from pathlib import Path
from bench.audit_kills import N_LETTERS, PHONE
from tests.letters.conftest import Letters, letter
made = Letters(Path(sys.argv[1]))
library = made.add(*[letter(n, body=f"路坏了，请打 {PHONE}。") for n in range(N_LETTERS)])
library.index("letters"); library.index("letters_private"); library.save_indexes()
print(library.home.uri)
"""


def work(library, person, say: int) -> None:
    """Reveal and correct without end; say what was answered as soon as it was."""
    from shuju.access.subject import enter
    from shuju.clock import now
    from shuju.desk.corrections import correct
    from shuju.desk.store import open_desk
    from shuju.desk.trail import note
    from shuju.desk.vault import reveal
    from shuju.library import close_to_strangers, share

    share(library)
    close_to_strangers()
    enter(person)
    chance, desk = random.Random(person.account), open_desk(library.home)
    for n in range(100_000):
        letter = f"l{chance.randrange(N_LETTERS)}"
        if n % 3 == 2:
            topic = chance.choice(("环境保护", "交通运输", "教育文体"))
            note(desk, "change", letter, {"topic": topic})
            correct(desk, letter, topic, at=now(), who=person.account)
            os.write(say, f"change {letter} {topic}\n".encode())
        else:
            told = reveal(library, letter, "回访")
            assert PHONE in told["found_in_text"]
            os.write(say, f"reveal {letter}\n".encode())


def killed(library, person, moment: float) -> tuple[list[str], bool]:
    """Fork a child, kill it ``moment`` seconds after its first answer; return what it said, and whether it lived until then."""
    hear, say = os.pipe()
    child = os.fork()
    if not child:
        os.close(hear)
        faulthandler.dump_traceback_later(MOST_SECONDS, exit=True)  # where it hangs, if it does
        try:
            work(library, person, say)
        except BaseException:  # noqa: BLE001 - told, then the child ends
            traceback.print_exc()
        finally:
            os._exit(1)
    os.close(say)
    select.select([hear], [], [], MOST_SECONDS + 10)
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    said = b""
    while piece := os.read(hear, 1 << 16):
        said += piece
    os.close(hear)
    return said.decode().splitlines(), status == -signal.SIGKILL


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("--kills", type=int, default=1_000)
    n_kills = asked.parse_args().kills
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SHUJU_KEYS"] = f"{folder}/keys.json"
        made = subprocess.run(  # in a process of its own: Delta's threads do not survive a fork
            [sys.executable, "-c", MAKE, f"{folder}/made"], check=True, capture_output=True, text=True
        )
        home = made.stdout.strip().splitlines()[-1]
        import pyarrow as pa
        from sqlalchemy import text

        from shuju.access import Subject
        from shuju.desk import trail
        from shuju.desk.organisations import answerable, of_region
        from shuju.desk.store import open_desk
        from shuju.library import open_library
        from shuju.library.hashing import hash_columns

        library = open_library(home, *Path(f"{folder}/made").rglob("*.yaml"))
        hash_columns(pa.table({"letter_id": ["l1"]}))
        desk = open_desk(library.home)
        own = answerable(desk, of_region(desk, "430104").id)
        chance, said = random.Random(3), {}
        begun, ended = time.perf_counter(), 0
        for n in range(n_kills):
            person = Subject(
                f"run{n:04d}", "王", "department", "岳麓区", own.regions, own.library, own.departments
            )
            said[person.account], was_killed = killed(library, person, chance.random() * 0.04)
            ended += not was_killed
            if n % 100 == 99:
                print(f"{n + 1:,} kills, {sum(map(len, said.values())):,} answers", flush=True)
        wall = time.perf_counter() - begun

        noted: dict[str, list[str]] = {}
        for row in trail._raw(desk):
            noted.setdefault(row[2], []).append(f"{row[5]} {row[6]}")
        with desk.connect() as connection:
            kept = {tuple(row) for row in connection.execute(text("SELECT who, subject, after FROM audit"))}
        unaudited = lost = n_answers = ahead = 0
        for account, answers in said.items():
            n_answers += len(answers)
            on_trail = noted.get(account, [])
            unaudited += sum(
                k >= len(on_trail) or on_trail[k] != " ".join(answer.split()[:2])
                for k, answer in enumerate(answers)
            )
            lost += sum(
                not any(letter == s and topic == a for _, s, a in kept)
                for kind, letter, *more in map(str.split, answers)
                if kind == "change"
                for topic in more
            )
            ahead += len(on_trail) - len(answers)
        verdict = trail.verify(desk)
    print(f"{n_kills:,} kills, {n_answers:,} answers in {wall:.0f} s")
    print(f"{unaudited} answers that the trail does not have, {lost} changes that the desk does not have")
    print(f"{ended} children that ended before they were killed")
    print(f"{ahead} rows of which nobody had the answer yet; the trail: {verdict}")
    return int(bool(unaudited or lost or ended or verdict.fault))


if __name__ == "__main__":
    sys.exit(main())
