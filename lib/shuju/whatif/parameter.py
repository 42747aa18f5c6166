"""Parameters (参数): what a scenario may change, within which range."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shuju.catalog import did_you_mean

STEPS = 20  # a range without a step is cut into so many


class WhatIfError(ValueError):
    """What is asked for cannot be worked out; the message says why and how to mend it."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of an analysis: its present value, and from ``low`` to ``high`` by ``step``, or one of ``choices`` (value: name).

    A method (``is_method``) is how a result is reached; scenarios are compared under the same one.
    """

    name: str
    title: str
    default: Any
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: Mapping[Any, str] | None = None
    unit: str = ""
    about: str = ""
    is_method: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are meant."""
        return isinstance(self.default, (int, np.integer)) and not isinstance(self.default, bool)

    @property
    def stride(self) -> float:
        """The step from one value to the next."""
        if self.step is not None:
            return self.step
        width = (float(self.high or 0) - float(self.low or 0)) / STEPS
        return max(round(width), 1) if self.is_whole else width

    def value(self, given: Any) -> Any:
        """Return ``given`` as this parameter takes it.

        Raises:
            WhatIfError: it lies outside of the range, or is none of the choices.
        """
        if self.choices is not None:
            for choice in self.choices:
                if given == choice or (isinstance(given, str) and given == str(choice)):
                    return choice
            raise WhatIfError(
                did_you_mean(f"“{self.title}”的取值", str(given), [str(c) for c in self.choices])
            )
        if self.low is None or self.high is None:
            return given
        try:
            number = float(given)
        except (TypeError, ValueError):
            raise WhatIfError(f"“{self.title}”须是数，不能是 {given}") from None
        if not self.low <= number <= self.high:
            raise WhatIfError(f"“{self.title}”须在 {self.low:g} 到 {self.high:g} 之间，不能是 {given}")
        return round(number) if self.is_whole else number

    def values(self, n: int) -> list[Any]:
        """Return up to ``n`` values from end to end, the present one among them."""
        if self.choices is not None:
            return list(self.choices)
        if self.low is None or self.high is None:
            raise WhatIfError(f"“{self.title}”没有写明范围，例如 {self.name}=(0, 10)")
        grid = np.linspace(self.low, self.high, max(n, 2))
        if self.is_whole:
            grid = np.unique(np.round(grid))
        # The nearest between the ends gives way, so that the curve passes through what is now.
        if self.low < self.default < self.high and len(grid) > 2:
            grid[1 + np.abs(grid[1:-1] - self.default).argmin()] = self.default
        return [self.value(v) for v in np.unique(grid)]


def parameters_of(function: Callable[..., Any], ranges: Mapping[str, Any]) -> dict[str, Parameter]:
    """Return the parameters of ``ranges``: ``(low, high)``, ``(low, high, step)``, a list of choices, or a ``Parameter``.

    The present value is the function's default, else the middle, else the first choice.

    Raises:
        WhatIfError: the function takes no such parameter, or a range is none.
    """
    taken = inspect.signature(function).parameters
    takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in taken.values())
    found = {}
    for name, given in ranges.items():
        if name not in taken and not takes_any:
            raise WhatIfError(did_you_mean(f"函数 {_name(function)} 的参数", name, taken))
        default = taken[name].default if name in taken else inspect.Parameter.empty
        found[name] = _parameter(name, given, None if default is inspect.Parameter.empty else default)
    return found


def _parameter(name: str, given: Any, default: Any) -> Parameter:
    if isinstance(given, Parameter):
        return replace(given, name=name)
    if given is bool or isinstance(given, bool):
        return Parameter(
            name, name, bool(given is True if default is None else default), choices={False: "否", True: "是"}
        )
    if isinstance(given, (list, set, frozenset, np.ndarray)) and len(given):
        choices = {
            value: str(value) for value in (given.tolist() if isinstance(given, np.ndarray) else given)
        }
        return Parameter(name, name, default if default in choices else next(iter(choices)), choices=choices)
    if isinstance(given, Mapping) and given:
        return Parameter(name, name, default if default in given else next(iter(given)), choices=dict(given))
    if isinstance(given, range) and len(given) > 1:
        given = (min(given), max(given), abs(given.step))
    if (
        isinstance(given, tuple)
        and len(given) in (2, 3)
        and all(_is_number(v) for v in given)
        and given[0] < given[1]
    ):
        low, high, step = (*given, None)[:3]
        whole = all(isinstance(v, (int, np.integer)) for v in given)
        middle = (low + high) // 2 if whole else (low + high) / 2
        present = default if _is_number(default) else middle
        if not low <= present <= high:
            raise WhatIfError(f"参数 {name} 的现值 {present:g} 不在 {low:g} 到 {high:g} 之间，请放宽范围")
        return Parameter(name, name, present, low, high, step)
    raise WhatIfError(f"参数 {name} 的范围须是（低, 高）、（低, 高, 步长）或取值的列表，不能是 {given!r}")


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, (int, float, np.number))
        and not isinstance(value, bool)
        and bool(np.isfinite(value))
    )


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__)
