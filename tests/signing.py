"""Signing in as a test does it: by the form of the page, as a browser."""

from __future__ import annotations

import re

import httpx
import pytest
from sqlalchemy import Engine

from shuju.clock import now
from shuju.desk.accounts import find_account
from shuju.desk.sessions import begin
from shuju.serve.visitors import PLAIN

XSRF = re.compile(r'name="xsrf" content="([^"]*)"')


def signed_in(base: str, role: str = "analyst", **form: str) -> httpx.Client:
    """Return a client of somebody who chose a role of the demo, or who sent ``form``; it sends what a page's script sends."""
    client = httpx.Client(base_url=base, headers={"Origin": base}, timeout=60)
    page = client.get("/sign-in")
    data = {"_xsrf": XSRF.search(page.text)[1], **(form or {"role": role})}
    client.post("/sign-in", data=data)
    client.headers["X-Xsrf"] = xsrf_of(client)
    return client


def xsrf_of(client: httpx.Client) -> str:
    """Return what the forms of a session hold; empty for who is not signed in."""
    found = XSRF.search(client.get("/account").text)
    return found[1] if found is not None else ""


def sign_in_all(monkeypatch: pytest.MonkeyPatch, base: str, role: str = "analyst") -> httpx.Client:
    """Have every call of ``httpx`` in a test come from one who is signed in, unless it says otherwise."""
    client = signed_in(base, role)
    client.headers.pop("Origin")
    for verb in ("get", "post"):
        monkeypatch.setattr(httpx, verb, getattr(client, verb))
    return client


def session_of(base: str, desk: Engine, account: str) -> httpx.Client:
    """Return a client of somebody who has an account and is signed in."""
    cookie = begin(desk, find_account(desk, account), "", "127.0.0.1", at=now())
    name = f"{PLAIN}-{base.rpartition(':')[2]}"
    client = httpx.Client(base_url=base, headers={"Origin": base}, cookies={name: cookie}, timeout=60)
    client.headers["X-Xsrf"] = xsrf_of(client)
    return client
