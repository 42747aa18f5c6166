"""What is shown of an attachment in place: texts and tables however they are encoded, and that anything else is to be saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from shuju.access.subject import enter
from shuju.desk.tasks.attachments import attach, attachments_of
from shuju.library import open_library
from shuju.pages.tasks.one_task import task_html
from shuju.pages.tasks.previews import LINES, READ, Preview, preview_of
from tests.desk.tasks.conftest import TERMS, Office

CSV = '名称,数量\n搅拌站,3\n<b>粉尘</b>,"1,200"\n'
ROWS = (("名称", "数量"), ("搅拌站", "3"), ("<b>粉尘</b>", "1,200"))
CASES = {
    "a.csv": (CSV.encode(), Preview(rows=ROWS)),
    "excel.CSV": (CSV.encode("gb18030"), Preview(rows=ROWS)),
    "with-mark.csv": (CSV.encode("utf-8-sig"), Preview(rows=ROWS)),
    "a.txt": ("第一行\n第二行".encode("gb18030"), Preview("第一行\n第二行")),
    "long.txt": (b"x\n" * (LINES + 1), Preview("\n".join("x" * LINES), is_part=True)),
    "cut.txt": (("字" * READ).encode(), Preview("字" * (READ // 3), is_part=True)),
    "broken.txt": (b"\xff\xff\0\0", Preview(why="不是可读的文本，不能预览，请下载")),
    "a.docx": (b"PK\x03\x04", Preview(why="不能预览，请下载")),
    "noname": (b"abc", Preview(why="不能预览，请下载")),
    "a.png": (b"\x89PNG\r\n\x1a\n", None),
}


@pytest.mark.parametrize("name", CASES)
def test_the_beginning_of_a_file(office: Office, tmp_path: Path, name: str) -> None:
    content, wanted = CASES[name]
    task, by = office.assign(), office.people["leader"]
    attach(office.desk, task.id, name, content, by=by, command_id="upload-0001", at=office.at, terms=TERMS)
    assert preview_of(office.desk, attachments_of(office.desk, task.id)[0]) == wanted
    enter(by)
    page = task_html(open_library(tmp_path), {"id": str(task.id)})
    assert (name in page, "<b>粉尘" in page) == (True, False)
    assert ("请下载" in page) == bool(wanted and wanted.why)
