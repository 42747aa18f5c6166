"""The ways in beside a password: another system (OIDC), and passkeys; each try is noted, whether it succeeds or not."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from shuju.clock import now
from shuju.desk import accounts, challenges, identities, passkeys, sessions, trail
from shuju.desk.accounts import SignInError
from shuju.desk.passkeys import Site
from shuju.serve.gate import before_name
from shuju.serve.oidc import REFUSED, Claimed, Provider
from shuju.serve.sign_in import NEEDS_TLS, SessionHandler, own_page
from shuju.serve.visitors import Visitors, is_of_this_machine, is_secure, port_of

OIDC = "oidc"
LASTS_SECONDS = 600


class OtherSystemHandler(SessionHandler):
    """``/sign-in/oidc`` leads to the other system, ``/sign-in/oidc/back`` is where it sends people back to."""

    def initialize(self, visitors: Visitors, shell: Mapping[str, Any], provider: Provider | None) -> None:
        """Take the other system, too."""
        super().initialize(visitors, shell)
        self.provider = provider

    async def get(self, back: str = "") -> None:
        """Lead there, or take who comes back."""
        if self.provider is None or self.visitors.is_demo():
            self._refuse("本系统没有接入统一身份认证", 404)
            return
        if not (is_secure(self.request) or is_of_this_machine(self.request)):
            self._refuse(NEEDS_TLS, 403)
            return
        try:
            await (self._come_back(self.provider) if back else self._lead(self.provider))
        except SignInError as error:
            told = {"why": error.why, "way": OIDC, **getattr(error, "told", {})}
            await asyncio.to_thread(trail.note, self.desk, "sign-in-failed", OIDC, told, account="统一身份")
            self._refuse(str(error), 403)

    async def _lead(self, provider: Provider) -> None:
        state, nonce, verifier, browser = (secrets.token_urlsafe(48) for _ in range(4))
        address = await asyncio.to_thread(provider.begin, state, nonce, verifier)
        told = {
            "nonce": nonce,
            "verifier": verifier,
            "browser": browser,
            "next": own_page(self.get_argument("next", "")),
        }
        await asyncio.to_thread(challenges.ask, self.desk, state, OIDC, told, at=now())
        self._keep(browser, LASTS_SECONDS)
        self.redirect(address, status=303)

    async def _come_back(self, provider: Provider) -> None:
        at, state = now(), self.get_query_argument("state", "")
        told = await asyncio.to_thread(challenges.take, self.desk, state, OIDC, at=at)
        browser = self.get_cookie(self._cookie, "")
        self._keep("", 0)
        if (
            told is None
            or not browser
            or not secrets.compare_digest(told["browser"].encode(), browser.encode())
        ):
            raise SignInError("统一身份：请求不是由此浏览器发起，或已过期、被重放", REFUSED)
        if self.get_query_argument("error", ""):
            raise SignInError("统一身份：对方系统拒绝", REFUSED)
        code, issuer = self.get_query_argument("code", ""), self.get_query_argument("iss", "")
        claimed = await asyncio.to_thread(provider.finish, code, told["nonce"], told["verifier"], issuer)
        await self.take_up(await asyncio.to_thread(self._begin, claimed))
        self.redirect(f"../../{told['next']}" if told["next"] != "./" else "../../", status=303)

    def _begin(self, claimed: Claimed) -> str:
        at = now()
        try:
            found = identities.account_of(self.desk, claimed.issuer, claimed.subject, at=at)
            cookie = sessions.begin(self.desk, found, "", self.address, at=at, is_strong=claimed.is_strong)
        except SignInError as error:
            error.told = {"issuer": claimed.issuer, "subject": claimed.subject}  # type: ignore[attr-defined]
            raise
        told = {"way": OIDC, "issuer": claimed.issuer, "second_factor": claimed.is_strong}
        trail.note(self.desk, "sign-in", found.account, told, account=found.account)
        return cookie

    @property
    def _cookie(self) -> str:
        """What the cookie of who is on their way is called; it comes along when the other system sends them back."""
        return "__Host-shuju-away" if is_secure(self.request) else f"shuju-away-{port_of(self.request)}"

    def _keep(self, value: str, seconds: int) -> None:
        secure = "; Secure" if is_secure(self.request) else ""
        self.add_header(
            "Set-Cookie", f"{self._cookie}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}"
        )

    def _refuse(self, message: str, status: int) -> None:
        up = "../" * self.request.path.strip("/").count("/")
        self.show("refused.html", "登录", status, message=message, up=up, visitor=None, nav=[])


class PasskeySignInHandler(SessionHandler):
    """``/sign-in/passkey``: what a passkey is to sign, and whose it is that did."""

    async def post(self) -> None:
        """Ask, or take the answer and begin a session."""
        form, site = self.form(), site_of(self.request)
        browser = self.get_cookie(before_name(self.request), "")
        if site is None or self.visitors.is_demo():
            self._tell({"told": "此地址不能使用通行密钥"}, 400)
            return
        if form.get("do") == "ask":
            self._tell(json.loads(await asyncio.to_thread(passkeys.ask, self.desk, site, browser, at=now())))
            return
        try:
            cookie = await asyncio.to_thread(self._begin, site, browser, form.get("credential", ""))
        except SignInError as error:
            told = {"why": error.why, "way": "passkey"}
            await asyncio.to_thread(
                trail.note, self.desk, "sign-in-failed", "passkey", told, account="通行密钥"
            )
            self._tell({"told": str(error)}, 403)
            return
        await self.take_up(cookie)
        self._tell({"next": own_page(form.get("next", ""))})

    def _begin(self, site: Site, browser: str, credential: str) -> str:
        at = now()
        found = passkeys.check(self.desk, site, browser, credential, at=at)
        cookie = sessions.begin(self.desk, found, "", self.address, at=at, is_strong=True)
        told = {"way": "passkey", "second_factor": True}
        trail.note(self.desk, "sign-in", found.account, told, account=found.account)
        return cookie

    def _tell(self, told: Mapping[str, Any], status: int = 200) -> None:
        self.set_status(status)
        self.finish(dict(told))


class PasskeyHandler(SessionHandler):
    """``/account/passkey``: makes a passkey of who is signed in; the password is asked for before."""

    async def post(self) -> None:
        """Offer, or keep."""
        form, visitor, site = self.form(), self.request.visitor, site_of(self.request)  # type: ignore[attr-defined]
        account = visitor.subject.account
        try:
            if visitor.account_id is None or site is None:
                raise ValueError("演示账号、以数字地址打开的页面不能使用通行密钥")
            match form.get("do"):
                case "offer":
                    await asyncio.to_thread(
                        accounts.check_password, self.desk, account, form.get("password", ""), at=now()
                    )
                    told = json.loads(
                        await asyncio.to_thread(passkeys.offer, self.desk, account, site, at=now())
                    )
                case "keep":
                    told = await asyncio.to_thread(self._keep, visitor, site, form)
                case _:
                    raise ValueError("没有这项操作")
        except ValueError as error:
            self.set_status(400)
            told = {"told": str(error)}
        self.finish(told)

    def _keep(self, visitor: sessions.Session, site: Site, form: Mapping[str, str]) -> dict[str, str]:
        account, name = visitor.subject.account, form.get("name", "")
        passkeys.keep(self.desk, account, site, form.get("credential", ""), name, at=now())
        sessions.strengthen(self.desk, visitor.secret)
        trail.note(self.desk, "account", account, {"passkey": "made"})
        self.visitors.forget()
        return {"next": "account"}


def site_of(request: Any) -> Site | None:
    """Return whom passkeys are for: the origin that the gate took for our own; a host of digits cannot have any."""
    origin = request.headers.get("Origin", "")
    host = urlsplit(origin).hostname or ""
    is_name = host == "localhost" or (not host.replace(".", "").isdigit() and ":" not in host)
    return Site(host, origin) if host and is_name else None
