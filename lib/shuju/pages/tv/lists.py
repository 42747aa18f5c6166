"""``/playlists``: one's own playlists for the big screen, to make, change, show and take away."""

from __future__ import annotations

from collections.abc import Mapping

from shuju.clock import now
from shuju.desk.playlists import SECONDS, PlaylistError, end_playlist, list_playlists, save_playlist
from shuju.desk.store import open_desk
from shuju.library import Library
from shuju.pages.tasks.assigning import who_asks
from shuju.pages.tv.slides import PAGE_NAMES, PRESETS, checked_items
from shuju.ui.templates import render

DID = {"saved": "已保存", "ended": "已删除"}


def playlists_html(library: Library, query: Mapping[str, str]) -> str:
    """Return the page as HTML; ``id`` is the list that is changed, ``add`` an address to put into a new one."""
    rows = list_playlists(open_desk(library.home), who_asks().account)
    asked = query.get("id", "")
    changed = next((one for one in rows if str(one.id) == asked), None)
    return render(
        "tv/playlists.html", rows=rows, changed=changed, presets=PRESETS, pages=PAGE_NAMES, told=DID.get(query.get("did", ""), ""),
        shortest=SECONDS[0], longest=SECONDS[1],
    )  # fmt: skip


def receive_playlist(library: Library, form: Mapping[str, str]) -> str:
    """Save a playlist or take one away; return the address to go to.

    Raises:
        ValueError: it cannot be so; the message says why.
        NotAllowedError: a card in it shows nothing to the visitor.
    """
    desk, account, at = open_desk(library.home), who_asks().account, now()
    number, seconds = form.get("id", ""), form.get("seconds", "")
    known = int(number) if number.isdecimal() and len(number) < 10 else 0
    if form.get("do") == "end":
        end_playlist(desk, account, known, at=at)
        return "playlists?did=ended"
    if not seconds.isdecimal():
        raise PlaylistError("每页停留应填秒数")
    told = tuple(line for line in form.get("items", "").splitlines() if line.strip())
    items = checked_items(told)
    save_playlist(desk, account, form.get("name", ""), items, int(seconds[:6]), number=known, at=at)
    return "playlists?did=saved"
