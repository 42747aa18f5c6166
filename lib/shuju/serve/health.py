"""What whoever watches the server asks for."""

from __future__ import annotations

from tornado.web import RequestHandler


class HealthHandler(RequestHandler):
    """``/healthz``: 200, for a stranger too; it says nothing of the data."""

    def get(self) -> None:
        """Answer."""
        self.write({"status": "ok"})
