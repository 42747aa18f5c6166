"""The gate (大门): one table of who may ask for what, looked at before any handler is made.

An address whose pattern the table does not have is refused, whatever handler stands behind it; so are pages, websockets, downloads,
static files. The gate also says on whose behalf the request is answered: what it begins (threads, sessions, callbacks) keeps that.

Long, since nothing of it may be decided elsewhere.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import bokeh.server.server
from bokeh.server.tornado import BokehTornado
from bokeh.server.util import check_allowlist
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, HTTPServerRequest
from tornado.web import OutputTransform, RequestHandler

from shuju.access.roles import ROLES
from shuju.access.subject import enter
from shuju.desk.sessions import Session
from shuju.desk.trail import came_from
from shuju.serve.metrics import is_scraper
from shuju.serve.visitors import Visitors, is_secure, port_of
from shuju.ui.templates import form_token

log = logging.getLogger(__name__)
ANYONE: frozenset[str] = frozenset({"anyone"})
SIGNED_IN: frozenset[str] = frozenset(ROLES)
MOST_FORM_BYTES = 64 << 10
FORM = "application/x-www-form-urlencoded"
BEFORE = "shuju-before"  # the cookie of who is about to sign in; over TLS with __Host- before it
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
# Bokeh writes styles into elements; what runs is the server's own, or bears the nonce of this answer. No eval.
POLICY = (
    "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; "
    "script-src 'self' 'nonce-{nonce}' blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' blob: {sockets}; worker-src 'self' blob:; manifest-src 'self'"
)


@dataclass(frozen=True)
class Rule:
    """Who may ask for an address: ``read`` by GET, ``write`` by POST; how often one visitor may (``20/minute``), writing if they can.

    ``is_scraped``: a program that bears the metrics' token may read it, too. ``most_bytes``: what is posted is no form but a file, at most
    so large; a script sends it, with what only a page of this session knows in the header ``X-Xsrf``.
    ``is_api``: another system asks, and says who it is by a token that the handler looks at; no cookie counts.
    ``is_screen``: a device, which shows on a big screen, may read it; to devices nothing else is open.
    """

    read: frozenset[str]
    write: frozenset[str] = frozenset()
    limit: RateLimitItem | None = None
    is_socket: bool = False
    is_scraped: bool = False
    most_bytes: int = 0
    is_api: bool = False
    is_screen: bool = False


def rule(
    read: Collection[str],
    write: Collection[str] = (),
    limit: str = "",
    *,
    is_socket: bool = False,
    is_scraped: bool = False,
    most_bytes: int = 0,
    is_api: bool = False,
    is_screen: bool = False,
) -> Rule:
    """Return a rule, its limit read from words."""
    told = {
        "is_socket": is_socket,
        "is_scraped": is_scraped,
        "most_bytes": most_bytes,
        "is_api": is_api,
        "is_screen": is_screen,
    }
    return Rule(frozenset(read), frozenset(write), parse(limit) if limit else None, **told)


@dataclass
class Gate:
    """Who may what: ``rules`` by the pattern of the address; ``origins`` are the hosts of this server's own pages."""

    visitors: Visitors
    rules: Mapping[str, Rule]
    origins: Sequence[str]
    shell: Mapping[str, Any]
    _limiter: MovingWindowRateLimiter = field(
        default_factory=lambda: MovingWindowRateLimiter(MemoryStorage())
    )

    def receive(self, request: HTTPServerRequest, pattern: str | None) -> Refusal | None:
        """Say on whose behalf a request is answered, and return why it must not be; None if it may."""
        found = self.rules.get(pattern) if pattern is not None else None
        is_open = found is not None and (found.is_api or (found.read == ANYONE and not found.write))
        visitor = None if is_open else self._visitor(request)
        own: Any = request
        own.visitor, own.nonce, own.route = visitor, secrets.token_urlsafe(16), pattern
        own.desk = self.visitors.desk  # where refusals are noted
        own.is_personal = found is None or found.read != ANYONE
        enter(None if visitor is None else visitor.subject)
        came_from.set(request.remote_ip or "")
        form_token.set(xsrf_of(request))
        refusal = self._refusal(request, pattern, found, visitor)
        own.is_refused = refusal is not None
        return refusal

    def _visitor(self, request: HTTPServerRequest) -> Session | None:
        try:
            return self.visitors.of(request)
        except Exception:  # a desk in trouble lets nobody in
            log.exception("the session of a request could not be looked up")
            return None

    def _refusal(
        self, request: HTTPServerRequest, pattern: str | None, found: Rule | None, visitor: Session | None
    ) -> Refusal | None:
        if pattern is not None and found is None:
            log.error("the address %s has no rule and is refused", pattern)
            return Refusal(403, "此地址没有访问规则，已拒绝")
        if "%00" in (request.uri or ""):
            return Refusal(400, "地址中有不能用的字符")
        if found is not None and found.is_api:
            if found.limit is not None and not self._is_within(found.limit, pattern, request, None):
                return Refusal(429, "操作太频繁，请一分钟后再试")
            is_open = (found.read if request.method in ("GET", "HEAD") else found.write) == ANYONE
            return None if is_open else Refusal(405, "此地址没有这种操作")
        is_foreign = not self.is_own(request.headers.get("Origin", ""))
        if found is not None and (found.is_socket or request.method not in ("GET", "HEAD")) and is_foreign:
            return Refusal(403, "只接受从本系统页面提交的内容。")
        is_reading = request.method in ("GET", "HEAD")
        is_counted = found is not None and found.limit is not None and is_reading != bool(found.write)
        if is_counted and not self._is_within(found.limit, pattern, request, visitor):  # type: ignore[union-attr,arg-type]
            return Refusal(429, "操作太频繁，请一分钟后再试")
        may = SIGNED_IN if found is None else found.read if is_reading else found.write
        if found is not None and not may:
            return Refusal(404, "没有这个页面") if is_reading else Refusal(405, "这个页面不接受提交。")
        if may == ANYONE:
            return None
        if found is not None and found.is_scraped and is_reading and is_scraper(request):
            return None
        if visitor is None:
            return Refusal(401, "请先登录", is_stranger=True)
        if visitor.is_device and (found is None or not found.is_screen):
            return Refusal(403, "大屏设备只能显示大屏")
        if visitor.must_change and pattern not in ("/account", "/sign-out"):
            return Refusal(403, "请先修改初始密码", goes_to="account")
        if visitor.needs_factor and pattern not in ("/account", "/account/passkey", "/sign-out"):
            return Refusal(403, "此角色须有第二种验证，请先启用动态码或登记通行密钥", goes_to="account")
        if visitor.subject.role not in may:
            first = self._first_page(visitor.subject.role) if pattern == "/" else ""
            return Refusal(403, f"{ROLES[visitor.subject.role].title}无权访问此页", goes_to=first)
        return None

    def _first_page(self, role: str) -> str:
        """Return the first page of a role's menu: where those begin who may not see the front page."""
        pages = self.shell.get("navs", {}).get(role, [])
        return pages[0][0] if pages else ""

    def is_own(self, origin: str) -> bool:
        """Whether a request comes from a page of this server: browsers say so in its header ``Origin``."""
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and check_allowlist(parts.netloc, list(self.origins))

    def _is_within(
        self, limit: RateLimitItem, pattern: str | None, request: HTTPServerRequest, visitor: Session | None
    ) -> bool:
        who = visitor.handle if visitor is not None else request.remote_ip or ""
        return self._limiter.hit(limit, pattern or "", who)


@dataclass(frozen=True)
class Refusal:
    """Why a request is not answered; a stranger is sent to the page where they sign in."""

    status: int
    message: str
    is_stranger: bool = False
    goes_to: str = ""


class GatedApplication(BokehTornado):
    """Bokeh's application with the gate before every handler; without a gate among its settings it refuses all."""

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate:
        """Return what answers a request: the handler of its address, or one that refuses."""
        gate: Gate = self.settings["gate"]
        refusal = gate.receive(request, self._pattern(request))
        if refusal is not None:
            return self._refusing(request, refusal)
        inner = super().find_handler(request, **kwargs)
        if request.method in ("GET", "HEAD"):
            return inner
        refusing = self._refusing(request, Refusal(403, "页面已过期，请刷新后再提交"))
        found = gate.rules.get(self._pattern(request) or "")
        if found is not None and found.is_api:
            return _Body(inner, self._refusing(request, Refusal(413, "内容太大")), found.most_bytes)
        if found is not None and found.most_bytes:
            return _File(request, inner, refusing, found.most_bytes)
        return _Form(request, inner, refusing)

    def _pattern(self, request: HTTPServerRequest) -> str | None:
        """Return the pattern that the address of a request has, the very one whose handler would answer."""
        for known in self.wildcard_router.rules:
            if known.matcher.match(request) is not None:
                return pattern_of(known)
        return None

    def _refusing(self, request: HTTPServerRequest, refusal: Refusal) -> HTTPMessageDelegate:
        gate: Gate = self.settings["gate"]
        return self.get_handler_delegate(request, RefusingHandler, {"gate": gate, "refusal": refusal})


def pattern_of(known: Any) -> str:
    """Return the pattern of a rule of Tornado's router as it was written."""
    return known.matcher.regex.pattern.removesuffix("$")


class _Form(HTTPMessageDelegate):
    """Looks at a form when it is whole: it must hold what only a page of this session knows."""

    def __init__(self, request: HTTPServerRequest, inner: HTTPMessageDelegate, refusing: HTTPMessageDelegate):
        self._request, self._inner, self._refusing = request, inner, refusing
        self._body = bytearray()

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> Any:
        return self._inner.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Any:
        if len(self._body) > MOST_FORM_BYTES:
            return None
        self._body += chunk
        return self._inner.data_received(chunk)

    def finish(self) -> None:
        kind = self._request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        is_text = b"%00" not in self._body and b"\0" not in self._body
        is_sound = kind == FORM and is_text and len(self._body) <= MOST_FORM_BYTES and self._knows()
        (self._inner if is_sound else self._refusing).finish()

    def on_connection_close(self) -> None:
        self._inner.on_connection_close()

    def _knows(self) -> bool:
        wanted = xsrf_of(self._request)
        sent = self._request.headers.get("X-Xsrf", "")
        if not sent:
            try:
                fields = parse_qs(self._body.decode("utf-8"), max_num_fields=1000)
            except (ValueError, UnicodeDecodeError):
                return False
            sent = fields.get("_xsrf", [""])[0]
        return bool(wanted) and hmac.compare_digest(wanted.encode(), sent.encode())


class _Body(HTTPMessageDelegate):
    """Lets through what is not too large."""

    def __init__(self, inner: HTTPMessageDelegate, refusing: HTTPMessageDelegate, most: int):
        self._inner, self._refusing, self._most, self._n = inner, refusing, most, 0

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> Any:
        return self._inner.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Any:
        self._n += len(chunk)
        return self._inner.data_received(chunk) if self._n <= self._most else None

    def finish(self) -> None:
        (self._inner if self._n <= self._most else self._refusing).finish()

    def on_connection_close(self) -> None:
        self._inner.on_connection_close()


class _File(_Body):
    """Lets a file through that a page of this session sends, and that is not too large."""

    def __init__(
        self, request: HTTPServerRequest, inner: HTTPMessageDelegate, refusing: HTTPMessageDelegate, most: int
    ):
        wanted, sent = xsrf_of(request), request.headers.get("X-Xsrf", "")
        is_own = bool(wanted) and hmac.compare_digest(wanted.encode(), sent.encode())
        super().__init__(inner, refusing, most if is_own else -1)


def xsrf_of(request: HTTPServerRequest) -> str:
    """Return what a form of this request's session must hold; of who is about to sign in, what their cookie holds."""
    visitor: Session | None = getattr(request, "visitor", None)
    if visitor is not None:
        return visitor.xsrf
    kept = request.cookies.get(before_name(request))
    return "" if kept is None else kept.value


def before_name(request: HTTPServerRequest) -> str:
    """Return the name of the cookie of who is about to sign in."""
    return f"__Host-{BEFORE}" if is_secure(request) else f"{BEFORE}-{port_of(request)}"


class RefusingHandler(RequestHandler):
    """Says no: to a stranger who opens a page by leading to where they sign in, to others in words; it is noted."""

    def initialize(self, gate: Gate, refusal: Refusal) -> None:
        """Take the gate, and why."""
        self.gate, self.refusal = gate, refusal

    async def prepare(self) -> None:
        """Answer any method."""
        from shuju.serve.refusals import answer_refusal

        await answer_refusal(self, self.gate, self.refusal)


class SecurityHeaders(OutputTransform):
    """Gives every answer the headers that tell a browser what it may do with it."""

    def __init__(self, request: HTTPServerRequest):
        """Take the request that is answered."""
        self._request = request

    def transform_first_chunk(
        self,
        status_code: int,
        headers: HTTPHeaders,
        chunk: bytes,
        finishing: bool,  # noqa: ARG002
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Set the headers."""
        for name, value in HEADERS.items():
            headers[name] = value
        request: Any = self._request
        host, scheme = request.headers.get("Host", ""), "wss" if is_secure(request) else "ws"
        sockets = f"{scheme}://{host}" if host and not set(host) & set(" ;,'\"\r\n") else ""
        headers["Content-Security-Policy"] = POLICY.format(
            nonce=getattr(request, "nonce", "") or secrets.token_urlsafe(16), sockets=sockets
        )
        if is_secure(request):
            headers["Strict-Transport-Security"] = STRICT_TRANSPORT
        if getattr(request, "is_personal", True):
            headers["Cache-Control"] = "no-store"
        if "Server" in headers:
            del headers["Server"]
        return status_code, headers, chunk


def use_gate() -> None:
    """Have every server that is made from now on stand behind a gate."""
    bokeh.server.server.BokehTornado = GatedApplication  # type: ignore[misc]
