"""A provider of identities in a process of its own: ``python -m tests.serve.oidc_provider PORT``; it holds PKCE to its word."""

from __future__ import annotations

import hashlib
import io
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import oidc_provider_mock
from oidc_provider_mock import User

# What claims may say of roles, and this project must not believe.
CLAIMED = {"roles": ["analyst", "administrator"], "groups": ["leader"], "email": "wang@example.cn"}
PEOPLE = ("wang-17", "li-4", "nobody", "zhao-9")


class Pkce:
    """Gives a code to nobody but who brings the secret whose hash they sent before (RFC 7636), which the package leaves out."""

    def __init__(self, app: Callable[..., Iterable[bytes]]):
        self._app = app
        self._challenges: dict[str, str] = {}

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/oauth2/token":
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            environ["wsgi.input"] = io.BytesIO(body)
            sent = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
            wanted = self._challenges.pop(sent.get("code", ""), None)
            if wanted != urlsafe_b64encode(digest).decode().rstrip("="):
                start("400 BAD REQUEST", [("Content-Type", "application/json")])
                return [b'{"error": "invalid_grant"}']
        asked = parse_qs(environ.get("QUERY_STRING", ""))

        def remember(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            code = parse_qs(urlsplit(dict(headers).get("Location", "")).query).get("code")
            if code and asked.get("code_challenge_method") == ["S256"]:
                self._challenges[code[0]] = asked["code_challenge"][0]
            return start(status, headers, *more)

        return self._app(environ, remember)


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing."""


if __name__ == "__main__":
    people = [User(sub=name, claims=CLAIMED) for name in PEOPLE]
    application = Pkce(oidc_provider_mock.app(require_nonce=True, user_claims=people))
    with make_server("127.0.0.1", int(sys.argv[1]), application, handler_class=_Quiet) as server:
        server.serve_forever()
