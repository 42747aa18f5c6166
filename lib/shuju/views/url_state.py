"""State is the URL: every parameter of a view, defaults too, so that a link shows what its sender saw."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, quote

import panel as pn
import param


def page_query() -> dict[str, str]:
    """Return the query of the page's address, the last of each name; nothing outside a server."""
    location = pn.state.location
    if location is None:
        return {}
    return {
        k: v[-1] for k, v in parse_qs((location.search or "").lstrip("?"), keep_blank_values=True).items()
    }


def take_query(view: param.Parameterized, names: Sequence[str], query: Mapping[str, str]) -> list[str]:
    """Set ``view``'s parameters from ``query`` and return a message in Chinese for each that was refused.

    A value that its parameter refuses leaves the default; so does a name that the view does not have.
    """
    refused = []
    for name, text in query.items():
        if name not in names:
            refused.append(f"链接中没有“{name}”这一项，已忽略")
            continue
        try:
            setattr(view, name, read_value(view.param[name], text))
        except (ValueError, TypeError):
            label = view.param[name].label or name
            refused.append(f"链接中的“{label}”取值“{_short(text)}”无效，已改用默认值")
    return refused


def to_query(view: param.Parameterized, names: Sequence[str]) -> str:
    """Return the query that holds every parameter named, as ``take_query`` reads it."""
    return "&".join(f"{name}={quote(write_value(getattr(view, name)), safe=',_')}" for name in names)


def read_value(parameter: param.Parameter, text: str) -> Any:
    """Return the value that ``text`` stands for; lists are separated by commas, nothing is an empty text."""
    match parameter:
        case param.Boolean():
            if text not in ("true", "false"):
                raise ValueError(text)
            return text == "true"
        case param.Integer():
            return int(text)
        case param.CalendarDateRange():
            start, _, end = text.partition("_")
            return (dt.date.fromisoformat(start), dt.date.fromisoformat(end or start)) if text else None
        case param.CalendarDate():
            return dt.date.fromisoformat(text) if text else None
        case param.Number():
            return float(text)
        case param.ListSelector() | param.List():
            return [part for part in text.split(",") if part]
    return text if text else parameter.default if parameter.allow_None else text


def write_value(value: Any) -> str:
    """Return a value as the address holds it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "_".join(map(str, value))
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"
