"""A Word document in official style (公文): A4, the type, headings and page numbers of GB/T 9704-2012.

Fonts are named as offices have them; where one is missing, the alternative in the document's font table
takes its place. Text is text: what a document cannot hold (control characters) is left out.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph
from docx.text.run import Run
from lxml import etree

TITLE, BODY, HEADING, SUBHEADING, LATIN = (
    "方正小标宋简体",
    "仿宋_GB2312",
    "黑体",
    "楷体_GB2312",
    "Times New Roman",
)
# What stands in where a font is missing (altName in the font table).
ALTERNATIVES = {
    TITLE: "华文中宋,宋体,Noto Serif CJK SC",
    BODY: "仿宋,FangSong,Noto Serif CJK SC",
    HEADING: "SimHei,Noto Sans CJK SC",
    SUBHEADING: "楷体,KaiTi,Noto Serif CJK SC",
}
RED = RGBColor(0xC0, 0x00, 0x00)
GREY = "E7EDF4"
LINE = Pt(28)
PICTURE_WIDTH = Mm(155)
TYPE = {
    # style: font, size, space before and after (points)
    "Normal": (BODY, 16, 0, 0),
    "Heading 1": (HEADING, 16, 6, 2),
    "Heading 2": (SUBHEADING, 16, 2, 0),
    "Caption": (HEADING, 10.5, 2, 8),
}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def blank_number(as_of: dt.datetime) -> str:
    """Return the issue number with its place left blank: who issues a document numbers it, not the day it was made."""
    return f"〔{as_of.year}〕第　　期"


def clean(text: object) -> str:
    """Return a text without what XML cannot hold, on one line."""
    return " ".join(_NOT_XML.sub("", str(text)).split())


class OfficialDocument:
    """A document that is written from top to bottom and then saved."""

    def __init__(self, title: str, number: str, issuer: str, date: dt.date, note: str = ""):
        """Begin with the masthead: title in red, number, issuer and date over a red line; ``note`` stands on top."""
        self.word: WordDocument = Document()
        self._captions = {"图": 0, "表": 0}
        self._set_page()
        self._set_styles()
        self._set_fonts()
        if note:
            self._line(note, HEADING, 12, WD_ALIGN_PARAGRAPH.RIGHT)
        self._line(title, TITLE, 42, WD_ALIGN_PARAGRAPH.CENTER, colour=RED, spacing=Pt(58))
        self._line(number, BODY, 16, WD_ALIGN_PARAGRAPH.CENTER)
        sides = self._line(
            f"{issuer}\t{date.year}年{date.month}月{date.day}日", BODY, 16, WD_ALIGN_PARAGRAPH.LEFT
        )
        section = self.word.sections[0]
        sides.paragraph_format.tab_stops.add_tab_stop(
            section.page_width - section.left_margin - section.right_margin, alignment=2
        )
        _red_line(sides)

    def heading(self, text: str) -> None:
        """Write a heading of the first level: 一、总体情况."""
        self.word.add_heading(clean(text), 1)

    def subheading(self, text: str) -> None:
        """Write a heading of the second level: （一）数量与变化."""
        self.word.add_heading(clean(text), 2)

    def text(self, text: str, lead: str = "") -> Paragraph:
        """Write a paragraph, its first line indented by two characters; ``lead`` comes first, in bold."""
        paragraph = self.word.add_paragraph()
        _indent(paragraph)
        if lead:
            paragraph.add_run(clean(lead)).bold = True
        paragraph.add_run(clean(text))
        return paragraph

    def small(self, text: str) -> None:
        """Write a small paragraph: a note on figures, a source."""
        _indent(self._line(text, BODY, 12, WD_ALIGN_PARAGRAPH.LEFT, spacing=Pt(20)), 12)

    def picture(self, png: bytes, caption: str) -> None:
        """Place a picture as wide as the text, and its numbered caption under it."""
        paragraph = self.word.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
        paragraph.paragraph_format.keep_with_next = True
        paragraph.paragraph_format.space_before = Pt(6)
        shape = paragraph.add_run().add_picture(io.BytesIO(png), PICTURE_WIDTH)
        shape._inline.docPr.set("descr", clean(caption))
        self._caption("图", caption, keep_with_next=False)

    def table(
        self,
        caption: str,
        heads: Sequence[str],
        rows: Sequence[Sequence[object]],
        widths_mm: Sequence[float],
        n_left: int = 1,
    ) -> None:
        """Place a table under its numbered caption; ``n_left`` columns are texts, the rest numbers at the right."""
        self._caption("表", caption, keep_with_next=True)
        table = self.word.add_table(1 + len(rows), len(heads), "Table Grid")
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        for at, width in enumerate(widths_mm):
            table.columns[at].width = Mm(width)
        _repeat(table.rows[0]._tr)
        for line, (row, values) in enumerate(zip(table.rows, [heads, *rows], strict=True)):
            _whole(row._tr)
            for at, (cell, value) in enumerate(zip(row.cells, values, strict=True)):
                cell.width = Mm(widths_mm[at])
                paragraph = cell.paragraphs[0]
                paragraph.paragraph_format.line_spacing = Pt(16)
                if line == 0:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
                    cell._tc.get_or_add_tcPr().append(
                        parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:fill="{GREY}"/>')
                    )
                elif at >= n_left:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                else:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT
                _set_type(paragraph.add_run(clean(value)), HEADING if line == 0 else BODY, 10.5)
        after = self.word.add_paragraph()
        after.paragraph_format.line_spacing = Pt(8)

    def save(self, path: Path, title: str, at: dt.datetime) -> None:
        """Write the file; the same content and ``at`` give the same bytes."""
        core = self.word.core_properties
        core.title, core.author, core.last_modified_by, core.comments = title, "数聚", "数聚", ""
        core.created = core.modified = at
        file = io.BytesIO()
        self.word.save(file)
        # A zip file holds the time of its writing.
        with zipfile.ZipFile(file) as written, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as fixed:
            for entry in written.infolist():
                same = zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0))
                same.compress_type = zipfile.ZIP_DEFLATED
                fixed.writestr(same, written.read(entry))

    def _set_page(self) -> None:
        section = self.word.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(37), Mm(35)
        section.left_margin, section.right_margin = Mm(28), Mm(26)
        section.footer_distance = Mm(25)
        footer = section.footer.paragraphs[0]
        footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for part in ("— ", "PAGE", " —"):
            run = footer.add_run("" if part == "PAGE" else part)
            _set_type(run, "宋体", 14)
            if part == "PAGE":
                _field(run, part)

    def _set_styles(self) -> None:
        for name, (font, size, before, after) in TYPE.items():
            style = self.word.styles[name]
            assert isinstance(style, ParagraphStyle)
            style.font.name, style.font.size = LATIN, Pt(size)
            style.font.bold = style.font.italic = False
            style.font.color.rgb = RGBColor(0, 0, 0)
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for theme_font in [key for key in fonts.attrib if key.endswith("Theme")]:
                del fonts.attrib[theme_font]
            fonts.set(qn("w:eastAsia"), font)
            form = style.paragraph_format
            form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, LINE
            form.space_before, form.space_after = Pt(before), Pt(after)
            if name.startswith("Heading"):
                form.first_line_indent = Pt(2 * size)
        for language in self.word.styles.element.iter(qn("w:lang")):
            language.set(qn("w:eastAsia"), "zh-CN")
        self.word.styles["Caption"].paragraph_format.line_spacing = Pt(16)

    def _set_fonts(self) -> None:
        part = self.word.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
        fonts = etree.fromstring(part.blob)
        for name, alternatives in ALTERNATIVES.items():
            font = etree.SubElement(fonts, qn("w:font"), {qn("w:name"): name})
            etree.SubElement(font, qn("w:altName"), {qn("w:val"): alternatives})
            etree.SubElement(font, qn("w:charset"), {qn("w:val"): "86"})
        part._blob = etree.tostring(fonts, xml_declaration=True, encoding="UTF-8", standalone=True)

    def _line(
        self,
        text: str,
        font: str,
        size: float,
        alignment: WD_ALIGN_PARAGRAPH,
        colour: RGBColor | None = None,
        spacing: Pt = LINE,
    ) -> Paragraph:
        paragraph = self.word.add_paragraph()
        paragraph.alignment = alignment
        paragraph.paragraph_format.line_spacing = spacing
        head, tab, tail = text.partition("\t")
        _set_type(paragraph.add_run(clean(head) + tab + clean(tail)), font, size, colour)
        return paragraph

    def _caption(self, kind: str, text: str, *, keep_with_next: bool) -> None:
        self._captions[kind] += 1
        paragraph = self.word.add_paragraph(f"{kind}{self._captions[kind]}　{clean(text)}", "Caption")
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = keep_with_next


def _set_type(run: Run, font: str, size: float, colour: RGBColor | None = None) -> None:
    run.font.name, run.font.size = LATIN, Pt(size)
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if colour is not None:
        run.font.color.rgb = colour


def _indent(paragraph: Paragraph, size: float = 16) -> None:
    """Indent the first line by two characters of ``size`` points."""
    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), str(int(2 * size * 20)))


def _field(run: Run, code: str) -> None:
    for kind in ("begin", None, "end"):
        if kind is None:
            element = OxmlElement("w:instrText")
            element.text = code
        else:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
        run._element.append(element)


def _red_line(paragraph: Paragraph) -> None:
    paragraph._p.get_or_add_pPr().insert_element_before(
        parse_xml(
            f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="18" w:space="6" w:color="C00000"/></w:pBdr>'
        ),
        *("w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"),
    )


def _repeat(row: etree._Element) -> None:
    row.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))


def _whole(row: etree._Element) -> None:
    row.get_or_add_trPr().insert(0, parse_xml(f"<w:cantSplit {nsdecls('w')}/>"))
