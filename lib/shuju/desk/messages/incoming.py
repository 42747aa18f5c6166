"""Replies by e-mail (邮件回复): what comes to the address of a task from who was told there becomes a remark of the task, with its files.

Anything else is refused and noted: an address that is none of ours, another sender, a task that is over. The same e-mail again does nothing.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Engine, select

from shuju.access.roles import DEPARTMENT
from shuju.access.subject import NotAllowedError, Subject
from shuju.desk import trail
from shuju.desk.accounts import find_account
from shuju.desk.memberships import memberships_of, subject_of
from shuju.desk.messages.addresses import EMAIL, Address
from shuju.desk.messages.mail_reading import Mail, read_mail
from shuju.desk.messages.reply_addresses import ReplyTo, read_reply_address
from shuju.desk.organisations import all_organisations, full_name
from shuju.desk.tables.messages import message_addresses
from shuju.desk.tasks.attachments import attach
from shuju.desk.tasks.commands import act, get
from shuju.desk.tasks.journal import TaskError
from shuju.desk.tasks.parts import parts_of
from shuju.desk.terms import Terms

a = message_addresses.c


class MailRefusedError(ValueError):
    """An e-mail is not taken; the message is Chinese and tells nothing that its sender does not know."""


def receive_mail(desk: Engine, recipient: str, content: bytes, *, at: dt.datetime, terms: Terms) -> int:
    """Take an e-mail that came to an address; return the number of its task.

    Raises:
        MailRefusedError: it is not taken; the trail has why.
    """
    to = read_reply_address(recipient)
    mail = read_mail(content)
    try:
        if to is None:
            raise MailRefusedError("收件地址不是任务的回复地址")
        by = _who(desk, to, mail, at)
        trail.note(
            desk, "task", f"task:{to.task_id}", {"do": "mail", "files": len(mail.files)}, account=by.account
        )
        _keep(desk, to.task_id, mail, by, at, terms)
    except (ValueError, NotAllowedError) as error:
        about = f"task:{to.task_id}" if to else "mail"
        trail.note(
            desk, "refused", about, {"do": "mail", "why": str(error)}, 0, account=mail.sender[:100] or "邮件"
        )
        raise MailRefusedError(str(error)) from None
    return to.task_id


def _who(desk: Engine, to: ReplyTo, mail: Mail, at: dt.datetime) -> Subject:
    """Return on whose behalf an e-mail speaks: who was told at the address that it answers, if it comes from there."""
    if mail.is_automatic:
        raise MailRefusedError("自动回复不收")
    wanted = select(a.id, a.account, a.organisation_id, a.channel, a.address).where(
        a.id == to.address_id, a.ended_at.is_(None)
    )
    with desk.connect() as connection:
        row = connection.execute(wanted).first()
    address = Address(*row) if row is not None else None
    if address is None or address.channel != EMAIL or address.address.lower() != mail.sender:
        raise MailRefusedError("发件人不是收到这条通知的人")
    if address.account:
        return _person(desk, address.account, to.task_id, at)
    names = {o.id: full_name(o) for o in all_organisations(desk)}
    name = names[address.organisation_id or 0]
    return Subject(mail.sender, f"{name}（邮件）", DEPARTMENT, name, organisation_id=address.organisation_id)


def _person(desk: Engine, account: str, task_id: int, at: dt.datetime) -> Subject:
    """Return an account in the role in which it has to do with a task."""
    found = find_account(desk, account)
    held = [] if found.disabled_at is not None else memberships_of(desk, found.id, at=at)
    for subject in (subject_of(desk, found, one) for one in held):
        try:
            if parts_of(subject, get(desk, task_id, subject)[0]):
                return subject
        except TaskError:
            continue
    raise MailRefusedError("没有这件任务，或不在可见范围")


def _keep(desk: Engine, task_id: int, mail: Mail, by: Subject, at: dt.datetime, terms: Terms) -> None:
    if not mail.text and not mail.files:
        raise MailRefusedError("邮件没有内容")
    told = {"by": by, "at": at, "terms": terms}
    if mail.text:
        act(desk, task_id, "say", {"text": mail.text}, command_id=f"mail-{mail.key[:48]}", seq=None, **told)
    for number, (name, content) in enumerate(mail.files):
        attach(desk, task_id, name, content, command_id=f"mail-{mail.key[:48]}-{number}", **told)
