"""Signing in by another system: against a real provider on this machine, and tokens that are almost right."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import panel as pn
import pytest
from joserfc import jwk, jwt
from sqlalchemy import Engine

from shuju.clock import now
from shuju.desk import accounts, challenges, identities, memberships, trail
from shuju.desk.accounts import SignInError
from shuju.desk.store import open_desk
from shuju.library import LibraryError, unshare
from shuju.serve import live as lives
from shuju.serve import routes
from shuju.serve.oidc import Provider, find_provider
from shuju.serve.server import serve
from tests.browser.conftest import running
from tests.pages.conftest import free_port, wait_for
from tests.pages.issue_library import issue_library


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A provider that knows a few people, and asks for PKCE and a nonce."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "tests.serve.oidc_provider", str(port)]
    base = f"http://127.0.0.1:{port}"
    with running(command, f"{base}/.well-known/openid-configuration", cwd=Path(__file__).parents[2]):
        yield base


@dataclass(frozen=True)
class Served:
    base: str
    desk: Engine
    issuer: str


@pytest.fixture(scope="module")
def served(issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("oidc")
    library = issue_library(folder)
    desk, at = open_desk(library.home), now()
    for name, role in (("wang", "analyst"), ("li", "leader"), ("zhao", "leader")):
        accounts.add_account(desk, name, name, None, at=at)
        memberships.grant(desk, name, role, at=at, by="test")
    identities.link(desk, "wang", issuer, "wang-17", at=at, by="test")
    identities.link(desk, "li", issuer, "li-4", at=at, by="test")
    identities.link(desk, "zhao", "https://another.example", "zhao-9", at=at, by="test")
    accounts.set_disabled(desk, "li", True, at=at)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    told = {"issuer": issuer, "client_id": "shuju", "client_secret": "not guessed", "address": base}
    (folder / "oidc.json").write_text(json.dumps(told))
    (folder / "oidc.json").chmod(0o600)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHUJU_OIDC", str(folder / "oidc.json"))
        patch.setattr(routes, "SIGN_INS", "1000/minute")
        serve(library.home.uri, port, threaded=True, follow_library=False)
        wait_for(base)
        yield Served(base, desk, issuer)
        pn.state.reset()
        for held in lives._served.values():
            unshare(held.library)
        lives._served.clear()


@pytest.fixture
def browser(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.base, timeout=60) as client:
        yield client


def away(browser: httpx.Client, wanted: str = "letters?topic=x") -> str:
    """Click the link of the page of signing in; return the address of the provider that one is led to."""
    answer = browser.get("/sign-in/oidc", params={"next": wanted})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def authorised(address: str, subject: str) -> str:
    """Sign in at the provider; return the address that it sends one back to."""
    answer = httpx.post(address, data={"sub": subject})
    assert answer.status_code in (302, 303), answer.text
    return answer.headers["Location"]


def noted(served: Served) -> dict[str, Any]:
    """Return the newest row of the trail."""
    return trail.read(served.desk, n=1)[0][0]


def test_signing_in(served: Served, browser: httpx.Client) -> None:
    assert "统一身份认证" in browser.get("/sign-in").text
    address = away(browser)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert (asked["response_type"], asked["code_challenge_method"], asked["scope"]) == (
        "code",
        "S256",
        "openid",
    )
    assert len(asked["code_challenge"]) == 43
    assert len(asked["nonce"]) >= 40
    assert asked["redirect_uri"] == f"{served.base}/sign-in/oidc/back"
    back = authorised(address, "wang-17")
    answer = browser.get(back)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "../../letters?topic=x"
    page = browser.get("/letters").text
    assert "分析员" in page
    assert browser.get("/accounts").status_code == 403, "roles are granted here, whatever the claims say"
    row = noted(served)
    assert noted(served)["what"] in ("sign-in", "refused"), row
    assert trail.read(served.desk, who="wang", what="sign-in")[0][0]["told"]["way"] == "oidc"
    # The same answer again, by whoever saw it.
    assert browser.get(back).status_code == 403
    assert "重放" in noted(served)["told"]["why"]


def test_who_may_not(served: Served, browser: httpx.Client) -> None:
    for subject, why in (
        ("nobody", "统一身份没有关联账号"),
        ("li-4", "账号已停用"),
        ("zhao-9", "统一身份没有关联账号"),
    ):
        answer = browser.get(authorised(away(browser), subject))
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers or "shuju-" not in answer.headers["set-cookie"].replace(
            "shuju-away", ""
        )
        assert noted(served)["what"] == "sign-in-failed"
        assert noted(served)["told"] | {"why": why} == noted(served)["told"]
        assert browser.get("/letters").status_code == 401
    assert noted(served)["told"]["subject"] == "zhao-9", (
        "whoever links accounts finds the subject in the trail"
    )


def test_an_answer_that_this_browser_did_not_ask_for(served: Served, browser: httpx.Client) -> None:
    """Somebody's own code, given to another in a link: the other must not be signed in as them."""
    with httpx.Client(base_url=served.base, timeout=60) as other:
        back = authorised(away(other), "wang-17")
        away(browser)
        answer = browser.get(back)
        assert answer.status_code == 403
        assert "不是由此浏览器发起" in noted(served)["told"]["why"]
        assert other.get(back).status_code == 403, "the state is used up"
    for query in ("", "code=x", "state=&code=x", "state=guessed&code=x", "error=access_denied"):
        assert browser.get(f"/sign-in/oidc/back?{query}").status_code == 403


def test_another_issuer_code_or_verifier(served: Served, browser: httpx.Client) -> None:
    back = authorised(away(browser), "wang-17")
    assert browser.get(back + "&iss=https://evil.example").status_code == 403
    assert "另一系统" in noted(served)["told"]["why"]
    back = authorised(away(browser), "wang-17")
    parts = urlsplit(back)
    state = parse_qs(parts.query)["state"][0]
    assert browser.get("/sign-in/oidc/back", params={"state": state, "code": "guessed"}).status_code == 403
    assert "授权码未被接受" in noted(served)["told"]["why"]
    back = authorised(away(browser), "wang-17")
    state = parse_qs(urlsplit(back).query)["state"][0]
    told = challenges.take(served.desk, state, "oidc", at=now())
    challenges.ask(served.desk, state, "oidc", told | {"verifier": "x" * 64}, at=now())
    assert browser.get(back).status_code == 403, "the provider holds the verifier's hash"
    back = authorised(away(browser), "wang-17")
    state = parse_qs(urlsplit(back).query)["state"][0]
    told = challenges.take(served.desk, state, "oidc", at=now())
    challenges.ask(served.desk, state, "oidc", told | {"nonce": "another"}, at=now())
    assert browser.get(back).status_code == 403
    assert "nonce" in noted(served)["told"]["why"]


# Tokens, one thing wrong with each

KEY = jwk.RSAKey.generate_key(2048, {"kid": "a", "use": "sig"})
OTHER = jwk.RSAKey.generate_key(2048, {"kid": "a", "use": "sig"})
HERE = "https://id.example.cn"
SOUND = {"iss": HERE, "sub": "wang-17", "aud": "shuju", "nonce": "n1"}


def provider() -> Provider:
    made = Provider(HERE, "shuju", "secret", "https://shuju.example.gov.cn/sign-in/oidc/back", "x")
    described = {"issuer": HERE, "jwks_uri": f"{HERE}/keys"}
    kept = time.monotonic() + 1e6
    made._known[f"{HERE}/.well-known/openid-configuration"] = (kept, described)
    made._known[f"{HERE}/keys"] = (kept, {"keys": [KEY.as_dict(private=False)]})
    return made


def token(key: Any = KEY, alg: str = "RS256", **changes: Any) -> str:
    at = int(time.time())
    claims = {**SOUND, "iat": at, "exp": at + 300} | changes
    claims = {name: value for name, value in claims.items() if value is not ...}
    return jwt.encode({"alg": alg, "kid": "a"}, claims, key, algorithms=[alg])


def encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def unsigned(**header: str) -> str:
    body = token().split(".")[1]
    return f"{encoded(json.dumps({'alg': 'none', 'kid': 'a'} | header).encode())}.{body}."


def by_public_key() -> str:
    """Sign as if the provider's public key were a secret that both know."""
    said = unsigned(alg="HS256").rstrip(".")
    return f"{said}.{encoded(hmac.new(KEY.as_pem(private=False), said.encode(), hashlib.sha256).digest())}"


PAST = int(time.time()) - 3600
WRONG: dict[str, tuple[Any, str]] = {
    "another issuer": (lambda: token(iss="https://evil.example"), "iss"),
    "the issuer with a slash": (lambda: token(iss=f"{HERE}/"), "iss"),
    "no issuer": (lambda: token(iss=...), "iss"),
    "for another": (lambda: token(aud="another"), "aud"),
    "for us and another": (lambda: token(aud=["shuju", "another"]), "azp"),
    "by another for us": (lambda: token(azp="another"), "azp"),
    "for nobody": (lambda: token(aud=...), "aud"),
    "another nonce": (lambda: token(nonce="n2"), "nonce"),
    "no nonce": (lambda: token(nonce=...), "nonce"),
    "expired": (lambda: token(exp=PAST), "Expired"),
    "never expires": (lambda: token(exp=...), "exp"),
    "of tomorrow": (lambda: token(iat=int(time.time()) + 86400), "iat"),
    "no subject": (lambda: token(sub=...), "sub"),
    "a subject that is a number": (lambda: token(sub=17), "sub"),
    "signed by another": (lambda: token(OTHER), "BadSignature"),
    "not signed": (unsigned, ""),
    "not signed, in capitals": (lambda: unsigned(alg="NONE"), ""),
    "signed with the public key": (by_public_key, ""),
    "another key's name": (lambda: unsigned(kid="b", alg="RS256"), ""),
    "no token": (lambda: "", ""),
    "half a token": (lambda: token()[:100], ""),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_token_that_is_almost_right(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asked = provider()
    asked._known[f"{HERE}/keys"] = (time.monotonic() + 1e6, asked._known[f"{HERE}/keys"][1])
    asked._asked = lambda place, is_new=False: asked._known[place][1]  # type: ignore[method-assign] - nobody is asked again
    assert asked.claimed(token(), "n1").subject == "wang-17"
    make, why = WRONG[name]
    with pytest.raises(SignInError) as refused:
        asked.claimed(make(), "n1")
    assert "令牌不符" in refused.value.why
    assert why.lower() in refused.value.why.lower()
    assert "wang-17" not in caplog.text + refused.value.why


def test_a_second_factor_shown_there() -> None:
    asked = provider()
    for methods, is_strong in (
        (["pwd", "otp"], True),
        (["mfa"], True),
        (["pwd"], False),
        ("mfa", False),
        (None, False),
    ):
        assert asked.claimed(token(amr=methods), "n1").is_strong is is_strong


def test_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "oidc.json"
    monkeypatch.setenv("SHUJU_OIDC", str(place))
    sound = {
        "issuer": HERE,
        "client_id": "shuju",
        "client_secret": "x",
        "address": "https://shuju.example.gov.cn/",
    }
    for content, mode, told in (
        (None, 0o600, "读不了"),
        ("{", 0o600, "读不了"),
        (json.dumps(sound | {"address": 1}), 0o600, "读不了"),
        (json.dumps({k: v for k, v in sound.items() if k != "issuer"}), 0o600, "缺少"),
        (json.dumps(sound), 0o644, "chmod 600"),
        (json.dumps(sound | {"issuer": "http://id.example.cn"}), 0o600, "https"),
        (json.dumps(sound | {"address": "http://shuju.example.gov.cn"}), 0o600, "https"),
    ):
        place.unlink(missing_ok=True)
        if content is not None:
            place.write_text(content)
            place.chmod(mode)
        with pytest.raises(LibraryError, match=told):
            find_provider()
    place.write_text(json.dumps(sound))
    place.chmod(0o600)
    assert find_provider().back == "https://shuju.example.gov.cn/sign-in/oidc/back"
    monkeypatch.delenv("SHUJU_OIDC")
    assert find_provider() is None
