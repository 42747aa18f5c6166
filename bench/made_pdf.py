"""PDF documents made by hand: pages of Chinese text, of a picture only, or of a font that does not tell its characters."""

from __future__ import annotations

from collections.abc import Sequence

FONT = b"""<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [<< /Type /Font
/Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >>
/FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800
/Descent -200 /CapHeight 700 /StemV 80 >> >>] >>"""
PICTURE = b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>\nstream\n\x80\nendstream"


def _document(contents: Sequence[bytes], title: str | None) -> bytes:
    kids = " ".join(f"{5 + 2 * n} 0 R" for n in range(len(contents)))
    about = "" if title is None else f"/Title <{(chr(0xFEFF) + title).encode('utf-16-be').hex()}>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        FONT,
        PICTURE,
    ]
    for n, content in enumerate(contents):
        pictures = " /XObject << /P 4 0 R >>" if b"/P Do" in content else ""
        objects += [
            (
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >>{pictures} >> "
                f"/Contents {6 + 2 * n} 0 R >>"
            ).encode(),
            f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream",
        ]
    objects.append(f"<< {about} /CreationDate (D:20240705090000+08'00') >>".encode())
    data, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(data)
    data += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    data += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    trailer = f"/Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R"
    return bytes(data) + f"trailer\n<< {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()


def text_pdf(pages: Sequence[Sequence[str]], title: str | None = None) -> bytes:
    """Return a document of pages of lines."""
    contents = []
    for lines in pages:
        shown = "".join(f"<{line.encode('utf-16-be').hex()}> Tj T* " for line in lines)
        contents.append(f"BT /F1 12 Tf 18 TL 72 770 Td {shown}ET".encode())
    return _document(contents, title)


def scanned_pdf(n_pages: int = 2) -> bytes:
    """Return a document whose pages are pictures."""
    return _document([b"q 595 0 0 842 0 0 cm /P Do Q"] * n_pages, "扫描件")
