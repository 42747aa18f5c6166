"""``/``: the front door (专人专网的首页)."""

from __future__ import annotations

from typing import Any

from shuju.views.home import Home

TITLE = "首页"
PAGES = [
    ("/panorama", "资源全景", "全部网页信息：多少、从哪来、多新；点选联动，下钻到每一条"),
    ("/issues", "热点与预警", "群众反映什么、从哪开始、传到哪里、办得怎样；哪里的来信不寻常地多"),
]


def content() -> list[Any]:
    """Return what the page shows."""
    return [Home(PAGES)]
