"""PDF documents are records; scans, and what is no document, are refused by name."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from bench.made_pdf import scanned_pdf, text_pdf

from .test_what_people_bring import take_in

FIELDS = "{record_id: file_name, site_id: {const: x}, genre: {const: notice}, title: title, body: main_text, published_at: created}"
PAGES = [
    [
        "关于东风路停水的通知",
        "　　因管道检修，7月6日8时至18时城关镇东风路、人民路沿线停水，请",
        "广大用户提前储水备用，给您带来不便敬请谅解。",
        "　　一、停水期间请关闭水龙头，以免来水时无人看管造成不必要的",
        "- 1 -",
    ],
    ["损失。", "二、咨询电话请查本局网站。", "第 2 页 共 2 页"],
]
BODY = (
    "关于东风路停水的通知\n"
    "因管道检修，7月6日8时至18时城关镇东风路、人民路沿线停水，请广大用户提前储水备用，给您带来不便敬请谅解。\n"
    "一、停水期间请关闭水龙头，以免来水时无人看管造成不必要的损失。\n二、咨询电话请查本局网站。"
)


@pytest.mark.parametrize(
    ("named", "title"),
    [(None, "关于东风路停水的通知"), ("停水通知", "停水通知"), ("文档1.docx", "关于东风路停水的通知")],
)
def test_a_pdf_with_text_is_a_record(tmp_path: Path, named: str | None, title: str) -> None:
    taken = take_in(tmp_path, "a.pdf", text_pdf(PAGES, named), reader="pdf", fields=FIELDS, table="records")
    (row,) = taken.rows
    assert (row["title"], row["body"], str(row["published_at"])) == (title, BODY, "2024-07-05 09:00:00")
    assert (taken.reasons, taken.failures, taken.balanced) == ([], [], True)


def locked() -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer, held = PdfWriter(clone_from=PdfReader(io.BytesIO(text_pdf(PAGES)))), io.BytesIO()
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(held)
    return held.getvalue()


REFUSED = {
    "a scan": (scanned_pdf, "PDF 是扫描件（每页只有图片），没有文字：请先识别文字（OCR）或提供电子版"),
    "no text": (lambda: text_pdf([[]]), "PDF 中没有文字"),
    "fonts without characters": (
        lambda: text_pdf([["\ue001\ue002\ue003\ue004\ue005\ue006" * 5]]),
        "字体没有字符编码",
    ),
    "a password": (locked, "PDF 有密码，打不开"),
    "a part": (lambda: text_pdf(PAGES)[:300], "不是完整的 PDF"),
    "a page of HTML": (lambda: b"<html>404</html>", "不是完整的 PDF"),
    "nothing": (lambda: b"", "不是完整的 PDF"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_said(tmp_path: Path, case: str) -> None:
    made, message = REFUSED[case]
    taken = take_in(tmp_path, "a.pdf", made(), reader="pdf", fields=FIELDS, table="records")
    assert (taken.rows, [message in reason for reason in taken.reasons], taken.balanced) == (
        [],
        [True],
        True,
    ), taken
