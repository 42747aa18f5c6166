"""CSS selectors as XPath: those that name a place on a page (#zoom, div.content > p, meta[name=author])."""

from __future__ import annotations

import re

_PART = re.compile(
    r"(?P<tag>[A-Za-z][\w-]*|\*)|\#(?P<id>[\w-]+)|\.(?P<class>[\w-]+)"
    r"|\[\s*(?P<attribute>[\w-]+)\s*(?:(?P<how>[~^$*]?=)\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[\w-]+))\s*)?\]"
    r"|:(?P<pseudo>first-child|last-child|nth-child\(\s*(?P<nth>\d+)\s*\))"
)
_STEP = re.compile(r"\s*([>+~])\s*|\s+")


def xpath_of(selector: str) -> str:
    """Return the XPath of a CSS selector: tags, #id, .class, [attribute], first, last and nth child, `` ``, ``>``, ``,``.

    Raises:
        ValueError: what is no selector, or one of another kind.
    """
    return "|".join(_one(one.strip(), selector) for one in selector.split(","))


def _one(text: str, whole: str) -> str:
    path, at, axis = "", 0, "//"
    while at < len(text):
        start, tag, conditions = at, "*", []
        while match := _PART.match(text, at):
            if match["tag"] and at > start:
                break
            tag = match["tag"] or tag
            conditions += _condition(match)
            at = match.end()
        if at == start:
            raise ValueError(f"选择器 {whole!r} 在 {text[at:]!r} 处读不懂")
        path += axis + tag + "".join(f"[{condition}]" for condition in conditions)
        if at == len(text):
            return path
        step = _STEP.match(text, at)
        if step is None or step[1] in ("+", "~"):
            raise ValueError(f"选择器 {whole!r} 在 {text[at:]!r} 处读不懂")
        axis, at = ("/" if step[1] else "//"), step.end()
    raise ValueError(f"选择器 {whole!r} 不完整")


def _condition(match: re.Match[str]) -> list[str]:
    if match["id"]:
        return [f"@id='{match['id']}'"]
    if match["class"]:
        return [_word("@class", match["class"])]
    if match["pseudo"]:
        kind = match["pseudo"].partition("-")[0]
        return [
            {"first": "not(preceding-sibling::*)", "last": "not(following-sibling::*)"}.get(
                kind, f"count(preceding-sibling::*)={int(match['nth'] or 1) - 1}"
            )
        ]
    if match["attribute"]:
        name, how = f"@{match['attribute']}", match["how"]
        value = next((v for v in (match["double"], match["single"], match["bare"]) if v is not None), "")
        quoted = f'"{value}"' if "'" in value else f"'{value}'"
        return [
            {
                None: name,
                "=": f"{name}={quoted}",
                "~=": _word(name, value),
                "^=": f"starts-with({name},{quoted})",
                "*=": f"contains({name},{quoted})",
                "$=": f"substring({name},string-length({name})-{len(value) - 1})={quoted}",
            }[how]
        ]
    return []


def _word(name: str, value: str) -> str:
    return f"contains(concat(' ',normalize-space({name}),' '),' {value} ')"
