"""Files of tasks: kept once, given back as they came, only for who sees the task."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from shuju.access.subject import NotAllowedError
from shuju.desk.tables.tasks import blobs
from shuju.desk.tasks import attachments
from shuju.desk.tasks.attachments import attach, attachments_of, find_attachment, kind_of, parts_of_file
from shuju.desk.tasks.commands import NoTaskError, TaskError
from shuju.desk.tasks.record import Task
from tests.desk.tasks.conftest import TERMS, Office

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9000


def put(
    office: Office, task: Task, who: str, name: str = "现场.png", content: bytes = PNG, command_id: str = ""
) -> Task:
    told = {"command_id": command_id or office.command_id(), "at": office.at, "terms": TERMS}
    return attach(office.desk, task.id, name, content, by=office.people[who], **told)


def test_files_come_back_as_they_went(office: Office) -> None:
    task = office.assign()
    done = put(office, task, "handler")
    (kept,) = attachments_of(office.desk, task.id)
    assert (kept.name, kept.kind, kept.size, kept.seq, done.seq) == ("现场.png", "image/png", len(PNG), 2, 2)
    assert b"".join(parts_of_file(office.desk, kept.sha256)) == PNG
    assert find_attachment(office.desk, kept.id, office.people["above"]) == kept
    for who in ("foreign", "county", "auditor"):
        with pytest.raises(NoTaskError):
            find_attachment(office.desk, kept.id, office.people[who])


def test_the_same_file_is_kept_once_and_the_same_command_done_once(office: Office) -> None:
    first, second = office.assign(), office.assign()
    put(office, first, "handler", command_id="upload-once")
    put(office, first, "handler", command_id="upload-once")
    put(office, second, "leader", name="..\\../另一名\n字.png")
    with office.desk.connect() as connection:
        assert connection.execute(select(func.count()).select_from(blobs)).scalar() == 3  # pieces of one file
    assert len(attachments_of(office.desk, first.id)) == 1
    assert attachments_of(office.desk, second.id)[0].name == "..＼..／另一名 字.png"


def test_what_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MOST_BYTES", 100)
    task = office.assign()
    cases = [
        ("handler", "a.txt", b"", TaskError),
        ("handler", "a.txt", b"x" * 101, TaskError),
        ("handler", " \n", b"x", TaskError),
        ("above", "a.txt", b"x", NotAllowedError),
        ("foreign", "a.txt", b"x", NoTaskError),
    ]
    for who, name, content, error in cases:
        with pytest.raises(error):
            put(office, task, who, name, content)
    over = office.undo(office.assign(), "leader")
    with pytest.raises(TaskError):
        put(office, over, "leader", content=b"x")
    assert attachments_of(office.desk, task.id) == []


def test_kinds() -> None:
    cases = {
        b"%PDF-1.7": "application/pdf", b"\xff\xd8\xff\xe0": "image/jpeg", b"GIF89a": "image/gif", b"RIFF0000WEBP": "image/webp",
        b"<svg xmlns=": "application/octet-stream", b"<html>": "application/octet-stream", b"RIFF0000WAVE": "application/octet-stream",
    }  # fmt: skip
    assert {content: kind_of(content) for content in cases} == cases
