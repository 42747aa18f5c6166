"""Passkeys in Chromium's virtual authenticator: made, signed in with; replayed, from elsewhere, or of a copy: refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Response
from sqlalchemy import Engine, update
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from shuju.clock import now
from shuju.desk import accounts, memberships, role_rules, trail
from shuju.desk.passkeys import passkeys_of
from shuju.desk.store import open_desk
from shuju.desk.tables.accounts import passkeys
from tests.browser.conftest import serving
from tests.pages.issue_library import issue_library

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "purple monkey dishwasher soup"


class Person:
    """A person with a device: a browser of their own and its authenticator."""

    def __init__(self, browser: Browser, base: str):
        self.base = base
        self.context: BrowserContext = browser.new_context()
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.device: CDPSession = self.context.new_cdp_session(self.page)
        self.device.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        self.authenticator = self.device.send("WebAuthn.addVirtualAuthenticator", {"options": options})[
            "authenticatorId"
        ]

    def open(self, path: str) -> Response | None:
        return self.page.request.get(  # type: ignore[return-value]
            f"{self.base}/{path}", max_redirects=0, headers={"Accept": "text/html"}
        )

    def by_password(self, account: str) -> None:
        self.page.goto(f"{self.base}/sign-in")
        self.page.fill("input[name=account]", account)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("button.main")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def make_passkey(self) -> None:
        self.page.goto(f"{self.base}/account")
        form = self.page.locator("form[data-passkey=make]")
        form.locator("input[name=name]").fill("办公室电脑")
        form.locator("input[name=password]").fill(PASSWORD)
        form.locator("button").click()
        self.page.locator("text=办公室电脑　").wait_for()

    def sign_out(self) -> None:
        self.context.clear_cookies()

    def by_passkey(self) -> tuple[str, Response]:
        """Sign in; return the form that was sent with what the device signed, and the answer."""
        self.page.goto(f"{self.base}/sign-in?next=account")
        with self.page.expect_response(
            lambda r: "/sign-in/passkey" in r.url and "do=show" in (r.request.post_data or "")
        ) as sent:
            self.page.click("form[data-passkey=show] button")
        if sent.value.ok:  # the page goes on by itself
            self.page.wait_for_url(f"{self.base}/account")
        return sent.value.request.post_data or "", sent.value

    def asked(self) -> str:
        """Return a new challenge, as the page of signing in gets one."""
        self.page.goto(f"{self.base}/sign-in")
        return json.loads(self.send_again("do=ask").text())["challenge"]

    def credentials(self) -> list[dict[str, Any]]:
        return self.device.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})[
            "credentials"
        ]

    def send_again(self, form: str) -> Response:
        token = self.page.locator("form[data-passkey=show] input[name=_xsrf]").input_value()
        return self.page.request.post(  # type: ignore[return-value]
            f"{self.base}/sign-in/passkey", data=form,
            headers={"Origin": self.base, "X-Xsrf": token, "Content-Type": "application/x-www-form-urlencoded"},
        )  # fmt: skip


@pytest.fixture(autouse=True)
def analyst() -> None:
    """Nobody is signed in of themselves here, and pages keep the server's policy."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Engine]]:
    folder: Path = tmp_path_factory.mktemp("passkeys")
    library = issue_library(folder)
    desk, at = open_desk(library.home), now()
    for name, role in (("wang", "analyst"), ("zhao", "leader")):
        accounts.add_account(desk, name, name, "correct horse battery staple", at=at)
        accounts.set_password(desk, name, PASSWORD, at=at)
        memberships.grant(desk, name, role, at=at, by="test")
    with serving(library) as base:
        yield base.replace("127.0.0.1", "localhost"), desk  # passkeys are for names


@pytest.fixture
def person(browser: Browser, served: tuple[str, Engine]) -> Iterator[Person]:
    made = Person(browser, served[0])
    yield made
    made.context.close()


def why(desk: Engine) -> str:
    row = trail.read(desk, n=1)[0][0]
    assert row["what"] == "sign-in-failed"
    return row["told"]["why"]


def test_a_passkey(person: Person, served: tuple[str, Engine]) -> None:
    base, desk = served
    person.by_password("wang")
    person.make_passkey()
    (held,) = passkeys_of(desk, "wang")
    person.sign_out()
    assert person.open("letters").status == 303

    form, answer = person.by_passkey()
    assert answer.status == 200, answer.text()
    person.page.wait_for_url("**/account", wait_until="commit")
    assert person.open("letters").status == 200
    assert trail.read(desk, who="wang", what="sign-in")[0][0]["told"] == {
        "way": "passkey",
        "second_factor": True,
    }

    # The same answer once more, and in another browser.
    person.sign_out()
    person.page.goto(f"{base}/sign-in")
    assert person.send_again(form).status == 403
    assert "重放" in why(desk)
    assert person.open("letters").status == 303

    # A device that counts on from less than the server knows: a copy of it.
    (known,) = person.credentials()
    assert known["signCount"] >= 2
    person.device.send(
        "WebAuthn.removeCredential",
        {"authenticatorId": person.authenticator, "credentialId": known["credentialId"]},
    )
    copy = known | {"signCount": 0, "rpId": "localhost"}
    person.device.send(
        "WebAuthn.addCredential", {"authenticatorId": person.authenticator, "credential": copy}
    )
    _, answer = person.by_passkey()
    assert answer.status == 403
    assert "计数倒退" in why(desk)
    assert person.open("letters").status == 303

    # Somebody who has no passkey here, and a disabled account.
    accounts.set_disabled(desk, "wang", True, at=now())
    person.device.send(
        "WebAuthn.removeCredential",
        {"authenticatorId": person.authenticator, "credentialId": known["credentialId"]},
    )
    ahead = known | {"signCount": 1000, "rpId": "localhost"}
    person.device.send(
        "WebAuthn.addCredential", {"authenticatorId": person.authenticator, "credential": ahead}
    )
    _, answer = person.by_passkey()
    assert answer.status == 403
    assert why(desk) == "账号已停用"
    accounts.set_disabled(desk, "wang", False, at=now())
    assert held["name"] == "办公室电脑"


def test_what_another_origin_was_given(person: Person, served: tuple[str, Engine]) -> None:
    """The device signs for where its page is: words of another page, or put together anew, are not taken."""
    base, desk = served
    person.by_password("zhao")
    person.make_passkey()
    person.sign_out()

    form, answer = person.by_passkey()
    assert answer.status == 200
    person.sign_out()
    credential = json.loads(parse_qs(form)["credential"][0])
    with desk.begin() as connection:  # else the count tells already that these words are old
        connection.execute(update(passkeys).values(sign_count=0))
    for origin, told in (("https://evil.example", "来源不符"), (base, "签名不符")):
        client = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))
        said = client | {"challenge": person.asked(), "origin": origin}
        credential["response"]["clientDataJSON"] = bytes_to_base64url(json.dumps(said).encode())
        answer = person.send_again(urlencode({"do": "show", "credential": json.dumps(credential)}))
        assert answer.status == 403
        assert told in why(desk)


def test_a_role_that_asks_for_a_second_factor(person: Person, served: tuple[str, Engine]) -> None:
    base, desk = served
    role_rules.set_second_factor(desk, "leader", True)
    accounts.add_account(desk, "sun", "孙", "correct horse battery staple", at=now())
    accounts.set_password(desk, "sun", PASSWORD, at=now())
    memberships.grant(desk, "sun", "leader", at=now(), by="test")
    person.by_password("sun")
    answer = person.open("letters")
    assert (answer.status, answer.headers["location"]) == (303, "account")
    assert person.open("export/letters.csv").status in (303, 403)
    person.make_passkey()
    assert person.open("letters").status == 200, "the passkey was shown just now"
    person.sign_out()
    person.by_password("sun")
    assert person.open("letters").status == 303, "a password alone is not enough"
    person.sign_out()
    _, answer = person.by_passkey()
    assert answer.status == 200
    assert person.open("letters").status == 200
    role_rules.set_second_factor(desk, "leader", False)
    assert base


def test_a_passkey_is_dropped_with_the_password_alone(person: Person, served: tuple[str, Engine]) -> None:
    _, desk = served
    accounts.add_account(desk, "qian", "qian", "correct horse battery staple", at=now())
    accounts.set_password(desk, "qian", PASSWORD, at=now())
    memberships.grant(desk, "qian", "analyst", at=now(), by="test")
    person.by_password("qian")
    person.make_passkey()
    for password, told, n in (("not this one", "密码不正确", 1), (PASSWORD, "已删除", 0)):
        form = person.page.locator("form:has(input[value=drop-passkey])")
        form.locator("input[name=password]").fill(password)
        form.locator("button").click()
        person.page.locator(f"text={told}").first.wait_for()
        assert len(passkeys_of(desk, "qian")) == n
