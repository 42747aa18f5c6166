"""Encodings of raw text: told by a byte-order mark, or by which reads as likely Chinese.

A text decoded wrongly is made of characters that hardly anyone writes. How likely a text is, is the share of its
characters beyond ASCII that are among the 3,000 most frequent, their traditional forms, or signs used beside them
(``common_characters.txt``, counted in jieba's dictionary).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import numpy as np

from shuju.library.errors import SourceError

BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# What is declared, and what reads all that is declared so: GBK and GB 2312 are parts of GB 18030.
_WIDER = {
    **dict.fromkeys(("gb2312", "gbk", "cp936", "hz", "euc_cn"), "gb18030"),
    **dict.fromkeys(("big5", "cp950", "big5-hkscs", "big5_hkscs"), "big5hkscs"),
    "utf8": "utf-8",
}
_CANDIDATES = ("utf-8", "gb18030", "big5hkscs")
SAMPLE = 20_000
LIKELY, UNLIKELY = 0.6, 0.35
ENOUGH = 8  # characters beyond ASCII that it takes to judge
# Punctuation, numerals in circles, lines, full-width forms: (first, last) code point.
_SIGNS = (
    *((0x2010, 0x203B), (0x2160, 0x217F), (0x2190, 0x2199), (0x2460, 0x249B), (0x2500, 0x25FF)),
    *((0x3000, 0x303F), (0xFF00, 0xFFEF)),
)
_UTF8_RUN = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){3}")


@cache
def _usual() -> np.ndarray:
    """Return by code point up to U+FFFF whether a character is common, or a sign that stands beside such."""
    usual = np.zeros(1 << 16, np.bool_)
    text = Path(__file__).with_name("common_characters.txt").read_text(encoding="utf-8")
    usual[[ord(c) for c in text if c != "\n"]] = True
    for first, last in _SIGNS:
        usual[first : last + 1] = True
    usual[[ord(c) for c in "·×÷°±§²³®©℃"]] = True
    return usual


def likelihood(text: str) -> tuple[float, int]:
    """Return how likely a text is to be Chinese as written, 0 to 1 (1 for plain ASCII), and from how many characters."""
    codes = np.frombuffer(text[:SAMPLE].encode("utf-32-le", "surrogatepass"), np.uint32)
    beyond = codes[codes > 0x7F]
    if not len(beyond):
        return 1.0, 0
    n_usual = int(_usual()[beyond[beyond < 1 << 16]].sum())
    return n_usual / len(beyond), len(beyond)


def wider(name: str) -> str:
    """Return the encoding to read with for a declared one: GB 18030 for GB 2312 and GBK."""
    lower = name.lower().replace("_", "-")
    return _WIDER.get(lower, _WIDER.get(lower.replace("-", "_"), lower))


def detect_encoding(head: bytes, declared: str | None = None) -> str:
    """Return the encoding of text that begins with the bytes ``head``.

    A byte-order mark decides; then bytes that are UTF-8 throughout; then, among UTF-8, GB 18030 and Big5, what reads as the
    likeliest text, ``declared`` on a tie. O(bytes).
    """
    for bom, name in BOMS.items():
        if head.startswith(bom):
            return name
    if wide := _without_bom(head):
        return wide
    if head.isascii() or _is_utf8(head) or _has_utf8_lines(head):
        return "utf-8"
    order = dict.fromkeys([*([wider(declared)] if declared else []), *_CANDIDATES])
    return max(order, key=lambda name: _score(head, name))


def _without_bom(head: bytes) -> str | None:
    """Tell UTF-16 without a mark by its zero bytes."""
    sample = head[:4096]
    if len(sample) < 4 or sample.count(0) < len(sample) // 8:
        return None
    odd, even = sample[1::2].count(0), sample[::2].count(0)
    return "utf-16-le" if odd > 4 * even else "utf-16-be" if even > 4 * odd else None


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # a cut last character is no error
    except UnicodeDecodeError:
        return False
    return True


def _has_utf8_lines(head: bytes) -> bool:
    """Tell a UTF-8 file to which lines in another encoding were added: its first line with Chinese is good UTF-8."""
    for line in head.split(b"\n", 50)[:50]:
        if not line.isascii():
            return _is_utf8_throughout(line) and likelihood(line.decode())[0] > LIKELY
    return False


def _score(head: bytes, name: str) -> float:
    try:
        text = codecs.getincrementaldecoder(name)("replace").decode(head[: 2 * SAMPLE])
    except (LookupError, UnicodeError):
        return -1.0
    return likelihood(text)[0] - 5 * text.count("\ufffd") / max(len(text), 1)


def utf8_text(pieces: Iterable[bytes], name: str, declared: str | None) -> Iterator[bytes]:
    """Yield the text of a file as UTF-8, whatever it is in; bytes that are no text become U+FFFD, for validation to find.

    Where no encoding is declared, a line in another of UTF-8 and GB 18030 than the rest is read in its own.

    Raises:
        SourceError: the declared encoding, or any, gives text that is hardly Chinese; with the likely encoding.
    """
    pieces = iter(pieces)
    head = next(pieces, b"")
    found = detect_encoding(head)
    encoding = wider(declared) if declared else found
    if found == "utf-8-sig" and encoding in ("utf-8", "utf-8-sig"):
        head, encoding = head.removeprefix(codecs.BOM_UTF8), "utf-8"
    _refuse_unlikely(head, name, encoding, found, declared)
    pieces = chain([head], pieces)
    if declared is None and encoding in ("utf-8", "gb18030"):
        yield from _lines_as_utf8(pieces, encoding)
    else:
        yield from to_utf8(pieces, encoding)


def _refuse_unlikely(head: bytes, name: str, encoding: str, found: str, declared: str | None) -> None:
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head[: 4 * SAMPLE])
    share, n = likelihood(text)
    is_other = declared is not None and not head.isascii() and encoding != found.removesuffix("-sig")
    if is_other and _score(head, encoding) < UNLIKELY < LIKELY < _score(head, found):
        raise SourceError(
            f"{name}：按目录所写的编码 {declared} 读出的不是通顺的中文；文件多半是 {shown(found)}，"
            "请改正 options.encoding，或删去它由程序识别"
        )
    if n < ENOUGH or share >= UNLIKELY:
        return
    if twice := decoded_twice(text):
        raise SourceError(f"{name}：文字在存盘之前已成乱码（{twice}）；请从原系统重新导出")
    if encoding != "utf-8":  # UTF-8 cannot be had by chance: it may be another script
        raise SourceError(
            f"{name}：认不出文字的编码，读出的都是罕用字；请在 options.encoding 写明，或另存为 UTF-8"
        )


def decoded_twice(text: str) -> str | None:
    """Return how a text came to be spoilt before it was stored: read in a wrong encoding; None if it was not."""
    for wrong, right in (
        ("gb18030", "utf-8"),
        ("cp1252", "utf-8"),
        ("latin-1", "utf-8"),
        ("latin-1", "gb18030"),
    ):
        sample = "".join(c for c in text[:4000] if c != "\ufffd")
        mended = sample.encode(wrong, "ignore").decode(right, "ignore")
        share, n = likelihood(mended)
        if n >= ENOUGH // 2 and share > LIKELY + 0.15 and len(mended) > len(sample) // 4:
            return f"{shown(right)} 文字被当作 {shown(wrong)} 读过"
    return None


def shown(encoding: str) -> str:
    """Return the name of an encoding as people know it."""
    names = {"gb18030": "GB18030（GBK）", "big5hkscs": "Big5", "utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}
    return names.get(encoding, encoding.upper())


def _lines_as_utf8(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield whole lines as UTF-8; where a block is not all in ``encoding``, each line in what reads it."""
    for block in _whole_lines(pieces):
        if encoding == "utf-8":
            yield (
                block if _is_utf8_throughout(block) else b"".join(map(_line_of_utf8, block.splitlines(True)))
            )
        elif _UTF8_RUN.search(block):
            yield b"".join(map(_line_of_gb18030, block.splitlines(True)))
        else:
            yield block.decode("gb18030", "replace").encode()


def _whole_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    for piece in pieces:
        cut = piece.rfind(b"\n") + 1
        if cut:
            yield b"".join([*held, piece[:cut]])
            held = []
        held.append(piece[cut:])
    if rest := b"".join(held):
        yield rest


def _is_utf8_throughout(block: bytes) -> bool:
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _line_of_utf8(line: bytes) -> bytes:
    if _is_utf8_throughout(line):
        return line
    try:
        text = line.decode("gb18030")
    except UnicodeDecodeError:
        text = ""
    share, n = likelihood(text)
    return text.encode() if n and share > LIKELY else line.decode("utf-8", "replace").encode()


def _line_of_gb18030(line: bytes) -> bytes:
    if _UTF8_RUN.search(line) and _is_utf8_throughout(line) and likelihood(line.decode("utf-8"))[0] > LIKELY:
        return line
    return line.decode("gb18030", "replace").encode()


def to_utf8(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield ``pieces`` recoded to UTF-8; bytes that are no text become U+FFFD, for validation to find."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for piece in pieces:
        yield decoder.decode(piece).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")
