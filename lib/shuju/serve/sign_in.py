"""Signing in and out, and one's own account: password, second factor, other roles."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from tornado.web import RequestHandler

from shuju.access.roles import ROLES
from shuju.clock import now
from shuju.desk import accounts, memberships, passkeys, sessions, trail
from shuju.desk.accounts import SignInError
from shuju.serve.frame import shown_to
from shuju.serve.oidc import Provider
from shuju.serve.strangers import form_token_of
from shuju.serve.visitors import Visitors, cookie_header, is_of_this_machine, is_secure
from shuju.ui.templates import render

UNNAMED = "未填账号"  # who tried, as the trail has it
NEEDS_TLS = "为保护密码与会话，须经 HTTPS 访问（见 docs/operations.md）"


class SessionHandler(RequestHandler):
    """What the pages of signing in share: forms, and pages in the frame."""

    def initialize(self, visitors: Visitors, shell: Mapping[str, Any]) -> None:
        """Take who is signed in, and the frame around pages."""
        self.visitors, self.desk, self.shell = visitors, visitors.desk, shell

    def form(self) -> dict[str, str]:
        """Return the fields of the form that was sent, as they were typed: a password may begin or end with a space."""
        return {name: self.get_body_argument(name, strip=False) for name in self.request.body_arguments}

    def show(self, template: str, heading: str, status: int = 200, **values: Any) -> None:
        """Answer with a page."""
        self.set_status(status)
        shown = {**shown_to(self.shell, self.request), "here": None, "heading": heading}
        self.finish(render(template, **{**shown, **values}))

    def give_cookie(self, value: str) -> None:
        """Give the browser the cookie of a session, or take it away."""
        self.add_header("Set-Cookie", cookie_header(self.request, value))

    async def take_up(self, cookie: str) -> None:
        """Go over to a new session: the one that the browser had until now ends."""
        before = await asyncio.to_thread(self.visitors.of, self.request)
        if before is not None:
            await asyncio.to_thread(sessions.end, self.desk, before.secret, at=now())
            self.visitors.forget()
        self.give_cookie(cookie)

    @property
    def address(self) -> str:
        """Where the request comes from."""
        return self.request.remote_ip or ""


class SignInHandler(SessionHandler):
    """``/sign-in``: by account and password; where there are no accounts, as a demo person by one click."""

    def initialize(self, visitors: Visitors, shell: Mapping[str, Any], provider: Provider | None) -> None:
        """Take the other system by which people may sign in."""
        super().initialize(visitors, shell)
        self.provider = provider

    def get(self) -> None:
        """Show the form."""
        self._show()

    async def post(self) -> None:
        """Begin a session, or say why not."""
        form = self.form()
        if not (is_secure(self.request) or is_of_this_machine(self.request)):
            self._show(NEEDS_TLS, 403)
            return
        account = " ".join(form.get("account", "").replace("\0", "").lower().split())[:100]
        try:
            cookie = await asyncio.to_thread(self._begin, form, account)
        except SignInError as error:
            told = {"why": error.why}
            who = account or UNNAMED
            await asyncio.to_thread(trail.note, self.desk, "sign-in-failed", account, told, account=who)
            self._show(str(error), 403, account)
            return
        await self.take_up(cookie)
        self.redirect(own_page(form.get("next", "")), status=303)

    def _begin(self, form: Mapping[str, str], account: str) -> str:
        at = now()
        if self.visitors.is_demo():
            role = form.get("role", "")
            cookie = sessions.begin_demo(self.desk, role, self.address, at=at)
            who, told = sessions.demo_account(role), {"role": role, "demo": True}
        else:
            found = accounts.check_sign_in(
                self.desk, account, form.get("password", ""), form.get("code", ""), at=at
            )
            cookie = sessions.begin(self.desk, found, "", self.address, at=at, is_strong=found.has_totp)
            who, told = found.account, {"second_factor": found.has_totp}
        trail.note(self.desk, "sign-in", who, told, account=who)
        return cookie

    def _show(self, told: str = "", status: int = 200, account: str = "") -> None:
        kept = form_token_of(self)
        wanted = own_page(self.get_argument("next", ""))
        # Whoever is signed in already has a form of that session.
        token = kept if self.request.visitor is None else self.request.visitor.xsrf  # type: ignore[attr-defined]
        self.show(
            "sign_in.html", "登录", status, told=told, is_demo=self.visitors.is_demo(), roles=list(ROLES.values()), wanted=wanted,
            account=account, xsrf=token, visitor=None, nav=[], other=self.provider.title if self.provider is not None else "",
        )  # fmt: skip


class SignOutHandler(SessionHandler):
    """``/sign-out``: ends the session, all of the account's if asked."""

    async def post(self) -> None:
        """End it."""
        visitor, at = self.request.visitor, now()  # type: ignore[attr-defined]
        everywhere = self.form().get("everywhere") == "1" and visitor.account_id is not None
        if everywhere:
            await asyncio.to_thread(sessions.end_all, self.desk, visitor.account_id, at=at)
        else:
            await asyncio.to_thread(sessions.end, self.desk, visitor.secret, at=at)
        await asyncio.to_thread(
            trail.note, self.desk, "sign-out", visitor.subject.account, {"everywhere": everywhere}
        )
        self.visitors.forget()
        self.give_cookie("")
        self.set_header("Clear-Site-Data", '"cache"')  # what the browser kept to go back to
        self.redirect("sign-in", status=303)


class AccountHandler(SessionHandler):
    """``/account``: who one is, one's roles, password, second factor; the sessions of one's account."""

    async def get(self) -> None:
        """Show it."""
        await self._show()

    async def post(self) -> None:
        """Do what the form says."""
        form, visitor = self.form(), self.request.visitor  # type: ignore[attr-defined]
        try:
            match form.get("do"):
                case "role":
                    await self._switch(visitor, form.get("role", ""))
                    self.redirect("./", status=303)
                    return
                case "password":
                    await asyncio.to_thread(self._change_password, visitor, form)
                    self.give_cookie("")
                    self.redirect("sign-in", status=303)
                    return
                case "totp":
                    secret, code = form.get("secret", ""), form.get("code", "")
                    await self._check_password(visitor, form)
                    codes = await asyncio.to_thread(
                        accounts.set_totp, self.desk, visitor.subject.account, secret, code, at=now()
                    )
                    await asyncio.to_thread(sessions.strengthen, self.desk, visitor.secret)
                    self.visitors.forget()
                    await self._note("account", visitor, {"second_factor": True})
                    await self._show(codes=codes)
                    return
                case "drop-passkey":
                    await self._check_password(visitor, form)
                    n = await asyncio.to_thread(
                        passkeys.drop, self.desk, visitor.subject.account, form.get("of", "")
                    )
                    await self._note("account", visitor, {"passkey": "dropped", "n": n})
                    await self._show("已删除这把通行密钥")
                    return
        except ValueError as error:
            await self._show(str(error), 400)
            return
        await self._show("没有这项操作", 400)

    async def _switch(self, visitor: sessions.Session, role: str) -> None:
        """Go on in another of one's roles: another session, so that what is open in the old one ends."""
        at = now()

        def switch() -> str:
            if visitor.account_id is None:
                cookie = sessions.begin_demo(self.desk, role, self.address, at=at)
            else:
                found = accounts.find_account(self.desk, visitor.subject.account)
                cookie = sessions.begin(
                    self.desk, found, role, self.address, at=at, is_strong=visitor.is_strong
                )
            sessions.end(self.desk, visitor.secret, at=at)
            return cookie

        self.give_cookie(await asyncio.to_thread(switch))
        self.visitors.forget()
        await self._note("session", visitor, {"to": role})

    def _change_password(self, visitor: sessions.Session, form: Mapping[str, str]) -> None:
        if visitor.account_id is None:
            raise ValueError("演示账号没有密码")
        old, new = form.get("old", ""), form.get("new", "")
        if new != form.get("again", ""):
            raise ValueError("两次输入的新密码不一致")
        accounts.check_password(self.desk, visitor.subject.account, old, at=now())
        accounts.set_password(self.desk, visitor.subject.account, new, at=now())
        trail.note(self.desk, "account", visitor.subject.account, {"password": "changed"})
        self.visitors.forget()

    async def _check_password(self, visitor: sessions.Session, form: Mapping[str, str]) -> None:
        if visitor.account_id is None:
            raise ValueError("演示账号没有动态码与通行密钥")
        password = form.get("password", "")
        await asyncio.to_thread(
            accounts.check_password, self.desk, visitor.subject.account, password, at=now()
        )

    async def _note(self, what: str, visitor: sessions.Session, told: Mapping[str, Any]) -> None:
        await asyncio.to_thread(trail.note, self.desk, what, visitor.subject.account, told)

    async def _show(self, told: str = "", status: int = 200, codes: list[str] | None = None) -> None:
        visitor, at = self.request.visitor, now()  # type: ignore[attr-defined]
        found = held = offer = None
        keys: list[dict[str, object]] = []
        own: list[dict[str, object]] = []
        if visitor.account_id is not None:
            found = await asyncio.to_thread(accounts.find_account, self.desk, visitor.subject.account)
            held = await asyncio.to_thread(memberships.memberships_of, self.desk, visitor.account_id, at=at)
            keys = await asyncio.to_thread(passkeys.passkeys_of, self.desk, visitor.subject.account)
            offer = None if found.has_totp else accounts.offer_totp(found)
            open_ones = await asyncio.to_thread(sessions.list_sessions, self.desk, at=at)
            own = [one for one in open_ones if one["account"] == found.account]
        self.show(
            "account.html", "我的账号", status, told=told, subject=visitor.subject, account=found, held=held or [], offer=offer,
            codes=codes, roles=ROLES, must_change=visitor.must_change, needs_factor=visitor.needs_factor and not codes, passkeys=keys,
            sessions=own, here_handle=visitor.handle,
        )  # fmt: skip


def own_page(address: str) -> str:
    """Return the address of a page of this server to go to; the first page for any other.

    >>> own_page("letters?topic=a"), own_page("//evil.example"), own_page("https://evil.example/")
    ('letters?topic=a', './', './')
    """
    address = address.lstrip("/") if not address.startswith("//") else ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "./"
    if parts.scheme or parts.netloc or ":" in parts.path or any(c in address for c in "\\\r\n\t"):
        return "./"
    is_a_page = address and not address.startswith(("sign-", "live/", "export/", "."))
    return address if is_a_page else "./"
