"""What an e-mail says: its text without what it quotes, its files, whom it comes from, whether a program sent it."""

from __future__ import annotations

import email
import email.policy
import email.utils
import hashlib
import re
from dataclasses import dataclass
from email.message import EmailMessage

from lxml import etree, html

LONGEST_TEXT = 10_000
# Where what is quoted begins, as mail programs write it.
_QUOTED = re.compile(
    r"^(?:>|-{2,}\s*(?:Original Message|原始邮件|转发邮件|回复的原邮件)|_{8,}\s*$"
    r"|(?:发件人|From|发送时间|Sent)\s*[:：]\s*\S|在?\s*\d{4}[-年/.].{0,80}(?:写道|wrote)\s*[:：]?\s*$|On .{5,120} wrote:\s*$"
    r"|.{0,80}于\s*\d{4}.{0,60}写道\s*[:：]\s*$)",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^-- ?$|^发自我的|^Sent from my", re.IGNORECASE)


@dataclass(frozen=True)
class Mail:
    """One e-mail: ``key`` is the same however often it comes; ``files`` are (name, content)."""

    key: str
    sender: str
    text: str
    files: tuple[tuple[str, bytes], ...]
    is_automatic: bool


def read_mail(content: bytes) -> Mail:
    """Return what an e-mail says. O(bytes)."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)  # the policy makes such
    told = str(message.get("Message-ID", "")).strip() or hashlib.sha256(content).hexdigest()
    sender = email.utils.parseaddr(str(message.get("From", "")))[1].lower()
    body = message.get_body(("plain", "html"))
    text = _content(body) if body is not None else ""
    if body is not None and body.get_content_type() == "text/html":
        text = _words_of(text)
    files = [(str(part.get_filename() or "附件"), _bytes(part)) for part in message.iter_attachments()]
    automatic = str(message.get("Auto-Submitted", "no")).lower() != "no" or "X-Autoreply" in message
    automatic |= str(message.get("Precedence", "")).lower() in ("bulk", "junk", "list", "auto_reply")
    return Mail(
        hashlib.sha256(told.encode("utf-8", "replace")).hexdigest(),
        sender,
        unquoted(text)[:LONGEST_TEXT],
        tuple(files),
        automatic,
    )


def unquoted(text: str) -> str:
    """Return a text up to where it begins to quote another, without the signature of a program."""
    kept: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\0", "").splitlines():
        if _QUOTED.match(line.strip()) or _SIGNATURE.match(line.strip()):
            break
        kept.append(line.rstrip())
    return "\n".join(kept).strip()


def _words_of(told: str) -> str:
    """Return the words of a mail in HTML, a line where it shows one; what it quotes in a block is left out."""
    try:
        tree = html.fromstring(f"<div>{told}</div>")
    except (etree.ParserError, ValueError):
        return ""
    for quoted in tree.xpath("//blockquote | //style | //script | //head"):
        quoted.drop_tree()
    for element in tree.xpath("//br | //p | //div | //li | //tr"):
        element.tail = "\n" + (element.tail or "")
    return str(tree.text_content())


def _content(part: EmailMessage) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # an encoding that nobody knows
        return _bytes(part).decode("gb18030", "replace")


def _bytes(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else part.as_bytes()
