"""The audit trail: whoever changes the database and has not the key is found out, whatever they do; nothing is lost at a kill."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from shuju.access import Subject, entered
from shuju.desk import trail
from shuju.desk.store import open_desk
from shuju.keys import KeyFileError, rotate, sealed, unsealed
from shuju.library.home import find_home

N = 40
LI = Subject("li", "李", "analyst")


@pytest.fixture
def desk(home: Path) -> Engine:
    made = open_desk(find_home(home))
    with entered(LI):
        for n in range(N):
            trail.note(made, "read-letter", f"l{n}", {"way": "page"}, 1)
    return made


def change(desk: Engine, *statements: str) -> None:
    with sqlite3.connect(desk.url.database) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def chained_anew(desk: Engine) -> None:
    """Write all hashes anew without the key, as somebody would who read the code."""
    with sqlite3.connect(desk.url.database) as connection:
        mac = trail.GENESIS
        for row in connection.execute(
            "SELECT number, at, who, role, address, what, subject, told, n_rows FROM trail ORDER BY 1"
        ).fetchall():
            said = json.dumps((mac, *row), ensure_ascii=True, separators=(",", ":"))
            mac = hmac.new(b"", said.encode(), hashlib.sha256).hexdigest()
            connection.execute("UPDATE trail SET mac = ? WHERE number = ?", (mac, row[0]))
    connection.close()


CHANGES: dict[str, tuple[Callable[[Engine], None] | list[str], str]] = {
    "another subject": (["UPDATE trail SET subject = 'x' WHERE number = 7"], "第 7 行"),
    "another time": (["UPDATE trail SET at = '2020-01-01 00:00:00.000000' WHERE number = 40"], "第 40 行"),
    "another person": (["UPDATE trail SET who = 'wang' WHERE number = 1"], "第 1 行"),
    "another role": (["UPDATE trail SET role = 'leader' WHERE number = 2"], "第 2 行"),
    "another number of rows": (["UPDATE trail SET n_rows = NULL WHERE number = 3"], "第 3 行"),
    "a row taken out": (["DELETE FROM trail WHERE number = 20"], "第 20 行缺失"),
    "a row taken out, numbers closed up": (
        ["DELETE FROM trail WHERE number = 20", "UPDATE trail SET number = number - 1 WHERE number > 20"], "第 20 行"),
    "the first taken out": (["DELETE FROM trail WHERE number = 1"], "第 1 行缺失"),
    "the last taken out": (["DELETE FROM trail WHERE number = 40"], "末尾被截去"),
    "half taken out": (["DELETE FROM trail WHERE number > 20"], "末尾被截去"),
    "all taken out": (["DELETE FROM trail"], "末尾被截去"),
    "two swapped": (
        ["UPDATE trail SET number = 99 WHERE number = 5", "UPDATE trail SET number = 5 WHERE number = 6",
         "UPDATE trail SET number = 6 WHERE number = 99"], "第 5 行"),
    "a row added": (
        ["INSERT INTO trail SELECT 41, at, who, role, address, what, subject, told, n_rows, mac FROM trail WHERE number = 40"], "第 41 行"),
    "chained anew without the key": (chained_anew, "第 1 行"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_is_found(desk: Engine, name: str) -> None:
    assert trail.verify(desk) == trail.Verdict(N)
    how, told = CHANGES[name]
    how(desk) if callable(how) else change(desk, *how)
    assert told in trail.verify(desk).fault


def test_any_single_byte_of_a_row_matters(desk: Engine) -> None:
    for column in ("at", "who", "role", "address", "what", "subject", "told", "mac"):
        change(desk, f"UPDATE trail SET {column} = {column} || 'x' WHERE number = 9")
        assert "第 9 行" in trail.verify(desk).fault, column
        change(
            desk, f"UPDATE trail SET {column} = substr({column}, 1, length({column}) - 1) WHERE number = 9"
        )
        assert not trail.verify(desk).fault


def test_an_older_copy_put_back_is_found(desk: Engine, tmp_path: Path) -> None:
    with sqlite3.connect(desk.url.database) as now_, sqlite3.connect(tmp_path / "copy.db") as copy:
        now_.backup(copy)
        with entered(LI):
            trail.note(desk, "export", "letters.csv")
        copy.backup(now_)
    now_.close()
    copy.close()
    assert "末尾被截去" in trail.verify(desk).fault


def test_no_text_can_forge_a_line(desk: Engine) -> None:
    forged = 'x"}\n{"number": 99, "who": "nobody"}\r\n2026-01-01 sign-in\x00\x1b[2J'
    with entered(Subject(forged, forged, "analyst")):
        trail.note(desk, "refused", forged, {forged: forged})
    lines = "".join(trail.export(desk)).split("\n")
    assert len(lines) == N + 2
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert json.loads(lines[N])["subject"] == forged
    assert not trail.verify(desk).fault


def test_many_write_at_once(desk: Engine) -> None:
    def note(n: int) -> None:
        with entered(LI):
            trail.note(desk, "read-letter", f"m{n}")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(note, range(200)))
    assert trail.verify(desk) == trail.Verdict(N + 200)
    assert {row["subject"] for row in trail.read(desk, n=200)[0]} == {f"m{n}" for n in range(200)}


NOTES = """
import sys
from shuju.access import Subject, enter
from shuju.access.subject import enter
from shuju.desk import trail
from shuju.desk.store import open_desk
from shuju.library.home import find_home
desk = open_desk(find_home(sys.argv[1]))
enter(Subject("li", "李", "analyst"))
for n in range(100_000):
    trail.note(desk, "reveal", f"{sys.argv[2]}-{n}")
    print(n, flush=True)
"""


def test_nothing_that_was_noted_is_lost_when_the_process_is_killed(desk: Engine, home: Path) -> None:
    program = NOTES.replace("from shuju.access import Subject, enter\n", "from shuju.access import Subject\n")
    for run in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(home), str(run)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        done = -1
        for line in process.stdout:
            done = int(line)
            if done == 5 + run:
                break
        time.sleep(0.01 * run)
        process.kill()
        done = max([done, *(int(line) for line in process.stdout)])
        process.stdout.close()
        process.wait()
        noted = {row["subject"] for row in trail.read(desk, what="reveal", n=10_000)[0]}
        assert {f"{run}-{n}" for n in range(done + 1)} <= noted
        assert not trail.verify(desk).fault


def test_what_a_script_does_is_not_noted_and_what_a_stranger_does_is_under_their_name(desk: Engine) -> None:
    trail.note(desk, "read-letter", "l1")
    assert trail.read(desk)[1] == N
    trail.note(desk, "sign-in-failed", "eve", account="eve")
    assert trail.read(desk, who="eve")[0][0]["role"] == ""


def test_what_was_sealed_opens_with_older_keys_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SHUJU_KEYS", str(tmp_path / "own" / "keys.json"))
    old = sealed("13800000000", "letters_private", "l1")
    assert (tmp_path / "own" / "keys.json").stat().st_mode & 0o077 == 0
    assert rotate() == "0002"
    new = sealed("13800000000", "letters_private", "l1")
    assert (old[:5], new[:5]) == ("0001:", "0002:")
    for kept in (old, new):
        assert unsealed(kept, "letters_private", "l1") == "13800000000"
        for purpose, about in (("letters_private", "l2"), ("second factors", "l1")):
            with pytest.raises(KeyFileError):
                unsealed(kept, purpose, about)
    with pytest.raises(KeyFileError):
        unsealed(old[:-2] + ("00" if old[-2:] != "00" else "11"), "letters_private", "l1")
    monkeypatch.setenv("SHUJU_KEYS", str(tmp_path / "other" / "keys.json"))
    with pytest.raises(KeyFileError):
        unsealed(new, "letters_private", "l1")
