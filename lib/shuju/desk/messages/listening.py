"""A mail server for replies alone (SMTP, RFC 5321): it takes what comes to the addresses of tasks, and relays nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import Engine

from shuju.desk import trail
from shuju.desk.messages.incoming import MailRefusedError, receive_mail
from shuju.desk.messages.reply_addresses import read_reply_address
from shuju.desk.tasks.attachments import MOST_BYTES
from shuju.desk.terms import Terms

log = logging.getLogger(__name__)
MOST_MAIL_BYTES = MOST_BYTES * 3 // 2  # a file of the largest size as mail carries it
MOST_RECIPIENTS = 5


class _Replies:
    """Answers each step of the protocol."""

    def __init__(self, desk: Engine, terms: Callable[[], Terms], clock: Callable[[], datetime]):
        self._desk, self._terms, self._clock = desk, terms, clock

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],  # noqa: ARG002
    ) -> str:
        """Take only an address of a task: nothing is relayed, and a wrong one is noted before its mail comes."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 too many recipients"
        if read_reply_address(address) is None:
            told = {"do": "mail", "why": "收件地址不是任务的回复地址", "from": str(session.peer)[:60]}
            await asyncio.to_thread(
                trail.note,
                self._desk,
                "refused",
                "mail",
                told,
                0,
                account=(envelope.mail_from or "邮件")[:100],
            )
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002
        """Keep the mail with each task that it was sent to."""
        content: Any = envelope.content
        try:
            for recipient in envelope.rcpt_tos:
                told = {"at": self._clock(), "terms": self._terms()}
                await asyncio.to_thread(receive_mail, self._desk, recipient, content, **told)
        except MailRefusedError:
            return "550 refused"
        except Exception:  # the desk may be away for a while: the sender's server tries again
            log.exception("a mail could not be kept")
            return "451 try again later"
        return "250 OK"


def listener(
    desk: Engine, terms: Callable[[], Terms], clock: Callable[[], datetime], *, host: str, port: int
) -> Controller:
    """Return a mail server that is not started yet; ``start`` and ``stop`` are its own."""
    return Controller(_Replies(desk, terms, clock), hostname=host, port=port, data_size_limit=MOST_MAIL_BYTES)
