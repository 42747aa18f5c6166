"""The audit trail: whoever changes the database and has not the key is found out, whatever they do; nothing is lost at a kill."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from shuju.access import Subject, entered
from shuju.desk import anchors, trail
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
    with desk.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def chained_anew(desk: Engine) -> None:
    """Write all hashes anew without the key, as somebody would who read the code."""
    with desk.begin() as connection:
        mac = trail.GENESIS
        for row in connection.exec_driver_sql(
            "SELECT number, at, who, role, address, what, subject, told, n_rows FROM trail ORDER BY 1"
        ).fetchall():
            said = json.dumps((mac, *row), ensure_ascii=True, separators=(",", ":"), default=str)
            mac = hmac.new(b"", said.encode(), hashlib.sha256).hexdigest()
            connection.exec_driver_sql(f"UPDATE trail SET mac = '{mac}' WHERE number = {row[0]}")


CHANGES: dict[str, tuple[Callable[[Engine], None] | list[str], str]] = {
    "another subject": (["UPDATE trail SET subject = 'x' WHERE number = 7"], "第 7 行"),
    "another time": (["UPDATE trail SET at = '2020-01-01 00:00:00.000000' WHERE number = 40"], "第 40 行"),
    "another person": (["UPDATE trail SET who = 'wang' WHERE number = 1"], "第 1 行"),
    "another role": (["UPDATE trail SET role = 'leader' WHERE number = 2"], "第 2 行"),
    "another number of rows": (["UPDATE trail SET n_rows = NULL WHERE number = 3"], "第 3 行"),
    "a row taken out": (["DELETE FROM trail WHERE number = 20"], "第 20 行缺失"),
    "a row taken out, numbers closed up": (
        ["DELETE FROM trail WHERE number = 20", "UPDATE trail SET number = 1000 + number WHERE number > 20",
         "UPDATE trail SET number = number - 1001 WHERE number > 1000"], "第 20 行"),
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


def test_any_single_byte_of_a_row_matters(desk: Engine, database: str) -> None:
    columns = ("who", "role", "address", "what", "subject", "told", "mac")
    if database != "sqlite":  # which takes whatever length it is told
        change(desk, "ALTER TABLE trail ALTER mac TYPE text")
    for column in (*columns, "at") if database == "sqlite" else columns:  # PostgreSQL takes no such time
        change(desk, f"UPDATE trail SET {column} = {column} || 'x' WHERE number = 9")
        assert "第 9 行" in trail.verify(desk).fault, column
        change(
            desk, f"UPDATE trail SET {column} = substr({column}, 1, length({column}) - 1) WHERE number = 9"
        )
        assert not trail.verify(desk).fault


def test_an_older_copy_put_back_is_found(desk: Engine) -> None:
    change(desk, "CREATE TABLE copy AS SELECT * FROM trail")
    with entered(LI):
        trail.note(desk, "export", "letters.csv")
    change(desk, "DELETE FROM trail", "INSERT INTO trail SELECT * FROM copy")
    assert "末尾被截去" in trail.verify(desk).fault


def test_no_text_can_forge_a_line(desk: Engine) -> None:
    forged = 'x"}\n{"number": 99, "who": "nobody"}\r\n2026-01-01 sign-in\x00\x1b[2J'
    with entered(Subject(forged, forged, "analyst")):
        trail.note(desk, "refused", forged, {forged: forged})
    lines = "".join(trail.export(desk)).split("\n")
    assert len(lines) == N + 2
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert json.loads(lines[N])["subject"] == forged.replace("\0", "\ufffd")  # no zero: PostgreSQL takes none
    assert not trail.verify(desk).fault


def test_many_write_at_once(desk: Engine) -> None:
    def note(n: int) -> None:
        with entered(LI):
            trail.note(desk, "read-letter", f"m{n}")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(note, range(200)))
    assert trail.verify(desk) == trail.Verdict(N + 200)
    assert {row["subject"] for row in trail.read(desk, n=200)[0]} == {f"m{n}" for n in range(200)}


MANY = """
import sys
from concurrent.futures import ThreadPoolExecutor
from shuju.access import Subject, entered
from shuju.desk import trail
from shuju.desk.store import open_desk
from shuju.library.home import find_home
desk = open_desk(find_home(sys.argv[1]))
def note(n):
    with entered(Subject("li", "李", "analyst")):
        trail.note(desk, "read-letter", f"{sys.argv[2]}-{n}")
with ThreadPoolExecutor(8) as pool:
    list(pool.map(note, range(500)))
"""


def test_four_processes_write_two_thousand_rows(desk: Engine, home: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", MANY, str(home), str(number)]) for number in range(4)]
    assert [writer.wait() for writer in writers] == [0] * 4
    assert trail.verify(desk) == trail.Verdict(N + 2000)
    rows, _ = trail.read(desk, what="read-letter", n=N + 2000)
    assert len({row["subject"] for row in rows}) == N + 2000
    for number in range(4):
        own = [
            int(row["subject"].partition("-")[2]) for row in rows if row["subject"].startswith(f"{number}-")
        ]
        assert sorted(own) == list(range(500))


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


def test_what_was_cut_short_or_put_back_stays_found_however_much_comes_after(
    desk: Engine, tmp_path: Path
) -> None:
    change(desk, "DELETE FROM trail WHERE number > 35")
    with entered(LI):
        for n in range(20):  # beyond the anchor
            trail.note(desk, "read-letter", f"n{n}")
    assert "第 36 行缺失" in trail.verify(desk).fault


def test_a_trail_that_was_replaced_by_a_longer_one_stays_found(desk: Engine) -> None:
    change(desk, "UPDATE trail SET mac = substr(mac, 2) || 'f' WHERE number = 40")
    with entered(LI):
        trail.note(desk, "read-letter", "n")
    assert "第 40 行" in trail.verify(desk).fault


def test_every_row_at_fault_is_told(desk: Engine) -> None:
    change(desk, "UPDATE trail SET who = 'x' WHERE number IN (3, 30)", "DELETE FROM trail WHERE number = 17")
    assert [fault[:7].split(" 行")[0] for fault in trail.faults(desk)] == ["第 3", "第 17", "第 30"]


@pytest.mark.parametrize("value", ["'null'", "x'00'", "1.5", "'1 '"])
@pytest.mark.usefixtures("only_sqlite")  # PostgreSQL takes no value of another kind
def test_another_kind_of_value_is_found(desk: Engine, value: str) -> None:
    with entered(LI):
        trail.note(desk, "sign-out")
    change(desk, f"UPDATE trail SET n_rows = {value} WHERE number = 41")
    assert "第 41 行" in trail.verify(desk).fault


def mac_of(desk: Engine, number: int) -> str:
    with desk.connect() as connection:
        return connection.execute(
            text("SELECT mac FROM trail WHERE number = :number"), {"number": number}
        ).scalar_one()


def test_a_second_store_tells_when_the_first_was_taken_back(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHUJU_SECOND_ANCHORS", str(tmp_path / "second"))
    desk = open_desk(find_home(home))
    with entered(LI):
        for n in range(9):
            trail.note(desk, "read-letter", f"l{n}")
    assert not trail.verify(desk).fault
    mac = mac_of(desk, 5)
    change(desk, "DELETE FROM trail WHERE number > 5")
    anchors.anchor_place(desk).write_text(f"5 {mac}\n")  # whoever has the first anchor, too
    assert "第二处锚点" in trail.verify(desk).fault
    monkeypatch.delenv("SHUJU_SECOND_ANCHORS")
    assert not trail.verify(desk).fault


def test_a_second_store_that_is_away_does_not_stop_work(
    desk: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SHUJU_SECOND_ANCHORS", str(tmp_path / "file" / "below"))
    with entered(LI):
        trail.note(desk, "read-letter", "l1")
    assert "second store" in caplog.text
    assert trail.verify(desk) == trail.Verdict(N + 1)


def test_heads_go_to_a_syslog_and_are_compared(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        monkeypatch.setenv("SHUJU_ANCHOR_SYSLOG", f"127.0.0.1:{server.getsockname()[1]}")
        desk = open_desk(find_home(home))
        with entered(LI):
            for n in range(5):
                trail.note(desk, "read-letter", f"l{n}")
        lines = [server.recv(1_000).decode("utf-8", "replace") for _ in range(5)]
        for handler in anchors._syslog(os.environ["SHUJU_ANCHOR_SYSLOG"]).handlers:
            handler.close()
    assert trail.verify_heads(desk, lines) == trail.Verdict(5)
    assert trail.verify_heads(desk, ["another line"]) == trail.Verdict(5)
    monkeypatch.delenv("SHUJU_ANCHOR_SYSLOG")
    mac = mac_of(desk, 3)
    change(desk, "DELETE FROM trail WHERE number > 3")
    anchors.anchor_place(desk).write_text(f"3 {mac}\n")
    assert not trail.verify(desk).fault
    assert "系统日志" in trail.verify_heads(desk, lines).fault


# Closed periods

LATER = dt.datetime(2030, 1, 1)


def close(desk: Engine, to: Path, until: dt.datetime | None = None) -> int:
    return trail.close_period(desk, until or dt.datetime(2029, 1, 1), to, account="op", at=LATER)


def test_a_period_is_closed_and_the_chain_goes_on(desk: Engine, tmp_path: Path) -> None:
    assert close(desk, tmp_path / "one.jsonl") == N
    assert trail.verify(desk) == trail.Verdict(N + 1)
    with entered(LI):
        trail.note(desk, "read-letter", "after")
    assert trail.verify_period(tmp_path / "one.jsonl") == trail.Verdict(N)
    assert len((tmp_path / "one.jsonl").read_text().splitlines()) == N
    assert close(desk, tmp_path / "two.jsonl") == 2
    assert trail.verify(desk) == trail.Verdict(N + 3)
    assert [row["number"] for row in trail.read(desk)[0]] == [N + 3]
    assert trail.verify_period(tmp_path / "two.jsonl") == trail.Verdict(2)
    for statement in ("UPDATE trail SET told = '{}'", "DELETE FROM trail"):
        change(desk, statement)
        assert trail.verify(desk).fault


def test_nobody_shortens_the_trail_otherwise(desk: Engine, tmp_path: Path) -> None:
    close(desk, tmp_path / "one.jsonl")
    with entered(LI):
        for n in range(5):
            trail.note(desk, "read-letter", f"l{n}")
    change(desk, "DELETE FROM trail WHERE number <= 43")
    assert "缺失" in trail.verify(desk).fault


def test_the_last_six_months_stay(desk: Engine, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="至少保留 183 天"):
        close(desk, tmp_path / "one.jsonl", LATER - dt.timedelta(days=182))
    with pytest.raises(ValueError, match="没有日志"):
        close(desk, tmp_path / "one.jsonl", dt.datetime(2001, 1, 1))
    change(desk, "UPDATE trail SET who = 'x' WHERE number = 3")
    with pytest.raises(ValueError, match="第 3 行"):
        close(desk, tmp_path / "one.jsonl")
    assert list(tmp_path.glob("*.jsonl*")) == []
    assert trail.read(desk)[1] == N


@pytest.mark.parametrize("step", ["write", "note", "take out"])
def test_a_closing_that_was_killed_is_done_by_the_next(
    desk: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    take_out = trail._take_out_closed
    with monkeypatch.context() as patch:
        if step == "write":
            patch.setattr(trail.periods, "write", killed)
        elif step == "note":
            patch.setattr(trail, "note", killed)
        else:
            steps = iter([take_out, killed])
            patch.setattr(trail, "_take_out_closed", lambda desk, steps=steps: next(steps)(desk))
        with pytest.raises(Killed):
            close(desk, tmp_path / "one.jsonl")
    assert not trail.verify(desk).fault
    close(desk, tmp_path / "two.jsonl")
    assert not trail.verify(desk).fault
    kept = "".join(path.read_text() for path in tmp_path.glob("*.jsonl"))
    assert all(f'"subject": "l{n}"' in kept for n in range(N))


def test_any_change_of_a_closed_period_is_found(desk: Engine, tmp_path: Path) -> None:
    path, sig = tmp_path / "one.jsonl", tmp_path / "one.jsonl.sig"
    close(desk, path)
    whole, signed = path.read_bytes(), sig.read_text()
    lines = whole.splitlines(keepends=True)
    for changed in (
        whole.replace(b'"l7"', b'"l8"'), b"".join(lines[:-1]), b"".join(lines[1:]), b"".join([*lines[:3], *lines[4:]]),
        b"".join([lines[1], lines[0], *lines[2:]]), whole + lines[-1], whole.replace(b'": "', b'":  "', 1), b"",
    ):  # fmt: skip
        path.write_bytes(changed)
        assert trail.verify_period(path).fault
    path.write_bytes(whole)
    sig.write_text(signed.replace('"n": 40', '"n": 39'))
    assert "签名" in trail.verify_period(path).fault
    sig.write_text(signed)
    assert trail.verify_period(path) == trail.Verdict(N)
