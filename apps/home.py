"""``/``: the front door (专人专网的首页)."""

from __future__ import annotations

from typing import Any

from shuju.views.home import Home

TITLE = "首页"
PAGES = [
    ("/panorama", "资源全景", "全部网页信息：多少、从哪来、多新；点选联动，下钻到每一条"),
    ("/letters", "社情民意", "全部来信：何时、何地、为何事、找谁、答复如何；下钻到每一封，可出专报"),
    ("/issues", "热点与预警", "群众反映什么、从哪开始、传到哪里、办得怎样；哪里的来信不寻常地多"),
    ("/spread", "重要信息传播", "一份文件到了哪里、多广、多深、多快，从谁到谁，哪里没有到；逐字对照"),
]


def content() -> list[Any]:
    """Return what the page shows."""
    return [Home(PAGES)]
