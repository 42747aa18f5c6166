"""Fetching over HTTP, politely: robots.txt, conditional requests, a pause between requests, back-off.

What is fetched is kept in a folder as it came, beside what the server said of it (``index.json``),
so that a later run asks only for what changed, and every record leads back to its original.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import httpx

from shuju.library.errors import SourceError

AGENT = "shuju/0.1 (+government website library)"
TRIES = 5
RETRIED = (429, 500, 502, 503, 504)
MAX_BYTES = 50 << 20


@dataclass
class Fetcher:
    """Fetches for one source; ``pause_seconds`` lie between two requests to one host."""

    folder: Path
    pause_seconds: float = 1.0
    backoff_seconds: float = 1.0
    timeout_seconds: float = 30.0
    _index: dict[str, dict[str, str]] = field(default_factory=dict)
    _last: dict[str, float] = field(default_factory=dict)
    _robots: dict[str, RobotFileParser] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read what is known from earlier runs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        index = self.folder / "index.json"
        self._index = json.loads(index.read_text(encoding="utf-8")) if index.exists() else {}

    def fetch(self, url: str, suffix: str) -> Path:
        """Return the file that holds the newest content of ``url``.

        Raises:
            SourceError: robots.txt forbids it, or the server did not give it after several tries.
        """
        if not self._may_fetch(url):
            raise SourceError(f"{url}：该网站的 robots.txt 不允许采集")
        known = self._index.get(url, {})
        path = self.folder / f"{hashlib.blake2b(url.encode(), digest_size=10).hexdigest()}{suffix}"
        headers = {"User-Agent": AGENT}
        if path.exists():
            if "etag" in known:
                headers["If-None-Match"] = known["etag"]
            if "last_modified" in known:
                headers["If-Modified-Since"] = known["last_modified"]
        response, content = self._get(url, headers)
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return path
        part = path.with_suffix(".part")
        part.write_bytes(content)
        part.replace(path)
        marks = {"etag": response.headers.get("etag"), "last_modified": response.headers.get("last-modified")}
        self._index[url] = {k: v for k, v in marks.items() if v} | {"file": path.name}
        self._save()
        return path

    def _save(self) -> None:
        part = self.folder / "index.json.part"
        part.write_text(json.dumps(self._index, ensure_ascii=False, indent=0), encoding="utf-8")
        part.replace(self.folder / "index.json")

    def _get(self, url: str, headers: dict[str, str]) -> tuple[httpx.Response, bytes]:
        wait = self.backoff_seconds
        reason = ""
        for attempt in range(TRIES):
            self._pause(url)
            try:
                with httpx.stream(
                    "GET", url, headers=headers, timeout=self.timeout_seconds, follow_redirects=True
                ) as response:
                    if response.is_success or response.status_code == httpx.codes.NOT_MODIFIED:
                        return response, _body(response)
            except httpx.HTTPError as error:
                reason = f"连接失败（{type(error).__name__}）"
            else:
                reason = f"网站答复 {response.status_code}"
                if response.status_code not in RETRIED:
                    break
                wait = max(wait, _retry_after_seconds(response))
            if attempt < TRIES - 1:
                time.sleep(wait)
                wait *= 2
        raise SourceError(f"{url}：{reason}；请检查网址，或稍后重新运行")

    def _pause(self, url: str) -> None:
        host = urlsplit(url).netloc
        ready = self._last.get(host, -1e9) + self.pause_seconds
        time.sleep(max(0.0, ready - time.monotonic()))
        self._last[host] = time.monotonic()

    def _may_fetch(self, url: str) -> bool:
        parts = urlsplit(url)
        root = f"{parts.scheme}://{parts.netloc}"
        if root not in self._robots:
            rules = RobotFileParser()
            try:
                self._pause(url)
                with httpx.stream(
                    "GET", f"{root}/robots.txt", headers={"User-Agent": AGENT}, timeout=self.timeout_seconds
                ) as answer:
                    text = _body(answer).decode("utf-8", "replace") if answer.is_success else ""
                rules.parse(text.splitlines())
            except httpx.HTTPError:
                rules.parse([])  # no rules to be had: the request itself will tell what is wrong
            self._robots[root] = rules
        return self._robots[root].can_fetch(AGENT, url)


def _body(response: httpx.Response) -> bytes:
    """Read the body, unpacked; one that grows beyond ``MAX_BYTES`` is given up there and then."""
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > MAX_BYTES:
            raise SourceError(f"{response.url}：内容过大（超过 {MAX_BYTES:,} 字节）")
    return bytes(body)


def _retry_after_seconds(response: httpx.Response) -> float:
    seconds = response.headers.get("retry-after", "")
    return min(float(seconds), 300.0) if seconds.isdigit() else 0.0
