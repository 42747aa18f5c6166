"""Signing in by another system (统一身份认证, OpenID Connect): the code flow with PKCE, every claim that matters checked.

What the other system says of somebody is who they are, never what they may: roles are granted here. Which system it is stands in a file
of the server's own (``SHUJU_OIDC``), the address to come back to among it: nothing is taken from a request.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shuju.desk.accounts import SignInError
from shuju.library import LibraryError

VARIABLE = "SHUJU_OIDC"
ALGORITHMS = [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
]  # signed by a key pair
LEEWAY_SECONDS, KEPT_SECONDS, TIMEOUT_SECONDS = 60, 600.0, 10.0
REFUSED = "统一身份认证未通过，请重试，或与系统管理员联系"
STRONG = frozenset({"mfa", "otp", "hwk", "swk", "sc", "fpt", "face"})  # of the claim amr (RFC 8176)


@dataclass(frozen=True)
class Claimed:
    """Who the other system says somebody is; ``is_strong`` if it says that a second factor was shown."""

    issuer: str
    subject: str
    is_strong: bool


@dataclass
class Provider:
    """The other system, as its file and its own description say."""

    issuer: str
    client: str
    secret: str
    back: str
    title: str
    _known: dict[str, tuple[float, Any]] = field(default_factory=dict, repr=False)

    def begin(self, state: str, nonce: str, verifier: str) -> str:
        """Return the address at which somebody signs in there.

        Raises:
            SignInError: the system does not answer, or is another one.
        """
        place = self._described("authorization_endpoint")
        asked = {
            "response_type": "code", "scope": "openid", "client_id": self.client, "redirect_uri": self.back, "state": state,
            "nonce": nonce, "code_challenge": _challenge(verifier), "code_challenge_method": "S256",
        }  # fmt: skip
        return place + ("&" if urlsplit(place).query else "?") + urlencode(asked)

    def finish(self, code: str, nonce: str, verifier: str, issuer: str = "") -> Claimed:
        """Return who brought a code back; ``issuer`` is who the answer says it is from, where it does (RFC 9207).

        Raises:
            SignInError: the code is not taken, or the token is not signed by the issuer, or not for this server and this very request.
        """
        if issuer and issuer != self.issuer:
            raise SignInError("统一身份：应答来自另一系统", REFUSED)
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.back,
            "code_verifier": verifier,
        }
        place, own = (
            self._described("token_endpoint"),
            (quote(self.client, safe=""), quote(self.secret, safe="")),
        )
        try:
            answer = httpx.post(place, data=sent, auth=own, timeout=TIMEOUT_SECONDS).raise_for_status().json()
            token = str(answer["id_token"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise SignInError(f"统一身份：授权码未被接受（{type(error).__name__}）", REFUSED) from None
        return self.claimed(token, nonce)

    def claimed(self, token: str, nonce: str) -> Claimed:
        """Return who an ID token says somebody is.

        Raises:
            SignInError: it is not signed by the issuer's key, or its issuer, audience, nonce or time are not right.
        """
        wanted = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": self.client},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims
            wanted.validate(claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise SignInError(f"统一身份：令牌不符（{_why(error)}）", REFUSED) from None
        audience = claims["aud"]
        parties = {claims.get("azp", self.client)} | (
            {audience} if isinstance(audience, str) else set(audience)
        )
        if parties != {self.client}:  # a token that others may use, too
            raise SignInError("统一身份：令牌不符（azp）", REFUSED)
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise SignInError("统一身份：令牌不符（sub）", REFUSED)
        methods = claims.get("amr")
        is_strong = isinstance(methods, list) and bool(STRONG & {str(method) for method in methods})
        return Claimed(self.issuer, subject, is_strong)

    def _keys(self, unsigned: Any) -> Any:
        """Return the key that a token names; looks once more where the system may have changed its keys."""
        name = unsigned.headers().get("kid")
        place = self._described("jwks_uri")
        for is_new in (False, True):
            keys = KeySet.import_key_set(self._asked(place, is_new=is_new))
            if name is None and len(keys.keys) == 1:
                return keys.keys[0]
            for key in keys.keys:
                if name is not None and key.kid == name:
                    return key
        raise ValueError("no such key")

    def _described(self, name: str) -> str:
        told = self._asked(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if told.get("issuer") != self.issuer:
            raise SignInError("统一身份：自述的名称与配置不符", REFUSED)
        place = told.get(name)
        if not isinstance(place, str) or not is_safe(place):
            raise SignInError(f"统一身份：没有可用的 {name}", REFUSED)
        return place

    def _asked(self, place: str, *, is_new: bool = False) -> dict[str, Any]:
        made, told = self._known.get(place, (0.0, None))
        if told is None or is_new or time.monotonic() - made > KEPT_SECONDS:
            try:
                told = httpx.get(place, timeout=TIMEOUT_SECONDS).raise_for_status().json()
            except (httpx.HTTPError, ValueError):
                raise SignInError("统一身份：系统没有应答", "统一身份认证系统没有应答，请稍后再试") from None
            if not isinstance(told, dict):
                raise SignInError("统一身份：应答不是约定的格式", REFUSED)
            self._known[place] = (time.monotonic(), told)
        return told


def find_provider() -> Provider | None:
    """Return the system that the file ``SHUJU_OIDC`` names, None where none is set.

    The file is JSON: ``issuer``, ``client_id``, ``client_secret``, ``address`` (of this server, ``https://shuju.example.gov.cn``),
    and a ``title`` for the button.

    Raises:
        LibraryError: the file cannot be read, is readable to others, or lacks something.
    """
    place = os.environ.get(VARIABLE)
    if not place:
        return None
    path = Path(place).expanduser()
    try:
        told: Mapping[str, str] = json.loads(path.read_text(encoding="utf-8"))
        is_open = path.stat().st_mode & 0o077
        address = told["address"].rstrip("/")
        found = Provider(
            told["issuer"], told["client_id"], told["client_secret"], f"{address}/sign-in/oidc/back", told.get("title", "统一身份认证")
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise LibraryError(f"{path}：读不了，或缺少 issuer、client_id、client_secret、address") from None
    if is_open:
        raise LibraryError(f"{path}：含有密钥，别人也能读；请 chmod 600")
    if not is_safe(found.issuer) or not is_safe(found.back):
        raise LibraryError(f"{path}：issuer 与 address 须是 https 地址")
    return found


def is_safe(address: str) -> bool:
    """Whether what is sent to an address is sent over TLS, or stays on this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    )


def _challenge(verifier: str) -> str:
    """Return what the other system keeps of a secret until the code comes back with it (RFC 7636, S256)."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _why(error: Exception) -> str:
    """Return what is not right, and nothing of what the token said."""
    claim = getattr(error, "claim", "")
    return f"{type(error).__name__} {claim}".strip()
