"""What is posted to a plain page: only from the server's own pages, and only where a page takes something."""

from __future__ import annotations

import httpx

POSTS = {
    "without an origin": ("letter", {}, 403),
    "from a page of another site": ("letter", {"Origin": "https://evil.example"}, 403),
    "from another port of this machine": ("letter", {"Origin": "http://127.0.0.1:1"}, 403),
    "from a file or a sandbox": ("letter", {"Origin": "null"}, 403),
    "from an origin that only begins alike": ("letter", {"Origin": "{base}.evil.example"}, 403),
    "for a letter that is not there": ("letter", {"Origin": "{base}"}, 400),
    "to a page that takes nothing": ("record", {"Origin": "{base}"}, 405),
}


def test_posts_are_refused(address: str) -> None:
    for name, (page, headers, status) in POSTS.items():
        told = {key: value.replace("{base}", address) for key, value in headers.items()}
        answer = httpx.post(
            f"{address}/{page}", data={"id": "gone", "topic": "民政"}, headers=told, timeout=60
        )
        assert answer.status_code == status, name
