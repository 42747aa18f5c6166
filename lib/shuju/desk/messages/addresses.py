"""Where people and organisations are told of tasks: an e-mail address, or a webhook of another system."""

from __future__ import annotations

import datetime as dt
import hmac
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import Engine, insert, select, update

from shuju.desk.tables.messages import message_addresses
from shuju.keys import WEBHOOKS, first_key

EMAIL, WEBHOOK = "email", "webhook"
CHANNELS = {EMAIL: "邮件", WEBHOOK: "接口推送"}
a = message_addresses.c


@dataclass(frozen=True)
class Address:
    """One address of an account, or of an organisation."""

    id: int
    account: str
    organisation_id: int | None
    channel: str
    address: str

    @property
    def secret(self) -> str:
        """With what a webhook's messages are signed; it is made from the file of keys and kept nowhere."""
        return hmac.digest(first_key(WEBHOOKS), f"{self.id} {self.address}".encode(), "sha256").hex()


def add_address(
    desk: Engine,
    channel: str,
    address: str,
    *,
    account: str = "",
    organisation_id: int | None = None,
    at: dt.datetime,
) -> Address:
    """Add an address of an account or of an organisation.

    Raises:
        ValueError: no such channel, no address of this kind, or neither or both of account and organisation are given.
    """
    if bool(account) == (organisation_id is not None):
        raise ValueError("请给出账号或机构，二者取一")
    if channel == EMAIL and not re.fullmatch(r"[^\s@<>,;\"]{1,64}@[A-Za-z0-9.-]{1,190}", address):
        raise ValueError(f"不是邮件地址：{address!r}")
    if channel == WEBHOOK and (
        urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname
    ):
        raise ValueError(f"不是网址：{address!r}")
    if channel not in CHANNELS:
        raise ValueError(f"没有通知方式 {channel!r}")
    row = {"account": account, "organisation_id": organisation_id, "channel": channel, "address": address}
    with desk.begin() as connection:
        made = connection.execute(insert(message_addresses).values(**row, since=at)).inserted_primary_key
    return Address(made[0], account, organisation_id, channel, address)


def list_addresses(desk: Engine) -> list[Address]:
    """Return all addresses that are in use."""
    with desk.connect() as connection:
        wanted = select(a.id, a.account, a.organisation_id, a.channel, a.address).where(a.ended_at.is_(None))
        return [Address(*row) for row in connection.execute(wanted.order_by(a.id))]


def end_address(desk: Engine, address_id: int, *, at: dt.datetime) -> bool:
    """Use an address no longer; tell whether it was in use."""
    with desk.begin() as connection:
        here = (a.id == address_id) & a.ended_at.is_(None)
        return connection.execute(update(message_addresses).where(here).values(ended_at=at)).rowcount > 0
