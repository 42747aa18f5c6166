"""What is on a board (首页的内容): cards in their order and size, held to their bounds; and the same as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

COLUMNS, MOST_ROWS = 12, 6
MOST_ITEMS = 60
LONGEST = {"card": 4_000, "title": 60, "note": 500, "section": 30}
ADDRESS = re.compile(r"[a-z_]+\.[a-z_]+(\?[^\s\"'<>\\]*)?")


@dataclass(frozen=True)
class Item:
    """A card on a board: ``card`` is its address behind ``/card/``; an empty title is the card's own.

    ``columns`` of a grid of ``COLUMNS``, ``rows`` of its lines; ``key`` is its number on the board. An item stands under the
    heading ``section``.
    """

    key: int
    card: str
    title: str = ""
    note: str = ""
    section: str = ""
    columns: int = 6
    rows: int = 2


@dataclass(frozen=True)
class Content:
    """What is on a board: the items in their order, and the keys in their order on a phone; those it lacks follow."""

    items: tuple[Item, ...] = ()
    phone: tuple[int, ...] = ()

    @property
    def on_phone(self) -> tuple[int, ...]:
        """The keys of all items in the order in which a phone shows them."""
        keys = [item.key for item in self.items]
        first = [key for key in self.phone if key in keys]
        return (*first, *(key for key in keys if key not in first))

    def with_card(self, card: str, title: str = "") -> Content:
        """Return the content with one more card, the first of all, so that who pinned it finds it.

        Raises:
            ValueError: it is no address of a card, or there are too many.
        """
        key = max((item.key for item in self.items), default=0) + 1
        section = self.items[0].section if self.items else ""
        new = Item(key, card, title, section=section)
        return checked(Content((new, *self.items), (key, *self.on_phone)))


def checked(content: Content) -> Content:
    """Return what is on a board, texts on one line and sizes within the grid.

    Raises:
        ValueError: too many items, a text too long, two of one key, or what is no address of a card.
    """
    if len(content.items) > MOST_ITEMS:
        raise ValueError(f"一个首页最多 {MOST_ITEMS} 张图卡")
    if len({item.key for item in content.items}) < len(content.items):
        raise ValueError("两张图卡的编号相同")
    items = []
    for item in content.items:
        if ADDRESS.fullmatch(item.card) is None:
            raise ValueError("这不是图卡的地址")
        texts = {name: " ".join(_kept(getattr(item, name)).split()) for name in LONGEST}
        for name, longest in LONGEST.items():
            if len(texts[name]) > longest:
                raise ValueError(f"{_NAMES[name]}最多 {longest} 个字")
        sizes = {"columns": min(max(item.columns, 3), COLUMNS), "rows": min(max(item.rows, 1), MOST_ROWS)}
        items.append(replace(item, **texts, **sizes))
    return Content(tuple(items), tuple(content.phone))


_NAMES = {"card": "图卡的地址", "title": "标题", "note": "备注", "section": "分区名"}


def _kept(text: str) -> str:
    """Return a text without what no database keeps: JSON can tell of NUL and of halves of characters."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def content_text(content: Content) -> str:
    """Return what is on a board as JSON."""
    told = {"items": [asdict(item) for item in content.items], "phone": list(content.phone)}
    return json.dumps(told, ensure_ascii=False, sort_keys=True)


def read_content(text: str) -> Content:
    """Return what is on a board from JSON.

    Raises:
        ValueError: it is none.
    """
    try:
        told = json.loads(text)
        return Content(tuple(map(_item, told["items"])), tuple(int(key) for key in told.get("phone", ())))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError("首页的内容不完整，请刷新页面后重做") from error


def _item(told: Mapping[str, object]) -> Item:
    kinds = {field.name: field.type for field in fields(Item)}
    given = {
        name: int(str(told[name])) if kinds[name] == "int" else str(told[name])
        for name in kinds
        if name in told
    }
    return Item(**given)  # type: ignore[arg-type]
