"""Sign in to a server without accounts, as the demo's analyst: what is measured is behind its gate."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import httpx

XSRF = re.compile(r'name="xsrf" content="([^"]*)"')


@cache
def cookie_of(base: str, role: str = "analyst") -> str:
    """Return ``name=value`` of a session's cookie; empty for a server of a version that had no gate."""
    with httpx.Client(base_url=base, headers={"Origin": base}, timeout=60) as client:
        found = XSRF.search(client.get("/sign-in").text)
        if found is None:
            return ""
        client.post("/sign-in", data={"_xsrf": found[1], "role": role})
        return next(f"{c.name}={c.value}" for c in client.cookies.jar if "before" not in c.name)


def sign_in(page: Any, base: str) -> None:
    """Give a browser's page such a session."""
    name, _, value = cookie_of(base).partition("=")
    if name:
        page.context.add_cookies([{"name": name, "value": value, "url": base}])
