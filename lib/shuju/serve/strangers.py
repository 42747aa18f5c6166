"""What binds a form to the browser of somebody who is not signed in: a cookie that the form must repeat."""

from __future__ import annotations

import secrets

from tornado.web import RequestHandler

from shuju.serve.gate import before_name
from shuju.serve.visitors import is_secure


def form_token_of(handler: RequestHandler) -> str:
    """Return what a form for a stranger must hold; gives their browser the cookie if it has none yet."""
    name = before_name(handler.request)
    kept: str = handler.get_cookie(name, "") or ""
    if len(kept) < 20:
        kept = secrets.token_urlsafe(24)
        secure = "; Secure" if is_secure(handler.request) else ""
        handler.add_header("Set-Cookie", f"{name}={kept}; Path=/; HttpOnly; SameSite=Strict{secure}")
    return kept
