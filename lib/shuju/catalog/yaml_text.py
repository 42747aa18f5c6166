"""YAML as plain data, where each entry also knows its line and column.

Keys are the text that stands in the file: ``01`` stays ``01``, ``NULL`` is no absence. A number that would not be written
the same way again (``0430``), and a date, stay text too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any


class CatalogError(ValueError):
    """The catalog breaks its own rules; the message has one line a fault, with file, line and column."""


@dataclass(frozen=True)
class Document:
    """One YAML file: ``node`` as composed, ``data`` as plain lists, mappings and values."""

    path: Path
    node: Any

    @cached_property
    def data(self) -> Any:
        """The file's content; the texts of keys are as written."""
        return _plain(self.node, self.path)

    def repeated(self, where: Iterable[Any]) -> str | None:
        """Return a key that the mapping on the path ``where`` has twice, None where it has none or is no mapping."""
        node = self.node
        for step in where:
            found = _child(node, step)
            if found is None:
                return None
            node = found[1]
        keys = [key.value for key, _ in node.value] if getattr(node, "id", None) == "mapping" else []
        return next((key for number, key in enumerate(keys) if key in keys[:number]), None)

    @cached_property
    def doubled(self) -> tuple[str, ...]:
        """For each key that its mapping has already a message with its line: the first would be lost."""
        return tuple(
            f"{self.path}:{key.start_mark.line + 1}:{key.start_mark.column + 1}：{key.value!r} 在同一处写了两次"
            for key in _doubled(self.node)
        )

    def place(self, where: Iterable[Any]) -> str:
        """Return ``file:line:column`` of the deepest entry on the path ``where`` that the file has."""
        node, mark = self.node, None
        for step in where:
            found = _child(node, step)
            if found is None:
                break
            mark, node = found
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        return f"{self.path}:{line}:{column}"


def parse(path: Path) -> Document:
    """Return the YAML file at ``path``.

    Raises:
        CatalogError: no such file, not UTF-8, not YAML.
    """
    try:
        return parse_text(path, path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise CatalogError(f"{path}：没有这个目录文件") from None
    except OSError as error:
        raise CatalogError(f"{path}：读不了这个目录文件（{error.strerror}）") from None
    except UnicodeDecodeError as error:
        raise CatalogError(f"{path}：应为 UTF-8 编码（第 {error.start} 字节处不是）") from None


@lru_cache(maxsize=32)
def parse_text(path: Path, text: str) -> Document:
    """Return a YAML text, called ``path`` where it is at fault; a ``CatalogError`` if it is not YAML."""
    # Kept by content: a server opens the library for every session, and YAML takes a third of a second.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return Document(path, YAML(typ="rt").compose(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise CatalogError(f"{path}:{line}:{column}：YAML 写法有误：{_meant(str(error.problem))}") from None
    except YAMLError as error:
        raise CatalogError(f"{path}：YAML 写法有误：{error}") from None
    except (RecursionError, ValueError, AttributeError, TypeError) as error:
        raise CatalogError(f"{path}：YAML 写法有误：{type(error).__name__}") from None


# What the parser says of the mistakes that people make, and what is meant.
_PROBLEMS = {
    "mapping values are not allowed here": "这里不能有冒号；含冒号的文字请加引号",
    "found character '\\t'": "缩进须用空格，不能用制表符",
    "could not find expected ':'": "名称后缺少冒号与空格",
    "expected <block end>": "缩进不齐，或上文的引号、括号没有成对",
    "expected ',' or": "括号没有成对，或各项之间缺少逗号",
    "expected the node content": "缺少值，或括号没有成对",
    "found unexpected end of stream": "引号没有成对",
}


def _meant(problem: str) -> str:
    return next((told for said, told in _PROBLEMS.items() if problem.startswith(said)), problem)


def _child(node: Any, step: Any) -> tuple[Any, Any] | None:
    kind = getattr(node, "id", None)
    if kind == "mapping":
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark, value
    elif kind == "sequence" and isinstance(step, int) and -1 < step < len(node.value):
        return node.value[step].start_mark, node.value[step]
    return None


def _doubled(node: Any, outer: tuple[Any, ...] = ()) -> Iterator[Any]:
    if any(node is one for one in outer):
        return
    inner = (*outer, node)
    if getattr(node, "id", None) == "sequence":
        for one in node.value:
            yield from _doubled(one, inner)
    elif getattr(node, "id", None) == "mapping":
        seen: set[str] = set()
        for key, value in node.value:
            if key.id == "scalar" and key.value in seen and key.value != "<<":
                yield key
            seen |= {key.value} if key.id == "scalar" else set()
            yield from _doubled(value, inner)


def _plain(node: Any, path: Path, outer: tuple[Any, ...] = ()) -> Any:
    kind = getattr(node, "id", None)
    if any(node is one for one in outer):
        raise CatalogError(f"{path}:{node.start_mark.line + 1}:1：YAML 的锚点指向自己")
    if kind == "mapping":
        found: dict[str, Any] = {}
        for key, value in node.value:
            if key.id != "scalar":
                mark = key.start_mark
                raise CatalogError(f"{path}:{mark.line + 1}:{mark.column + 1}：键应是文字，不能是列表或映射")
            if key.tag == "tag:yaml.org,2002:merge" or (key.value == "<<" and key.style is None):
                for one in value.value if value.id == "sequence" else [value]:
                    merged = _plain(one, path, (*outer, node))
                    found = (merged if isinstance(merged, dict) else {}) | found
            else:
                found[key.value] = _plain(value, path, (*outer, node))
        return found
    if kind == "sequence":
        return [_plain(one, path, (*outer, node)) for one in node.value]
    return None if node is None else _scalar(node)


def _scalar(node: Any) -> Any:
    text, tag = node.value, str(node.tag).rpartition(":")[2]
    if node.style is not None or tag not in ("null", "bool", "int", "float"):
        return text
    if tag == "null":
        return None
    if tag == "bool":
        return text.lower() == "true"
    try:
        number = int(text.replace("_", "")) if tag == "int" else float(text)
    except ValueError:
        return text
    return number if str(number) == text.replace("_", "") else text
