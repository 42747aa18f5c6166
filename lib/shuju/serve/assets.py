"""The pages' own style sheet, script and icon, cached by their hash."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from tornado.web import HTTPError, RequestHandler

from shuju import ui
from shuju.ui.templates import style

STYLES = ("style.css", "search.css", "account.css", "tasks.css", "alerts.css", "tv.css", "board.css")
KINDS = {
    ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png",
    ".webmanifest": "application/manifest+json; charset=utf-8",
}  # fmt: skip


@cache
def assets() -> dict[str, bytes]:
    """Return the content of each asset by its name."""
    folder = Path(ui.__file__).with_name("static")
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in KINDS}
    return {**files, **{name: style(name).encode() for name in STYLES}}


@cache
def asset_version() -> str:
    """Return a name for the content of all assets."""
    digest = hashlib.blake2b(digest_size=6)
    for name, content in sorted(assets().items()):
        digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()


class AssetHandler(RequestHandler):
    """``/assets/style.css?v=…``: kept by the browser for a year, as another content has another address."""

    def get(self, name: str) -> None:
        """Answer."""
        if name not in assets():
            raise HTTPError(404)
        self.set_header("Content-Type", KINDS[Path(name).suffix])
        self.set_header("X-Content-Type-Options", "nosniff")
        if self.get_argument("v", "") == asset_version():
            self.set_header("Cache-Control", "public, max-age=31536000, immutable")
        self.write(assets()[name])


class WorkerHandler(RequestHandler):
    """``/service-worker.js``: beside the pages, for it answers for no address above its own; looked up anew each time."""

    def get(self) -> None:
        """Answer."""
        self.set_header("Content-Type", KINDS[".js"])
        self.set_header("Cache-Control", "no-cache")
        self.write(assets()["worker.js"])
