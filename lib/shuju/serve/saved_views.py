"""The views that a browser saved: a piece of HTML for the menu of every page, and what its buttons ask for."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from tornado.web import RequestHandler

from shuju.clock import now
from shuju.desk.saved_views import delete_view, list_views, rename_view, restore_view, save_view
from shuju.desk.store import open_desk
from shuju.serve.live import Live
from shuju.serve.plain import is_own
from shuju.ui.templates import render

COOKIE = "shuju_views"
DAYS = 400


class ViewsHandler(RequestHandler):
    """``/views``: the saved views of this browser as HTML; a form saves, renames, deletes and takes a deletion back."""

    def initialize(self, live: Live, allowed: Sequence[str]) -> None:
        """Take what is served, and the host names under which browsers may write."""
        self.desk, self.allowed = open_desk(live.library.home), allowed

    def get(self) -> None:
        """Answer with the list."""
        self._answer()

    def post(self) -> None:
        """Do what the form says, and answer with the list."""
        if not is_own(self.request.headers.get("Origin", ""), self.allowed):
            self.set_status(403)
            self.finish("只接受从本系统页面提交的内容。")
            return
        form = {name: self.get_body_argument(name) for name in self.request.body_arguments}
        deleted, told = 0, ""
        try:
            view_id = int(form["id"]) if form.get("id", "").isdecimal() else 0
            match form.get("do"):
                case "save":
                    saved = save_view(
                        self.desk, self._owner(), form.get("name", ""), form.get("address", ""), at=now()
                    )
                    told = f"已保存“{saved.name}”"
                case "rename":
                    rename_view(self.desk, self._owner(), view_id, form.get("name", ""))
                    told = "已改名"
                case "delete":
                    delete_view(self.desk, self._owner(), view_id, at=now())
                    deleted, told = view_id, "已删除"
                case "restore":
                    restore_view(self.desk, self._owner(), view_id)
                    told = "已恢复"
        except ValueError as error:
            told = str(error)
        self._answer(told, deleted)

    def _answer(self, told: str = "", deleted: int = 0) -> None:
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        owner = self.get_cookie(COOKIE, "")
        views = list_views(self.desk, owner) if owner else []
        self.finish(render("views.html", views=views, told=told, deleted=deleted))

    def _owner(self) -> str:
        """Return this browser's token, a new one where it has none."""
        owner = self.get_cookie(COOKIE, "") or getattr(self, "_made", "")
        if len(owner) < 20 or len(owner) > 100:
            owner = self._made = secrets.token_urlsafe(24)
            self.set_cookie(COOKIE, owner, expires_days=DAYS, httponly=True, samesite="Lax")
            self.request.cookies[COOKIE] = owner
        return owner
