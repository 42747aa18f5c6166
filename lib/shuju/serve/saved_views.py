"""The views that somebody saved: a piece of HTML for the menu of every page, and what its buttons ask for."""

from __future__ import annotations

from tornado.web import RequestHandler

from shuju.access import who
from shuju.clock import now
from shuju.desk.saved_views import delete_view, list_views, rename_view, restore_view, save_view
from shuju.desk.store import open_desk
from shuju.serve.live import Live
from shuju.ui.templates import render


class ViewsHandler(RequestHandler):
    """``/views``: one's saved views as HTML; a form saves, renames, deletes and takes a deletion back."""

    def initialize(self, live: Live) -> None:
        """Take what is served."""
        self.desk, self.owner = open_desk(live.library.home), who()

    def get(self) -> None:
        """Answer with the list."""
        self._answer()

    def post(self) -> None:
        """Do what the form says, and answer with the list."""
        form = {name: self.get_body_argument(name) for name in self.request.body_arguments}
        deleted, told = 0, ""
        try:
            number = form.get("id", "")
            view_id = int(number) if number.isdecimal() and len(number) < 10 else 0
            match form.get("do"):
                case "save":
                    saved = save_view(
                        self.desk, self.owner, form.get("name", ""), form.get("address", ""), at=now()
                    )
                    told = f"已保存“{saved.name}”"
                case "rename":
                    rename_view(self.desk, self.owner, view_id, form.get("name", ""))
                    told = "已改名"
                case "delete":
                    delete_view(self.desk, self.owner, view_id, at=now())
                    deleted, told = view_id, "已删除"
                case "restore":
                    restore_view(self.desk, self.owner, view_id)
                    told = "已恢复"
        except ValueError as error:
            told = str(error)
        self._answer(told, deleted)

    def _answer(self, told: str = "", deleted: int = 0) -> None:
        views = list_views(self.desk, self.owner)
        self.finish(render("views.html", views=views, told=told, deleted=deleted))
