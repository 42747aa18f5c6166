"""Who sends a request: the session behind the cookie, looked up at the desk, and kept for a moment."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from sqlalchemy import Engine
from tornado.httputil import HTTPServerRequest

from shuju.clock import now
from shuju.desk import devices, sessions
from shuju.desk.accounts import has_accounts
from shuju.desk.sessions import Session

KEPT, KEPT_SECONDS = 4096, 2.0
SECURE, PLAIN = "__Host-shuju", "shuju"  # over TLS, and over http on the machine itself


class Visitors:
    """The sessions of one desk as a server process sees them, at most ``KEPT_SECONDS`` old."""

    def __init__(self, desk: Engine):
        """Take the desk; ``is_demo`` is true as long as it has no account."""
        self.desk = desk
        self._known: OrderedDict[str, tuple[float, Session | None]] = OrderedDict()
        self._demo: tuple[float, bool] = (0.0, True)
        self._lock = threading.Lock()

    def is_demo(self) -> bool:
        """Whether there is no account, so that anybody on this machine may choose a role."""
        made, is_demo = self._demo
        if is_demo and time.monotonic() - made > KEPT_SECONDS:
            is_demo = not has_accounts(self.desk)
            if not is_demo:  # the sessions of a demo end with it
                sessions.end_demo(self.desk, at=now())
                self.forget()
            self._demo = (time.monotonic(), is_demo)
        return is_demo

    def of(self, request: HTTPServerRequest) -> Session | None:
        """Return the session of a request, None if it has none that lasts."""
        cookie, of_device = cookie_of(request), _cookie(request, device_cookie_name(request))
        if not cookie and not of_device:
            return None
        self.is_demo()
        # Who signs in at a screen is that person until they leave.
        found = self._looked_up(cookie, sessions.find) if cookie else None
        return found if found is not None or not of_device else self._looked_up(of_device, devices.session_of)

    def _looked_up(self, cookie: str, find: Callable[..., Session | None]) -> Session | None:
        with self._lock:
            made, session = self._known.get(cookie, (0.0, None))
        if time.monotonic() - made > KEPT_SECONDS:
            session = find(self.desk, cookie, at=now())
            with self._lock:
                self._known[cookie] = (time.monotonic(), session)
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
        return session

    def forget(self) -> None:
        """Look every session up anew: one has just ended or changed."""
        with self._lock:
            self._known.clear()


def is_secure(request: HTTPServerRequest) -> bool:
    """Whether a request came by TLS, here or at the proxy in front."""
    return request.protocol == "https"


def is_of_this_machine(request: HTTPServerRequest) -> bool:
    """Whether a request comes from the machine itself."""
    try:
        return ipaddress.ip_address(request.remote_ip or "").is_loopback
    except ValueError:
        return False


def cookie_name(request: HTTPServerRequest) -> str:
    """Return the name of the session's cookie; over TLS a browser takes it from this host alone, and for it alone.

    On the machine itself the port is in the name: browsers give the cookies of a host to all its ports.
    """
    return SECURE if is_secure(request) else f"{PLAIN}-{port_of(request)}"


def port_of(request: HTTPServerRequest) -> str:
    """Return the port that a request was sent to, as its browser says; empty for the usual one."""
    port = request.host.rpartition(":")[2]
    return port if port.isdecimal() else ""


def cookie_of(request: HTTPServerRequest) -> str:
    """Return what the session's cookie holds, empty if there is none."""
    return _cookie(request, cookie_name(request))


def device_cookie_name(request: HTTPServerRequest) -> str:
    """Return the name of the cookie by which a big screen is known."""
    return f"{cookie_name(request)}-screen"


def _cookie(request: HTTPServerRequest, name: str) -> str:
    cookies: Mapping[str, object] = request.cookies
    found = cookies.get(name)
    return "" if found is None else found.value  # type: ignore[attr-defined]


def cookie_header(request: HTTPServerRequest, value: str) -> str:
    """Return the header that gives a browser the cookie of a session, or takes it away (an empty value)."""
    secure = "; Secure" if is_secure(request) else ""
    age = "" if value else "; Max-Age=0"
    return f"{cookie_name(request)}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}"


def device_cookie_header(request: HTTPServerRequest, secret: str) -> str:
    """Return the header that gives a big screen its cookie, for a year."""
    secure = "; Secure" if is_secure(request) else ""
    return (
        f"{device_cookie_name(request)}={secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000{secure}"
    )
