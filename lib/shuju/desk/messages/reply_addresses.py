"""The address that a reply by e-mail goes to: it names the task and who was told, and bears a proof that nobody makes without the key."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass

from shuju.keys import REPLIES, first_key

PROOF_CHARACTERS = 32


@dataclass(frozen=True)
class ReplyTo:
    """Of which task and from which of ``message_addresses`` a reply comes."""

    task_id: int
    address_id: int


def reply_address(task_id: int, address_id: int, mailbox: str) -> str:
    """Return the address for replies about a task of who was told at an address: ``desk+12.3.…@gov.example`` for ``desk@gov.example``."""
    name, _, domain = mailbox.rpartition("@")
    return f"{name}+{task_id}.{address_id}.{_proof(task_id, address_id)}@{domain}"


def read_reply_address(told: str) -> ReplyTo | None:
    """Return what such an address names, None if it is none of ours."""
    found = re.fullmatch(
        r"[^@+]{1,64}\+(\d{1,9})\.(\d{1,9})\.([0-9a-f]{32})@[^@]+", told.strip().lower(), re.ASCII
    )
    if found is None:
        return None
    task_id, address_id = int(found[1]), int(found[2])
    is_ours = hmac.compare_digest(found[3], _proof(task_id, address_id))
    return ReplyTo(task_id, address_id) if is_ours else None


def _proof(task_id: int, address_id: int) -> str:
    told = f"reply {task_id} {address_id}".encode()
    return hmac.digest(first_key(REPLIES), told, "sha256").hex()[:PROOF_CHARACTERS]
