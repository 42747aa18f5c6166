"""Parameters as an address holds them, both ways: the only reader of what stands behind the question mark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, quote

import param

LONGEST_SHOWN = 40
USED_DEFAULT = "，已改用默认值"  # what a message ends with; who refuses the whole address takes it off


def parse(text: str) -> dict[str, str]:
    """Return the names and values of a query, the last of each name."""
    return {k: v[-1] for k, v in parse_qs(text.lstrip("?"), keep_blank_values=True).items()}


def take_query(target: param.Parameterized, names: Sequence[str], query: Mapping[str, str]) -> list[str]:
    """Set ``target``'s parameters from ``query``; return a message in Chinese for each value that was refused.

    A value that its parameter refuses leaves the parameter as it is. Names that are not in ``names`` are
    not looked at.
    """
    values, refused = {}, []
    for name in names:
        if name not in query:
            continue
        parameter = target.param[name]
        try:
            values[name] = read_value(parameter, query[name])
            parameter._validate(values[name])
        except (ValueError, TypeError):
            values.pop(name, None)
            refused.append(f"“{parameter.label or name}”没有“{_short(query[name])}”这个取值{USED_DEFAULT}")
    target.param.update(**values)
    return refused


def to_query(source: param.Parameterized, names: Sequence[str]) -> str:
    """Return the query that holds every parameter named, as ``take_query`` reads it."""
    return "&".join(f"{name}={quote(write_value(getattr(source, name)), safe=',_')}" for name in names)


def read_value(parameter: param.Parameter, text: str) -> Any:
    """Return the value that ``text`` stands for; lists are separated by commas, nothing is an empty text.

    Raises:
        ValueError: the text is no such value.
    """
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
        case param.Number():
            return float(text)
        case param.ListSelector() | param.List():
            return [part for part in text.split(",") if part]
    return text


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
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
