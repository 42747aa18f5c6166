"""Delivery of the outbox: by e-mail (SMTP) and signed webhook; at least once, each message under the same id however often it goes.

What reminds (提醒) leaves in working hours alone, however long it had to wait; what is said of a task that is 特急 leaves at once.
Several processes may deliver at a time: each takes messages on a lease, and what one did not finish another takes when the lease is over.
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
import logging
import os
import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import httpx
from sqlalchemy import Engine, Row, insert, select, update

from shuju.desk.messages.addresses import EMAIL, Address
from shuju.desk.messages.message import Message
from shuju.desk.messages.reminders import KINDS
from shuju.desk.messages.reply_addresses import reply_address
from shuju.desk.messages.written import addresses_of, written
from shuju.desk.store import writing
from shuju.desk.tables.messages import deliveries, outbox
from shuju.desk.tables.tasks import tasks
from shuju.desk.tasks.attachments import parts_of_file
from shuju.desk.working_time import WorkingCalendar, next_working_moment, shipped

log = logging.getLogger(__name__)
LEASE = dt.timedelta(minutes=2)
AT_ONCE = 50
MOST_TRIES = 20
LONGEST_PAUSE = dt.timedelta(hours=6)
SECONDS = 20.0
PRESSING = "extra_urgent"
NO_ADDRESS = "没有登记通知地址"
WORD = "vnd.openxmlformats-officedocument.wordprocessingml.document"
o = outbox.c


@dataclass(frozen=True)
class Ways:
    """How messages leave: ``smtp`` is a URL (``smtp://user:password@host:25``, ``smtps://…``), ``base`` the server's own, for links.

    ``replies`` is the mailbox to which replies about tasks come, empty where nobody listens.
    """

    smtp: str = ""
    sender: str = "shuju@localhost"
    base: str = ""
    replies: str = ""


@dataclass(frozen=True)
class Delivered:
    """How many messages went, failed and will be tried again, and had nobody to go to."""

    n_sent: int
    n_failed: int
    n_nobody: int


def ways_of(environment: Mapping[str, str] = os.environ) -> Ways:
    """Return how messages leave as the environment says: ``SHUJU_SMTP``, ``SHUJU_MAIL_FROM``, ``SHUJU_URL``, ``SHUJU_MAIL_REPLIES``."""
    base = environment.get("SHUJU_URL", "").rstrip("/")
    sender = environment.get("SHUJU_MAIL_FROM", "shuju@localhost")
    smtp, replies = environment.get("SHUJU_SMTP", ""), environment.get("SHUJU_MAIL_REPLIES", "")
    return Ways(smtp, sender, f"{base}/" if base else "", replies)


def deliver(
    desk: Engine, ways: Ways, *, clock: Callable[[], dt.datetime], calendar: WorkingCalendar | None = None
) -> Delivered:
    """Send what waits in the outbox and may leave by now, until nothing is left that can be sent.

    ``calendar`` says when people work; without one it is that of the package.
    """
    days, counts = calendar or shipped(), [0, 0, 0]
    while rows := _lease(desk, clock(), days):
        for row in rows:
            counts[_deliver(desk, row, ways, clock())] += 1
    return Delivered(*counts)


def _lease(desk: Engine, at: dt.datetime, calendar: WorkingCalendar) -> list[Row]:
    """Take some messages that wait, for as long as the lease lasts; nobody is reminded at midnight of what could not be sent by day."""
    waits = [
        o.sent_at.is_(None),
        o.cancelled_at.is_(None),
        o.not_before <= at,
        o.leased_until.is_(None) | (o.leased_until <= at),
    ]
    if next_working_moment(at, calendar) != at.replace(microsecond=0):
        presses = select(tasks.c.id).where(tasks.c.id == o.task_id, tasks.c.urgency == PRESSING).exists()
        waits.append(o.kind.not_in(list(KINDS)) | presses)
    with writing(desk) as connection:
        wanted = select(outbox).where(*waits).order_by(o.id).limit(AT_ONCE).with_for_update(skip_locked=True)
        rows = connection.execute(wanted).all()
        numbers = [row.id for row in rows]
        connection.execute(update(outbox).where(o.id.in_(numbers)).values(leased_until=at + LEASE))
    return list(rows)


def _deliver(desk: Engine, row: Row, ways: Ways, at: dt.datetime) -> int:
    """Send one message to all its addresses that do not have it; return 0 if it went, 1 if it failed, 2 if there is no address."""
    try:
        with desk.connect() as connection:
            message, to = written(connection, row, ways.base, at), addresses_of(connection, row)
            had = set(
                connection.execute(
                    select(deliveries.c.address_id).where(deliveries.c.outbox_id == row.id)
                ).scalars()
            )
    except Exception as error:  # one message that cannot be written must not hold up those after it
        log.exception("message %s could not be written", row.message_id)
        return _put_off(desk, row, [f"写不出：{type(error).__name__}"], at)
    if not to:
        _end(desk, row.id, cancelled_at=at, failure=NO_ADDRESS)
        return 2
    failures = []
    for address in to:
        if address.id in had:
            continue
        try:
            _send(desk, message, address, ways, at)
        except (OSError, smtplib.SMTPException, httpx.HTTPError, ValueError) as error:
            # Where a sender is told is nobody else's: neither the log nor the desk keeps it in plain.
            why = f"{address.address}：{error}" if address.id else type(error).__name__
            log.warning("message %s did not reach address %s: %s", message.id, address.id, why)
            failures.append(why)
            continue
        if address.id == 0:  # a sender has one address: that the message went says all
            continue
        with writing(desk) as connection:
            connection.execute(insert(deliveries).values(outbox_id=row.id, address_id=address.id, sent_at=at))
    if not failures:
        _end(desk, row.id, sent_at=at, failure=None)
        return 0
    return _put_off(desk, row, failures, at)


def _put_off(desk: Engine, row: Row, failures: list[str], at: dt.datetime) -> int:
    """Try a message again later, each time after a longer pause, or give it up; return 1."""
    n = row.n_tries + 1
    pause = min(dt.timedelta(minutes=2 ** min(n, 12)), LONGEST_PAUSE)
    told = {
        "n_tries": n,
        "failure": "；".join(failures)[:300],
        "leased_until": None,
        "not_before": at + pause,
    }
    _end(desk, row.id, **told, **({"cancelled_at": at} if n >= MOST_TRIES else {}))
    return 1


def _end(desk: Engine, number: int, **values: object) -> None:
    with writing(desk) as connection:
        connection.execute(update(outbox).where(o.id == number).values(**values))


def _send(desk: Engine, message: Message, address: Address, ways: Ways, at: dt.datetime) -> None:
    if address.channel == EMAIL:
        picture, file = (b"".join(parts_of_file(desk, name)) for name in (message.picture, message.file))
        _send_mail(message, picture, file, address, ways, at)
    else:
        _send_webhook(message, address, at)


def _send_mail(
    message: Message, picture: bytes, file: bytes, address: Address, ways: Ways, at: dt.datetime
) -> None:
    if not ways.smtp:
        raise ValueError("没有配置邮件服务器（SHUJU_SMTP）")
    parts = urlsplit(ways.smtp)
    domain = ways.sender.rpartition("@")[2] or "localhost"
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = message.subject, ways.sender, address.address
    mail["Message-ID"] = f"<{message.id}.{address.id}@{domain}>".replace(":", "-")
    mail["Date"] = at.replace(tzinfo=dt.timezone(dt.timedelta(hours=8)))
    if "task" in message.data:  # all mail about one task is one thread
        mail["References"] = f"<task-{message.data['task']}@{domain}>"
        if ways.replies and address.id:
            mail["Reply-To"] = reply_address(message.data["task"], address.id, ways.replies)
    mail["Auto-Submitted"] = "auto-generated"
    if message.unsubscribe:  # RFC 8058: one click in the reader's mail program
        mail["List-Unsubscribe"] = f"<{message.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(message.text)
    if picture:
        mail.add_attachment(picture, maintype="image", subtype="png", filename="图.png", disposition="inline")
    if file:
        mail.add_attachment(file, maintype="application", subtype=WORD, filename=message.file_name)
    is_tls = parts.scheme == "smtps"
    context = ssl.create_default_context()
    opened = (
        smtplib.SMTP_SSL(parts.hostname or "", parts.port or 465, timeout=SECONDS, context=context)
        if is_tls
        else smtplib.SMTP(parts.hostname or "", parts.port or 25, timeout=SECONDS)
    )
    with opened as server:
        if not is_tls and server.has_extn("starttls"):
            server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(mail)


def _send_webhook(message: Message, address: Address, at: dt.datetime) -> None:
    told = {"id": message.id, "subject": message.subject, "text": message.text, **message.data}
    body = json.dumps(told, ensure_ascii=False).encode()
    moment = f"{at:%Y-%m-%dT%H:%M:%S}+08:00"
    headers = {
        "Content-Type": "application/json",
        "X-Shuju-Id": message.id,
        "X-Shuju-Time": moment,
        "X-Shuju-Signature": signature(address.secret, moment, body),
    }
    httpx.post(address.address, content=body, headers=headers, timeout=SECONDS).raise_for_status()


def signature(secret: str, moment: str, body: bytes) -> str:
    """Return how a webhook's message is signed: HMAC-SHA-256 over ``time.body``."""
    return "sha256=" + hmac.digest(secret.encode(), f"{moment}.".encode() + body, "sha256").hex()
