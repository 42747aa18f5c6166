"""Which letters and suggestions go straight to the leader: ``fast_channel.yaml`` of the package, or a library's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from shuju.catalog.yaml_text import CatalogError, Document, parse_text
from shuju.desk.terms_reading import own_text
from shuju.library import LibraryError
from shuju.library.home import Home
from shuju.standard import code_list

SHIPPED = Path(__file__).with_name("fast_channel.yaml")
TABLES = {"letters": "来信", "suggestions": "微建议"}
MOST_DAYS, LONGEST_NAME = 3650, 40


class FastChannelError(LibraryError):
    """A file of classes cannot be used; the message says in one sentence where and why."""


@dataclass(frozen=True)
class Class:
    """Letters or suggestions that go to the leader: of which table and channels, how many days back."""

    name: str
    table: str
    channels: tuple[str, ...]
    days: int


def classes_of(home: Home) -> tuple[Class, ...]:
    """Return the classes of a library: by ``HOME/fast_channel.yaml`` where that is.

    Raises:
        FastChannelError: it cannot be used.
    """
    return read_classes(own_text(home, SHIPPED.name) or SHIPPED.read_text(encoding="utf-8"))


@lru_cache(maxsize=8)
def read_classes(text: str) -> tuple[Class, ...]:
    """Return the classes that YAML tells; none (``classes: []``) closes the channel to what comes.

    Raises:
        FastChannelError: it cannot be used.
    """
    try:
        document = parse_text(SHIPPED, text)
    except CatalogError as error:
        line = re.search(r":(\d+):\d+：", str(error))
        raise FastChannelError(f"{SHIPPED.name} 第 {line[1] if line else 1} 行：不是正确的 YAML") from None
    told = document.data
    if not isinstance(told, dict) or set(told) != {"classes"} or not isinstance(told["classes"], list):
        _refuse(document, (), "文件应只有 classes 一项，是一列类别")
    found = tuple(_class(document, number, row) for number, row in enumerate(told["classes"]))
    for number, one in enumerate(found):
        if any(one.name == other.name for other in found[:number]):
            _refuse(document, ("classes", number), f"类别“{one.name}”出现两次")
    return found


def _class(document: Document, number: int, row: Any) -> Class:
    where = ("classes", number)
    if not isinstance(row, Mapping) or not {"name", "table", "days"} <= set(row) <= {"name", "table", "days", "channels"}:  # fmt: skip
        _refuse(document, where, "类别应有 name、table、days，可有 channels")
    name, table, days, channels = row["name"], row["table"], row["days"], row.get("channels", [])
    if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME:
        _refuse(document, where, f"类别应有名称，至多 {LONGEST_NAME} 字")
    if table not in TABLES:
        told = "、".join(f"{one}（{title}）" for one, title in TABLES.items())
        _refuse(document, where, f"没有表 {table!r}，只有：{told}")
    if not isinstance(days, int) or not 0 < days <= MOST_DAYS:
        _refuse(document, where, f"days 应为 1 至 {MOST_DAYS:,} 的整数")
    known = code_list("channels").names
    wrong = [one for one in channels if one not in known] if isinstance(channels, list) else [channels]
    if wrong or (channels and table != "letters"):
        told = "、".join(f"{code}（{title}）" for code, title in known.items())
        _refuse(document, where, f"channels 是一列来信渠道，只用于来信；可写：{told}")
    return Class(name.strip(), table, tuple(channels), days)


def _refuse(document: Document, where: tuple[str | int, ...], why: str) -> NoReturn:
    line = document.place(where).rsplit(":", 2)[1]
    raise FastChannelError(f"{SHIPPED.name} 第 {line} 行：{why}")
