"""State is the URL: every parameter of a view, defaults too, so that a link shows what its sender saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs

import panel as pn
import param


def sync_url(view: param.Parameterized, names: Sequence[str], on_error: Callable[[str], None]) -> None:
    """Set ``view``'s parameters from the page's address, then keep the address equal to them.

    A value that its parameter refuses leaves the default, and ``on_error`` is called with a message
    in Chinese. Outside a server nothing happens.
    """
    location = pn.state.location
    if location is None:
        return
    given = {
        k: v[-1] for k, v in parse_qs((location.search or "").lstrip("?"), keep_blank_values=True).items()
    }
    for name in names:
        if name in given:
            try:
                setattr(view, name, read_value(view.param[name], given[name]))
            except (ValueError, TypeError):
                label = view.param[name].label or name
                on_error(f"链接中的“{label}”取值 {given[name]!r} 无效，已改用默认值")

    def write(*_events: param.parameterized.Event) -> None:
        location.update_query(**{name: write_value(getattr(view, name)) for name in names})

    view.param.watch(write, list(names))
    if pn.state.curdoc is not None:
        pn.state.onload(write)


def read_value(parameter: param.Parameter, text: str) -> Any:
    """Return the value that ``text`` stands for; lists are separated by commas, nothing is an empty text."""
    match parameter:
        case param.Boolean():
            if text not in ("true", "false"):
                raise ValueError(text)
            return text == "true"
        case param.Integer():
            return int(text)
        case param.Number():
            return float(text)
        case param.ListSelector() | param.List():
            return [part for part in text.split(",") if part]
        case param.CalendarDate():
            import datetime as dt

            return dt.date.fromisoformat(text) if text else None
        case param.CalendarDateRange():
            import datetime as dt

            start, _, end = text.partition("_")
            return (dt.date.fromisoformat(start), dt.date.fromisoformat(end)) if text else None
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
