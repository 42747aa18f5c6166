"""What the cards of an investigation ask: the tools at the page's parameters, the scenarios side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shuju.facts.selection import Selection
from shuju.pages.whatif.kept import is_readable, read
from shuju.whatif.exploration import Exploration
from shuju.whatif.investigation import Investigation
from shuju.whatif.parameter import WhatIfError

NOW, FIRST = "现在", "现状"
NUMBERS = "一二三四五六"


def tried(make: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Have what cannot be worked out told in the card's place (``fault``)."""

    def made(*given: Any, **options: Any) -> dict[str, Any]:
        try:
            return make(*given, **options)
        except WhatIfError as error:
            return {"fault": str(error)}

    return made


def asked(investigation: Investigation, selection: Selection, options: Mapping[str, Any]) -> Exploration:
    """Return the tools over a selection, the parameters as the page has them."""
    return investigation.of(selection).change(**{p.name: options[p.name] for p in investigation.parameters})


def scenarios(
    investigation: Investigation, now: Exploration, kept: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Return what is set beside the baseline: the present, where it is another, and what is kept and can be read."""
    found = {} if now.present == now.baseline.present else {NOW: now.present}
    for number, text in zip(NUMBERS, kept):
        if is_readable(investigation, text):
            found[f"情景{number}"] = now.baseline.change(**read(investigation, text)).present
    return found
