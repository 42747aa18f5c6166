"""Passkeys (通行密钥): keys that stay in somebody's device; the desk holds the public half and how often it signed."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from dataclasses import dataclass

import webauthn
from sqlalchemy import Engine, delete, insert, select, update
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from shuju.desk import challenges
from shuju.desk.accounts import Account, SignInError, find_account
from shuju.desk.identities import usable
from shuju.desk.tables.accounts import accounts, passkeys

MOST = 10
NEW, SIGN_IN = "new-passkey", "passkey"
REFUSED = "通行密钥未通过验证，请重试或改用密码"

_p = passkeys.c


@dataclass(frozen=True)
class Site:
    """Whom a passkey is for: the host's name, and the origin of its pages, ``https://host`` (and port)."""

    host: str
    origin: str


def offer(desk: Engine, account: str, site: Site, *, at: dt.datetime) -> str:
    """Return what the browser makes a new passkey of, as JSON.

    Raises:
        ValueError: the account has as many as it may.
    """
    found, held = find_account(desk, account), passkeys_of(desk, account)
    if len(held) >= MOST:
        raise ValueError(f"一个账号最多 {MOST} 个通行密钥")
    challenge = secrets.token_bytes(32)
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name="数聚",
        user_id=f"shuju-{found.id}".encode(),
        user_name=found.account,
        user_display_name=found.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(one["credential"])) for one in held
        ],
    )
    challenges.ask(desk, bytes_to_base64url(challenge), NEW, {"account": account}, at=at)
    return webauthn.options_to_json(options)


def keep(desk: Engine, account: str, site: Site, credential: str, name: str, *, at: dt.datetime) -> None:
    """Keep a passkey that the browser made for what was offered.

    Raises:
        ValueError: it was made for something else, by another site, or without verifying its owner.
    """
    challenge = _challenge(credential)
    told = challenges.take(desk, challenge, NEW, at=at)
    if told is None or told["account"] != account:
        raise ValueError("请求已过期，请重试")
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise ValueError(REFUSED) from None
    row = {
        "credential": bytes_to_base64url(made.credential_id),
        "account_id": find_account(desk, account).id,
        "public_key": bytes_to_base64url(made.credential_public_key),
        "sign_count": made.sign_count,
        "name": " ".join(name.split())[:100] or "通行密钥",
        "made_at": at,
    }
    with desk.begin() as connection:
        if connection.execute(select(_p.account_id).where(_p.credential == row["credential"])).first():
            raise ValueError("此通行密钥已登记")
        connection.execute(insert(passkeys).values(**row))


def ask(desk: Engine, site: Site, browser: str, *, at: dt.datetime) -> str:
    """Return what the browser has a passkey sign, as JSON; ``browser`` is a secret that only this one has."""
    challenge = secrets.token_bytes(32)
    challenges.ask(desk, bytes_to_base64url(challenge), SIGN_IN, {"browser": browser}, at=at)
    options = webauthn.generate_authentication_options(
        rp_id=site.host, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return webauthn.options_to_json(options)


def check(desk: Engine, site: Site, browser: str, credential: str, *, at: dt.datetime) -> Account:
    """Return the account whose passkey signed what this browser was asked.

    Raises:
        SignInError: nobody's, asked of another browser or before, for another site, or a passkey that signed fewer times than before
            (a copy of it is about).
    """
    challenge = _challenge(credential)
    told = challenges.take(desk, challenge, SIGN_IN, at=at)
    if told is None or not browser or told["browser"] != browser:
        raise SignInError("通行密钥：请求已过期或被重放", REFUSED)
    held = (
        select(accounts.c.account, passkeys)
        .join(accounts, accounts.c.id == _p.account_id)
        .where(_p.credential == str(json.loads(credential).get("id"))[:700])
    )
    with desk.connect() as connection:
        row = connection.execute(held).first()
    if row is None:
        raise SignInError("通行密钥：没有登记", REFUSED)
    try:
        done = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(row.public_key),
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        why = (
            "计数倒退" if "sign count" in str(error) else "来源不符" if "origin" in str(error) else "签名不符"
        )
        raise SignInError(f"通行密钥：{why}", REFUSED) from None
    account = usable(find_account(desk, row.account), at=at)
    with desk.begin() as connection:  # two at once with one count: one of them
        same = (_p.credential == row.credential) & (_p.sign_count == row.sign_count)
        values = {"sign_count": done.new_sign_count, "used_at": at}
        if connection.execute(update(passkeys).where(same).values(**values)).rowcount != 1:
            raise SignInError("通行密钥：计数倒退", REFUSED)
    return account


def passkeys_of(desk: Engine, account: str) -> list[dict[str, object]]:
    """Return the passkeys of an account: ``credential, name, made_at, used_at``, the first made first."""
    wanted = (
        select(_p.credential, _p.name, _p.made_at, _p.used_at)
        .join(accounts, accounts.c.id == _p.account_id)
        .where(accounts.c.account == account)
        .order_by(_p.made_at)
    )
    with desk.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(wanted)]


def drop(desk: Engine, account: str, credential: str | None = None) -> int:
    """Forget one passkey of an account, or all; return how many there were."""
    here = _p.account_id == find_account(desk, account).id
    if credential is not None:
        here &= _p.credential == credential
    with desk.begin() as connection:
        return connection.execute(delete(passkeys).where(here)).rowcount


def _challenge(credential: str) -> str:
    """Return the challenge that a browser's answer says it is for; whether it was is verified with its signature."""
    try:
        client = json.loads(base64url_to_bytes(json.loads(credential)["response"]["clientDataJSON"]))
        return str(client["challenge"])
    except (ValueError, KeyError, TypeError):
        return ""
