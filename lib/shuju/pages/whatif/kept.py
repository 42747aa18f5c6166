"""Scenarios that a visitor keeps: they stand in the address, so that a link shows them to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shuju.facts.cards import Option
from shuju.ui.cards.live import LiveCard
from shuju.whatif.investigation import Investigation
from shuju.whatif.parameter import Parameter, WhatIfError

MOST_KEPT = 6
KEPT_SCENARIOS = Option([], "留下的情景")


class LeversCard(LiveCard):
    """The parameters; scenarios are kept, taken up again and left here."""

    investigation: Investigation

    def act(self, do: str, of: str, value: str) -> bool:  # noqa: ARG002
        """Keep the present values, take kept ones up, leave them, or go back to what is."""
        options = self.link.options
        kept = list(options.kept)
        defaults = {p.name: p.default for p in self.investigation.parameters}
        match do:
            case "keep":
                text = written(self.investigation, self.own_options())
                if text and text not in kept and len(kept) < MOST_KEPT:
                    options.param.update(kept=[*kept, text])
            case "leave" if value in kept:
                options.param.update(kept=[one for one in kept if one != value])
            case "take" if value in kept:
                options.param.update(**defaults | read(self.investigation, value))
            case "reset":
                options.param.update(**defaults)
            case _:
                return False
        return True


def written(investigation: Investigation, options: Mapping[str, Any]) -> str:
    """Return a scenario as the address holds it: ``staff=150;model=at_desks``; empty if nothing differs."""
    changed = {p.name: options[p.name] for p in investigation.parameters if options[p.name] != p.default}
    return ";".join(f"{name}={value}" for name, value in changed.items())


def read(investigation: Investigation, text: str) -> dict[str, Any]:
    """Return the parameters of a scenario that ``written`` wrote.

    Raises:
        WhatIfError: it was changed to what is no scenario.
    """
    parameters = {p.name: p for p in investigation.parameters}
    found = {}
    for part in filter(None, text.split(";")):
        name, _, value = part.partition("=")
        if name not in parameters:
            raise WhatIfError(f"链接中的情景“{text[:60]}”有不认识的条件")
        found[name] = parameters[name].value(value)
    return found


def is_readable(investigation: Investigation, text: str) -> bool:
    """Whether a text is a scenario of an investigation."""
    try:
        read(investigation, text)
    except WhatIfError:
        return False
    return True


def named(investigation: Investigation, text: str) -> str:
    """Return a kept scenario in words."""
    if not is_readable(investigation, text):
        return "（无法辨认）"
    values = read(investigation, text)
    parameters = {p.name: p for p in investigation.parameters}
    return "，".join(
        f"{parameters[name].title} {told_value(parameters[name], value)}" for name, value in values.items()
    )


def told_value(parameter: Parameter, value: Any) -> str:
    """Return a value with its unit, or the name of what was chosen."""
    if parameter.choices is not None:
        return parameter.choices[value]
    return f"{value:g}{parameter.unit}" if parameter.unit == "%" else f"{value:g} {parameter.unit}".rstrip()
