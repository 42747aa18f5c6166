"""An answer to a letter as a Word document with its number and date (答复函)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from shuju.access.subject import Subject
from shuju.desk.answers.record import letters_of, seen_answer
from shuju.desk.tasks.journal import TaskError
from shuju.ui.templates import cut
from shuju.ui.word import OfficialDocument


def write_reply(desk: Engine, answer_id: int, by: Subject, path: Path) -> str:
    """Write the document; return what the file is to be called.

    Raises:
        TaskError: there is no such answer, it is not seen, or it was not sent.
    """
    answer = seen_answer(desk, answer_id, by)
    if answer.sent_at is None:
        raise TaskError("此答复尚未发出")
    note = "演示数据，不代表真实情况" if answer.is_synthetic else ""
    document = OfficialDocument(
        "答复函", answer.document_number, answer.organisation, answer.sent_at.date(), note
    )
    told = letters_of(desk, answer.id)
    together = f"等 {len(told)} 封来信" if len(told) > 1 else ""
    document.text(f"关于“{cut(answer.title, 60)}”（{told[0].written_at:%Y年%-m月%-d日}）{together}的答复")
    for line in answer.text.splitlines():
        document.text(line)
    document.word.save(str(path))
    return f"答复函-{answer.document_number}"
