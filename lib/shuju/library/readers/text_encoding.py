"""Encodings of raw text: told by a byte-order mark, or by which reads better."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def detect_encoding(head: bytes) -> str:
    """Return the encoding of text that begins with the bytes ``head``.

    A byte-order mark decides; else whichever of UTF-8 and GB18030 (the national standard, which
    contains GBK and GB 2312) reads more of the bytes, UTF-8 on a tie.
    """
    for bom, name in BOMS.items():
        if head.startswith(bom):
            return name
    return min(("utf-8", "gb18030"), key=lambda name: _share_of_errors(head, name))


def _share_of_errors(head: bytes, name: str) -> float:
    text = codecs.getincrementaldecoder(name)("replace").decode(head)  # a cut last character is no error
    return text.count("\ufffd") / max(len(text), 1)


def to_utf8(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield ``pieces`` recoded to UTF-8; bytes that are no text become U+FFFD, for validation to find."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for piece in pieces:
        yield decoder.decode(piece).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")
